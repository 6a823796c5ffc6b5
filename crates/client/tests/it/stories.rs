//! Stories: each reads as what happens to somebody.

use porchlight_client::machine::ThreadState;
use porchlight_client::{Command, Delivery, Effect, Failure, Input, Link, Outgoing, Place};
use porchlight_protocol::wire::ServerFrame;
use porchlight_protocol::{Act, ConversationId, ErrorCode, Filter};

use crate::server::{Caller, PAGE};
use crate::world::{Tab, World, agent};

fn at(id: &ConversationId) -> Place {
    Place::At(id.clone())
}

fn say(w: &mut World, tab: Tab, id: &ConversationId, texts: &[&str]) {
    for text in texts {
        w.writes(tab, &at(id), text);
        w.comes_to_rest();
    }
}

fn is_append(effect: &Effect) -> bool {
    matches!(effect, Effect::Append { .. })
}

fn is_fetch(effect: &Effect) -> bool {
    matches!(effect, Effect::FetchConversation(_) | Effect::FetchEvents { .. })
}

// Writing.

#[test]
fn the_first_message_starts_a_conversation_and_keeps_its_row() {
    let mut w = World::new();
    let visitor = w.visitor();
    assert_eq!(w.link(visitor), Link::Idle, "nobody to connect for");
    let place = w.begins(visitor, "hello");
    w.shows(visitor, &place, &["me: hello (sending)"]);
    assert_eq!(w.home(visitor), std::slice::from_ref(&place));
    let key = w.key_of(visitor, &place, "hello");

    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.shows(visitor, &place, &["me: hello"]);
    w.shows(visitor, &at(&id), &["me: hello"]);
    assert_eq!(w.key_of(visitor, &place, "hello"), key);
    assert_eq!(w.home(visitor), [at(&id)]);
    assert_eq!(w.link(visitor), Link::Up);
    assert!(w.clients[visitor].stored.is_empty());
    assert_eq!(w.count(visitor, is_fetch), 0, "the answer brought everything");
}

#[test]
fn messages_typed_before_the_first_is_answered_arrive_in_order() {
    let mut w = World::new();
    let visitor = w.visitor();
    let place = w.begins(visitor, "one");
    w.writes(visitor, &place, "two");
    w.writes(visitor, &place, "three");
    w.shows(visitor, &place, &["me: one (sending)", "me: two (sending)", "me: three (sending)"]);
    let keys = ["one", "two", "three"].map(|text| w.key_of(visitor, &place, text));
    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.log_holds(&id, &["one", "two", "three"]);
    assert_eq!(["one", "two", "three"].map(|text| w.key_of(visitor, &at(&id), text)), keys);
    assert!(w.clients[visitor].stored.is_empty());
}

#[test]
fn the_echo_may_come_before_the_answer() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.writes(visitor, &at(&id), "again");
    let key = w.key_of(visitor, &at(&id), "again");
    w.request_arrives(visitor);
    assert!(w.frame_arrives(visitor), "the push was faster");
    w.shows(visitor, &at(&id), &["me: hello", "me: again"]);
    assert!(w.clients[visitor].stored.is_empty());
    assert!(w.answer_arrives(visitor));
    w.shows(visitor, &at(&id), &["me: hello", "me: again"]);
    assert_eq!(w.key_of(visitor, &at(&id), "again"), key);
}

#[test]
fn the_echo_may_come_after_the_answer() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.writes(visitor, &at(&id), "again");
    let key = w.key_of(visitor, &at(&id), "again");
    w.request_arrives(visitor);
    w.answer_arrives(visitor);
    w.shows(visitor, &at(&id), &["me: hello", "me: again"]);
    w.frame_arrives(visitor);
    w.shows(visitor, &at(&id), &["me: hello", "me: again"]);
    assert_eq!(w.key_of(visitor, &at(&id), "again"), key);
}

#[test]
fn the_answer_may_come_before_what_stands_above_it() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(ben, &at(&id), "how can I help?");
    w.request_arrives(ben);
    w.push_gets_lost(visitor);
    w.writes(visitor, &at(&id), "again");
    let key = w.key_of(visitor, &at(&id), "again");
    w.request_arrives(visitor);
    w.push_gets_lost(visitor);
    w.answer_arrives(visitor);
    w.shows(visitor, &at(&id), &["me: hello", "me: again"]);
    assert!(w.clients[visitor].stored.is_empty(), "the server has it");
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "Ben: how can I help?", "me: again"]);
    assert_eq!(w.key_of(visitor, &at(&id), "again"), key);
}

#[test]
fn the_echo_of_a_first_message_may_come_before_its_answer() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    let place = w.begins(visitor, "something else");
    let key = w.key_of(visitor, &place, "something else");
    w.request_arrives(visitor);
    w.frame_arrives(visitor);
    w.shows(visitor, &place, &["me: something else (sending)"]);
    w.comes_to_rest();
    w.shows(visitor, &place, &["me: something else"]);
    assert_eq!(w.key_of(visitor, &place, "something else"), key);
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::FetchConversation(_))), 0);
}

#[test]
fn an_echo_names_the_conversation_where_the_answer_is_lost() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    let place = w.begins(visitor, "something else");
    w.writes(visitor, &place, "and more");
    w.answer_gets_lost(visitor);
    let echo = w.push_gets_lost(visitor).expect("an echo");
    // The beacon tells of the conversation, and then the echo comes twice.
    w.heart_beats();
    w.frame_arrives(visitor);
    w.request_arrives(visitor);
    let answer = w.clients[visitor].answers.pop_back().expect("the conversation");
    w.input(visitor, answer.1);
    w.input(visitor, Input::Frame(echo.clone()));
    w.input(visitor, Input::Frame(echo));
    w.heals();
    let id = w.id(visitor, &place);
    w.log_holds(&id, &["something else", "and more"]);
    w.shows(visitor, &place, &["me: something else", "me: and more"]);
    assert_eq!(w.server.logs.len(), 2);
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_name() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.writes(visitor, &at(&id), "again");
    w.answer_gets_lost(visitor);
    w.push_gets_lost(visitor);
    w.answer_arrives(visitor);
    w.shows(visitor, &at(&id), &["me: hello", "me: again (waiting)"]);
    w.heals();
    w.log_holds(&id, &["hello", "again"]);
    w.shows(visitor, &at(&id), &["me: hello", "me: again"]);
    assert_eq!(w.count(visitor, is_append), 2);
}

