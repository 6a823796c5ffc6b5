//! Stories of closing: by visitors, by the timer, and what agents tell each other meanwhile.

use porchlight_client::home::HomeRow;
use porchlight_client::{
    Effect, Failure, Input, Link, Machine, Me, Outgoing, Place, Timer, Writing,
};
use porchlight_protocol::closing::VisitorView;
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::notice::Shown;
use porchlight_protocol::wire::{Appended, Boot, ServerFrame, Welcome};
use porchlight_protocol::{
    Act, Conversation, ConversationId, Epoch, ErrorCode, Filter, Member, MemberId, Notice, Policy,
    VisitorId,
};

use crate::world::{Tab, World};

const MINUTE_MS: i64 = 60_000;

fn at(id: &ConversationId) -> Place {
    Place::At(id.clone())
}

fn say(w: &mut World, tab: Tab, id: &ConversationId, text: &str) {
    w.writes(tab, &at(id), text);
    w.comes_to_rest();
}

fn view(w: &World, tab: Tab, id: &ConversationId) -> VisitorView {
    w.clients[tab].machine.visitor_view(&at(id))
}

fn is_closed(w: &World, id: &ConversationId) -> bool {
    w.server.logs[id].state.is_closed()
}

/// What an agent's transcript says, as people read it.
fn transcript(w: &World, tab: Tab, id: &ConversationId) -> Vec<String> {
    w.rows(tab, &at(id))
}

fn appends(w: &World, tab: Tab) -> usize {
    w.count(tab, |effect| matches!(effect, Effect::Append { .. }))
}

/// The requests of this tab get this for an answer.
fn is_refused(w: &mut World, tab: Tab, code: ErrorCode) {
    let requests = std::mem::take(&mut w.clients[tab].requests);
    for request in requests {
        if let crate::world::What::Append(_, client_id, _) = request.what {
            let result = Err(Failure::Refused(code.body()));
            w.input(tab, Input::Appended { client_id, result });
        }
    }
}

// The visitor closes.

#[test]
fn what_a_visitor_closes_leaves_home_before_the_server_has_answered() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    say(&mut w, ben, &id, "anything else?");
    assert_eq!(w.unread(visitor), 1);
    let close = w.closes(visitor, &id);
    assert!(w.home(visitor).is_empty() && !view(&w, visitor, &id).listed);
    assert_eq!(w.unread(visitor), 0, "a badge would be for something that is not there");
    assert!(w.clients[visitor].done.is_empty(), "it has not arrived");

    w.comes_to_rest();
    assert_eq!(w.clients[visitor].done, [close]);
    assert!(w.home(visitor).is_empty());
    assert_eq!(transcript(&w, ben, &id).last().unwrap(), "visitor closed");
    assert_eq!(w.folder(ben, Filter::Closed).len(), 1);
}

#[test]
fn what_a_visitor_closes_leaves_their_other_tabs_too() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let second = w.second_tab_of(visitor);
    w.comes_to_rest();
    assert_eq!(w.home(second), [at(&id)]);
    w.closes(visitor, &id);
    w.comes_to_rest();
    assert!(w.home(second).is_empty());
    w.reopens(visitor, &id);
    w.comes_to_rest();
    assert_eq!(w.home(second), [at(&id)]);
}

#[test]
fn a_closing_without_a_network_is_kept_and_goes_out_later() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.goes_offline(visitor);
    let close = w.closes(visitor, &id);
    w.lives_on(60_000);
    assert!(w.home(visitor).is_empty());
    assert!(w.clients[visitor].done.is_empty() && w.clients[visitor].refusals.is_empty());
    w.comes_online(visitor);
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].done, [close]);
    assert!(is_closed(&w, &id) && w.home(visitor).is_empty());
}

#[test]
fn a_closing_whose_answer_is_lost_is_asked_for_again_under_the_same_name() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.closes(visitor, &id);
    w.answer_gets_lost(visitor);
    w.push_gets_lost(visitor);
    w.answer_arrives(visitor);
    assert!(w.home(visitor).is_empty(), "still as if it were done");
    w.heals();
    assert_eq!(w.clients[visitor].done.len(), 1);
    assert_eq!(appends(&w, visitor), 2);
    assert_eq!(transcript(&w, ben, &id), ["visitor: hello", "me assigned", "visitor closed"]);
}

#[test]
fn the_echo_of_an_act_may_be_faster_than_its_answer() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let close = w.closes(visitor, &id);
    w.request_arrives(visitor);
    assert!(w.frame_arrives(visitor), "the push was faster");
    assert_eq!(w.clients[visitor].done, std::slice::from_ref(&close));
    // An agent is faster than the answer, too.
    w.request_arrives(ben);
    w.frame_arrives(ben);
    w.reopens(ben, &id);
    w.request_arrives(ben);
    w.frame_arrives(visitor);
    w.frame_arrives(visitor);
    assert_eq!(w.home(visitor), [at(&id)], "what was done is not done again");
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].done, [close], "and not told again");
    assert_eq!(w.home(visitor), [at(&id)]);
}

