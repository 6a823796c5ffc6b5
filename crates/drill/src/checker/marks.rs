//! Read marks only grow, and nobody has read what they have not.

use porchlight_protocol::conversation::Side;
use porchlight_protocol::{Author, ConversationId, EventBody, Seq};

use super::index::Index;
use super::{Fault, Place, Report};
use crate::history::{Outcome, Who};

pub(super) fn check(index: &Index<'_>, report: &mut Report) {
    for (id, log) in &index.end.logs {
        for side in [Side::Visitor, Side::Team] {
            let told = log.state.read(side).up_to;
            let place = Place::event(id, told);
            let acknowledged = marked(index, id, side, true).max(written(index, id, side));
            let asked = marked(index, id, side, false).max(acknowledged);
            if told < acknowledged {
                let what = format!("{side:?} has read up to {acknowledged}, and it says {told}");
                report.add(Fault::ReadMarkWentBack, place, what);
            } else if told > asked {
                let what = format!("{side:?} has read up to {asked} at most, and it says {told}");
                report.add(Fault::ReadMarkInvented, place, what);
            }
        }
    }
}

/// The greatest mark that was asked for, or that was acknowledged.
fn marked(index: &Index<'_>, id: &ConversationId, side: Side, acknowledged: bool) -> Seq {
    let marks = index.history.marks.iter().filter(|mark| {
        mark.what.conversation == *id
            && index.who(mark.client).map(Who::side) == Some(side)
            && mark.tries.iter().any(|it| match it.outcome {
                Outcome::Acknowledged(()) => true,
                Outcome::Unknown => !acknowledged,
                Outcome::Refused(_) => false,
            })
    });
    marks.map(|mark| mark.what.up_to).max().unwrap_or(0)
}

/// The newest message of a side, which has read all before it.
fn written(index: &Index<'_>, id: &ConversationId, side: Side) -> Seq {
    let of_side = |author: &Author| (*author == Author::Visitor) == (side == Side::Visitor);
    let events = index.log(id).map_or(&[][..], |log| log.events.as_slice());
    let last = events
        .iter()
        .rfind(|event| matches!(event.body, EventBody::Message { .. }) && of_side(&event.author));
    last.map_or(0, |event| event.seq)
}