#[test]
fn offline_and_back_nothing_is_lost_and_nothing_doubled() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.goes_offline(visitor);
    assert_eq!(w.link(visitor), Link::Down);
    w.writes(visitor, &at(&id), "one");
    w.writes(visitor, &at(&id), "two");
    w.shows(visitor, &at(&id), &["me: hello", "me: one (waiting)", "me: two (waiting)"]);
    say(&mut w, ben, &id, &["are you there?"]);
    w.comes_online(visitor);
    w.comes_to_rest();
    w.log_holds(&id, &["hello", "are you there?", "one", "two"]);
    let shown = ["me: hello", "Ben: are you there?", "me: one", "me: two"];
    w.shows(visitor, &at(&id), &shown);
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn a_message_in_flight_when_the_network_goes_is_sent_again() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.writes(visitor, &at(&id), "one");
    w.goes_offline(visitor);
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "me: one (waiting)"]);
    w.comes_online(visitor);
    w.comes_to_rest();
    w.log_holds(&id, &["hello", "one"]);
}

#[test]
fn a_server_killed_in_mid_send_has_the_message_once() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(visitor, &at(&id), "did you get this?");
    w.request_arrives(visitor);
    w.server_is_killed();
    w.comes_to_rest();
    assert_eq!(w.link(visitor), Link::Down);
    w.lives_on(5_000);
    w.log_holds(&id, &["hello", "did you get this?"]);
    w.shows(visitor, &at(&id), &["me: hello", "me: did you get this?"]);
    w.shows(ben, &at(&id), &["visitor: hello", "visitor: did you get this?"]);
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn a_message_that_can_never_go_is_shown_as_failed_and_lets_the_others_pass() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let refused = Failure::Refused(ErrorCode::BodyTooLarge.body());
    let failed = w.writes(visitor, &at(&id), "one");
    w.writes(visitor, &at(&id), "two");
    w.clients[visitor].requests.clear();
    w.input(visitor, Input::Appended { client_id: failed.clone(), result: Err(refused) });
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "me: two", "me: one (body_too_large)"]);
    let delivery = w.clients[visitor].machine.home()[0].delivery;
    assert!(matches!(delivery, Delivery::Failed(_)), "{delivery:?}");
    assert_eq!(w.clients[visitor].stored.len(), 1, "it outlives the page");

    w.command(visitor, Command::Retry(failed.clone()));
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "me: two", "me: one"]);
}

#[test]
fn a_failed_message_may_be_given_up() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let refused = Failure::Refused(ErrorCode::BodyTooLarge.body());
    let failed = w.writes(visitor, &at(&id), "one");
    w.command(visitor, Command::Discard(failed.clone()));
    w.shows(visitor, &at(&id), &["me: hello", "me: one (sending)"]);
    w.clients[visitor].requests.clear();
    w.input(visitor, Input::Appended { client_id: failed.clone(), result: Err(refused) });
    w.command(visitor, Command::Discard(failed));
    w.shows(visitor, &at(&id), &["me: hello"]);
    assert!(w.clients[visitor].stored.is_empty());
}

#[test]
fn where_the_first_message_is_given_up_the_next_one_starts_the_conversation() {
    let mut w = World::new();
    let visitor = w.visitor();
    w.goes_offline(visitor);
    let place = w.begins(visitor, "one");
    let next = w.writes(visitor, &place, "two");
    w.writes(visitor, &place, "three");
    let Place::New(first) = place else { panic!("a new place") };
    w.command(visitor, Command::Discard(first));
    assert_eq!(w.home(visitor), [Place::New(next.clone())]);
    w.comes_online(visitor);
    w.comes_to_rest();
    let id = w.id(visitor, &Place::New(next));
    w.log_holds(&id, &["two", "three"]);
    assert_eq!(w.server.logs.len(), 1);
}

#[test]
fn nothing_to_say_is_not_sent() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.writes(visitor, &at(&id), " \n ");
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::TextEmpty]);
    assert_eq!(w.clients[visitor].drafts, [(at(&id), " \n ".to_owned())]);
    w.shows(visitor, &at(&id), &["me: hello"]);
}

#[test]
fn the_server_may_ask_to_wait() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let client_id = w.writes(visitor, &at(&id), "one");
    w.clients[visitor].requests.clear();
    let mut body = ErrorCode::RateLimited.body();
    body.retry_after_ms = Some(7_000);
    w.input(visitor, Input::Appended { client_id, result: Err(Failure::Refused(body)) });
    w.lives_on(6_999);
    w.log_holds(&id, &["hello"]);
    w.lives_on(1);
    w.log_holds(&id, &["hello", "one"]);
}

// The page's life.

#[test]
fn a_reload_restores_what_was_not_sent() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.goes_offline(visitor);
    w.writes(visitor, &at(&id), "one");
    w.writes(visitor, &at(&id), "two");
    w.clients[visitor].online = true;
    w.reloads(visitor);
    w.shows(visitor, &at(&id), &["me: one (sending)", "me: two (sending)"]);
    w.comes_to_rest();
    w.log_holds(&id, &["hello", "one", "two"]);
    assert!(w.clients[visitor].stored.is_empty());
}

#[test]
fn a_reload_after_a_lost_answer_shows_the_message_once() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.writes(visitor, &at(&id), "one");
    w.request_arrives(visitor);
    w.reloads(visitor);
    w.opens(visitor, &id);
    let retry = w.clients[visitor].requests.pop_front().expect("the retry");
    w.comes_to_rest();
    // The history has it, the answer to the retry is still on its way.
    w.shows(visitor, &at(&id), &["me: hello", "me: one"]);
    w.clients[visitor].requests.push_back(retry);
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "me: one"]);
    w.log_holds(&id, &["hello", "one"]);
}