#[test]
fn a_closing_beyond_what_is_known_here_does_not_flicker() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.writes(ben, &at(&id), "one moment");
    w.request_arrives(ben);
    w.push_gets_lost(visitor);
    w.closes(visitor, &id);
    w.request_arrives(visitor);
    w.push_gets_lost(visitor);
    w.answer_arrives(visitor);
    assert_eq!(w.clients[visitor].done.len(), 1);
    assert!(!w.clients[visitor].machine.is_busy(&id));
    assert!(w.home(visitor).is_empty(), "the gap before it is on its way");
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
}

#[test]
fn a_closing_that_is_refused_comes_back_to_home_and_is_told() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.closes(visitor, &id);
    is_refused(&mut w, visitor, ErrorCode::NotAllowed);
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::NotAllowed]);
    assert_eq!(w.home(visitor), [at(&id)]);
    assert!(w.clients[visitor].acts.is_empty(), "that was its answer");
}

#[test]
fn acts_wait_as_long_as_the_server_asks() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let client_id = w.closes(visitor, &id);
    w.clients[visitor].requests.clear();
    let mut body = ErrorCode::RateLimited.body();
    body.retry_after_ms = Some(7_000);
    w.input(visitor, Input::Appended { client_id, result: Err(Failure::Refused(body)) });
    w.lives_on(6_999);
    assert!(!is_closed(&w, &id) && w.home(visitor).is_empty());
    w.lives_on(1);
    assert!(is_closed(&w, &id));
}

#[test]
fn a_closing_that_can_never_go_out_is_told_at_once() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let other = w.begins(visitor, "something else");
    w.comes_to_rest();
    let other = w.id(visitor, &other);
    w.closes(visitor, &id);
    w.closes(visitor, &other);
    w.request_gets_lost(visitor);
    w.answer_arrives(visitor);
    w.request_gets_lost(visitor);
    w.server.wire += 1;
    w.cut(visitor);
    w.input(visitor, Input::Timer(Timer::Reconnect));
    w.hello_arrives(visitor);
    w.frame_arrives(visitor);
    assert_eq!(w.clients[visitor].machine.fault(), Some(ErrorCode::VersionMismatch));
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::VersionMismatch], "the page is too old");
    // One was out by then, and no answer comes.
    w.answer_arrives(visitor);
    w.closes(visitor, &id);
    let told = [ErrorCode::VersionMismatch, ErrorCode::Unavailable, ErrorCode::VersionMismatch];
    assert_eq!(w.clients[visitor].refusals, told);
    assert!(w.clients[visitor].acts.is_empty());
    assert_eq!(w.home(visitor), [at(&other), at(&id)]);
}

#[test]
fn a_closing_that_waits_is_refused_with_the_key() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.goes_offline(visitor);
    w.closes(visitor, &id);
    w.reopens(visitor, &id);
    w.closes(visitor, &id);
    w.server.revoked.insert(1);
    w.comes_online(visitor);
    w.comes_to_rest();
    assert!(w.clients[visitor].acts.is_empty(), "every act is answered");
    assert!(w.home(visitor).is_empty());
    assert_eq!(w.link(visitor), Link::Idle);
}

// Undo.

#[test]
fn a_closing_that_never_went_out_is_undone_without_a_word() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let before = appends(&w, visitor);
    w.goes_offline(visitor);
    let close = w.closes(visitor, &id);
    let undo = w.reopens(visitor, &id);
    assert_eq!(w.clients[visitor].done, [close, undo]);
    assert_eq!(w.home(visitor), [at(&id)]);
    w.comes_online(visitor);
    w.comes_to_rest();
    assert_eq!(appends(&w, visitor), before);
    assert!(!is_closed(&w, &id));
}

#[test]
fn a_closing_that_may_have_arrived_is_undone_after_it() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let close = w.closes(visitor, &id);
    let undo = w.reopens(visitor, &id);
    assert_eq!(w.home(visitor), [at(&id)], "as it will be");
    w.answer_gets_lost(visitor);
    w.push_gets_lost(visitor);
    w.answer_arrives(visitor);
    assert_eq!(w.home(visitor), [at(&id)]);
    w.heals();
    assert_eq!(w.clients[visitor].done, [close, undo]);
    assert_eq!(w.home(visitor), [at(&id)]);
    let told = ["visitor: hello", "me assigned", "visitor closed", "visitor re-opened"];
    assert_eq!(transcript(&w, ben, &id), told);
}

