//! The window on a long log: which of its rows are in the document. A spacer before them and one behind them stand for
//! the others, so that the scroll bar tells the truth.
//!
//! Heights are known of rows that have been in the document, and guessed of all others. A guess that was wrong moves
//! nothing: whoever shows the rows keeps one that is in view where it was, and a spacer is never in view.

use std::mem;
use std::ops::Range;

use crate::timeline::RowKey;

/// Rows in the document at least, if there are so many. A window high and narrow shows about twenty.
const ROWS_MIN: usize = 60;

/// Rows in the document at most, unless more of them are in view.
const ROWS_MAX: usize = 120;

/// The height of a row in pixels before any has been measured: one line, with its padding and the time above it.
const GUESS_PX: i32 = 56;

/// The height of the viewport in pixels before it is known: that of a large screen.
const VIEW_PX: i32 = 900;

/// The window on the rows of a log.
#[derive(Debug)]
pub struct Window {
    keys: Vec<RowKey>,
    /// Of each row; [`UNKNOWN`] before it has been in the document.
    heights_px: Vec<i32>,
    shown: Range<usize>,
    view_px: i32,
}

/// The height of a row that has not been measured.
const UNKNOWN: i32 = 0;

impl Default for Window {
    fn default() -> Self {
        Window { keys: Vec::new(), heights_px: Vec::new(), shown: 0..0, view_px: VIEW_PX }
    }
}

impl Window {
    /// Takes the rows as they are now. Those in the document stay there; with `at_end`, it is the last ones.
    pub fn set(&mut self, keys: Vec<RowKey>, at_end: bool) {
        let (old, heights_px) =
            (mem::replace(&mut self.keys, keys), mem::take(&mut self.heights_px));
        let (first, count) = (old.get(self.shown.start), self.shown.len());
        self.shown = 0..0;
        let mut next = 0;
        for (at, key) in self.keys.iter().enumerate() {
            // Both are in the order of the log, so one pass finds most.
            let is_next = old.get(next) == Some(key);
            let known = if is_next { Some(next) } else { place_of(&old, *key) };
            let height_px = known.and_then(|at| heights_px.get(at)).copied();
            self.heights_px.push(height_px.unwrap_or(UNKNOWN));
            next = known.map_or(next, |at| at + 1);
            if first == Some(key) {
                self.shown = at..(at + count).min(self.keys.len());
            }
        }
        if self.keys.len() <= ROWS_MIN {
            self.shown = 0..self.keys.len();
        } else if at_end || self.shown.is_empty() {
            let end_px = self.top_px(self.keys.len());
            self.look(end_px - self.view_px, self.view_px);
        }
    }

    /// The rows in the document, by their places in the log.
    pub fn shown(&self) -> Range<usize> {
        self.shown.clone()
    }

    /// The heights of the spacers before and behind the rows, in pixels.
    pub fn spacers_px(&self) -> (i32, i32) {
        let behind_px = self.top_px(self.keys.len()) - self.top_px(self.shown.end);
        (self.top_px(self.shown.start), behind_px)
    }

    /// Takes the heights of the rows in the document, in pixels.
    pub fn measure(&mut self, heights_px: &[i32]) {
        let shown = self.heights_px.get_mut(self.shown.clone());
        // While others are about to be shown, they are of those of before.
        if let Some(shown) = shown.filter(|shown| shown.len() == heights_px.len()) {
            shown.copy_from_slice(heights_px);
        }
    }

    /// Takes what is in view: `top_px` below the beginning of the log and `height_px` high. True if other rows are in the
    /// document from now on: those in view, and as many around them as make scrolling smooth. While enough of them are
    /// there, nothing changes: one does not pay for each row that is scrolled by.
    pub fn look(&mut self, top_px: i32, height_px: i32) -> bool {
        self.view_px = height_px;
        let len = self.keys.len();
        let (first, _) = self.walk(len, top_px);
        let (last, _) = self.walk(len, top_px.saturating_add(height_px));
        let end = (last + 1).min(len);
        let seen = end - first.min(end);
        let count = (3 * seen).clamp(ROWS_MIN, ROWS_MAX).max(seen + 2);
        let around = (count - seen) / 2;
        let has_enough = self.shown.start <= first.saturating_sub(around / 2)
            && self.shown.end >= (end + around / 2).min(len);
        if has_enough && self.shown.len() <= ROWS_MAX.max(count) {
            return false;
        }
        let end = (first.saturating_sub(around) + count).min(len);
        self.shown = end.saturating_sub(count)..end;
        true
    }