#[test]
fn a_reload_before_the_first_message_arrived_keeps_the_visitors_key() {
    let mut w = World::new();
    let visitor = w.visitor();
    let place = w.begins(visitor, "hello");
    w.writes(visitor, &place, "anybody?");
    w.reloads(visitor);
    // The key is new to the server until the message comes: the socket is refused.
    w.hello_arrives(visitor);
    w.frame_arrives(visitor);
    assert_eq!(w.clients[visitor].keys_forgotten, 0);
    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.log_holds(&id, &["hello", "anybody?"]);
    assert_eq!(w.clients[visitor].caller, Caller::Visitor(Some(1)));
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn what_followed_a_first_message_goes_out_even_if_that_was_not_kept() {
    let mut w = World::new();
    let visitor = w.visitor();
    let place = w.begins(visitor, "one");
    w.writes(visitor, &place, "two");
    w.writes(visitor, &place, "three");
    w.clients[visitor].stored.remove(0);
    w.reloads(visitor);
    w.comes_to_rest();
    assert_eq!(w.server.texts(), ["two", "three"]);
    assert_eq!(w.server.logs.len(), 1, "one conversation, not one each");
}

#[test]
fn a_page_put_away_and_shown_again_catches_up() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.input(visitor, Input::PageHidden);
    assert!(w.clients[visitor].wire.is_none());
    assert_eq!(w.link(visitor), Link::Connecting, "not live, and nothing has failed");
    say(&mut w, ben, &id, &["still there?"]);
    w.lives_on(600_000);
    assert!(w.clients[visitor].wire.is_none(), "it stays away");
    w.input(visitor, Input::PageShown);
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "Ben: still there?"]);
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn a_page_that_was_never_away_keeps_its_socket() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    let connects = |w: &World| w.count(visitor, |e| matches!(e, Effect::Connect(_)));
    assert_eq!(connects(&w), 1);
    w.input(visitor, Input::PageShown);
    w.input(visitor, Input::Network { online: true });
    assert_eq!(connects(&w), 1);
    // A laptop slept: the clock has moved, no timer has run.
    w.passes(3_600_000);
    w.input(visitor, Input::PageShown);
    assert_eq!(connects(&w), 2);
    assert_eq!(w.link(visitor), Link::Connecting, "nothing has failed");
    w.comes_to_rest();
    assert_eq!(w.link(visitor), Link::Up);
}

/// The store may have gone back in time meanwhile: only who has seen the future can tell.
#[test]
fn who_connects_again_tells_the_newest_commit_that_it_has_seen() {
    let mut w = World::new();
    let (visitor, agent, id) = w.a_conversation();
    w.writes(agent, &at(&id), "A newer one");
    w.comes_to_rest();
    let newest = w.clients[visitor].machine.conversation(&id).unwrap().revision;
    w.cut(visitor);
    w.lives_on(60_000);
    assert_eq!(w.link(visitor), Link::Up);
    let tells = |e: &Effect, known| matches!(e, Effect::Connect(hello) if hello.known == known);
    assert_eq!(w.count(visitor, |e| tells(e, None)), 1, "who has just booted knows nothing");
    let connects = w.count(visitor, |e| matches!(e, Effect::Connect(_)));
    assert!(connects > 1, "the tab was cut off");
    assert_eq!(w.count(visitor, |e| tells(e, Some(newest))), connects - 1, "every later one tells");
}

// Keeping in sync.

#[test]
fn a_second_tab_shows_the_same() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let second = w.second_tab_of(visitor);
    w.opens(second, &id);
    w.comes_to_rest();
    say(&mut w, visitor, &id, &["from the first"]);
    say(&mut w, second, &id, &["from the second"]);
    say(&mut w, ben, &id, &["to both"]);
    let rows = ["me: hello", "me: from the first", "me: from the second", "Ben: to both"];
    w.shows(visitor, &at(&id), &rows);
    w.shows(second, &at(&id), &rows);
}

#[test]
fn a_gap_is_fetched_and_duplicates_are_dropped() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(ben, &at(&id), "one");
    w.request_arrives(ben);
    let lost = w.push_gets_lost(visitor).expect("a push");
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello"]);
    say(&mut w, ben, &id, &["two"]);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: one", "Ben: two"]);
    w.input(visitor, Input::Frame(lost.clone()));
    w.input(visitor, Input::Frame(lost));
    w.shows(visitor, &at(&id), &["me: hello", "Ben: one", "Ben: two"]);
}

#[test]
fn a_beacon_heals_a_lost_push() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(ben, &at(&id), "one");
    w.request_arrives(ben);
    w.push_gets_lost(visitor);
    w.comes_to_rest();
    assert_eq!(w.unread(visitor), 0);
    w.heart_beats();
    w.comes_to_rest();
    assert_eq!(w.unread(visitor), 1);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: one"]);
}

#[test]
fn a_long_absence_is_caught_up_page_by_page() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.goes_offline(visitor);
    let texts: Vec<String> = (0..3 * PAGE).map(|n| format!("m{n}")).collect();
    for text in &texts {
        say(&mut w, ben, &id, &[text]);
    }
    w.comes_online(visitor);
    w.comes_to_rest();
    assert_eq!(w.rows(visitor, &at(&id)).len(), 1 + texts.len());
    assert_eq!(w.unread(visitor), texts.len());
}

#[test]
fn older_pages_come_one_by_one() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    for n in 0..2 * PAGE {
        say(&mut w, ben, &id, &[&format!("m{n}")]);
    }
    w.reloads(visitor);
    w.opens(visitor, &id);
    assert_eq!(w.thread(visitor, &id), ThreadState::Loading);
    w.comes_to_rest();
    assert_eq!(w.thread(visitor, &id), ThreadState::Ready);
    assert_eq!(w.rows(visitor, &at(&id)).len(), PAGE);
    assert!(w.clients[visitor].machine.has_older(&id));
    w.command(visitor, Command::LoadOlder(id.clone()));
    w.command(visitor, Command::LoadOlder(id.clone()));
    w.comes_to_rest();
    assert_eq!(w.rows(visitor, &at(&id)).len(), 2 * PAGE);
    w.command(visitor, Command::LoadOlder(id.clone()));
    w.comes_to_rest();
    assert!(!w.clients[visitor].machine.has_older(&id));
    let fetches = w.count(visitor, is_fetch);
    w.command(visitor, Command::LoadOlder(id.clone()));
    assert_eq!(w.count(visitor, is_fetch), fetches, "nothing stands before the first");
}

