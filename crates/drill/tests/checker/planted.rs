//! Faults, planted into histories of a server that has none. Each must be found, and called what it is.

use std::time::Duration;

use porchlight_drill::checker::{Fault, check};
use porchlight_drill::dice::Dice;
use porchlight_drill::history::*;
use porchlight_protocol::wire::ServerFrame;
use porchlight_protocol::{
    Act, Author, ClientId, ClosingSettings, Conversation, ConversationId, Epoch, ErrorCode, Event,
    EventBody, MemberId, Millis,
};

use crate::model::{self, PERIOD_S};

/// Histories into which a fault could be planted, for each fault.
const PLANTED: usize = 20;

/// Plants a fault, if the history has a place for it.
type Plant = fn(&mut History, &mut End, &mut Dice) -> Option<()>;

#[track_caller]
fn is_found(fault: Fault, plant: Plant) {
    let mut planted = 0;
    for seed in 0..400 {
        let (mut history, mut end) = model::run(seed);
        let mut dice = Dice::new(seed);
        if plant(&mut history, &mut end, &mut dice).is_none() {
            continue;
        }
        let violations = check(&history, &end);
        let found = violations.iter().find(|violation| violation.fault == fault);
        let found = found.unwrap_or_else(|| panic!("seed {seed}, {fault:?}: {violations:#?}"));
        assert_eq!(found.seed, seed);
        planted += 1;
        if planted == PLANTED {
            return;
        }
    }
    panic!("{fault:?} could be planted only {planted} times");
}

fn log(end: &mut End, dice: &mut Dice, wanted: impl Fn(&Log) -> bool) -> Option<ConversationId> {
    let all = end.logs.iter().filter(|(_, log)| wanted(log));
    let all: Vec<_> = all.map(|(id, _)| id.clone()).collect();
    dice.pick(&all).cloned()
}

fn newest(end: &End) -> u64 {
    let events = end.logs.values().flat_map(|log| &log.events);
    events.map(|event| event.revision).max().unwrap()
}

/// Appends an event, and lets everybody know it.
fn append(
    end: &mut End,
    id: &ConversationId,
    author: Author,
    body: EventBody,
    client_id: Option<ClientId>,
) -> Event {
    let revision = newest(end) + 10;
    let log = end.logs.get_mut(id).unwrap();
    let (seq, at) = (log.state.head + 1, end.wall);
    let event = Event { seq, revision, at, author, client_id, body };
    log.events.push(event.clone());
    settle(end, id);
    event
}

/// Makes the state what the log comes to, and lets everybody know it: the store is of one mind, but it is wrong.
fn settle(end: &mut End, id: &ConversationId) {
    let log = end.logs.get_mut(id).unwrap();
    let old = &log.state;
    let mut state =
        Conversation::new(old.id.clone(), old.kind.clone(), old.visitor.clone(), old.started_at);
    for event in &log.events {
        state.apply(event);
    }
    state.visitor_read.advance(old.visitor_read.up_to);
    state.team_read.advance(old.team_read.up_to);
    state.read_revision = old.read_revision;
    log.state = state.clone();
    for (_, known) in &mut end.known {
        if let Some(known) = known.get_mut(id) {
            *known = state.clone();
        }
    }
}

/// An act that was acknowledged with these events, at the very end.
fn acknowledged(
    history: &mut History,
    end: &End,
    client: usize,
    act: Act,
    id: &ConversationId,
    events: Vec<Event>,
) {
    let what = What::Act { conversation: id.clone(), act };
    let client_id = events.iter().find_map(|event| event.client_id.clone()).unwrap();
    let head = events.last().unwrap().seq;
    let answer = Answer { conversation: id.clone(), events, head };
    let at = Duration::from_millis((end.wall - 1_700_000_000_000) as u64 + 1);
    let outcome = Outcome::Acknowledged(answer);
    let tries = vec![Try { node: 0, invoked: at, ended: at, outcome }];
    history.acts.push(Request { client, what: Named { client_id, what }, tries });
}