#[test]
fn a_closing_that_failed_may_have_arrived_all_the_same() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    w.closes(visitor, &id);
    w.answer_gets_lost(visitor);
    w.push_gets_lost(visitor);
    w.answer_arrives(visitor);
    assert!(is_closed(&w, &id));
    w.reopens(visitor, &id);
    assert_eq!(w.home(visitor), [at(&id)]);
    w.heals();
    assert!(!is_closed(&w, &id));
    assert_eq!((w.home(visitor), w.clients[visitor].done.len()), (vec![at(&id)], 2));
}

#[test]
fn what_an_agent_closed_a_visitor_puts_away_and_back_without_opening_it() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.closes(ben, &id);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)]);
    w.closes(visitor, &id);
    assert!(w.home(visitor).is_empty());
    w.comes_to_rest();
    assert!(w.home(visitor).is_empty());
    w.reopens(visitor, &id);
    assert_eq!(w.home(visitor), [at(&id)]);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)]);
    assert!(is_closed(&w, &id));
    let told =
        ["visitor: hello", "me assigned", "me closed", "visitor dismissed", "visitor restored"];
    assert_eq!(transcript(&w, ben, &id), told);
}

#[test]
fn visitors_do_not_open_again_what_an_agent_closed() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.policy_becomes(false, true, false);
    w.closes(ben, &id);
    w.comes_to_rest();
    w.reopens(visitor, &id);
    assert!(!view(&w, visitor, &id).field, "nor does it look like that");
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::NotAllowed]);
    assert!(is_closed(&w, &id));
}

#[test]
fn what_was_put_away_comes_back_with_its_badge_when_an_agent_opens_it_again() {
    for closed_by_agent in [false, true] {
        for reloads in [false, true] {
            let mut w = World::new();
            let (visitor, ben, id) = w.a_conversation();
            if closed_by_agent {
                w.closes(ben, &id);
                w.comes_to_rest();
            }
            w.closes(visitor, &id);
            w.comes_to_rest();
            if reloads {
                w.reloads(visitor);
                w.comes_to_rest();
            }
            assert!(w.home(visitor).is_empty());
            w.reopens(ben, &id);
            w.comes_to_rest();
            assert_eq!(w.home(visitor), [at(&id)]);
            assert_eq!(w.unread(visitor), 0);
            say(&mut w, ben, &id, "one more thing");
            assert_eq!(w.unread(visitor), 1);
        }
    }
}

// Acts and texts together.

#[test]
fn what_was_written_before_a_closing_goes_out_before_it() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.goes_offline(visitor);
    w.writes(visitor, &at(&id), "thanks");
    w.writes(visitor, &at(&id), "bye");
    w.closes(visitor, &id);
    assert!(w.home(visitor).is_empty());
    w.comes_online(visitor);
    w.comes_to_rest();
    let told =
        ["visitor: hello", "me assigned", "visitor: thanks", "visitor: bye", "visitor closed"];
    assert_eq!(transcript(&w, ben, &id), told);
    assert!(w.home(visitor).is_empty());
}

#[test]
fn what_is_written_after_a_closing_opens_it_again() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.goes_offline(visitor);
    w.closes(visitor, &id);
    w.writes(visitor, &at(&id), "wait");
    assert_eq!(w.home(visitor), [at(&id)], "what was typed must not be out of sight");
    w.comes_online(visitor);
    w.comes_to_rest();
    assert_eq!(w.home(visitor), [at(&id)]);
    let told = ["visitor closed", "visitor re-opened", "visitor: wait"];
    assert!(transcript(&w, ben, &id).ends_with(&told.map(str::to_owned)));
    assert!(w.server.logs[&id].state.reopened_by_visitor);
}

#[test]
fn what_is_written_after_a_closing_never_overtakes_it() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.closes(visitor, &id);
    w.writes(visitor, &at(&id), "wait");
    assert_eq!(w.clients[visitor].requests.len(), 1, "one after the other");
    w.request_gets_lost(visitor);
    w.heals();
    let told = ["visitor closed", "visitor re-opened", "visitor: wait"];
    assert!(transcript(&w, ben, &id).ends_with(&told.map(str::to_owned)));
}

#[test]
fn what_was_written_and_refused_is_back_in_the_field_and_the_closing_goes_on() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.policy_becomes(false, true, false);
    w.comes_to_rest();
    w.goes_offline(visitor);
    w.writes(visitor, &at(&id), "thanks");
    w.closes(visitor, &id);
    w.closes(ben, &id);
    w.comes_to_rest();
    w.comes_online(visitor);
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].drafts, [(at(&id), "thanks".to_owned())]);
    assert_eq!(w.clients[visitor].done.len(), 1);
    assert_eq!(transcript(&w, ben, &id).last().unwrap(), "visitor dismissed");
}

