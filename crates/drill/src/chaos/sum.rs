//! What happened in runs: whether they show anything.

use std::collections::BTreeMap;
use std::fmt;

use porchlight_protocol::wire::ServerFrame;
use porchlight_protocol::{Author, Event, EventBody};

use crate::history::{Answer, Named, Outcome, Request, Sight};

use super::{Run, Story};

/// The events that can happen.
const KINDS: [&str; 11] = [
    "message",
    "note",
    "assigned",
    "closed by agent",
    "closed by visitor",
    "closed by timer",
    "reopened by agent",
    "reopened by visitor",
    "dismissed",
    "restored",
    "kept open",
];

/// Numbers of what happened.
#[derive(Debug, Default)]
pub struct Sum {
    acts: usize,
    /// Acts that were sent again.
    again: usize,
    /// Acts whose first try had an unknown outcome and had been done, as a later try was told.
    found: usize,
    refused: usize,
    unknown: usize,
    frames: usize,
    /// Frames that tell who types.
    typing: usize,
    sockets: usize,
    troubles: usize,
    lost_answers: u64,
    /// Sessions that have ended.
    sign_outs: usize,
    kinds: BTreeMap<&'static str, usize>,
}

impl Sum {
    /// The numbers of a run.
    pub(super) fn of(run: &Run) -> Self {
        let mut sum = Sum {
            troubles: run.troubles.len(),
            lost_answers: run.lost_answers,
            sign_outs: run.sign_outs,
            ..Sum::default()
        };
        run.stories.iter().for_each(|story| sum.add(story));
        sum
    }

    fn add(&mut self, story: &Story) {
        let acts = &story.history.acts;
        self.acts += acts.len();
        self.again += acts.iter().filter(|act| act.tries.len() > 1).count();
        self.found += acts.iter().filter(|act| is_found(story, act)).count();
        self.refused += acts.iter().filter(|act| act.is_refused()).count();
        self.unknown += acts.iter().filter(|act| act.is_open()).count();
        for seen in &story.history.seen {
            self.frames += usize::from(matches!(seen.what, Sight::Frame(_)));
            self.typing +=
                usize::from(matches!(seen.what, Sight::Frame(ServerFrame::Typing { .. })));
            self.sockets += usize::from(matches!(seen.what, Sight::Opened { .. }));
        }
        for log in story.end.logs.values() {
            for event in &log.events {
                if let Some(kind) = kind(event) {
                    *self.kinds.entry(kind).or_default() += 1;
                }
            }
        }
    }

    /// Adds other numbers.
    pub(super) fn merge(&mut self, other: Sum) {
        self.acts += other.acts;
        self.again += other.again;
        self.found += other.found;
        self.refused += other.refused;
        self.unknown += other.unknown;
        self.frames += other.frames;
        self.typing += other.typing;
        self.sockets += other.sockets;
        self.troubles += other.troubles;
        self.lost_answers += other.lost_answers;
        self.sign_outs += other.sign_outs;
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
    }

    /// The events that never happened, although they can.
    pub(super) fn lacks(&self) -> Vec<&'static str> {
        KINDS.into_iter().filter(|kind| !self.kinds.contains_key(kind)).collect()
    }

    /// One line.
    pub(super) fn in_short(&self) -> String {
        let Sum {
            acts,
            again,
            found,
            refused,
            unknown,
            frames,
            typing,
            sockets,
            troubles,
            sign_outs,
            ..
        } = self;
        let lost = self.lost_answers;
        format!(
            "{acts} acts ({again} sent again, {found} had been done then, {refused} refused, \
             {unknown} open), {frames} frames ({typing} of who types) on {sockets} sockets, {troubles} troubles, \
             {lost} lost answers, {sign_outs} sign-outs"
        )
    }
}

impl fmt::Display for Sum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.in_short())?;
        for (kind, count) in &self.kinds {
            write!(f, "\n  {count:>6} {kind}")?;
        }
        Ok(())
    }
}

/// True if a try without an answer had done the act before one with an answer was sent.
fn is_found(story: &Story, act: &Request<Named, Answer>) -> bool {
    let first = act.tries.first().is_some_and(|it| it.outcome == Outcome::Unknown);
    let Some((answer, at)) = act.acknowledged().filter(|_| first) else { return false };
    let told = act.tries.iter().find(|it| it.ended == at).map(|it| it.invoked);
    // Somebody had seen it by then.
    let Some(event) = answer.events.last() else { return false };
    story.history.seen.iter().any(|seen| {
        told.is_some_and(|told| seen.at < told)
            && matches!(&seen.what, Sight::Frame(ServerFrame::Event { conversation, event: heard })
                if *conversation == answer.conversation && heard.seq == event.seq)
    })
}

fn kind(event: &Event) -> Option<&'static str> {
    Some(match (&event.body, &event.author) {
        (EventBody::Message { .. }, _) => "message",
        (EventBody::Note { .. }, _) => "note",
        (EventBody::Assigned { .. }, _) => "assigned",
        (EventBody::KeptOpen, _) => "kept open",
        (EventBody::Dismissed, _) => "dismissed",
        (EventBody::Restored, _) => "restored",
        (EventBody::Closed, Author::Timer) => "closed by timer",
        (EventBody::Closed, Author::Visitor) => "closed by visitor",
        (EventBody::Closed, _) => "closed by agent",
        (EventBody::Reopened, Author::Visitor) => "reopened by visitor",
        (EventBody::Reopened, _) => "reopened by agent",
        _ => return None,
    })
}
