//! Each acknowledged act is in the log exactly once, each other one at most once, and nothing else is. What was
//! acknowledged before something was asked comes before it.

use porchlight_protocol::{Act, Author, Event, EventBody, Revision, text};

use super::index::{Index, Placed};
use super::{Fault, Place, Report};
use crate::history::{Answer, At, History, Named, Outcome, Request, What};

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    for act in &index.history.acts {
        answers_agree(act, report);
        is_done_as_told(index, act, report);
    }
    for (id, log) in &index.end.logs {
        for (at, event) in log.events.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| log.events.get(at));
            if let Err(why) = accounted(index, (id, event), before, log.events.get(at + 1)) {
                report.add(Fault::Foreign, Place::event(id, event.seq), why);
            }
        }
    }
    in_order_of_time(index, report);
}

/// The answers to the tries of one act.
fn answers(act: &Request<Named, Answer>) -> impl Iterator<Item = &Answer> {
    act.tries.iter().filter_map(|it| match &it.outcome {
        Outcome::Acknowledged(answer) => Some(answer),
        _ => None,
    })
}

fn answers_agree(act: &Request<Named, Answer>, report: &mut Report) {
    let mut answers = answers(act);
    let Some(first) = answers.next() else { return };
    let is_start = matches!(act.what.what, What::Start { .. });
    for other in answers {
        let same = if is_start { first.conversation == other.conversation } else { first == other };
        if !same {
            let place = Place::of(&first.conversation).by(act.client);
            let what = format!("{}: first {first:?}, then {other:?}", act.what.client_id);
            report.add(Fault::AnsweredDifferently, place, what);
        }
    }
}

fn is_done_as_told(index: &Index<'_>, act: &Request<Named, Answer>, report: &mut Report) {
    let client_id = &act.what.client_id;
    let done: &[Placed<'_>] = index.done.get(client_id).map_or(&[], Vec::as_slice);
    let conversation = History::conversation_of(act).or(done.first().map(|(id, _)| *id));
    let place = Place {
        conversation,
        seq: done.last().map(|(_, event)| event.seq),
        client: Some(act.client),
    };
    if done.len() > 1 {
        let seqs: Vec<_> = done.iter().map(|(id, event)| format!("{id} {}", event.seq)).collect();
        report.add(Fault::Doubled, place, format!("{client_id} is at {seqs:?}"));
    }
    let Some(answer) = answers(act).next() else {
        if act.is_refused() && !done.is_empty() {
            report.add(Fault::RefusedButDone, place, format!("{:?}", act.what));
        }
        return;
    };
    if answer.events.is_empty() && !done.is_empty() {
        let what = format!("{client_id} was answered to have changed nothing");
        report.add(Fault::AnsweredDifferently, place, what);
    }
    for event in &answer.events {
        // A start that is tried again is answered with all that is there by now, as a visitor sees it.
        let kept = index.event(&answer.conversation, event.seq);
        if kept.map(|kept| index.visible(act.client, kept)).as_ref() != Some(event) {
            let place = Place { seq: Some(event.seq), ..place };
            report.add(Fault::Lost, place, format!("told {event:?}, the log has {kept:?}"));
        }
    }
    if !answer.events.is_empty() && done.is_empty() {
        report.add(Fault::Lost, place, format!("{client_id} is in no log: {:?}", act.what.what));
    }
}

/// An error if no act accounts for an event.
fn accounted(
    index: &Index<'_>,
    (id, event): Placed<'_>,
    before: Option<&Event>,
    after: Option<&Event>,
) -> Result<(), String> {
    if let Some(client_id) = &event.client_id {
        let act = index.acts.get(client_id).ok_or_else(|| format!("of no act: {event:?}"))?;
        let of_client = index.who(act.client).map(|who| who.author());
        if of_client.as_ref() != Some(&event.author) {
            return Err(format!("client {} is {of_client:?}: {event:?}", act.client));
        }
        let elsewhere = History::conversation_of(act).is_some_and(|other| other != id);
        if elsewhere || !is_about(&act.what.what, &event.author, &event.body) {
            return Err(format!("{:?} made {event:?}", act.what.what));
        }
        return Ok(());
    }
    if event.author == Author::Timer && event.body == EventBody::Closed {
        return Ok(());
    }
    // An event that accompanies the one that the act is about, in the same commit.
    let act_of = |other: Option<&Event>, apart: bool| -> Option<Act> {
        let other = other.filter(|other| other.author == event.author && apart)?;
        match &index.acts.get(other.client_id.as_ref()?)?.what.what {
            What::Act { act, .. } => Some(act.clone()),
            What::Start { .. } => None,
        }
    };
    let follows = after.is_some_and(|after| after.revision == event.revision + 1);
    let precedes = before.is_some_and(|before| before.revision + 1 == event.revision);
    let accompanies = match &event.body {
        EventBody::Reopened => matches!(act_of(after, follows), Some(Act::Message { .. })),
        EventBody::Assigned { to: Some(_), .. } => {
            matches!(act_of(after, follows), Some(Act::Reopen))
        }
        EventBody::Closed => {
            matches!(act_of(before, precedes), Some(Act::MessageAndClose { .. }))
        }
        _ => false,
    };
    if accompanies { Ok(()) } else { Err(format!("of no act: {event:?}")) }
}

/// True if an event of this author is what an act is about.
fn is_about(what: &What, author: &Author, body: &EventBody) -> bool {
    let says = |said: &str, kept: &str| text::message(said).is_ok_and(|said| said == kept);
    let act = match what {
        What::Start { text } => {
            return matches!(body, EventBody::Message { text: kept, .. } if says(text, kept));
        }
        What::Act { act, .. } => act,
    };
    match (act, body) {
        (
            Act::Message { text, .. } | Act::MessageAndClose { text, .. },
            EventBody::Message { text: kept, .. },
        )
        | (Act::Note { text }, EventBody::Note { text: kept }) => says(text, kept),
        (Act::Close { .. }, EventBody::Closed | EventBody::Dismissed)
        | (Act::Reopen, EventBody::Reopened | EventBody::Restored)
        | (Act::KeepOpen, EventBody::KeptOpen)
        | (Act::Unclaim, EventBody::Assigned { to: None, to_bot: false })
        | (Act::HandOver, EventBody::Assigned { to: None, to_bot: true }) => true,
        (Act::Claim { .. }, EventBody::Assigned { to, to_bot: false }) => {
            to.as_ref() == author.member()
        }
        _ => false,
    }
}

/// A write and when it happened: after it was sent first, and before it was acknowledged.
struct Write<'a> {
    invoked: At,
    acknowledged: Option<At>,
    revision: Revision,
    place: Place<'a>,
}