#[test]
fn another_life_of_the_store_starts_from_a_snapshot_and_keeps_the_outbox() {
    lives(another_life_keeps_the_outbox);
}

/// A store that was restored knows it; if somebody put a file back, only what clients know can tell.
fn lives(story: fn(bool)) {
    story(true);
    story(false);
}

fn another_life_keeps_the_outbox(knowingly: bool) {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let backup = w.server.clone();
    say(&mut w, ben, &id, &["this will be forgotten"]);
    w.goes_offline(visitor);
    w.writes(visitor, &at(&id), "one");
    w.server_is_restored(&backup, knowingly);
    w.comes_online(visitor);
    w.heals();
    w.log_holds(&id, &["hello", "one"]);
    w.shows(visitor, &at(&id), &["me: hello", "me: one"]);
    w.shows(ben, &at(&id), &["visitor: hello", "visitor: one"]);
}

#[test]
fn what_the_old_life_had_taken_and_not_shown_yet_is_sent_again() {
    lives(what_the_old_life_had_taken_is_sent_again);
}

fn what_the_old_life_had_taken_is_sent_again(knowingly: bool) {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let backup = w.server.clone();
    w.writes(ben, &at(&id), "above");
    w.request_arrives(ben);
    w.answer_arrives(ben);
    w.push_gets_lost(visitor);
    w.writes(visitor, &at(&id), "one");
    w.request_arrives(visitor);
    w.push_gets_lost(visitor);
    w.answer_arrives(visitor);
    w.shows(visitor, &at(&id), &["me: hello", "me: one"]);
    w.server_is_restored(&backup, knowingly);
    w.heals();
    w.shows(visitor, &at(&id), &["me: hello", "me: one"]);
    w.log_holds(&id, &["hello", "one"]);
}

#[test]
fn what_was_written_to_a_conversation_that_is_gone_is_offered_as_a_new_one() {
    lives(what_was_written_to_what_is_gone_is_offered);
}

fn what_was_written_to_what_is_gone_is_offered(knowingly: bool) {
    let mut w = World::new();
    let visitor = w.visitor();
    let keep = w.begins(visitor, "the first");
    w.comes_to_rest();
    let backup = w.server.clone();
    let place = w.begins(visitor, "the second");
    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.goes_offline(visitor);
    let client_id = w.writes(visitor, &at(&id), "please answer");
    w.server_is_restored(&backup, knowingly);
    w.comes_online(visitor);
    w.heals();
    assert_eq!(w.thread(visitor, &id), ThreadState::Gone);
    let orphan = Place::New(client_id.clone());
    w.shows(visitor, &orphan, &["me: please answer (conversation_unknown)"]);
    assert_eq!(w.home(visitor), [orphan.clone(), at(&w.id(visitor, &keep))]);
    w.command(visitor, Command::Retry(client_id));
    w.comes_to_rest();
    w.shows(visitor, &orphan, &["me: please answer"]);
}

#[test]
fn unread_is_derived_and_a_read_mark_only_grows() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    say(&mut w, ben, &id, &["one", "two"]);
    assert_eq!(w.unread(visitor), 2);
    w.reads(visitor, &id);
    assert_eq!(w.unread(visitor), 0);
    let marks = w.count(visitor, |e| matches!(e, Effect::MarkRead { .. }));
    w.reads(visitor, &id);
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::MarkRead { .. })), marks, "no news");
    w.comes_to_rest();
    // An old state comes late: what was read stays read.
    let mut old = w.server.logs[&id].state.clone();
    old.visitor_read.up_to = 1;
    old.visitor_read.unread = vec![3, 4];
    w.input(visitor, Input::Listed(vec![old]));
    assert_eq!(w.unread(visitor), 0);
    say(&mut w, ben, &id, &["three"]);
    assert_eq!(w.unread(visitor), 1);
}

#[test]
fn a_read_mark_that_the_server_did_not_hear_is_told_again() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    say(&mut w, ben, &id, &["one"]);
    w.reads(visitor, &id);
    w.request_gets_lost(visitor);
    assert_eq!(w.server.logs[&id].state.visitor_read.unread.len(), 1);
    w.cut(visitor);
    w.lives_on(1_000);
    assert!(w.server.logs[&id].state.visitor_read.unread.is_empty());
    assert_eq!(w.unread(visitor), 0);
}

#[test]
fn reading_in_one_tab_is_reading_in_the_other() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let second = w.second_tab_of(visitor);
    w.comes_to_rest();
    say(&mut w, ben, &id, &["one"]);
    assert_eq!((w.unread(visitor), w.unread(second)), (1, 1));
    w.reads(visitor, &id);
    w.comes_to_rest();
    assert_eq!((w.unread(visitor), w.unread(second)), (0, 0));
}

#[test]
fn a_read_mark_may_be_faster_than_what_was_read() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let second = w.second_tab_of(visitor);
    w.comes_to_rest();
    w.writes(ben, &at(&id), "one");
    w.request_arrives(ben);
    let late = w.push_gets_lost(second).expect("a push");
    w.frame_arrives(visitor);
    w.reads(visitor, &id);
    w.comes_to_rest();
    w.input(second, Input::Frame(late));
    assert_eq!(w.unread(second), 0, "it was read before it came");
}

