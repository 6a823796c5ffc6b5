//! A bot's questions, and choices in one tab or two.

use porchlight_client::{Command, Link, Place};
use porchlight_protocol::ConversationId;

use crate::world::{Tab, World};

const COLOURS: [&str; 2] = ["In blue", "In red"];

/// A visitor in a conversation whose bot asks.
fn asked() -> (World, Tab, ConversationId) {
    let mut w = World::new();
    let visitor = w.visitor();
    let place = w.begins(visitor, "hello");
    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.opens(visitor, &id);
    asks(&mut w, &id);
    (w, visitor, id)
}

fn asks(w: &mut World, id: &ConversationId) {
    w.server.bot_asks(id, &COLOURS);
    w.publish();
    w.comes_to_rest();
}

fn chooses(w: &mut World, tab: Tab, id: &ConversationId, text: &str) {
    let (client_id, text) = (w.client_id(), text.to_owned());
    w.command(tab, Command::Choose { id: id.clone(), client_id, text });
}

/// The choices that this tab offers, row by row.
fn offered(w: &World, tab: Tab, id: &ConversationId) -> Vec<Vec<String>> {
    let rows = w.clients[tab].machine.rows(&Place::At(id.clone()));
    rows.into_iter().map(|row| row.choices).filter(|choices| !choices.is_empty()).collect()
}

fn at(id: &ConversationId) -> Place {
    Place::At(id.clone())
}

#[test]
fn a_choice_is_sent_as_a_message_and_is_offered_no_more() {
    let (mut w, visitor, id) = asked();
    assert_eq!(offered(&w, visitor, &id), [COLOURS]);
    chooses(&mut w, visitor, &id, "In red");
    w.shows(visitor, &at(&id), &["me: hello", "Robot: Question 1?", "me: In red (sending)"]);
    assert!(
        offered(&w, visitor, &id).is_empty(),
        "it was made, though the server has not heard of it"
    );
    chooses(&mut w, visitor, &id, "In blue");
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "Robot: Question 1?", "me: In red"]);
    w.log_holds(&id, &["hello", "Question 1?", "In red"]);
    assert!(w.clients[visitor].stored.is_empty());
}

#[test]
fn of_two_tabs_one_chooses_and_the_other_keeps_nothing_of_it() {
    let (mut w, visitor, id) = asked();
    let other = w.second_tab_of(visitor);
    w.comes_to_rest();
    w.opens(other, &id);
    w.comes_to_rest();
    chooses(&mut w, visitor, &id, "In blue");
    chooses(&mut w, other, &id, "In red");
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
    let (mut w, visitor, id) = asked();
    w.goes_offline(visitor);
    chooses(&mut w, visitor, &id, "In red");
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
fn only_the_last_question_is_offered() {
    let (mut w, visitor, id) = asked();
    asks(&mut w, &id);
    w.shows(visitor, &at(&id), &["me: hello", "Robot: Question 1?", "Robot: Question 2?"]);
    let rows = w.clients[visitor].machine.rows(&at(&id));
    let offers: Vec<bool> = rows.iter().map(|row| !row.choices.is_empty()).collect();
    assert_eq!(offers, [false, false, true]);
    chooses(&mut w, visitor, &id, "In red");
    w.comes_to_rest();
    asks(&mut w, &id);
    assert_eq!(offered(&w, visitor, &id), [COLOURS]);
}

#[test]
fn who_writes_is_offered_nothing_more() {
    let (mut w, visitor, id) = asked();
    w.goes_offline(visitor);
    w.writes(visitor, &at(&id), "In green?");
    assert!(offered(&w, visitor, &id).is_empty());
    chooses(&mut w, visitor, &id, "In red");
    w.comes_online(visitor);
    w.heals();
    w.log_holds(&id, &["hello", "Question 1?", "In green?"]);
}

#[test]
fn a_choice_that_somebody_was_faster_with_is_dropped_and_what_was_written_after_it_is_sent() {
    let (mut w, visitor, id) = asked();
    let other = w.second_tab_of(visitor);
    w.comes_to_rest();
    w.goes_offline(visitor);
    chooses(&mut w, visitor, &id, "In red");
    w.writes(visitor, &at(&id), "And in large");
    w.writes(other, &at(&id), "In green?");
    w.comes_to_rest();
    w.comes_online(visitor);
    w.heals();
    w.log_holds(&id, &["hello", "Question 1?", "In green?", "And in large"]);
    assert!(w.clients[visitor].drafts.is_empty() && w.clients[visitor].stored.is_empty());
}

#[test]
fn a_choice_in_what_was_closed_meanwhile_is_dropped() {
    let (mut w, visitor, id) = asked();
    let ben = w.agent("Ben");
    w.comes_to_rest();
    w.goes_offline(visitor);
    chooses(&mut w, visitor, &id, "In red");
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
    let (mut w, _, id) = asked();
    let ben = w.agent("Ben");
    w.comes_to_rest();
    w.opens(ben, &id);
    w.comes_to_rest();
    assert!(offered(&w, ben, &id).is_empty());
}

/// A visitor who lets the bot begin; the place of the conversation.
fn begins(w: &mut World, visitor: Tab) -> Place {
    let client_id = w.client_id();
    w.command(visitor, Command::Begin(client_id.clone()));
    Place::New(client_id)
}

#[test]
fn a_conversation_that_the_bot_begins_has_no_row_of_the_visitor() {
    let mut w = World::new();
    w.server.greets = true;
    let visitor = w.visitor();
    let place = begins(&mut w, visitor);
    w.shows(visitor, &place, &[]);
    assert!(w.clients[visitor].machine.is_begun(&place));
    assert_eq!(w.clients[visitor].stored.len(), 1, "it survives a reload");
    w.writes(visitor, &place, "hello?");
    w.shows(visitor, &place, &["me: hello? (sending)"]);
    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.opens(visitor, &id);
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["Robot: Hello, I am Robot.", "me: hello?"]);
    w.log_holds(&id, &["Hello, I am Robot.", "hello?"]);
    assert!(w.clients[visitor].stored.is_empty());
}

#[test]
fn a_conversation_that_no_bot_begins_is_begun_by_what_was_written_in_it() {
    let mut w = World::new();
    let visitor = w.visitor();
    let place = begins(&mut w, visitor);
    w.writes(visitor, &place, "hello?");
    w.comes_to_rest();
    let [id] = &w.server.logs.keys().cloned().collect::<Vec<_>>()[..] else {
        panic!("one conversation")
    };
    w.log_holds(id, &["hello?"]);
    assert!(w.clients[visitor].stored.is_empty() && w.clients[visitor].drafts.is_empty());

    begins(&mut w, visitor);
    w.comes_to_rest();
    assert!(w.clients[visitor].stored.is_empty() && w.clients[visitor].drafts.is_empty());
    assert_eq!(w.server.logs.len(), 1);
}