/// What was acknowledged before something was asked has the lower revision, whoever asked whom.
fn in_order_of_time(index: &Index<'_>, report: &mut Report) {
    let acts: Vec<Write<'_>> = index
        .history
        .acts
        .iter()
        .filter_map(|act| {
            let (id, event) = index.done.get(&act.what.client_id)?.first()?;
            Some(Write {
                invoked: act.invoked(),
                acknowledged: act.acknowledged().map(|(_, at)| at),
                revision: event.revision,
                place: Place::event(id, event.seq).by(act.client),
            })
        })
        .collect();
    // A change of settings to what they are already is answered with an older revision.
    let settings: Vec<Write<'_>> = index
        .history
        .settings
        .iter()
        .flat_map(|request| {
            request.tries.iter().filter_map(|it| match it.outcome {
                Outcome::Acknowledged(revision) => Some(Write {
                    invoked: it.invoked,
                    acknowledged: Some(it.ended),
                    revision,
                    place: Place::default().by(request.client),
                }),
                _ => None,
            })
        })
        .collect();
    let mut asked: Vec<&Write<'_>> = acts.iter().collect();
    asked.sort_by_key(|write| write.invoked);
    let told = acts.iter().chain(&settings).filter(|write| write.acknowledged.is_some());
    let mut told: Vec<&Write<'_>> = told.collect();
    told.sort_by_key(|write| write.acknowledged);
    let mut told = told.into_iter().peekable();
    let mut newest: Option<&Write<'_>> = None;
    for write in &asked {
        while let Some(earlier) =
            told.next_if(|earlier| earlier.acknowledged.is_some_and(|at| at < write.invoked))
        {
            if newest.is_none_or(|newest| newest.revision < earlier.revision) {
                newest = Some(earlier);
            }
        }
        if let Some(earlier) = newest.filter(|earlier| earlier.revision >= write.revision) {
            let what = format!(
                "revision {} was asked at {:?}, when revision {} had been acknowledged at {:?}",
                write.revision, write.invoked, earlier.revision, earlier.acknowledged,
            );
            report.add(Fault::OutOfOrder, write.place, what);
        }
    }
}
