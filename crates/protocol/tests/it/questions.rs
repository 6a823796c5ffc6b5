//! Questions of bots, and the choices that visitors make.

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::limits::{CHOICE_CHARS_MAX, CHOICES_MAX};
use porchlight_protocol::rules::Refusal;
use porchlight_protocol::{Act, Author, EventBody, Seq};

use crate::world::{
    VISITOR, World, agent, all_options, ann, ask, asked, ben, bot, choose, claim_from, close,
    robot, say,
};

const COLOURS: [&str; 2] = ["In blue", "In red"];

/// A conversation with the bot, in which the visitor has said hello.
fn begin() -> World {
    let mut world = World::new(Kind::Bot(robot()), all_options().next().unwrap());
    does(&mut world, &VISITOR, &say("Hello"));
    world
}

/// Does it, and returns what it appends.
fn does(world: &mut World, actor: &Author, act: &Act) -> Vec<EventBody> {
    let bodies = world.ask(actor, act).unwrap();
    world.act(actor, act).unwrap();
    bodies
}

/// The bot asks; the question's seq.
fn asks(world: &mut World) -> Seq {
    let bodies = does(world, &bot(robot()), &ask(&COLOURS));
    assert_eq!(bodies, [asked(&COLOURS)]);
    assert_eq!(open(world), Some(world.head()));
    world.head()
}

fn open(world: &World) -> Option<Seq> {
    world.conversation.asked
}

#[test]
fn a_choice_is_a_message_that_says_it() {
    let mut world = begin();
    assert_eq!(open(&world), None);
    let question = asks(&mut world);
    let bodies = does(&mut world, &VISITOR, &choose("In red", question));
    assert_eq!(bodies, [EventBody::message("In red")]);
    assert_eq!(open(&world), None);
    assert_eq!(world.conversation.last.as_ref().unwrap().text, "In red");
}

#[test]
fn a_choice_is_made_once() {
    let mut world = begin();
    let question = asks(&mut world);
    does(&mut world, &VISITOR, &choose("In blue", question));
    for again in COLOURS {
        assert_eq!(world.ask(&VISITOR, &choose(again, question)), Err(Refusal::NotAllowed));
    }
    assert!(world.ask(&VISITOR, &say("In red")).is_ok(), "whoever writes it, writes");
}

#[test]
fn who_answers_in_words_has_answered() {
    let mut world = begin();
    let question = asks(&mut world);
    does(&mut world, &VISITOR, &say("Green, please"));
    assert_eq!(world.ask(&VISITOR, &choose("In blue", question)), Err(Refusal::NotAllowed));
}

#[test]
fn only_the_last_question_is_open_and_what_the_bot_says_after_it_keeps_it_open() {
    let mut world = begin();
    let first = asks(&mut world);
    let second = asks(&mut world);
    does(&mut world, &bot(robot()), &say("Take your time."));
    assert_eq!(open(&world), Some(second));
    assert_eq!(world.ask(&VISITOR, &choose("In blue", first)), Err(Refusal::NotAllowed));
    does(&mut world, &VISITOR, &choose("In blue", second));
    assert_eq!(world.ask(&VISITOR, &choose("In blue", first)), Err(Refusal::NotAllowed));
}

#[test]
fn what_was_never_asked_can_not_be_answered_by_a_choice() {
    let mut world = begin();
    assert_eq!(world.ask(&VISITOR, &choose("In blue", 1)), Err(Refusal::NotAllowed));
    let question = asks(&mut world);
    for of in [0, 1, question + 1, u64::MAX] {
        assert_eq!(world.ask(&VISITOR, &choose("In blue", of)), Err(Refusal::NotAllowed));
    }
    assert!(matches!(world.ask(&VISITOR, &choose(" ", question)), Err(Refusal::Text(_))));
}

#[test]
fn only_the_bot_asks_and_only_the_visitor_chooses() {
    let mut world = begin();
    let question = asks(&mut world);
    for actor in [agent(ann()), bot(robot()), Author::Timer] {
        let chosen = world.ask(&actor, &choose("In blue", question));
        assert_eq!(chosen, Err(Refusal::NotAllowed), "{actor:?}");
    }
    for actor in [VISITOR, agent(ann()), Author::Timer] {
        assert_eq!(world.ask(&actor, &ask(&COLOURS)), Err(Refusal::NotAllowed), "{actor:?}");
    }
    for actor in [VISITOR, Author::Timer] {
        assert_eq!(world.ask(&actor, &Act::HandOver), Err(Refusal::NotAllowed), "{actor:?}");
    }
}

