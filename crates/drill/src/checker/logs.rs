//! Each log is dense, in the order of its revisions, and in each state the rules allowed what came next.

use porchlight_protocol::closing::millis;
use porchlight_protocol::{
    Act, Author, Conversation, ConversationId, Event, EventBody, Millis, Seq, left, rules,
};

use super::index::{self, Index};
use super::policies::Policies;
use super::{Fault, Place, Report};
use crate::history::{Log, What};

/// Milliseconds by which the times of events may differ from those of the run: a commit has the time of its begin.
const TOLERANCE_MS: Millis = 1_000;

/// Milliseconds after which a conversation that is due should be closed.
const LATE_MS: Millis = 60_000;

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    let policies = Policies::new(index);
    let mut count = 0;
    for (id, log) in &index.end.logs {
        count += log.events.len();
        let sound = is_dense(id, log, report) & is_in_order(id, log, report);
        if sound {
            replay(index, &policies, id, log, report);
        }
        is_closed_in_time(index, &policies, id, log, report);
    }
    if index.by_revision.len() < count {
        repeated(index, report);
    }
}

fn is_dense(id: &ConversationId, log: &Log, report: &mut Report) -> bool {
    let hole = log.events.iter().zip(1..).find(|(event, seq)| event.seq != *seq);
    if let Some((event, seq)) = hole {
        report.add(Fault::Hole, Place::event(id, event.seq), format!("in the place of {seq}"));
    }
    hole.is_none()
}

fn is_in_order(id: &ConversationId, log: &Log, report: &mut Report) -> bool {
    let mut pairs = log.events.iter().zip(log.events.iter().skip(1));
    let swapped = pairs.rfind(|(one, next)| one.revision >= next.revision);
    if let Some((one, next)) = swapped {
        let what = format!("revision {} comes after revision {}", next.revision, one.revision);
        report.add(Fault::OutOfOrder, Place::event(id, next.seq), what);
    }
    swapped.is_none()
}

fn repeated(index: &Index<'_>, report: &mut Report) {
    for (id, log) in &index.end.logs {
        for event in &log.events {
            let other = index.by_revision.get(&event.revision);
            if let Some((other, again)) =
                other.filter(|(other, again)| (*other, again.seq) != (id, event.seq))
            {
                let what = format!("revision {} is also {other} {}", event.revision, again.seq);
                report.add(Fault::RevisionRepeated, Place::event(id, event.seq), what);
            }
        }
    }
}

/// Folds a log act by act, and asks the rules about each.
fn replay(
    index: &Index<'_>,
    policies: &Policies,
    id: &ConversationId,
    log: &Log,
    report: &mut Report,
) {
    let mut state = index::start(&log.state);
    let mut rest = log.events.as_slice();
    while let Some(first) = rest.first() {
        let done = if first.author == Author::Timer {
            by_timer(index, policies, &state, first)
        } else {
            by_act(index, policies, &state, rest)
        };
        let count = match done {
            Ok(count) => count,
            Err((fault, why)) => {
                let place = Place::event(id, first.seq);
                report.add(fault, place, format!("{why}: {first:?} in {state:?}"));
                // What follows would be held against a state that should not be.
                return;
            }
        };
        let (done, after) = rest.split_at(count.clamp(1, rest.len()));
        for event in done {
            state.apply(event);
        }
        rest = after;
    }
}

/// How many events of a log one act made, or what is wrong with them.
fn by_act(
    index: &Index<'_>,
    policies: &Policies,
    state: &Conversation,
    rest: &[Event],
) -> Result<usize, (Fault, String)> {
    let Some(first) = rest.first() else { return Ok(0) };
    let author = &first.author;
    // The client id is on the event that the act is about, which may be the second one.
    let own = rest.iter().take(2).take_while(|event| event.author == *author);
    let named = own.filter_map(|event| index.acts.get(event.client_id.as_ref()?)).next();
    let Some(request) = named else { return Err((Fault::NotAllowed, "of no act".to_owned())) };
    let act = match &request.what.what {
        What::Start { text } => &Act::message(text),
        What::Act { act, .. } => act,
    };
    let mut refusal = None;
    for policy in policies.at(first.revision) {
        match rules::decide(state, author, act, policy) {
            Ok(bodies) => {
                let made = rest.iter().take_while(|event| event.author == *author);
                let count = bodies.len();
                let made = made.map(|event| &event.body).take(count);
                refusal.get_or_insert(format!("{act:?} appends {bodies:?}"));
                if count > 0 && left::are_made(state, author, bodies, made) {
                    return Ok(count);
                }
            }
            Err(error) => {
                refusal.get_or_insert(format!("{act:?} is refused with {error:?}"));
            }
        }
    }
    let is_message = |event: &Event| matches!(event.body, EventBody::Message { .. });
    let fault = match &first.body {
        _ if state.is_closed() && is_message(first) => Fault::MessageWhileClosed,
        EventBody::Reopened if matches!(act, Act::Message { .. }) => Fault::MessageWhileClosed,
        EventBody::Closed if state.is_closed() => Fault::ClosedTwice,
        _ => Fault::NotAllowed,
    };
    Err((fault, refusal.unwrap_or_default()))
}

/// The same for the timer, which may only close, and only when it is time.
fn by_timer(
    index: &Index<'_>,
    policies: &Policies,
    state: &Conversation,
    event: &Event,
) -> Result<usize, (Fault, String)> {
    if event.body != EventBody::Closed {
        return Err((Fault::NotAllowed, "the timer may only close".to_owned()));
    }
    if state.is_closed() {
        return Err((Fault::ClosedTwice, "by the timer".to_owned()));
    }
    let periods = policies.at(event.revision).filter_map(|it| it.closes_after_s(&state.kind));
    let Some(period) = periods.min().map(millis) else {
        return Err((Fault::NotAllowed, "no period is set".to_owned()));
    };
    let idle = idle_ms(index, state, event.at);
    if idle + TOLERANCE_MS < period {
        let why = format!("idle for {idle} ms, and the period is {period} ms");
        return Err((Fault::ClosedEarly, why));
    }
    Ok(1)
}

/// Milliseconds without activity at a time, with those that a conversation was aged by. At most: whether it was aged
/// just before or after an activity can't be known.
fn idle_ms(index: &Index<'_>, state: &Conversation, at: Millis) -> Millis {
    let aged = index.history.aged.iter().filter(|aged| {
        aged.conversation == state.id
            && aged.to + TOLERANCE_MS >= state.active_at
            && aged.from <= at + TOLERANCE_MS
    });
    at - state.active_at + aged.map(|aged| aged.by_ms).sum::<Millis>()
}

/// In the end, what is long due is closed.
fn is_closed_in_time(
    index: &Index<'_>,
    policies: &Policies,
    id: &ConversationId,
    log: &Log,
    report: &mut Report,
) {
    let state = &log.state;
    // At least: an activity may have followed an aging within the tolerance.
    let aged = index.history.aged.iter().filter(|aged| {
        aged.is_certain && aged.conversation == *id && aged.from > state.active_at + TOLERANCE_MS
    });
    let idle = index.end.wall - state.active_at + aged.map(|aged| aged.by_ms).sum::<Millis>();
    let mut periods = policies.last().map(|policy| policy.closes_after_s(&state.kind));
    let is_due = periods.all(|period| period.is_some_and(|period| idle > millis(period) + LATE_MS));
    if is_due && !state.is_closed() {
        let head: Seq = state.head;
        let what = format!("idle for {idle} ms in the end");
        report.add(Fault::LeftOpen, Place::event(id, head), what);
    }
}