fn saved(history: &mut History, end: &End, what: ClosingSettings) {
    let at = Duration::from_millis((end.wall - 1_700_000_000_000) as u64 + 1);
    let outcome = Outcome::Acknowledged(newest(end) + 5);
    let tries = vec![Try { node: 0, invoked: at, ended: at, outcome }];
    history.settings.push(Request { client: 3, what, tries });
}

fn message(text: &str) -> EventBody {
    EventBody::message(text)
}

fn id() -> Option<ClientId> {
    Some(ClientId::from_bytes([7; 16]))
}

#[test]
fn a_duplicate() {
    is_found(Fault::Doubled, |_, end, dice| {
        let id = log(end, dice, |log| !log.state.is_closed())?;
        let last = end.logs[&id].events.iter().rfind(|event| {
            event.author == Author::Visitor && matches!(event.body, EventBody::Message { .. })
        });
        let last = last?.clone();
        append(end, &id, last.author, last.body, last.client_id);
        Some(())
    });
}

#[test]
fn a_lost_act_that_was_acknowledged() {
    is_found(Fault::Lost, |history, end, dice| {
        let id = log(end, dice, |log| log.events.len() > 2)?;
        let last = end.logs.get_mut(&id)?.events.pop()?;
        let act =
            history.acts.iter().find(|act| Some(&act.what.client_id) == last.client_id.as_ref());
        act?.acknowledged()?;
        settle(end, &id);
        Some(())
    });
}

#[test]
fn an_act_that_was_acknowledged_and_reaches_no_log() {
    is_found(Fault::Lost, |history, end, dice| {
        let id = log(end, dice, |log| !log.state.is_closed())?;
        let text = "never written".to_owned();
        let event = append(end, &id, Author::Visitor, message(&text), self::id());
        end.logs.get_mut(&id)?.events.pop();
        settle(end, &id);
        let client = history
            .acts
            .iter()
            .find(|act| History::conversation_of(act) == Some(&id) && act.client < 3);
        let client = client?.client;
        acknowledged(history, end, client, Act::message(text), &id, vec![event]);
        Some(())
    });
}

#[test]
fn a_hole_in_seq() {
    is_found(Fault::Hole, |_, end, dice| {
        let id = log(end, dice, |log| log.events.len() > 3)?;
        let events = &mut end.logs.get_mut(&id)?.events;
        events.remove(1 + dice.below(events.len() - 2));
        Some(())
    });
}

#[test]
fn two_events_swapped() {
    is_found(Fault::OutOfOrder, |history, end, dice| {
        let id = log(end, dice, |log| log.events.len() > 3)?;
        let is_told = |event: &Event| {
            event.client_id.as_ref().is_some_and(|client_id| {
                let act = history.acts.iter().find(|act| act.what.client_id == *client_id);
                act.is_some_and(|act| act.acknowledged().is_some())
            })
        };
        let events = &mut end.logs.get_mut(&id)?.events;
        let at =
            (1..events.len() - 1).find(|at| is_told(&events[*at]) && is_told(&events[at + 1]))?;
        let (one, other) = (events[at].clone(), events[at + 1].clone());
        events[at] = Event { seq: one.seq, revision: one.revision, ..other.clone() };
        events[at + 1] = Event { seq: other.seq, revision: other.revision, ..one };
        Some(())
    });
}

#[test]
fn a_log_that_is_not_in_the_order_of_its_revisions() {
    is_found(Fault::OutOfOrder, |_, end, dice| {
        let id = log(end, dice, |log| log.events.len() > 3)?;
        let events = &mut end.logs.get_mut(&id)?.events;
        let (one, other) = (events[1].revision, events[2].revision);
        (events[1].revision, events[2].revision) = (other, one);
        Some(())
    });
}

