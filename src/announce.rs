//! Announcements when the shown conversation closes, re-opens, or is about to close.

use crate::screen::Warned;

/// What a thread shows of its closing.
#[derive(Clone, Copy)]
pub struct Told {
    /// It was shown before: whoever opens a thread reads what has happened in it, it is not news.
    pub known: bool,
    /// The live chat field is there.
    pub field: bool,
    /// The notice stands in the log.
    pub notice: bool,
    /// How soon it closes by itself.
    pub warned: Warned,
}

impl Told {
    fn of_closing(self) -> bool {
        !self.field || self.notice
    }
}

/// What is news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// It has closed.
    Closed,
    /// What was said of its closing is not true any more.
    Opened,
    /// It does not close by itself after all.
    Stays,
    /// It closes by itself, sooner than was said last.
    Warning,
}

/// What is news in `now`, after `before`. Warnings are for somebody who is there (`seen`).
pub fn announce(before: Told, now: Told, seen: bool) -> Option<News> {
    let field_goes = before.field && !now.field;
    if before.known && now.of_closing() && (!before.of_closing() || field_goes) {
        Some(News::Closed)
    } else if before.of_closing() && !now.of_closing() {
        Some(News::Opened)
    } else if now.warned == Warned::No && before.warned != Warned::No {
        Some(News::Stays)
    } else if now.warned > before.warned && seen {
        Some(News::Warning)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: Told = Told { known: true, field: true, notice: false, warned: Warned::No };

    fn news(before: Told, now: Told) -> Option<News> {
        announce(before, now, true)
    }

    #[test]
    fn a_closing_is_told_once() {
        let notice = Told { notice: true, ..OPEN };
        let no_field = Told { field: false, ..OPEN };
        for closed in [notice, no_field] {
            assert_eq!(news(OPEN, closed), Some(News::Closed));
            assert_eq!(news(closed, closed), None);
            assert_eq!(news(closed, OPEN), Some(News::Opened));
        }
        assert_eq!(news(notice, no_field), Some(News::Closed), "the field has gone, too");
        assert_eq!(news(no_field, notice), None, "it was told of already");
    }

    #[test]
    fn what_was_closed_before_the_thread_was_opened_is_no_news() {
        let opened = Told { known: false, ..OPEN };
        assert_eq!(news(opened, Told { field: false, ..OPEN }), None);
        assert_eq!(news(opened, OPEN), None);
    }

    #[test]
    fn a_warning_is_told_when_it_begins_and_in_the_last_minute() {
        let warned = |warned| Told { warned, ..OPEN };
        let (soon, now) = (warned(Warned::OfClosing), warned(Warned::OfLastMinute));
        assert_eq!(news(OPEN, soon), Some(News::Warning));
        assert_eq!(news(soon, soon), None, "each minute would be too often");
        assert_eq!(news(soon, now), Some(News::Warning));
        assert_eq!(news(now, OPEN), Some(News::Stays));
        assert_eq!(announce(OPEN, soon, false), None, "nobody is there to hear it");
    }

    #[test]
    fn what_closes_is_not_warned_of() {
        let before = Told { warned: Warned::OfLastMinute, ..OPEN };
        assert_eq!(news(before, Told { field: false, ..OPEN }), Some(News::Closed));
    }
}
