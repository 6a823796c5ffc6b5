//! A server that is newer than the tab, and a log that can't be read as a whole.

use porchlight_client::machine::ThreadState;
use porchlight_client::{Effect, Input, Link, Place};
use porchlight_protocol::EventBody;
use porchlight_protocol::wire::ServerFrame;

use crate::world::World;

#[test]
fn what_a_tab_does_not_know_is_shown_as_that_and_the_state_comes_from_the_server() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let place = Place::At(id.clone());
    w.clients[visitor].old = true;
    w.policy_becomes(false, true, true);
    w.closes(ben, &id);
    w.comes_to_rest();
    assert!(!w.clients[visitor].machine.visitor_view(&place).field);

    w.reopens(ben, &id);
    w.comes_to_rest();
    assert!(w.clients[visitor].machine.visitor_view(&place).field, "it is open again");
    assert_eq!(w.rows(visitor, &place), ["me: hello", "what can't be shown"]);

    // What comes after it is read as ever, and what is written arrives.
    w.writes(ben, &place, "Back again.");
    w.comes_to_rest();
    w.writes(visitor, &place, "So I see.");
    w.comes_to_rest();
    w.shows(visitor, &place, &["me: hello", "Ben: Back again.", "me: So I see."]);
    assert_eq!(*w.clients[visitor].machine.conversation(&id).unwrap(), w.server.logs[&id].state);
    assert_eq!(w.unread(visitor), 0, "who writes has seen what stands above");
}

#[test]
fn the_state_is_asked_for_once_for_a_burst_that_a_tab_does_not_know() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.clients[visitor].old = true;
    let asked = |w: &World| {
        w.count(visitor, |effect| matches!(effect, Effect::FetchConversation(of) if *of == id))
    };
    let before = asked(&w);
    let second = w.second_tab_of(visitor);
    w.comes_to_rest();
    for _ in 0..5 {
        w.keeps_open(second, &id);
        w.request_arrives(second);
        w.answer_arrives(second);
    }
    while w.frame_arrives(visitor) {}
    assert_eq!(asked(&w), before + 1);
    w.comes_to_rest();
    assert_eq!(asked(&w), before + 1);
    assert_eq!(*w.clients[visitor].machine.conversation(&id).unwrap(), w.server.logs[&id].state);
}

#[test]
fn a_state_that_was_guessed_is_asked_for_until_it_is_known() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.clients[visitor].old = true;
    w.closes(ben, &id);
    w.comes_to_rest();
    w.reopens(ben, &id);
    w.request_arrives(ben);
    while w.frame_arrives(visitor) {}
    w.request_gets_lost(visitor);
    w.answer_arrives(visitor);
    w.lives_on(60_000);
    assert!(!w.clients[visitor].machine.conversation(&id).unwrap().is_closed());
}

#[test]
fn a_frame_that_is_not_known_is_a_sign_of_life() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    for _ in 0..10 {
        w.passes(20_000);
        w.input(visitor, Input::Frame(ServerFrame::Other));
        while w.timer_runs_out(visitor, 0) {}
    }
    assert_eq!(w.link(visitor), Link::Up);
    assert_eq!(w.count(visitor, |effect| matches!(effect, Effect::Connect(_))), 1);
}

#[test]
fn what_the_server_cant_read_is_a_row_of_its_own() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let place = Place::At(id.clone());
    for text in ["one", "two", "three"] {
        w.writes(ben, &place, text);
    }
    w.comes_to_rest();
    let log = w.server.logs.get_mut(&id).unwrap();
    let damaged = log
        .events
        .iter_mut()
        .find(|event| matches!(&event.body, EventBody::Message { text } if text == "two"));
    damaged.unwrap().body = EventBody::Unreadable;
    let second = w.second_tab_of(visitor);
    w.opens(second, &id);
    w.comes_to_rest();
    assert_eq!(w.thread(second, &id), ThreadState::Ready);
    let rows = w.rows(second, &place);
    assert_eq!(rows, ["Ben: one", "what can't be read", "Ben: three"]);
}