#[test]
fn two_hundred_conversations_are_not_fetched_all_at_once() {
    let mut w = World::new();
    let (_, ben, _) = w.a_conversation();
    let heads = (50..250u8)
        .map(|n| porchlight_protocol::wire::Head {
            conversation: ConversationId::from_bytes([n; 16]),
            head: 3,
        })
        .collect();
    let before = w.count(ben, is_fetch);
    w.input(ben, Input::Frame(ServerFrame::Beacon(heads)));
    assert!(w.count(ben, is_fetch) - before <= 4);
    w.comes_to_rest();
    assert!(w.count(ben, is_fetch) - before >= 200, "but in the end they are");
}

#[test]
fn a_page_that_does_not_bring_what_is_missing_is_not_asked_for_at_once() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(ben, &at(&id), "one");
    w.request_arrives(ben);
    w.push_gets_lost(visitor);
    w.heart_beats();
    w.frame_arrives(visitor);
    let range = porchlight_client::Range::After(2);
    let empty = porchlight_protocol::wire::Page { events: vec![], head: 3 };
    let fetches = w.count(visitor, is_fetch);
    w.clients[visitor].requests.clear();
    w.input(visitor, Input::Events { id: id.clone(), range, result: Ok(empty) });
    assert_eq!(w.count(visitor, is_fetch), fetches);
    w.lives_on(1_000);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: one"]);
}

// The connection.

#[test]
fn where_no_socket_comes_through_a_long_poll_takes_over() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.clients[visitor].sockets = false;
    w.cut(visitor);
    w.lives_on(20_000);
    assert_eq!(w.link(visitor), Link::Up);
    assert!(w.count(visitor, |e| matches!(e, Effect::Poll(_))) > 0);
    say(&mut w, ben, &id, &["one"]);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: one"]);
    say(&mut w, visitor, &id, &["two"]);
    w.shows(ben, &at(&id), &["visitor: hello", "me: one", "visitor: two"]);
    let polls = w.count(visitor, |e| matches!(e, Effect::Poll(_)));
    w.comes_to_rest();
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::Poll(_))), polls, "it waits for news");

    w.clients[visitor].sockets = true;
    w.lives_on(600_000);
    say(&mut w, ben, &id, &["three"]);
    w.lives_on(600_000);
    assert_eq!(w.link(visitor), Link::Up);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: one", "me: two", "Ben: three"]);
}

#[test]
fn a_poll_misses_nothing_that_came_before_what_was_written_here() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.clients[visitor].sockets = false;
    w.cut(visitor);
    w.lives_on(20_000);
    // A welcome is on its way; then the agent writes, then the visitor.
    say(&mut w, ben, &id, &["one"]);
    w.writes(ben, &at(&id), "two");
    w.request_arrives(ben);
    w.hello_arrives(visitor);
    w.writes(ben, &at(&id), "three");
    w.answer_arrives(ben);
    w.request_arrives(ben);
    w.writes(visitor, &at(&id), "four");
    w.request_arrives(visitor);
    w.answer_arrives(visitor);
    w.comes_to_rest();
    let texts: Vec<String> = w.rows(visitor, &at(&id));
    assert_eq!(texts.last().map(String::as_str), Some("me: four"));
    assert_eq!(texts.len(), 5);
}

#[test]
fn silence_is_noticed() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.clients[visitor].wire.as_mut().expect("a socket").dead = true;
    say(&mut w, ben, &id, &["one"]);
    w.lives_on(30_000);
    w.shows(visitor, &at(&id), &["me: hello"]);
    w.lives_on(20_000);
    w.shows(visitor, &at(&id), &["me: hello", "Ben: one"]);
}

#[test]
fn a_socket_that_is_swallowed_is_not_waited_for_long() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    w.cut(visitor);
    for _ in 0..3 {
        w.timer_runs_out(visitor, 5_000);
        w.clients[visitor].wire.as_mut().expect("a socket").dead = true;
        assert!(w.timer_runs_out(visitor, 10_000), "its welcome is overdue");
    }
    w.lives_on(5_000);
    assert!(w.count(visitor, |e| matches!(e, Effect::Poll(_))) > 0);
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn a_beacon_is_enough_not_to_be_silent() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    for _ in 0..10 {
        w.lives_on(20_000);
        w.heart_beats();
    }
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::Connect(_))), 1);
}

#[test]
fn one_loss_is_counted_once_whatever_timers_run_out_later() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    w.lives_on(40_000);
    w.heart_beats();
    w.comes_to_rest();
    w.clients[visitor].sockets = false;
    w.cut(visitor);
    let waits = w.count(visitor, |e| matches!(e, Effect::Wake { .. }));
    w.passes(60_000);
    w.input(visitor, Input::Timer(porchlight_client::Timer::Silence));
    w.input(visitor, Input::LinkLost);
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::Wake { .. })), waits);
}

#[test]
fn a_dead_server_is_asked_ever_less_often() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    w.clients[visitor].online = false; // The browser says nothing of it.
    w.cut(visitor);
    w.lives_on(3_600_000);
    let tries = w.count(visitor, |e| matches!(e, Effect::Connect(_) | Effect::Poll(_)));
    assert!((100..1_000).contains(&tries), "{tries} in an hour");
    w.clients[visitor].online = true;
    w.lives_on(31_000);
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn a_page_at_a_wrong_address_does_not_connect_for_ever() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    w.server.elsewhere = true;
    w.server_is_killed();
    w.lives_on(60_000);
    assert_eq!(w.clients[visitor].machine.fault(), Some(ErrorCode::OriginNotAllowed));
    let tries = w.count(visitor, |e| matches!(e, Effect::Connect(_) | Effect::Poll(_)));
    w.lives_on(600_000);
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::Connect(_) | Effect::Poll(_))), tries);
}

#[test]
fn an_old_tab_stops_connecting_and_keeps_what_is_written() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.server.wire += 1;
    w.server_is_killed();
    w.lives_on(60_000);
    assert_eq!(w.clients[visitor].machine.fault(), Some(ErrorCode::VersionMismatch));
    let tries = w.count(visitor, |e| matches!(e, Effect::Connect(_)));
    w.writes(visitor, &at(&id), "one");
    w.shows(visitor, &at(&id), &["me: hello", "me: one (waiting)"]);
    w.lives_on(600_000);
    w.input(visitor, Input::PageShown);
    w.goes_offline(visitor);
    w.comes_online(visitor);
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::Connect(_))), tries);
    assert_eq!(w.link(visitor), Link::Down);
    assert_eq!(w.clients[visitor].stored.len(), 1);
}

