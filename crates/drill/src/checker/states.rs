//! Every state that was told is what the log came to by then, and in the end all know the same.

use porchlight_protocol::conversation::{ReadMark, Side};
use porchlight_protocol::limits::UNREAD_MAX;
use porchlight_protocol::{Author, Conversation, EventBody, Seq};

use super::index::{self, Index};
use super::{Fault, Place, Report};
use crate::history::Log;

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    for (id, log) in &index.end.logs {
        let last = log.events.last().map_or(0, |event| event.seq);
        if log.state.head != last {
            let what = format!("the head is {}, and the log ends at {last}", log.state.head);
            report.add(Fault::NotTheFold, Place::event(id, last), what);
        }
        if let Some(why) = differs(log, &log.state) {
            report.add(Fault::NotTheFold, Place::event(id, last), why);
        }
    }
    for (client, known) in &index.end.known {
        for (id, known) in known {
            let Some(log) = index.log(id) else {
                report.add(Fault::Diverged, Place::of(id).by(*client), "there is no such one");
                continue;
            };
            if *known != log.state {
                let what = format!("knows {known:?}, and it is {:?}", log.state);
                report.add(Fault::Diverged, Place::event(id, known.head).by(*client), what);
            }
        }
    }
}

/// How a state differs from what the log comes to at its head; `None` if it does not.
pub(super) fn differs(log: &Log, told: &Conversation) -> Option<String> {
    let fold = index::fold(log, told.head, told);
    if fold != *told {
        return Some(format!("told {told:?}, and the log comes to {fold:?}"));
    }
    for side in [Side::Visitor, Side::Team] {
        let mark = told.read(side);
        let unread = unread(log, told.head, side, mark);
        if unread != mark.unread {
            return Some(format!("{side:?} has {mark:?}, and unread are {unread:?}"));
        }
    }
    None
}

/// The messages of the other side that a mark leaves unread.
fn unread(log: &Log, head: Seq, side: Side, mark: &ReadMark) -> Vec<Seq> {
    let of_other = |author: &Author| (*author == Author::Visitor) != (side == Side::Visitor);
    let unread = log.events.iter().filter(|event| {
        matches!(event.body, EventBody::Message { .. })
            && of_other(&event.author)
            && event.seq > mark.up_to
            && event.seq <= head
    });
    let unread: Vec<Seq> = unread.map(|event| event.seq).collect();
    unread.split_at(unread.len().saturating_sub(UNREAD_MAX)).1.to_vec()
}