    /// The place of a row in the log.
    pub fn place(&self, key: RowKey) -> Option<usize> {
        place_of(&self.keys, key)
    }

    /// Puts a row into the document, with its neighbours.
    pub fn reach(&mut self, at: usize) {
        self.look(self.top_px(at), self.view_px);
    }

    /// Where a row begins.
    fn top_px(&self, at: usize) -> i32 {
        let (_, top_px) = self.walk(at, i32::MAX);
        top_px
    }

    /// Goes down the log to a row or to a place, whichever comes first: the row there, and where it begins. Rows that were
    /// not measured are as high as the others are on average.
    fn walk(&self, to: usize, to_px: i32) -> (usize, i32) {
        let (mut count, mut sum_px) = (0, 0);
        for height_px in &self.heights_px {
            count += i32::from(*height_px != UNKNOWN);
            sum_px += *height_px;
        }
        let guess_px = sum_px.checked_div(count).unwrap_or(GUESS_PX);
        let (mut at, mut top_px) = (0, 0);
        for height_px in self.heights_px.iter().take(to) {
            let known = *height_px != UNKNOWN;
            let end_px = top_px + if known { *height_px } else { guess_px };
            if end_px > to_px {
                break;
            }
            (at, top_px) = (at + 1, end_px);
        }
        (at, top_px)
    }
}