#[test]
fn a_message_and_the_timer_race_and_the_log_decides() {
    for disable_field in [false, true] {
        let mut w = World::new();
        let (visitor, ben, id) = w.a_conversation();
        w.policy_becomes(false, disable_field, false);
        w.timer_becomes(Some(600), None);
        w.comes_to_rest();
        w.goes_offline(visitor);
        w.writes(visitor, &at(&id), "in time?");
        w.lives_on(600_000);
        assert!(is_closed(&w, &id));
        w.comes_online(visitor);
        w.lives_on(1_000);
        if disable_field {
            assert_eq!(w.clients[visitor].drafts, [(at(&id), "in time?".to_owned())]);
            assert_eq!(transcript(&w, ben, &id).last().unwrap(), "timer closed");
        } else {
            let told = ["timer closed", "visitor re-opened", "visitor: in time?"];
            assert!(transcript(&w, ben, &id).ends_with(&told.map(str::to_owned)));
        }
        assert_eq!(w.clients[ben].machine.conversation(&id), Some(&w.server.logs[&id].state));
        assert_eq!(w.clients[visitor].machine.conversation(&id), Some(&w.server.logs[&id].state));
    }
}

#[test]
fn many_conversations_at_once_are_answered_one_by_one() {
    let mut w = World::new();
    let visitor = w.visitor();
    let (ben, cleo) = (w.agent("Ben"), w.agent("Cleo"));
    let ids = ["one", "two", "three"].map(|text| {
        let place = w.begins(visitor, text);
        w.comes_to_rest();
        w.id(visitor, &place)
    });
    w.claims(cleo, &ids[1]);
    w.request_arrives(cleo);
    let claims = ids.each_ref().map(|id| w.claims(ben, id));
    assert!(ids.iter().all(|id| w.clients[ben].machine.is_busy(id)));
    w.comes_to_rest();
    assert_eq!(w.clients[ben].done, [claims[0].clone(), claims[2].clone()]);
    assert_eq!(w.clients[ben].refusals, [ErrorCode::ClaimedByOther]);
    assert!(!ids.iter().any(|id| w.clients[ben].machine.is_busy(id)));
    assert_eq!(w.folder(ben, Filter::Mine).len(), 2);
}

#[test]
fn an_answer_that_made_nothing_is_an_answer() {
    let mut w = World::new();
    let (_, ben, id) = w.a_conversation();
    let close = w.closes(ben, &id);
    w.comes_to_rest();
    // Another agent's screen says that it is open.
    let cleo = w.agent("Cleo");
    let again = w.closes(cleo, &id);
    w.comes_to_rest();
    assert_eq!(
        (&w.clients[ben].done[1..], &w.clients[cleo].done[..]),
        (&[close][..], &[again][..])
    );
}

// The warning.

/// A conversation that closes ten minutes after it went quiet, five minutes after the warning. The
/// visitor's clock is an hour ahead.
fn a_conversation_with_a_timer() -> (World, Tab, Tab, ConversationId) {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.clock_is_set(visitor, 60 * MINUTE_MS);
    w.timer_becomes(Some(600), Some(300));
    w.comes_to_rest();
    w.lives_on(0);
    (w, visitor, ben, id)
}

fn lives_with_a_heartbeat(w: &mut World, ms: i64) {
    let until = w.now + ms;
    while w.now < until {
        w.heart_beats();
        w.lives_on(20_000.min(until - w.now));
    }
}

fn warning_timers(w: &World, tab: Tab) -> usize {
    w.count(tab, |effect| matches!(effect, Effect::Wake { timer: Timer::Warning, .. }))
}

#[test]
fn a_visitor_is_warned_by_the_servers_clock_and_counted_down_by_the_minute() {
    let (mut w, visitor, ben, id) = a_conversation_with_a_timer();
    let begins = w.now;
    w.lives_on(5 * MINUTE_MS - 1);
    assert_eq!(w.closing_in(visitor, &id), None);
    w.lives_on(1);
    assert_eq!(w.closing_in(visitor, &id), Some(300_000));
    assert_eq!(w.closing_in(ben, &id), None, "it is the visitor's");
    w.lives_on(90_000);
    assert_eq!(w.closing_in(visitor, &id), Some(210_000));
    w.lives_on(5 * MINUTE_MS);
    let minutes: Vec<i64> =
        w.clients[visitor].looks.iter().map(|at| (at - begins) / MINUTE_MS).collect();
    assert_eq!(minutes, [5, 6, 7, 8, 9, 10]);
    assert!(is_closed(&w, &id));
    assert_eq!(w.closing_in(visitor, &id), None);
    assert_eq!(transcript(&w, ben, &id).last().unwrap(), "timer closed");
}

#[test]
fn when_it_is_due_and_nobody_has_said_so_nothing_is_left() {
    let (mut w, visitor, _, id) = a_conversation_with_a_timer();
    w.goes_offline(visitor);
    w.lives_on(20 * MINUTE_MS);
    assert_eq!(w.closing_in(visitor, &id), Some(0));
    let timers = warning_timers(&w, visitor);
    w.lives_on(600 * MINUTE_MS);
    assert_eq!(warning_timers(&w, visitor), timers, "there is nothing to wait for");
    w.comes_online(visitor);
    w.lives_on(1_000);
    assert_eq!(w.closing_in(visitor, &id), None);
}