#[test]
fn a_refused_act_that_was_done() {
    is_found(Fault::RefusedButDone, |history, _, _| {
        let act = history.acts.iter_mut().find(|act| {
            let done = act.acknowledged().is_some_and(|(answer, _)| !answer.events.is_empty());
            done && act.tries.len() == 1
        })?;
        act.tries[0].outcome = Outcome::Refused(ErrorCode::ConversationClosed);
        Some(())
    });
}

#[test]
fn a_refusal_without_a_reason() {
    is_found(Fault::RefusedWrongly, |history, _, _| {
        let act = history.acts.iter_mut().find(|act| act.is_refused())?;
        act.tries[0].outcome = Outcome::Refused(ErrorCode::SignInRequired);
        Some(())
    });
}

#[test]
fn a_read_mark_that_is_refused() {
    is_found(Fault::RefusedWrongly, |history, _, _| {
        let mark = history.marks.iter_mut().find(|mark| mark.acknowledged().is_none())?;
        mark.tries[0].outcome = Outcome::Refused(ErrorCode::ConversationUnknown);
        Some(())
    });
}

#[test]
fn a_message_in_a_closed_conversation_whose_field_is_disabled() {
    is_found(Fault::MessageWhileClosed, |history, end, dice| {
        let id = log(end, dice, |log| log.state.is_closed())?;
        // Of settings that may have been saved the checker believes the best.
        let unsure = history
            .settings
            .iter()
            .any(|settings| !settings.what.disable_field && settings.acknowledged().is_none());
        if unsure {
            return None;
        }
        saved(history, end, ClosingSettings { disable_field: true, ..ClosingSettings::default() });
        let text = "let me in".to_owned();
        let reopened = append(end, &id, Author::Visitor, EventBody::Reopened, None);
        let mut said = append(end, &id, Author::Visitor, message(&text), self::id());
        said.revision = reopened.revision + 1;
        *end.logs.get_mut(&id)?.events.last_mut()? = said.clone();
        settle(end, &id);
        let act = Act::message(text);
        acknowledged(history, end, 0, act, &id, vec![reopened, said]);
        Some(())
    });
}

#[test]
fn a_message_in_a_closed_conversation_that_stays_closed() {
    is_found(Fault::MessageWhileClosed, |history, end, dice| {
        let id = log(end, dice, |log| log.state.is_closed())?;
        let text = "in the dark".to_owned();
        let said = append(end, &id, Author::Visitor, message(&text), self::id());
        acknowledged(history, end, 0, Act::message(text), &id, vec![said]);
        Some(())
    });
}

#[test]
fn a_second_closing_by_the_timer() {
    is_found(Fault::ClosedTwice, |_, end, dice| {
        let id = log(end, dice, |log| log.state.is_closed())?;
        append(end, &id, Author::Timer, EventBody::Closed, None);
        Some(())
    });
}

#[test]
fn a_timer_that_is_early() {
    is_found(Fault::ClosedEarly, |history, end, dice| {
        let id = log(end, dice, |log| !log.state.is_closed())?;
        let after_s = Some(PERIOD_S * 1_000);
        let settings =
            ClosingSettings { auto_close_after_s: after_s, ..ClosingSettings::default() };
        history.settings.clear();
        saved(history, end, settings);
        append(end, &id, Author::Timer, EventBody::Closed, None);
        Some(())
    });
}

#[test]
fn a_conversation_that_is_due_and_stays_open() {
    is_found(Fault::LeftOpen, |history, end, dice| {
        log(end, dice, |log| !log.state.is_closed())?;
        let after_s = Some(PERIOD_S);
        let settings =
            ClosingSettings { auto_close_after_s: after_s, ..ClosingSettings::default() };
        history.settings.clear();
        saved(history, end, settings);
        end.wall += (PERIOD_S as Millis + 100) * 1_000;
        Some(())
    });
}

#[test]
fn an_agent_who_writes_without_a_claim() {
    is_found(Fault::NotAllowed, |history, end, dice| {
        let id = log(end, dice, |log| !log.state.is_closed() && log.state.assignee.is_none())?;
        let (author, text) = (Author::Agent(model::member(1)), "unclaimed".to_owned());
        let said = append(end, &id, author, message(&text), self::id());
        acknowledged(history, end, 3, Act::message(text), &id, vec![said]);
        Some(())
    });
}