#[test]
fn a_refused_socket_waits_as_long_as_it_is_told() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    let mut body = ErrorCode::Unavailable.body();
    body.retry_after_ms = Some(20_000);
    w.input(visitor, Input::Frame(ServerFrame::Error(body)));
    w.lives_on(19_999);
    assert_eq!(w.link(visitor), Link::Down);
    w.lives_on(1);
    assert_eq!(w.link(visitor), Link::Up);
}

// Keys.

#[test]
fn a_revoked_key_is_forgotten_and_what_was_written_is_offered_as_a_new_conversation() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.goes_offline(visitor);
    let client_id = w.writes(visitor, &at(&id), "one");
    w.server.revoked.insert(1);
    w.comes_online(visitor);
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].keys_forgotten, 1);
    assert_eq!(w.link(visitor), Link::Idle);
    assert_eq!(w.thread(visitor, &id), ThreadState::Gone);
    let orphan = Place::New(client_id.clone());
    w.shows(visitor, &orphan, &["me: one (visitor_key_invalid)"]);
    assert_eq!(w.home(visitor), std::slice::from_ref(&orphan));
    w.command(visitor, Command::Retry(client_id));
    w.comes_to_rest();
    w.shows(visitor, &orphan, &["me: one"]);
    assert_eq!(w.clients[visitor].keys_forgotten, 1, "the new key stays");
    assert_eq!(w.link(visitor), Link::Up);
}

#[test]
fn a_late_refusal_of_the_old_key_does_not_cost_the_new_one() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.server.revoked.insert(1);
    w.cut(visitor);
    w.input(visitor, Input::Listed(vec![]));
    let first = w.begins(visitor, "one");
    w.begins(visitor, "two");
    w.writes(visitor, &at(&id), "three");
    w.heals();
    assert_eq!(w.clients[visitor].keys_forgotten, 1);
    w.shows(visitor, &first, &["me: one"]);
    assert_eq!(w.link(visitor), Link::Up);
    let mut failed = w.clients[visitor].machine.home();
    failed.retain(|row| matches!(row.delivery, Delivery::Failed(_)));
    assert_eq!(failed.len(), 2, "the others wait for the person");
}

#[test]
fn a_server_that_refuses_every_key_is_not_asked_for_ever() {
    let mut w = World::new();
    let visitor = w.visitor();
    w.server.revoked.extend(0..100);
    let place = w.begins(visitor, "hello");
    w.heals();
    assert_eq!(w.count(visitor, |e| matches!(e, Effect::Start { .. })), 2);
    w.shows(visitor, &place, &["me: hello (visitor_key_revoked)"]);
}

#[test]
fn a_key_that_the_server_never_knew_is_forgotten() {
    let mut w = World::new();
    let visitor = w.visitor();
    w.clients[visitor].caller = Caller::Visitor(Some(77));
    w.reloads(visitor);
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].keys_forgotten, 1);
    assert_eq!(w.link(visitor), Link::Idle);
}

#[test]
fn a_deep_link_to_an_unknown_conversation_is_gone() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    let nowhere = ConversationId::from_bytes([9; 16]);
    w.opens(visitor, &nowhere);
    assert_eq!(w.thread(visitor, &nowhere), ThreadState::Loading);
    w.comes_to_rest();
    assert_eq!(w.thread(visitor, &nowhere), ThreadState::Gone);

    let stranger = w.visitor();
    w.opens(stranger, &nowhere);
    w.comes_to_rest();
    assert_eq!(w.thread(stranger, &nowhere), ThreadState::Gone);
    assert_eq!(w.clients[stranger].keys_forgotten, 0);
}

#[test]
fn a_deep_link_opens_before_the_welcome_too() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.reloads(visitor);
    w.opens(visitor, &id);
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello"]);
}

// Closing.

#[test]
fn a_closed_conversation_gives_the_texts_back_in_order_and_they_can_start_a_new_one() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.policy_becomes(false, true, false);
    w.comes_to_rest();
    w.writes(visitor, &at(&id), "one");
    w.writes(visitor, &at(&id), "two");
    w.closes(ben, &id);
    w.request_arrives(ben);
    w.comes_to_rest();
    let draft = (at(&id), "one\ntwo".to_owned());
    assert_eq!(w.clients[visitor].drafts, [draft]);
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::ConversationClosed]);
    assert!(w.clients[visitor].stored.is_empty());
    w.shows(visitor, &at(&id), &["me: hello"]);
    assert!(!w.clients[visitor].machine.visitor_view(&at(&id)).field);

    let place = w.begins(visitor, "one\ntwo");
    w.comes_to_rest();
    w.shows(visitor, &place, &["me: one\ntwo"]);
    assert_eq!(w.home(visitor).len(), 2);
}

#[test]
fn by_default_a_message_opens_a_closed_conversation_again() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.closes(ben, &id);
    w.comes_to_rest();
    assert!(w.folder(ben, Filter::Open).is_empty());
    say(&mut w, visitor, &id, &["one more thing"]);
    w.shows(visitor, &at(&id), &["me: hello", "me: one more thing"]);
    assert_eq!(w.folder(ben, Filter::Mine).len(), 1);
    let rows = w.rows(ben, &at(&id));
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let told = [
        "visitor: hello",
        "me assigned",
        "me closed",
        "visitor re-opened",
        "visitor: one more thing",
    ];
    assert_eq!(rows, told);
}

#[test]
fn hiding_takes_a_closed_conversation_away_after_a_reload_but_not_after_a_reconnect() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.policy_becomes(true, false, false);
    w.closes(ben, &id);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)]);
    w.cut(visitor);
    w.lives_on(1_000);
    assert_eq!(w.home(visitor), [at(&id)], "a reconnect is not a reload");
    w.reloads(visitor);
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());

    w.acts(ben, &id, Act::Reopen);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)], "re-opening brings it back");
}

