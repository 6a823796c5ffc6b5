//! Live chat that is switched off: visitors write to bots alone.

use porchlight_protocol::closing::{NoticePlace, VisitorView, visitor_view};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::rules::{self, Refusal};
use porchlight_protocol::{Act, EventBody, Policy};
use proptest::prelude::*;

use crate::history::histories;
use crate::world::{
    VISITOR, World, agent, all_options, all_policies, ann, ask, bot, cases, choose, claim_from,
    close, options, robot, say,
};

fn off(world: &World) -> Policy {
    Policy { live_chat_off: true, ..world.policy() }
}

/// What the visitor sees and what a message of theirs does, while live chat is off.
fn seen(world: &World) -> (bool, Result<Vec<EventBody>, Refusal>) {
    let policy = off(world);
    let view = visitor_view(&world.conversation, &policy, world.boot());
    (view.field, rules::decide(&world.conversation, &VISITOR, &say("Hello?"), &policy))
}

#[test]
fn the_team_is_not_written_to() {
    for settings in all_options() {
        let mut world = World::greeted(settings.clone());
        assert_eq!(seen(&world), (false, Err(Refusal::LiveChatOff)));
        world.must(&agent(ann()), &claim_from(None));
        assert_eq!(seen(&world), (false, Err(Refusal::LiveChatOff)));
        let closed = World::closed(settings);
        assert_eq!(seen(&closed), (false, Err(Refusal::LiveChatOff)));
    }
}

#[test]
fn a_bot_is_until_a_person_takes_over() {
    for settings in all_options() {
        let mut world = World::new(Kind::Bot(robot()), settings);
        let says = || vec![EventBody::message("Hello?")];
        assert_eq!(seen(&world), (true, Ok(says())));
        world.must(&VISITOR, &say("Hello"));
        world.must(&bot(robot()), &ask(&["Yes", "No"]));
        let question = world.head();
        let choice = choose("Yes", question);
        assert!(rules::decide(&world.conversation, &VISITOR, &choice, &off(&world)).is_ok());

        let mut handed_over = world.clone();
        handed_over.must(&bot(robot()), &Act::HandOver);
        assert_eq!(seen(&handed_over), (false, Err(Refusal::LiveChatOff)));

        world.must(&agent(ann()), &claim_from(None));
        assert_eq!(seen(&world), (false, Err(Refusal::LiveChatOff)));
        let refused = rules::decide(&world.conversation, &VISITOR, &choice, &off(&world));
        assert_eq!(refused, Err(Refusal::LiveChatOff));
    }
}

#[test]
fn what_a_closing_shows_is_shown_without_the_field() {
    let world = World::closed(options(false, false, true));
    let view = visitor_view(&world.conversation, &off(&world), world.boot());
    let notice = Some(NoticePlace::Field);
    assert_eq!(view, VisitorView { listed: true, marked_closed: true, field: false, notice });
}

#[test]
fn what_is_no_message_goes_on() {
    let world = World::greeted(options(false, false, false));
    for act in [close(world.head()), Act::KeepOpen] {
        let policy = off(&world);
        assert!(rules::decide(&world.conversation, &VISITOR, &act, &policy).is_ok(), "{act:?}");
    }
}

proptest! {
    #![proptest_config(cases(256))]

    /// There is a field exactly where a message is taken, on and off; and off takes nothing else away.
    #[test]
    fn the_field_tells_what_is_taken(history in histories(), live_chat_off in any::<bool>()) {
        history.live(|world| {
            for on in all_policies(0) {
                let policy = Policy { live_chat_off, ..on.clone() };
                let conversation = &world.conversation;
                let view = visitor_view(conversation, &policy, world.boot());
                let taken = rules::decide(conversation, &VISITOR, &say("Hello?"), &policy);
                assert_eq!(view.field, taken.is_ok());
                let before = visitor_view(conversation, &on, world.boot());
                assert_eq!((view.listed, view.marked_closed), (before.listed, before.marked_closed));
                assert_eq!(view.notice.is_some(), before.notice.is_some());
            }
        });
    }
}