/// The frames of events on sockets, as positions in what was seen.
fn frames(history: &History, wanted: impl Fn(usize, &Event) -> bool) -> Vec<usize> {
    let seen = history.seen.iter().enumerate();
    let frames = seen.filter(|(_, seen)| {
        matches!(&seen.what, Sight::Frame(ServerFrame::Event { event, .. }) if wanted(seen.client, event))
    });
    frames.map(|(at, _)| at).collect()
}

#[test]
fn a_reader_that_skipped_a_revision() {
    is_found(Fault::SkippedRevision, |history, _, dice| {
        let all = frames(history, |_, _| true);
        let at = *dice.pick(&all)?;
        let client = history.seen[at].client;
        // Another event follows on the same socket, and nothing in between fetched it.
        let mut later = history.seen[at + 1..].iter().filter(|seen| seen.client == client);
        let next = later.find(|seen| !matches!(seen.what, Sight::Frame(ServerFrame::Read { .. })));
        let Sight::Frame(ServerFrame::Event { .. }) = next?.what else { return None };
        history.seen.remove(at);
        Some(())
    });
}

#[test]
fn events_that_are_told_in_another_order() {
    is_found(Fault::SkippedRevision, |history, _, dice| {
        let all = frames(history, |client, _| client == 3);
        let at = dice.below(all.len().max(2) - 1);
        let (one, other) = (*all.get(at)?, *all.get(at + 1)?);
        let between = &history.seen[one..other];
        if between.iter().any(|seen| seen.client == 3 && !matches!(seen.what, Sight::Frame(_))) {
            return None;
        }
        let later = history.seen[other].what.clone();
        history.seen[other].what = std::mem::replace(&mut history.seen[one].what, later);
        Some(())
    });
}

#[test]
fn a_reader_of_what_was_never_committed() {
    is_found(Fault::NeverCommitted, |history, _, dice| {
        let all = frames(history, |_, event| matches!(event.body, EventBody::Message { .. }));
        let at = *dice.pick(&all)?;
        let what = &mut history.seen[at].what;
        let Sight::Frame(ServerFrame::Event { event, .. }) = what else { return None };
        event.body = message("rolled back");
        Some(())
    });
}

#[test]
fn a_visitor_who_reads_a_note() {
    is_found(Fault::Leaked, |history, end, dice| {
        let all = frames(history, |client, event| client < 3 && event.body == EventBody::Withheld);
        let at = *dice.pick(&all)?;
        let what = &mut history.seen[at].what;
        let Sight::Frame(ServerFrame::Event { conversation, event }) = what else { return None };
        let kept = end.logs[conversation].events.iter().find(|kept| kept.seq == event.seq)?;
        *event = kept.clone();
        Some(())
    });
}

#[test]
fn a_visitor_who_reads_what_is_anothers() {
    is_found(Fault::Leaked, |history, _, dice| {
        let all = frames(history, |client, event| client < 2 && event.author == Author::Visitor);
        let at = *dice.pick(&all)?;
        history.seen[at].client = 2;
        Some(())
    });
}

/// The states that clients were shown, as positions in what was seen.
fn states(history: &History, wanted: impl Fn(&Conversation) -> bool) -> Vec<usize> {
    let seen = history.seen.iter().enumerate();
    let states = seen.filter(
        |(_, seen)| matches!(&seen.what, Sight::State { conversation, .. } if wanted(conversation)),
    );
    states.map(|(at, _)| at).collect()
}