#[test]
fn what_is_kept_until_it_was_read_is_hidden_after_the_reload_behind_it() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let second = w.second_tab_of(visitor);
    w.policy_becomes(true, false, false);
    w.keeping_becomes(true);
    w.writes(ben, &at(&id), "It ships on Friday.");
    w.closes(ben, &id);
    w.comes_to_rest();
    for tab in [visitor, second] {
        w.reloads(tab);
        w.comes_to_rest();
        assert_eq!(w.home(tab), [at(&id)], "nobody has read it");
    }
    w.opens(visitor, &id);
    w.comes_to_rest();
    w.reads(visitor, &id);
    // Before the server knows as well as after it.
    assert_eq!(w.home(visitor), [at(&id)]);
    w.comes_to_rest();
    for tab in [visitor, second] {
        assert_eq!(w.clients[tab].machine.unread(), 0);
        assert_eq!(w.home(tab), [at(&id)], "nothing disappears while somebody looks at it");
        w.cut(tab);
        w.lives_on(1_000);
        assert_eq!(w.home(tab), [at(&id)], "a reconnect is not a reload");
        w.reloads(tab);
        w.comes_to_rest();
        assert!(w.home(tab).is_empty());
    }
}

#[test]
fn keeping_what_is_unread_brings_back_what_was_hidden() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(ben, &at(&id), "It ships on Friday.");
    w.closes(ben, &id);
    w.policy_becomes(true, false, false);
    w.comes_to_rest();
    w.reloads(visitor);
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
    w.keeping_becomes(true);
    w.lives_on(REFRESHED_MS);
    assert_eq!(w.home(visitor), [at(&id)]);
    w.keeping_becomes(false);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)], "nothing disappears while somebody looks at it");
    w.reloads(visitor);
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
}

#[test]
fn a_change_of_policy_reaches_open_clients_in_both_directions() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.closes(ben, &id);
    w.comes_to_rest();
    let view = |w: &World| w.clients[visitor].machine.visitor_view(&at(&id));
    assert!(view(&w).field && view(&w).notice.is_none());
    w.policy_becomes(false, true, true);
    w.comes_to_rest();
    assert!(!view(&w).field && view(&w).notice.is_some() && view(&w).marked_closed);
    w.policy_becomes(false, false, false);
    w.comes_to_rest();
    assert!(view(&w).field && view(&w).notice.is_none() && !view(&w).marked_closed);
}

/// Milliseconds within which everybody has asked anew for what a change of settings shows.
const REFRESHED_MS: i64 = 10_000;

#[test]
fn switching_hiding_off_or_anew_brings_back_what_was_hidden() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.closes(ben, &id);
    w.policy_becomes(true, false, false);
    w.comes_to_rest();
    w.reloads(visitor);
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
    // Off and on again: this page booted before that.
    w.policy_becomes(true, false, false);
    w.lives_on(REFRESHED_MS);
    assert_eq!(w.home(visitor), [at(&id)]);
    w.reloads(visitor);
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
    w.policy_becomes(false, false, false);
    w.lives_on(REFRESHED_MS);
    assert_eq!(w.home(visitor), [at(&id)]);
}

#[test]
fn when_hiding_is_switched_off_not_everybody_asks_at_once() {
    let mut w = World::new();
    let tabs: Vec<Tab> = (0..40).map(|_| w.visitor()).collect();
    for tab in &tabs {
        w.begins(*tab, "hello");
    }
    w.comes_to_rest();
    w.policy_becomes(true, false, false);
    w.comes_to_rest();
    w.policy_becomes(false, false, false);
    let is_connect = |effect: &Effect| matches!(effect, Effect::Connect(_));
    let asked = |w: &World| tabs.iter().filter(|tab| w.count(**tab, is_connect) > 1).count();
    w.comes_to_rest();
    assert_eq!(asked(&w), 0);
    w.lives_on(REFRESHED_MS / 2);
    assert!((10..=30).contains(&asked(&w)), "{} of 40 in the first half", asked(&w));
    w.lives_on(REFRESHED_MS / 2);
    assert_eq!(asked(&w), 40);
}

#[test]
fn what_a_visitor_closes_leaves_their_home_at_once() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.closes(visitor, &id);
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
    assert_eq!(w.folder(ben, Filter::Closed).len(), 1);
    w.acts(ben, &id, Act::Reopen);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)]);
}

#[test]
fn home_is_ordered_by_the_stores_count_and_what_is_not_sent_comes_first() {
    let mut w = World::new();
    let visitor = w.visitor();
    let places = ["one", "two", "three"].map(|text| {
        let place = w.begins(visitor, text);
        w.comes_to_rest();
        at(&w.id(visitor, &place))
    });
    let [one, two, three] = places;
    assert_eq!(w.home(visitor), [three.clone(), two.clone(), one.clone()]);
    w.goes_offline(visitor);
    w.writes(visitor, &one, "more");
    assert_eq!(w.home(visitor), [one, three, two]);
}

// Agents.

#[test]
fn a_claim_that_comes_too_late_is_refused() {
    let mut w = World::new();
    let visitor = w.visitor();
    let (ben, cleo) = (w.agent("Ben"), w.agent("Cleo"));
    let place = w.begins(visitor, "hello");
    w.comes_to_rest();
    let id = w.id(visitor, &place);
    w.claims(ben, &id);
    w.claims(cleo, &id);
    assert!(w.clients[cleo].machine.is_busy(&id));
    w.comes_to_rest();
    assert!(!w.clients[cleo].machine.is_busy(&id));
    assert_eq!(w.clients[cleo].refusals, [ErrorCode::ClaimedByOther]);
    let owner = w.clients[cleo].machine.conversation(&id).and_then(|c| c.assignee.clone());
    assert_eq!(owner, Some(agent("Ben")));
    assert_eq!(w.folder(ben, Filter::Mine).len(), 1);
}