#[test]
fn keep_it_open_takes_the_warning_away_at_once() {
    let (mut w, visitor, ben, id) = a_conversation_with_a_timer();
    let other = w.begins(visitor, "something else");
    w.comes_to_rest();
    let other = w.id(visitor, &other);
    lives_with_a_heartbeat(&mut w, 6 * MINUTE_MS);
    assert_eq!(w.closing_in(visitor, &id), Some(240_000));
    let (home, row) = (w.home(visitor), w.clients[visitor].machine.home().pop());
    assert_eq!(home, [at(&other), at(&id)]);
    let keep = w.keeps_open(visitor, &id);
    assert_eq!(w.closing_in(visitor, &id), None, "before the server has answered");
    assert_eq!(w.closing_in(visitor, &other), Some(240_000));
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].done, [keep]);
    assert_eq!(w.closing_in(visitor, &id), None);
    assert_eq!(transcript(&w, ben, &id).last().unwrap(), "visitor kept open");
    assert_eq!(w.home(visitor), home, "Home does not tell of it");
    assert_eq!(w.clients[visitor].machine.home().pop(), row);
    lives_with_a_heartbeat(&mut w, 5 * MINUTE_MS);
    assert!(is_closed(&w, &other) && !is_closed(&w, &id));
    assert_eq!(w.closing_in(visitor, &id), Some(300_000));
}

#[test]
fn keep_it_open_comes_too_late_and_is_told_so() {
    let (mut w, visitor, _, id) = a_conversation_with_a_timer();
    lives_with_a_heartbeat(&mut w, 9 * MINUTE_MS);
    w.keeps_open(visitor, &id);
    w.passes(MINUTE_MS);
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::ConversationClosed]);
    assert!(is_closed(&w, &id));
    assert_eq!(w.closing_in(visitor, &id), None);
}

#[test]
fn whatever_is_said_begins_the_time_anew() {
    let (mut w, visitor, ben, id) = a_conversation_with_a_timer();
    lives_with_a_heartbeat(&mut w, 6 * MINUTE_MS);
    say(&mut w, ben, &id, "still there?");
    assert_eq!(w.closing_in(visitor, &id), None);
    lives_with_a_heartbeat(&mut w, 6 * MINUTE_MS);
    assert_eq!(w.closing_in(visitor, &id), Some(240_000));
    w.writes(visitor, &at(&id), "yes");
    assert_eq!(w.closing_in(visitor, &id), None, "before it has arrived");
    // Notes are nothing that a visitor could know of.
    w.comes_to_rest();
    lives_with_a_heartbeat(&mut w, 6 * MINUTE_MS);
    w.notes(ben, &id, "she is");
    w.comes_to_rest();
    assert_eq!(w.closing_in(visitor, &id), Some(240_000));
}

#[test]
fn the_warning_follows_the_settings() {
    let (mut w, visitor, _, id) = a_conversation_with_a_timer();
    lives_with_a_heartbeat(&mut w, 6 * MINUTE_MS);
    w.timer_becomes(Some(600), None);
    w.comes_to_rest();
    assert_eq!(w.closing_in(visitor, &id), None, "nobody is to be told");
    w.timer_becomes(Some(1_200), Some(300));
    w.comes_to_rest();
    assert_eq!(w.closing_in(visitor, &id), None, "it is not so far yet");
    let looks = w.clients[visitor].looks.len();
    lives_with_a_heartbeat(&mut w, 9 * MINUTE_MS);
    assert_eq!(w.closing_in(visitor, &id), Some(300_000));
    assert_eq!(w.clients[visitor].looks.len(), looks + 1);
    w.timer_becomes(None, Some(300));
    w.comes_to_rest();
    assert_eq!(w.closing_in(visitor, &id), None, "it never closes");
}

#[test]
fn a_clock_that_is_set_moves_no_warning() {
    for by_ms in [-24 * 60 * MINUTE_MS, -500, 30_000, 24 * 60 * MINUTE_MS] {
        let (mut w, visitor, _, id) = a_conversation_with_a_timer();
        lives_with_a_heartbeat(&mut w, 4 * MINUTE_MS);
        w.clock_is_set(visitor, by_ms);
        w.heart_beats();
        w.comes_to_rest();
        // What can't be told from time that passes is off by that much, until the next welcome.
        let error = if by_ms.abs() < MINUTE_MS { by_ms } else { 0 };
        lives_with_a_heartbeat(&mut w, 2 * MINUTE_MS);
        let left = w.closing_in(visitor, &id).expect("a warning");
        assert_eq!(left as i64, 240_000 - error, "set by {by_ms}");
        w.cut(visitor);
        lives_with_a_heartbeat(&mut w, MINUTE_MS);
        assert_eq!(w.closing_in(visitor, &id), Some(180_000));
        assert_eq!(w.link(visitor), Link::Up);
    }
}