#[test]
fn a_read_mark_that_goes_back() {
    is_found(Fault::ReadMarkWentBack, |history, _, dice| {
        let all = states(history, |state| state.team_read.up_to > 0);
        let at = *dice.pick(&all)?;
        let (asked, id) = match &history.seen[at].what {
            Sight::State { asked, conversation } => (*asked, conversation.id.clone()),
            _ => return None,
        };
        // Somebody knew the mark by then.
        history.marks.iter().find(|mark| {
            let acknowledged = mark.acknowledged().is_some_and(|(_, at)| at < asked);
            mark.client > 2 && mark.what.conversation == id && acknowledged
        })?;
        let what = &mut history.seen[at].what;
        let Sight::State { conversation, .. } = what else { return None };
        conversation.team_read.up_to = 0;
        Some(())
    });
}

#[test]
fn a_read_mark_that_is_lost_in_the_end() {
    is_found(Fault::ReadMarkWentBack, |history, end, dice| {
        let id = log(end, dice, |log| log.state.visitor_read.up_to > log.state.visitor_seq)?;
        history.marks.iter().find(|mark| {
            mark.client < 3
                && mark.acknowledged().is_some()
                && mark.what.conversation == id
                && mark.what.up_to > end.logs[&id].state.visitor_seq
        })?;
        end.logs.get_mut(&id)?.state.visitor_read.up_to = 0;
        Some(())
    });
}

#[test]
fn a_read_mark_that_nobody_set() {
    is_found(Fault::ReadMarkInvented, |history, end, dice| {
        let id = log(end, dice, |log| log.state.team_read.up_to < log.state.head)?;
        history.marks.retain(|mark| mark.what.conversation != id);
        history.seen.retain(|seen| !matches!(seen.what, Sight::Frame(ServerFrame::Read { .. })));
        let state = &mut end.logs.get_mut(&id)?.state;
        let head = state.head;
        state.team_read.advance(head);
        Some(())
    });
}

#[test]
fn a_foreign_event() {
    is_found(Fault::Foreign, |_, end, dice| {
        let id = log(end, dice, |log| !log.state.is_closed())?;
        append(end, &id, Author::Visitor, message("who am I"), self::id());
        Some(())
    });
}

#[test]
fn an_event_that_accompanies_none() {
    is_found(Fault::Foreign, |_, end, dice| {
        let id = log(end, dice, |log| !log.state.is_closed())?;
        append(end, &id, Author::Agent(model::member(1)), EventBody::Closed, None);
        Some(())
    });
}

#[test]
fn a_conversation_that_nobody_started() {
    is_found(Fault::Foreign, |_, end, dice| {
        let id = log(end, dice, |_| true)?;
        let mut log = end.logs[&id].clone();
        let other = ConversationId::from_bytes([1; 16]);
        log.state.id = other.clone();
        log.events.truncate(1);
        log.events[0].client_id = self::id();
        end.logs.insert(other, log);
        Some(())
    });
}

#[test]
fn a_state_that_is_not_its_fold() {
    is_found(Fault::NotTheFold, |_, end, dice| {
        let id = log(end, dice, |_| true)?;
        let state = &mut end.logs.get_mut(&id)?.state;
        state.assignee = match state.assignee {
            Some(_) => None,
            None => Some(model::member(2)),
        };
        Some(())
    });
}

#[test]
fn unread_messages_that_are_not_there() {
    is_found(Fault::NotTheFold, |_, end, dice| {
        let id = log(end, dice, |log| !log.state.team_read.unread.is_empty())?;
        end.logs.get_mut(&id)?.state.team_read.unread.pop();
        Some(())
    });
}

#[test]
fn a_retry_that_was_answered_with_another_result() {
    is_found(Fault::AnsweredDifferently, |history, _, _| {
        let act = history.acts.iter_mut().find(|act| {
            let told = act.tries.iter().filter(|it| matches!(it.outcome, Outcome::Acknowledged(_)));
            told.count() == 2 && matches!(act.what.what, What::Act { .. })
        })?;
        let Outcome::Acknowledged(answer) = &mut act.tries.last_mut()?.outcome else { return None };
        answer.head += 1;
        Some(())
    });
}

