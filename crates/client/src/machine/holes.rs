//! Gaps in a page of a log. A log is dense, so a gap means that the server can't read these events. Placeholders
//! (`unreadable`) fill it, so that the events around it are shown.

use porchlight_protocol::limits::PAGE_EVENTS_MAX;
use porchlight_protocol::{Author, Event, EventBody, Millis, Revision, Seq};

/// The longest gap that is filled. A longer one means that the answer is wrong, not the log.
pub(super) const HOLE_MAX: Seq = PAGE_EVENTS_MAX as Seq;

/// The placeholder for an event that the server can't read.
pub(super) fn unreadable(seq: Seq, revision: Revision, at: Millis) -> Event {
    let (author, body) = (Author::Withheld, EventBody::Unreadable);
    Event { seq, revision, at, author, client_id: None, body }
}

/// The events of the page after `after`, with its gaps filled.
pub(super) fn dense(after: Seq, events: Vec<Event>) -> Vec<Event> {
    let mut dense = Vec::with_capacity(events.len());
    let mut next = after.saturating_add(1);
    for event in events {
        if event.seq > next && event.seq - next <= HOLE_MAX {
            dense.extend((next..event.seq).map(|seq| unreadable(seq, event.revision, event.at)));
        }
        next = next.max(event.seq.saturating_add(1));
        dense.push(event);
    }
    dense
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seqs(after: Seq, page: &[Seq]) -> Vec<Seq> {
        let page = page.iter().map(|seq| unreadable(*seq, *seq, 0)).collect();
        dense(after, page).iter().map(|event| event.seq).collect()
    }

    #[test]
    fn what_is_missing_is_filled_and_what_is_there_is_left() {
        assert_eq!(seqs(0, &[1, 2, 3]), [1, 2, 3]);
        assert_eq!(seqs(0, &[2, 5]), [1, 2, 3, 4, 5]);
        assert_eq!(seqs(7, &[]), [] as [Seq; 0]);
        assert_eq!(seqs(7, &[3, 8]), [3, 8], "what is known already needs no filling");
        assert_eq!(seqs(0, &[Seq::MAX]), [Seq::MAX], "that is no hole but nonsense");
    }
}
