//! Whether a log stays at its end while messages come in and its size changes.

use web_sys::Element;

/// Pixels from the end that still count as the end.
const END_PX: i32 = 48;

/// Heights of the view from the beginning of a log at which older messages are loaded: before a reader arrives there.
const OLDER_VIEWS: i32 = 2;

/// How a scrolling log stood when it was heard of last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scroll {
    /// `scrollTop` of the log.
    pub top: i32,
    /// Its `clientHeight`.
    pub height: i32,
}

impl Scroll {
    /// How a log stands now.
    pub fn of(log: &Element) -> Self {
        Self { top: log.scroll_top(), height: log.client_height() }
    }

    /// True if the end of this log is in view.
    pub fn is_near_end(self, log: &Element) -> bool {
        log.scroll_height() - self.top - self.height <= END_PX
    }

    /// True if a log that stands like this needs its older messages.
    pub fn is_near_start(self) -> bool {
        self.top < OLDER_VIEWS * self.height
    }

    /// True if a log that now stands like this is kept at its end. `at_end` is the answer of before,
    /// `near_end` says whether the end is in view.
    ///
    /// A log leaves its end only by going up. A browser tells of scrolling late: by then a message may have
    /// come or the field may have grown, and the end is out of view without anybody's doing. A log that got
    /// another height moves by itself, too.
    pub fn keeps_end(self, before: Scroll, at_end: bool, near_end: bool) -> bool {
        let went_up = self.top < before.top && self.height == before.height;
        near_end || at_end && !went_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const END: Scroll = Scroll { top: 500, height: 300 };

    #[test]
    fn only_who_goes_up_leaves_the_end() {
        let up = Scroll { top: 380, ..END };
        assert!(!up.keeps_end(END, true, false));
        let half_way_back = Scroll { top: 420, ..END };
        assert!(!half_way_back.keeps_end(up, false, false));
        assert!(END.keeps_end(half_way_back, false, true));
    }

    #[test]
    fn older_messages_are_wanted_before_one_arrives_at_them() {
        assert!(!Scroll { top: 600, height: 300 }.is_near_start());
        assert!(Scroll { top: 599, height: 300 }.is_near_start());
        assert!(Scroll { top: 0, height: 300 }.is_near_start());
    }

    #[test]
    fn what_comes_or_grows_meanwhile_leaves_it_at_the_end() {
        // It was told to go to the end; a message came before the browser said that it went.
        let down = Scroll { top: 560, ..END };
        assert!(down.keeps_end(END, true, false));
        // The field grew, and so the log is lower.
        let lower = Scroll { height: 180, ..down };
        assert!(lower.keeps_end(down, true, false));
        // The field shrank again, and the browser moved the log for it.
        assert!(Scroll { top: 530, height: 300 }.keeps_end(lower, true, false));
    }
}