#[test]
fn a_retry_that_started_another_conversation() {
    is_found(Fault::AnsweredDifferently, |history, _, _| {
        let act = history.acts.iter_mut().find(|act| {
            let told = act.tries.iter().filter(|it| matches!(it.outcome, Outcome::Acknowledged(_)));
            told.count() == 2 && matches!(act.what.what, What::Start { .. })
        })?;
        let Outcome::Acknowledged(answer) = &mut act.tries.last_mut()?.outcome else { return None };
        answer.conversation = ConversationId::from_bytes([1; 16]);
        Some(())
    });
}

#[test]
fn a_stale_page() {
    is_found(Fault::StaleRead, |history, _, dice| {
        let seen = history.seen.iter().enumerate();
        let pages = seen.filter(|(_, seen)| match &seen.what {
            Sight::Page { conversation, asked, page, .. } => {
                let last = page.events.last();
                history.acts.iter().any(|act| {
                    act.acknowledged().is_some_and(|(answer, at)| {
                        answer.conversation == *conversation
                            && at < *asked
                            && answer.events.last().map(|event| event.seq)
                                == last.map(|event| event.seq)
                            && last.is_some()
                    })
                })
            }
            _ => false,
        });
        let all: Vec<_> = pages.map(|(at, _)| at).collect();
        let at = *dice.pick(&all)?;
        let Sight::Page { page, .. } = &mut history.seen[at].what else { return None };
        page.events.pop();
        page.head -= 1;
        Some(())
    });
}

#[test]
fn a_welcome_that_lacks_an_open_conversation() {
    is_found(Fault::StaleRead, |history, _, _| {
        let welcome = history.seen.iter_mut().find_map(|seen| match &mut seen.what {
            Sight::Frame(ServerFrame::Welcome(welcome)) => Some(welcome),
            _ => None,
        });
        let conversations = &mut welcome?.conversations;
        let at = conversations.iter().position(|it| !it.is_closed())?;
        conversations.remove(at);
        Some(())
    });
}

#[test]
fn a_page_with_a_hole() {
    is_found(Fault::Hole, |history, _, _| {
        let page = history.seen.iter_mut().find_map(|seen| match &mut seen.what {
            Sight::Page { page, .. } if page.events.len() > 2 => Some(page),
            _ => None,
        });
        page?.events.remove(1);
        Some(())
    });
}

#[test]
fn a_revision_that_was_given_twice() {
    is_found(Fault::RevisionRepeated, |_, end, _| {
        let mut lasts = end.logs.values_mut().filter_map(|log| log.events.last_mut());
        let (one, other) = (lasts.next()?, lasts.next()?);
        let newer = one.revision.max(other.revision);
        (one.revision, other.revision) = (newer, newer);
        Some(())
    });
}

#[test]
fn a_new_epoch_without_a_loss() {
    is_found(Fault::NewEpoch, |history, _, _| {
        let welcomes = history.seen.iter_mut().filter_map(|seen| match &mut seen.what {
            Sight::Frame(ServerFrame::Welcome(welcome)) => Some(welcome),
            _ => None,
        });
        welcomes.last()?.booted.epoch = Epoch::from_bytes([8; 16]);
        Some(())
    });
}

#[test]
fn a_reconnect_that_counts_as_a_reload() {
    is_found(Fault::NewEpoch, |history, _, _| {
        let mut before = None;
        let welcome = history.seen.iter_mut().find_map(|seen| match &mut seen.what {
            Sight::Opened { booted, .. } => {
                before.clone_from(booted);
                None
            }
            Sight::Frame(ServerFrame::Welcome(welcome)) if before.is_some() => Some(welcome),
            _ => None,
        });
        welcome?.booted.revision += 1;
        Some(())
    });
}

#[test]
fn a_client_that_knows_otherwise_in_the_end() {
    is_found(Fault::Diverged, |_, end, dice| {
        let client = dice.below(end.known.len());
        let known = end.known[client].1.values_mut().next()?;
        known.assignee = Some(porchlight_protocol::Member {
            id: MemberId::from_bytes([5; 16]),
            name: "X".to_owned(),
        });
        Some(())
    });
}
