//! A store that goes back in time and does not know it: a file that was put back by hand.

use porchlight_client::{Command, Effect, Input, Link, Place};
use porchlight_protocol::ConversationId;
use porchlight_protocol::wire::ServerFrame;

use crate::world::{Tab, World};

/// A conversation in which the visitor reads along, a backup, and three answers after it.
fn three_answers_are_lost(w: &mut World) -> (Tab, Tab, ConversationId) {
    let (visitor, ben, id) = w.a_conversation();
    w.opens(visitor, &id);
    w.comes_to_rest();
    let backup = w.server.clone();
    answers(w, ben, &id, &["lost one", "lost two", "lost three"]);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: lost one", "Ben: lost two", "Ben: lost three"]);
    w.server_is_restored(&backup, false);
    (visitor, ben, id)
}

fn at(id: &ConversationId) -> Place {
    Place::At(id.clone())
}

fn answers(w: &mut World, tab: Tab, id: &ConversationId, texts: &[&str]) {
    for text in texts {
        w.writes(tab, &at(id), text);
    }
    w.comes_to_rest();
}

#[test]
fn what_is_written_after_it_is_shown_in_place_of_what_was_lost() {
    let mut w = World::new();
    let (visitor, ben, id) = three_answers_are_lost(&mut w);
    w.lives_on(60_000);
    w.shows(visitor, &at(&id), &["me: hello"]);
    answers(&mut w, ben, &id, &["new one"]);
    answers(&mut w, visitor, &id, &["new two"]);
    for (tab, me, them) in
        [(visitor, "Ben: new one", "me: new two"), (ben, "me: new one", "visitor: new two")]
    {
        let hello = if tab == visitor { "me: hello" } else { "visitor: hello" };
        w.shows(tab, &at(&id), &[hello, me, them]);
    }
}

#[test]
fn as_many_new_messages_as_were_lost_are_not_taken_for_them() {
    let mut w = World::new();
    let (visitor, ben, id) = three_answers_are_lost(&mut w);
    // Everything is counted again as it was, before the visitor is back.
    w.goes_offline(visitor);
    w.lives_on(60_000);
    answers(&mut w, ben, &id, &["new one", "new two", "new three"]);
    w.comes_online(visitor);
    w.lives_on(60_000);
    w.command(visitor, Command::LoadOlder(id.clone()));
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "Ben: new one", "Ben: new two", "Ben: new three"]);
}

#[test]
fn a_long_poll_is_told_too() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    for tab in [visitor, ben] {
        w.clients[tab].sockets = false;
    }
    w.server_is_killed();
    w.lives_on(60_000);
    let backup = w.server.clone();
    answers(&mut w, ben, &id, &["lost"]);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: lost"]);
    w.server_is_restored(&backup, false);
    w.lives_on(60_000);
    w.shows(visitor, &at(&id), &["me: hello"]);
    answers(&mut w, ben, &id, &["new"]);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: new"]);
}

#[test]
fn an_answer_that_comes_before_the_welcome_is_proof_enough() {
    let mut w = World::new();
    let (visitor, ben, id) = three_answers_are_lost(&mut w);
    // By a request: the connection is still waiting for its time.
    w.writes(visitor, &at(&id), "hm");
    while w.request_arrives(visitor) {}
    while w.answer_arrives(visitor) {}
    w.lives_on(60_000);
    w.shows(visitor, &at(&id), &["me: hello", "me: hm"]);
    w.shows(ben, &at(&id), &["visitor: hello", "visitor: hm"]);
    w.log_holds(&id, &["hello", "hm"]);
}

#[test]
fn nobody_can_have_booted_in_the_future() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.policy_becomes(true, false, false);
    w.comes_to_rest();
    let backup = w.server.clone();
    // Time goes on, and the visitor loads the page anew.
    answers(&mut w, ben, &id, &["one", "two", "three", "four"]);
    w.reloads(visitor);
    w.comes_to_rest();
    w.server_is_restored(&backup, false);
    w.lives_on(60_000);
    w.closes(ben, &id);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)], "it was closed before their eyes");
    w.reloads(visitor);
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
}

#[test]
fn a_beacon_that_was_overtaken_is_no_proof() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.opens(visitor, &id);
    w.comes_to_rest();
    w.heart_beats();
    let connects = |w: &World| w.count(visitor, |effect| matches!(effect, Effect::Connect(_)));
    let before = connects(&w);
    w.writes(visitor, &at(&id), "hm");
    w.request_arrives(visitor);
    w.answer_arrives(visitor);
    w.comes_to_rest();
    assert_eq!((connects(&w), w.link(visitor)), (before, Link::Up));
    w.shows(visitor, &at(&id), &["me: hello", "me: hm"]);
}

#[test]
fn a_server_that_contradicts_itself_is_not_asked_again_and_again() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.opens(visitor, &id);
    w.comes_to_rest();
    let connects = |w: &World| w.count(visitor, |effect| matches!(effect, Effect::Connect(_)));
    let before = connects(&w);
    for _ in 0..100 {
        // An event that is known, by another commit.
        let mut event = w.server.logs[&id].events[0].clone();
        event.revision += 1;
        w.input(visitor, Input::Frame(ServerFrame::Event { conversation: id.clone(), event }));
        w.lives_on(1_000);
    }
    assert!(connects(&w) - before < 30, "{} times in 100 s", connects(&w) - before);
    w.lives_on(60_000);
    w.shows(visitor, &at(&id), &["me: hello"]);
}
