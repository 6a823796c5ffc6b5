//! Who types, and until when others are told so.

use porchlight_client::{Command, Effect, Place};
use porchlight_protocol::limits::{TYPING_EVERY_MS, TYPING_FOR_MS};
use porchlight_protocol::{Author, ConversationId};

use crate::world::{Tab, World};

fn types(w: &mut World, tab: Tab, id: &ConversationId) {
    w.command(tab, Command::Type(id.clone()));
    w.comes_to_rest();
}

fn typing(w: &World, tab: Tab, id: &ConversationId) -> Option<Author> {
    w.clients[tab].machine.typing(id).cloned()
}

fn tellings(w: &World, tab: Tab) -> usize {
    w.clients[tab].sent.iter().filter(|effect| matches!(effect, Effect::TellTyping(_))).count()
}

#[test]
fn the_other_side_sees_it_for_some_seconds() {
    let mut w = World::new();
    let (visitor, agent, id) = w.a_conversation();
    types(&mut w, visitor, &id);
    assert_eq!(typing(&w, agent, &id), Some(Author::Visitor));
    assert_eq!(typing(&w, visitor, &id), None);
    w.lives_on(TYPING_FOR_MS - 500);
    assert_eq!(typing(&w, agent, &id), Some(Author::Visitor));
    w.lives_on(1_000);
    assert_eq!(typing(&w, agent, &id), None);
}

#[test]
fn who_goes_on_is_told_now_and_then_and_stays() {
    let mut w = World::new();
    let (visitor, agent, id) = w.a_conversation();
    for _ in 0..40 {
        types(&mut w, visitor, &id);
        assert_eq!(typing(&w, agent, &id), Some(Author::Visitor));
        w.lives_on(500);
    }
    let expected = usize::try_from(20_000 / TYPING_EVERY_MS).unwrap() + 1;
    assert!(
        (expected - 1..=expected).contains(&tellings(&w, visitor)),
        "{}",
        tellings(&w, visitor)
    );
}

#[test]
fn who_has_written_types_no_more_and_what_they_type_next_is_told_at_once() {
    let mut w = World::new();
    let (visitor, agent, id) = w.a_conversation();
    for (told, text) in [(1, "first"), (2, "second")] {
        types(&mut w, visitor, &id);
        assert_eq!((tellings(&w, visitor), typing(&w, agent, &id)), (told, Some(Author::Visitor)));
        w.writes(visitor, &Place::At(id.clone()), text);
        w.comes_to_rest();
        assert_eq!(typing(&w, agent, &id), None, "{text}");
    }
}

#[test]
fn of_several_the_last_one_is_shown_and_nobody_sees_themselves() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let (bens_other, ada) = (w.second_tab_of(ben), w.agent("Ada"));
    w.comes_to_rest();
    types(&mut w, visitor, &id);
    types(&mut w, ben, &id);
    let seen = typing(&w, ada, &id);
    assert!(seen.as_ref().and_then(Author::member).is_some_and(|it| it.name == "Ben"), "{seen:?}");
    assert_eq!(typing(&w, visitor, &id), seen);
    assert_eq!(typing(&w, bens_other, &id), Some(Author::Visitor));

    // What another writes does not end it, nor what somebody does.
    w.notes(ben, &id, "Ours");
    w.writes(visitor, &Place::At(id.clone()), "Hello?");
    w.comes_to_rest();
    assert_eq!((typing(&w, ada, &id), typing(&w, bens_other, &id)), (seen, None));
    w.writes(ben, &Place::At(id.clone()), "Hello");
    w.comes_to_rest();
    assert_eq!(typing(&w, ada, &id), None);
}

#[test]
fn without_a_connection_nothing_is_told_and_what_was_told_ends() {
    let mut w = World::new();
    let (visitor, agent, id) = w.a_conversation();
    types(&mut w, visitor, &id);
    w.goes_offline(agent);
    w.goes_offline(visitor);
    types(&mut w, visitor, &id);
    assert_eq!(tellings(&w, visitor), 1);
    w.lives_on(TYPING_FOR_MS + 500);
    assert_eq!(typing(&w, agent, &id), None);
}

#[test]
fn a_clock_that_is_set_does_not_prolong_it() {
    let mut w = World::new();
    let (visitor, agent, id) = w.a_conversation();
    types(&mut w, visitor, &id);
    w.clock_is_set(agent, -3_600_000);
    w.reads(agent, &id);
    assert_eq!(typing(&w, agent, &id), None);
}