#[test]
fn a_welcome_that_was_long_on_its_way_is_corrected_by_what_comes_live() {
    let (mut w, visitor, ben, id) = a_conversation_with_a_timer();
    let other = w.begins(visitor, "something else");
    w.comes_to_rest();
    let other = w.id(visitor, &other);
    w.claims(ben, &other);
    w.cut(visitor);
    w.lives_on(0);
    w.timer_runs_out(visitor, 1_000);
    w.hello_arrives(visitor);
    w.passes(40_000);
    w.comes_to_rest();
    lives_with_a_heartbeat(&mut w, 6 * MINUTE_MS);
    let left = w.closing_in(visitor, &id).expect("a warning");
    say(&mut w, ben, &other, "are you there?");
    assert_eq!(w.closing_in(visitor, &id), Some(left - 40_000));
}

#[test]
fn after_a_sleep_the_warning_is_right() {
    let (mut w, visitor, _, id) = a_conversation_with_a_timer();
    w.passes(8 * MINUTE_MS);
    w.heart_beats();
    w.comes_to_rest();
    assert_eq!(w.closing_in(visitor, &id), Some(120_000));
    w.lives_on(0);
    w.passes(1);
    let looks = w.clients[visitor].looks.len();
    lives_with_a_heartbeat(&mut w, MINUTE_MS);
    assert_eq!(w.clients[visitor].looks.len(), looks + 1);
}

#[test]
fn a_page_that_is_put_away_is_not_woken() {
    let (mut w, visitor, _, id) = a_conversation_with_a_timer();
    w.lives_on(MINUTE_MS);
    w.input(visitor, Input::PageHidden);
    let timers = warning_timers(&w, visitor);
    w.lives_on(5 * MINUTE_MS);
    assert!(w.clients[visitor].looks.is_empty());
    assert_eq!(warning_timers(&w, visitor), timers);
    w.input(visitor, Input::PageShown);
    w.comes_to_rest();
    assert_eq!(w.closing_in(visitor, &id), Some(240_000));
    lives_with_a_heartbeat(&mut w, MINUTE_MS);
    assert_eq!(w.clients[visitor].looks.len(), 1);
}

#[test]
fn a_timer_that_runs_out_early_is_set_again() {
    let (mut w, visitor, _, id) = a_conversation_with_a_timer();
    w.passes(30_000);
    let timers = warning_timers(&w, visitor);
    w.input(visitor, Input::Timer(Timer::Warning));
    assert!(w.clients[visitor].looks.is_empty(), "there is nothing to see yet");
    assert_eq!(warning_timers(&w, visitor), timers + 1);
    lives_with_a_heartbeat(&mut w, 5 * MINUTE_MS);
    assert_eq!(w.closing_in(visitor, &id), Some(270_000));
    assert_eq!(w.clients[visitor].looks.len(), 1);
}

#[test]
fn a_long_wait_costs_one_timer() {
    let mut w = World::new();
    let (visitor, ..) = w.a_conversation();
    w.timer_becomes(Some(365 * 24 * 3_600), Some(24 * 3_600));
    w.comes_to_rest();
    assert_eq!(warning_timers(&w, visitor), 1);
    lives_with_a_heartbeat(&mut w, 60 * MINUTE_MS);
    assert_eq!(warning_timers(&w, visitor), 1);
}

// Notes.

#[test]
fn a_note_reaches_the_agents_and_leaves_no_trace_with_the_visitor() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let cleo = w.agent("Cleo");
    w.opens(cleo, &id);
    w.comes_to_rest();
    let (home, unread) = (w.clients[visitor].machine.home(), w.unread(visitor));
    let fetches = w.clients[visitor].sent.len();
    w.notes(ben, &id, "a regular");
    w.shows(ben, &at(&id), &["visitor: hello", "me, internally: a regular (sending)"]);
    let key = w.key_of(ben, &at(&id), "a regular");
    w.comes_to_rest();
    w.shows(ben, &at(&id), &["visitor: hello", "me, internally: a regular"]);
    assert_eq!(w.key_of(ben, &at(&id), "a regular"), key);
    w.shows(cleo, &at(&id), &["visitor: hello", "Ben, internally: a regular"]);
    assert!(w.clients[ben].stored.is_empty());

    assert_eq!(w.rows(visitor, &at(&id)), ["me: hello"]);
    assert_eq!((w.clients[visitor].machine.home(), w.unread(visitor)), (home, unread));
    assert_eq!(w.clients[visitor].sent.len(), fetches, "nothing is missing");
    assert_eq!(w.clients[visitor].machine.conversation(&id), Some(&w.server.logs[&id].state));
    assert_eq!(w.clients[cleo].machine.conversation(&id), Some(&w.server.logs[&id].state));

    w.reloads(visitor);
    w.opens(visitor, &id);
    w.comes_to_rest();
    assert_eq!(w.rows(visitor, &at(&id)), ["me: hello"]);
}