#[test]
fn a_reply_to_what_another_agent_owns_is_given_back() {
    let mut w = World::new();
    let (_, _, id) = w.a_conversation();
    let cleo = w.agent("Cleo");
    w.opens(cleo, &id);
    w.comes_to_rest();
    say(&mut w, cleo, &id, &["hello!"]);
    assert_eq!(w.clients[cleo].drafts, [(at(&id), "hello!".to_owned())]);
    assert_eq!(w.clients[cleo].refusals, [ErrorCode::ClaimRequired]);
}

#[test]
fn send_and_close_does_both() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.sends_and_closes(ben, &id, "good-bye");
    w.comes_to_rest();
    w.shows(visitor, &at(&id), &["me: hello", "Ben: good-bye"]);
    assert_eq!(w.rows(ben, &at(&id)).last().map(String::as_str), Some("me closed"));
    assert!(w.clients[visitor].machine.conversation(&id).is_some_and(|c| c.is_closed()));
}

#[test]
fn a_close_that_the_visitor_has_overtaken_gives_the_text_back() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(visitor, &at(&id), "wait!");
    w.request_arrives(visitor);
    w.sends_and_closes(ben, &id, "good-bye");
    w.closes(ben, &id);
    w.comes_to_rest();
    assert_eq!(w.clients[ben].refusals, [ErrorCode::NewMessages, ErrorCode::NewMessages]);
    assert_eq!(w.clients[ben].drafts, [(at(&id), "good-bye".to_owned())]);
    w.shows(ben, &at(&id), &["visitor: hello", "visitor: wait!"]);
    w.closes(ben, &id);
    w.comes_to_rest();
    assert!(w.clients[ben].machine.conversation(&id).is_some_and(|c| c.is_closed()));
}

#[test]
fn what_was_closed_while_an_agent_was_away_leaves_the_open_folder() {
    let mut w = World::new();
    let (_, ben, id) = w.a_conversation();
    let cleo = w.agent("Cleo");
    w.comes_to_rest();
    assert_eq!(w.folder(cleo, Filter::Open).len(), 1);
    w.goes_offline(cleo);
    w.closes(ben, &id);
    w.comes_to_rest();
    w.comes_online(cleo);
    w.comes_to_rest();
    assert!(w.folder(cleo, Filter::Open).is_empty());
    assert_eq!(w.folder(cleo, Filter::Closed).len(), 1);
}

#[test]
fn an_act_whose_answer_is_lost_is_told_and_looked_up() {
    let mut w = World::new();
    let (_, ben, id) = w.a_conversation();
    w.closes(ben, &id);
    w.answer_gets_lost(ben);
    w.push_gets_lost(ben);
    w.comes_to_rest();
    assert_eq!(w.clients[ben].refusals, [ErrorCode::Unavailable]);
    assert!(!w.clients[ben].machine.is_busy(&id));
    assert!(w.clients[ben].machine.conversation(&id).is_some_and(|c| c.is_closed()));
}

#[test]
fn a_lost_session_ends_the_connection_and_keeps_the_text() {
    let mut w = World::new();
    let (_, ben, id) = w.a_conversation();
    let client_id = w.writes(ben, &at(&id), "hello!");
    w.clients[ben].requests.clear();
    let refused = Failure::Refused(ErrorCode::SignInRequired.body());
    w.input(ben, Input::Appended { client_id, result: Err(refused) });
    assert_eq!(w.clients[ben].machine.fault(), Some(ErrorCode::SignInRequired));
    assert_eq!(w.link(ben), Link::Down);
    w.shows(ben, &at(&id), &["visitor: hello", "me: hello! (waiting)"]);
    let stored: Vec<&Outgoing> = w.clients[ben].stored.iter().collect();
    assert_eq!(stored.len(), 1);
    w.reloads(ben);
    w.comes_to_rest();
    w.log_holds(&id, &["hello", "hello!"]);
}

#[test]
fn something_to_read_is_worth_a_connection_though_it_is_closed() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.sends_and_closes(ben, &id, "Done. Bye!");
    w.comes_to_rest();
    assert!(w.clients[visitor].machine.is_active(), "the next page shows the badge, too");
    w.opens(visitor, &id);
    w.comes_to_rest();
    w.reads(visitor, &id);
    assert!(!w.clients[visitor].machine.is_active(), "there is nothing left to come for");

    // What the site hides from this page is nothing to read.
    w.policy_becomes(true, false, false);
    let other = w.begins(visitor, "one more");
    w.comes_to_rest();
    let other = w.id(visitor, &other);
    w.claims(ben, &other);
    w.comes_to_rest();
    w.sends_and_closes(ben, &other, "Bye again!");
    w.comes_to_rest();
    assert!(w.clients[visitor].machine.is_active());
    w.reloads(visitor);
    w.comes_to_rest();
    assert!(!w.clients[visitor].machine.is_active());
}

#[test]
fn a_clock_that_is_set_back_does_not_swap_what_was_written() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.goes_offline(visitor);
    w.writes(visitor, &at(&id), "first");
    w.clock_is_set(visitor, -3_600_000);
    w.writes(visitor, &at(&id), "second");
    // Storage gives back what it holds in any order.
    w.clients[visitor].stored.reverse();
    w.reloads(visitor);
    w.writes(visitor, &at(&id), "third");
    w.clients[visitor].stored.reverse();
    w.reloads(visitor);
    w.comes_online(visitor);
    w.heals();
    w.log_holds(&id, &["hello", "first", "second", "third"]);
}

#[test]
fn what_is_told_of_the_past_counts_by_the_servers_clock() {
    let mut w = World::new();
    let visitor = w.visitor();
    w.clock_is_set(visitor, 3 * 3_600_000);
    let place = w.begins(visitor, "hello");
    w.comes_to_rest();
    let local = w.now + 3 * 3_600_000;
    let machine = &w.clients[visitor].machine;
    assert_eq!(machine.server_now(local), w.server.now);
    assert_eq!(machine.home()[0].at, w.server.now);
    // What waits to be sent was written by that clock, too.
    w.goes_offline(visitor);
    w.writes(visitor, &place, "hm");
    assert_eq!(w.clients[visitor].machine.home()[0].at, w.server.now);
}
