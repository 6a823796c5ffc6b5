//! A bot's questions, and choices in one tab or two.

use porchlight_client::{Command, Link, Place};
use porchlight_protocol::{Chosen, ConversationId, Seq};

use crate::world::{Tab, World};

const COLOURS: [&str; 2] = ["In blue", "In red"];

/// A visitor in a conversation whose bot asks.
fn asked(change: bool) -> (World, Tab, ConversationId, Seq) {
    let mut w = World::new();
    let visitor = w.visitor();
    let place = w.begins(visitor, "hello");
    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.opens(visitor, &id);
    let question = asks(&mut w, &id, change);
    (w, visitor, id, question)
}

fn asks(w: &mut World, id: &ConversationId, change: bool) -> Seq {
    let question = w.server.bot_asks(id, &COLOURS, change);
    w.publish();
    w.comes_to_rest();
    question
}

fn chooses(w: &mut World, tab: Tab, id: &ConversationId, question: Seq, choice: u64) {
    let client_id = w.client_id();
    let chosen = Chosen { question, choice };
    w.command(tab, Command::Choose { id: id.clone(), client_id, chosen });
}

/// The choices that this tab offers, row by row.
fn offered(w: &World, tab: Tab, id: &ConversationId) -> Vec<Vec<String>> {
    let rows = w.clients[tab].machine.rows(&Place::At(id.clone()));
    rows.into_iter().filter_map(|row| row.asks).map(|asks| asks.question.choices).collect()
}

fn at(id: &ConversationId) -> Place {
    Place::At(id.clone())
}

#[test]
fn a_choice_is_sent_as_a_message_and_is_offered_no_more() {
    let (mut w, visitor, id, question) = asked(false);
    assert_eq!(offered(&w, visitor, &id), [COLOURS]);
    chooses(&mut w, visitor, &id, question, 1);
    w.shows(visitor, &at(&id), &["me: hello", "Robot: Question 1?", "me: In red (sending)"]);
    assert!(
        offered(&w, visitor, &id).is_empty(),
        "it was made, though the server has not heard of it"
    );
    chooses(&mut w, visitor, &id, question, 0);
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "Robot: Question 1?", "me: In red"]);
    w.log_holds(&id, &["hello", "Question 1?", "In red"]);
    assert!(w.clients[visitor].stored.is_empty());
}

#[test]
fn of_two_tabs_one_chooses_and_the_other_keeps_nothing_of_it() {
    let (mut w, visitor, id, question) = asked(false);
    let other = w.second_tab_of(visitor);
    w.comes_to_rest();
    w.opens(other, &id);
    w.comes_to_rest();
    chooses(&mut w, visitor, &id, question, 0);
    chooses(&mut w, other, &id, question, 1);
    w.comes_to_rest();
    w.log_holds(&id, &["hello", "Question 1?", "In blue"]);
    for tab in [visitor, other] {
        w.shows(tab, &at(&id), &["me: hello", "Robot: Question 1?", "me: In blue"]);
        assert!(offered(&w, tab, &id).is_empty() && w.clients[tab].stored.is_empty());
        assert!(w.clients[tab].drafts.is_empty(), "a choice is no draft");
    }
}

#[test]
fn a_choice_without_a_network_arrives_once_it_is_back_and_after_a_reload() {
    let (mut w, visitor, id, question) = asked(false);
    w.goes_offline(visitor);
    chooses(&mut w, visitor, &id, question, 1);
    w.reloads(visitor);
    w.comes_online(visitor);
    w.heals();
    assert_eq!(w.link(visitor), Link::Up);
    w.log_holds(&id, &["hello", "Question 1?", "In red"]);
    w.opens(visitor, &id);
    w.comes_to_rest();
    assert!(offered(&w, visitor, &id).is_empty());
}

#[test]
fn what_can_be_changed_is_offered_until_it_is_changed() {
    let (mut w, visitor, id, first) = asked(true);
    chooses(&mut w, visitor, &id, first, 0);
    w.comes_to_rest();
    asks(&mut w, &id, false);
    assert_eq!(offered(&w, visitor, &id), [COLOURS, COLOURS]);
    chooses(&mut w, visitor, &id, first, 1);
    w.comes_to_rest();
    assert_eq!(offered(&w, visitor, &id), [COLOURS]);
    w.log_holds(&id, &["hello", "Question 1?", "In blue", "Question 3?", "In red"]);
}

#[test]
fn a_choice_in_what_was_closed_meanwhile_is_dropped() {
    let (mut w, visitor, id, question) = asked(false);
    let ben = w.agent("Ben");
    w.comes_to_rest();
    w.goes_offline(visitor);
    chooses(&mut w, visitor, &id, question, 1);
    w.opens(ben, &id);
    w.claims(ben, &id);
    w.comes_to_rest();
    w.closes(ben, &id);
    w.comes_to_rest();
    w.comes_online(visitor);
    w.heals();
    w.log_holds(&id, &["hello", "Question 1?"]);
    assert!(w.clients[visitor].drafts.is_empty() && w.clients[visitor].stored.is_empty());
    assert!(offered(&w, visitor, &id).is_empty());
}

#[test]
fn agents_are_offered_nothing() {
    let (mut w, _, id, _) = asked(true);
    let ben = w.agent("Ben");
    w.comes_to_rest();
    w.opens(ben, &id);
    w.comes_to_rest();
    assert!(offered(&w, ben, &id).is_empty());
}