#[test]
fn a_note_that_could_not_go_out_survives_a_reload_as_a_note() {
    let mut w = World::new();
    let (_, ben, id) = w.a_conversation();
    w.goes_offline(ben);
    w.notes(ben, &id, "a regular");
    w.shows(ben, &at(&id), &["visitor: hello", "me, internally: a regular (waiting)"]);
    w.clients[ben].online = true;
    w.reloads(ben);
    w.comes_to_rest();
    assert_eq!(w.server.notes(), ["a regular"]);
    assert_eq!(w.server.texts(), ["hello"]);
}

#[test]
fn a_note_may_be_written_where_it_is_closed_and_by_who_does_not_own_it() {
    let mut w = World::new();
    let (_, ben, id) = w.a_conversation();
    w.closes(ben, &id);
    w.comes_to_rest();
    let cleo = w.agent("Cleo");
    w.opens(cleo, &id);
    w.notes(cleo, &id, "refunded");
    w.comes_to_rest();
    w.shows(ben, &at(&id), &["visitor: hello", "Cleo, internally: refunded"]);
    assert!(is_closed(&w, &id));
    assert!(w.clients[cleo].note_drafts.is_empty());
}

#[test]
fn notes_and_messages_never_meet_in_a_field() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.goes_offline(ben);
    w.writes(ben, &at(&id), "anything else?");
    w.notes(ben, &id, "difficult");
    w.writes(ben, &at(&id), "good-bye");
    w.closes(visitor, &id);
    w.comes_to_rest();
    w.comes_online(ben);
    w.comes_to_rest();
    let draft = (at(&id), "anything else?\ngood-bye".to_owned());
    assert_eq!(w.clients[ben].drafts, [draft]);
    assert_eq!(w.server.notes(), ["difficult"]);

    let long = "x".repeat(5_000);
    w.notes(ben, &id, &long);
    assert_eq!(w.clients[ben].note_drafts, [(at(&id), long)]);
    assert_eq!(w.clients[ben].refusals.last(), Some(&ErrorCode::TextTooLong));
}

#[test]
fn visitors_write_no_notes_and_agents_begin_no_conversations() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    w.notes(visitor, &id, "hm");
    w.sends(visitor, at(&id), "hm", Writing::MessageAndClose);
    let new = Place::New(w.client_id());
    w.sends(ben, new.clone(), "hm", Writing::Note);
    w.comes_to_rest();
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::NotAllowed; 2]);
    assert_eq!(w.clients[visitor].note_drafts, [(at(&id), "hm".to_owned())]);
    assert_eq!(w.clients[visitor].drafts, [(at(&id), "hm".to_owned())]);
    assert_eq!(w.clients[ben].note_drafts, [(new, "hm".to_owned())]);
    assert_eq!(w.server.logs.len(), 1);
}

#[test]
fn what_an_older_page_has_stored_is_still_read() {
    let name = "01".repeat(16);
    let stored = format!(
        r#"{{"client_id":"{name}","place":{{"at":"{name}"}},"text":"bye","written_at":7,"then_close":3}}"#
    );
    let read: Outgoing = serde_json::from_str(&stored).unwrap();
    assert_eq!(read.writing(), Writing::MessageAndClose);
    assert_eq!(read.act(), Act::MessageAndClose { text: "bye".to_owned(), seen: 3 });
    assert_eq!(serde_json::to_string(&read).unwrap(), stored, "and an older page could read it");

    let note = Outgoing { then_close: None, note: true, ..read };
    let again: Outgoing = serde_json::from_str(&serde_json::to_string(&note).unwrap()).unwrap();
    assert_eq!(again, note);
}

// What lists show.

#[test]
fn home_tells_when_the_last_message_came_and_what_may_be_closed() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let row = |w: &World| -> HomeRow { w.clients[visitor].machine.home()[0].clone() };
    let before = row(&w);
    assert!(before.can_close);
    w.passes(50_000);
    w.closes(ben, &id);
    w.comes_to_rest();
    w.reopens(ben, &id);
    w.comes_to_rest();
    assert_eq!(row(&w), before, "closing and re-opening are no news for the visitor");

    w.goes_offline(visitor);
    w.begins(visitor, "something else");
    assert!(!row(&w).can_close, "there is nothing to close yet");
}