#[test]
fn a_question_has_some_choices_which_differ() {
    let world = begin();
    let many: Vec<String> = (0..=CHOICES_MAX).map(|n| n.to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let long = "x".repeat(CHOICE_CHARS_MAX + 1);
    let decide = |choices: &[&str]| world.ask(&bot(robot()), &ask(choices));
    assert_eq!(decide(&[]), Err(Refusal::Choices));
    assert_eq!(decide(&many), Err(Refusal::Choices));
    assert_eq!(decide(&["Yes", " Yes\n"]), Err(Refusal::Choices));
    assert!(matches!(decide(&["Yes", " \u{200b} "]), Err(Refusal::Text(_))));
    assert!(matches!(decide(&[&long]), Err(Refusal::Text(_))));
    assert_eq!(decide(&["  two\nlines "]), Ok(vec![asked(&["two lines"])]));
    assert!(decide(&many[1..]).is_ok());
}

#[test]
fn whoever_claims_silences_the_bot_and_its_buttons() {
    let mut world = begin();
    let question = asks(&mut world);
    does(&mut world, &agent(ann()), &claim_from(None));
    assert_eq!(open(&world), None);
    assert_eq!(world.ask(&VISITOR, &choose("In blue", question)), Err(Refusal::NotAllowed));
    assert_eq!(world.ask(&bot(robot()), &ask(&COLOURS)), Err(Refusal::NotAllowed));
    let mine = world.ask(&agent(ann()), &choose("In blue", question));
    assert_eq!(mine, Err(Refusal::NotAllowed), "nor does the owner choose");
}

/// Even where a message would re-open it.
#[test]
fn what_is_closed_is_not_chosen_in() {
    let mut world = begin();
    let question = asks(&mut world);
    let seen = world.head();
    does(&mut world, &bot(robot()), &close(seen));
    assert!(world.ask(&VISITOR, &say("In blue")).is_ok());
    for of in [question, 1] {
        let chosen = world.ask(&VISITOR, &choose("In blue", of));
        assert_eq!(chosen, Err(Refusal::ConversationClosed));
    }
    assert_eq!(open(&world), None);
    does(&mut world, &VISITOR, &say("Wait"));
    assert_eq!(world.ask(&VISITOR, &choose("In blue", question)), Err(Refusal::NotAllowed));
}

#[test]
fn a_conversation_that_is_handed_over_waits_for_the_team() {
    let mut world = begin();
    asks(&mut world);
    assert!(!world.conversation.is_waiting(), "the bot has answered");
    let asked_at = world.conversation.unanswered;
    assert!(asked_at.is_none());
    assert_eq!(does(&mut world, &bot(robot()), &Act::HandOver), [EventBody::assigned(None)]);
    assert!(world.conversation.is_waiting() && world.conversation.waits_since().is_some());
    assert_eq!(open(&world), None);
    assert_eq!(world.ask(&bot(robot()), &Act::HandOver), Ok(vec![]), "once is enough");
    // What the bot says of it does not answer the visitor.
    does(&mut world, &bot(robot()), &say("A person will be with you."));
    assert!(world.conversation.is_waiting());
    does(&mut world, &agent(ann()), &claim_from(None));
    assert!(!world.conversation.is_waiting());
    let seen = world.head();
    does(&mut world, &agent(ann()), &close(seen));
    assert!(!world.conversation.handed_over);
}

#[test]
fn its_owner_hands_a_conversation_back_to_its_bot() {
    let mut world = begin();
    asks(&mut world);
    does(&mut world, &VISITOR, &say("In green?"));
    does(&mut world, &agent(ann()), &claim_from(None));
    assert_eq!(world.conversation.silenced_bot(), Some(&robot()));
    does(&mut world, &agent(ann()), &say("Only these two."));
    assert_eq!(world.ask(&agent(ben()), &Act::HandOver), Err(Refusal::ClaimRequired));
    let back = does(&mut world, &agent(ann()), &Act::HandOver);
    assert_eq!(back, [EventBody::Assigned { to: None, to_bot: true }]);
    assert!(world.conversation.is_with_bot() && world.conversation.assignee.is_none());
    assert!(!world.conversation.is_waiting() && open(&world).is_none());
    assert_eq!(world.ask(&agent(ann()), &Act::HandOver), Err(Refusal::ClaimRequired), "once");
    // The bot may do again what it could do.
    let question = asks(&mut world);
    does(&mut world, &VISITOR, &choose("In red", question));
    does(&mut world, &agent(ann()), &claim_from(None));
    assert_eq!(world.conversation.silenced_bot(), Some(&robot()), "and as often as one likes");
}

/// The visitor has written last: nobody has answered, until the bot does.
#[test]
fn who_waits_for_the_owner_waits_for_the_bot() {
    let mut world = begin();
    does(&mut world, &agent(ann()), &claim_from(None));
    let since = world.conversation.waits_since();
    assert!(since.is_some());
    does(&mut world, &agent(ann()), &Act::HandOver);
    assert_eq!(world.conversation.waits_since(), since);
    assert!(world.conversation.is_waiting());
    asks(&mut world);
    assert!(world.conversation.waits_since().is_none() && !world.conversation.is_waiting());
}

#[test]
fn only_a_bot_that_a_claim_has_silenced_gets_a_conversation_back() {
    let ask = |world: &World| world.ask(&agent(ann()), &Act::HandOver);
    let mut live = World::claimed();
    assert_eq!(ask(&live), Err(Refusal::NotAllowed), "no bot");
    assert_eq!(live.conversation.silenced_bot(), None);
    let seen = live.head();
    live.must(&agent(ann()), &close(seen));
    assert_eq!(ask(&live), Err(Refusal::ConversationClosed));

    let mut world = begin();
    assert_eq!(ask(&world), Err(Refusal::ClaimRequired));
    does(&mut world, &bot(robot()), &Act::HandOver);
    does(&mut world, &agent(ann()), &claim_from(None));
    assert_eq!(ask(&world), Err(Refusal::NotAllowed), "it has handed over");
    // Who opens a closed conversation again begins afresh with it.
    let seen = world.head();
    does(&mut world, &agent(ann()), &close(seen));
    assert_eq!(ask(&world), Err(Refusal::ConversationClosed));
    does(&mut world, &agent(ann()), &Act::Reopen);
    assert!(ask(&world).is_ok());
}

/// Clients that do not know the field see an owner who has let go, and the same state.
#[test]
fn to_who_does_not_know_it_a_hand_back_is_an_unclaim() {
    let mut one = begin();
    does(&mut one, &agent(ann()), &claim_from(None));
    let mut other = one.clone();
    does(&mut one, &agent(ann()), &Act::HandOver);
    does(&mut other, &agent(ann()), &Act::Unclaim);
    assert_eq!(one.conversation, other.conversation);
}