fn place_of(keys: &[RowKey], key: RowKey) -> Option<usize> {
    keys.iter().position(|it| *it == key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A document with a window on a log: rows of real heights, and what is in view.
    struct Document {
        window: Window,
        heights_px: Vec<i32>,
        /// The key of the first row; older rows come before it.
        first: u64,
        top_px: i32,
        view_px: i32,
    }

    impl Document {
        fn with(count: usize, view_px: i32) -> Self {
            let heights_px = (0..count).map(|at| height(at as u64)).collect();
            let first = 100_000;
            let window = Window::default();
            let mut document = Document { window, heights_px, first, top_px: 0, view_px };
            document.window.set(document.keys(), true);
            document.lay_out();
            document.top_px = document.whole_px() - view_px;
            document.settle();
            document
        }

        fn keys(&self) -> Vec<RowKey> {
            (self.first..).take(self.heights_px.len()).map(RowKey).collect()
        }

        /// The whole height, as the browser has it: the spacers and the rows in the document.
        fn whole_px(&self) -> i32 {
            let (before, behind) = self.window.spacers_px();
            before + self.heights_px[self.window.shown()].iter().sum::<i32>() + behind
        }

        /// The first row in view, and how far its upper edge is below that of the view.
        fn anchor(&self) -> Option<(RowKey, i32)> {
            let (mut end_px, _) = self.window.spacers_px();
            for at in self.window.shown() {
                let begin_px = end_px;
                end_px += self.heights_px[at];
                if end_px > self.top_px {
                    return Some((RowKey(self.first + at as u64), begin_px - self.top_px));
                }
            }
            None
        }

        fn place_px(&self, key: RowKey) -> Option<i32> {
            let at = usize::try_from(key.0 - self.first).unwrap();
            let shown = self.window.shown();
            let (before, _) = self.window.spacers_px();
            let rows = self.heights_px[shown.start..at.max(shown.start)].iter().sum::<i32>();
            shown.contains(&at).then(|| before + rows - self.top_px)
        }

        /// Measures what is in the document.
        fn lay_out(&mut self) {
            self.window.measure(&self.heights_px[self.window.shown()]);
        }

        /// What a view does after the log was scrolled: shows other rows, keeps one in its place, until nothing changes.
        fn settle(&mut self) {
            for _ in 0..8 {
                let anchor = self.anchor();
                let moved = self.window.look(self.top_px, self.view_px);
                self.lay_out();
                if let Some((key, below_px)) = anchor
                    && let Some(now_px) = self.place_px(key)
                {
                    self.top_px += now_px - below_px;
                }
                self.top_px = self.top_px.min(self.whole_px() - self.view_px).max(0);
                if !moved {
                    return;
                }
            }
            panic!("it does not come to rest at {}", self.top_px);
        }

        fn check(&self) {
            let shown = self.window.shown();
            assert!(shown.len() <= ROWS_MAX && shown.end <= self.heights_px.len(), "{shown:?}");
            assert!(shown.len() >= ROWS_MIN.min(self.heights_px.len()), "{shown:?}");
            let (before, behind) = self.window.spacers_px();
            let whole = self.whole_px();
            let filled = before <= self.top_px && self.top_px + self.view_px <= whole - behind;
            assert!(filled || whole < self.view_px, "{before} {} {whole} {behind}", self.top_px);
        }
    }

    /// Between one line and a long text.
    fn height(of: u64) -> i32 {
        let mixed = of.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 40;
        if mixed.is_multiple_of(11) { 400 } else { 28 + i32::try_from(mixed % 90).unwrap() }
    }

    #[test]
    fn a_short_log_is_all_there() {
        let mut window = Window::default();
        window.set((0..20).map(RowKey).collect(), true);
        assert_eq!((window.shown(), window.spacers_px()), (0..20, (0, 0)));
        window.set(Vec::new(), true);
        assert_eq!((window.shown(), window.spacers_px()), (0..0, (0, 0)));
        window.reach(1);
        assert!(!window.look(0, 500));
    }

    #[test]
    fn a_long_log_begins_at_its_end_and_its_length_is_true() {
        let document = Document::with(10_000, 600);
        let shown = document.window.shown();
        assert_eq!(shown.end, 10_000);
        document.check();
        let real: i32 = document.heights_px.iter().sum();
        let guessed = document.whole_px();
        assert!((guessed - real).abs() < real / 4, "{guessed} {real}");
    }

    #[test]
    fn rows_are_exchanged_seldom() {
        let mut document = Document::with(10_000, 600);
        let mut moves = 0;
        for _ in 0..1_000 {
            document.top_px -= 10;
            let shown = document.window.shown();
            document.settle();
            moves += usize::from(shown != document.window.shown());
        }
        assert!((1..20).contains(&moves), "{moves}");
    }

    #[test]
    fn what_is_read_stays_where_it_is_when_older_rows_come() {
        let mut document = Document::with(200, 600);
        document.top_px = 30;
        document.settle();
        let anchor = document.anchor().unwrap();
        let mut heights_px: Vec<i32> = (0..50).map(|at| height(at + 7_000)).collect();
        heights_px.append(&mut document.heights_px);
        document.heights_px = heights_px;
        document.first -= 50;
        let before = document.place_px(anchor.0);
        document.window.set(document.keys(), false);
        let now = document.place_px(anchor.0);
        assert!(before.is_some() || now.is_some());
        document.top_px += now.unwrap() - anchor.1;
        document.settle();
        document.check();
        assert_eq!(document.anchor(), Some(anchor));
    }

    #[test]
    fn who_reads_is_left_alone_by_what_comes() {
        let mut document = Document::with(1_000, 600);
        document.top_px -= 20_000;
        document.settle();
        let (anchor, shown) = (document.anchor(), document.window.shown());
        document.heights_px.extend([40; 300]);
        document.window.set(document.keys(), false);
        document.settle();
        assert_eq!((document.anchor(), document.window.shown()), (anchor, shown));
    }

    #[test]
    fn a_row_far_away_is_reached() {
        let mut document = Document::with(10_000, 600);
        let key = RowKey(document.first + 4_321);
        assert_eq!(document.window.place(key), Some(4_321));
        document.window.reach(4_321);
        document.lay_out();
        document.top_px += document.place_px(key).unwrap();
        document.settle();
        document.check();
        let (at, below_px) = document.anchor().unwrap();
        assert!(at == key && below_px == 0, "{at:?} {below_px}");
    }

    proptest! {
        #[test]
        fn a_spacer_is_never_seen_and_nothing_jumps(
            count in 0_usize..3_000,
            view_px in 40_i32..2_000,
            steps in prop::collection::vec((-3_000_i32..3_000, any::<bool>(), 0_u8..4), 1..40),
        ) {
            let mut document = Document::with(count, view_px);
            document.check();
            for (by_px, far, grows) in steps {
                match grows {
                    0 => {
                        let at_end = document.top_px + view_px >= document.whole_px();
                        document.heights_px.push(height(u64::from(by_px.unsigned_abs())));
                        document.window.set(document.keys(), at_end);
                    }
                    1 => document.view_px = (view_px + by_px).clamp(40, 2_000),
                    _ => document.top_px += if far { by_px.saturating_mul(40) } else { by_px },
                }
                document.top_px = document.top_px.min(document.whole_px() - document.view_px).max(0);
                document.settle();
                document.check();
            }
        }
    }
}