#[test]
fn a_bots_conversation_that_an_agent_has_taken_over_is_the_agents() {
    let robot = Member { id: MemberId::from_bytes([3; 16]), name: "Robot".to_owned() };
    let id = ConversationId::from_bytes([1; 16]);
    let visitor = VisitorId::from_bytes([2; 16]);
    let mut conversation = Conversation::new(id, Kind::Bot(robot), visitor, 1_000);
    let mut home = |assignee: Option<Member>| {
        conversation.assignee = assignee;
        let boot = Boot { epoch: Epoch::from_bytes([4; 16]), revision: 1 };
        let mut machine = Machine::new(Me::Visitor);
        machine.step(1_000, 0, Input::Boot { known: true, stored: Vec::new() });
        let welcome = Welcome {
            booted: boot,
            revision: 1,
            now: 1_000,
            policy: Policy::default(),
            online: true,
            conversations: vec![conversation.clone()],
            counts: None,
            visitors: Vec::new(),
        };
        machine.step(1_000, 0, Input::Frame(ServerFrame::Welcome(welcome)));
        let row = machine.home().remove(0);
        (row.with.map(|with| with.name), row.bot)
    };
    let ann = Member { id: MemberId::from_bytes([5; 16]), name: "Ann".to_owned() };
    assert_eq!(home(None), (Some("Robot".to_owned()), true));
    assert_eq!(home(Some(ann)), (Some("Ann".to_owned()), false));
}

#[test]
fn what_a_visitor_opens_again_is_on_top_of_the_open_folder() {
    let mut w = World::new();
    let visitor = w.visitor();
    let ben = w.agent("Ben");
    let [one, two, three] = ["one", "two", "three"].map(|text| {
        let place = w.begins(visitor, text);
        w.comes_to_rest();
        w.id(visitor, &place)
    });
    let folder = |w: &World, filter| -> Vec<ConversationId> { w.folder(ben, filter) };
    assert_eq!(folder(&w, Filter::Open), [three.clone(), two.clone(), one.clone()]);
    for id in [&one, &two] {
        w.claims(ben, id);
        w.notes(ben, id, &format!("a note on {}", id.as_str()));
        w.comes_to_rest();
    }
    let before = [three.clone(), two.clone(), one.clone()];
    assert_eq!(folder(&w, Filter::Open), before, "what agents do moves nothing");
    for id in [&one, &two] {
        w.closes(ben, id);
        w.comes_to_rest();
    }
    assert_eq!(folder(&w, Filter::Closed), [two.clone(), one.clone()]);
    say(&mut w, visitor, &one, "one more thing");
    assert_eq!(folder(&w, Filter::Open), [one.clone(), three, two.clone()][..2]);
    let mark = |w: &World, id| {
        w.clients[ben].machine.conversation(id).is_some_and(|known| known.reopened_by_visitor)
    };
    assert!(mark(&w, &one) && !mark(&w, &two));
    say(&mut w, ben, &one, "yes?");
    assert!(!mark(&w, &one), "it has been seen to");
}

#[test]
fn the_notice_speaks_the_visitors_language_as_long_as_it_is_closed() {
    let mut w = World::new();
    let (visitor, ben, id) = w.a_conversation();
    let notice = |language: &str, text: &str| Notice {
        language: language.to_owned(),
        text: text.to_owned(),
    };
    w.server.policy.notices = Some(vec![notice("en", "Closed."), notice("pt", "Encerrada.")]);
    w.reloads(visitor);
    w.opens(visitor, &id);
    w.comes_to_rest();
    let read = |w: &World, language| w.clients[visitor].machine.notice(&at(&id), language, "Shop");
    let own = |text: &str| Some(Shown::Own(text.to_owned()));
    assert_eq!(read(&w, "pt-BR"), None);
    w.closes(ben, &id);
    w.comes_to_rest();
    assert_eq!(read(&w, "pt-BR"), own("Encerrada."));
    assert_eq!(read(&w, "de"), own("Closed."));
    w.writes(visitor, &at(&id), "one more thing");
    assert_eq!(read(&w, "de"), None, "this opens it again");
    assert_eq!(view(&w, visitor, &id), VisitorView::OPEN);
    w.comes_to_rest();
    assert_eq!(read(&w, "de"), None);
}

#[test]
fn a_late_answer_to_an_act_that_was_given_up_changes_nothing() {
    let mut w = World::new();
    let (visitor, _, id) = w.a_conversation();
    let close = w.closes(visitor, &id);
    w.server.revoked.insert(1);
    w.cut(visitor);
    w.timer_runs_out(visitor, 5_000);
    w.hello_arrives(visitor);
    w.frame_arrives(visitor);
    assert!(w.clients[visitor].acts.is_empty(), "the key is gone, and the act with it");
    let appended = Appended { events: vec![], head: 9 };
    w.input(visitor, Input::Appended { client_id: close.clone(), result: Ok(appended) });
    let refused = Err(Failure::Refused(ErrorCode::ConversationUnknown.body()));
    w.input(visitor, Input::Appended { client_id: close, result: refused });
    assert!(w.clients[visitor].done.is_empty());
    assert_eq!(w.clients[visitor].refusals, [ErrorCode::VisitorKeyInvalid]);
}
