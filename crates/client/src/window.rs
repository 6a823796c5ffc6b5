//! The window on a long log: which of its rows are in the document. A spacer before them and one behind them stand for
//! the others, so that the scroll bar tells the truth.
//!
//! Heights are known of rows that have been in the document, and guessed of all others. A guess that was wrong moves
//! nothing: whoever shows the rows keeps one that is in view where it was, and a spacer is never in view.

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
#[derive(Debug, Default)]
pub struct Window {
    rows: Vec<Slot>,
    shown: Range<usize>,
    view_px: Option<i32>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    key: RowKey,
    height_px: Option<i32>,
}

impl Window {
    /// Takes the rows as they are now. Those in the document stay there; with `at_end`, it is the last ones.
    pub fn set(&mut self, keys: &[RowKey], at_end: bool) {
        let first = self.rows.get(self.shown.start).map(|row| row.key);
        let count = self.shown.len();
        let old = std::mem::take(&mut self.rows);
        let mut next = old.iter().peekable();
        self.rows = keys
            .iter()
            .map(|&key| {
                // Both are in the order of the log, so one pass finds most.
                let known = match next.peek() {
                    Some(row) if row.key == key => next.next(),
                    _ => old.iter().rev().find(|row| row.key == key),
                };
                known.copied().unwrap_or(Slot { key, height_px: None })
            })
            .collect();
        let len = self.rows.len();
        let start = self.rows.iter().position(|row| Some(row.key) == first);
        let is_short = len <= ROWS_MIN;
        self.shown = start.filter(|_| !is_short).map_or(0..0, |at| at..(at + count).min(len));
        if is_short {
            self.shown = 0..len;
        } else if at_end || self.shown.is_empty() {
            self.to_end();
        }
    }

    /// The rows in the document, by their places in the log.
    pub fn shown(&self) -> Range<usize> {
        self.shown.clone()
    }

    /// The heights of the spacers before and behind the rows, in pixels.
    pub fn spacers_px(&self) -> (i32, i32) {
        (self.height_px(0..self.shown.start), self.height_px(self.shown.end..self.rows.len()))
    }

    /// Takes the heights of rows in the document, in pixels.
    pub fn measure(&mut self, heights_px: impl Iterator<Item = (RowKey, i32)>) {
        for (key, height_px) in heights_px {
            let shown = self.rows.get_mut(self.shown.clone()).unwrap_or_default();
            if let Some(row) = shown.iter_mut().find(|row| row.key == key) {
                row.height_px = Some(height_px);
            }
        }
    }

    /// Takes what is in view: `top_px` below the beginning of the log and `height_px` high. True if other rows are in the
    /// document from now on.
    pub fn look(&mut self, top_px: i32, height_px: i32) -> bool {
        self.view_px = Some(height_px);
        let first = self.at(top_px);
        let last = self.at(top_px.saturating_add(height_px));
        self.show(first..(last + 1).min(self.rows.len()))
    }

    /// Puts a row into the document, with its neighbours. True if other rows are in the document from now on.
    pub fn reach(&mut self, key: RowKey) -> bool {
        let Some(at) = self.rows.iter().position(|row| row.key == key) else { return false };
        let top_px = self.height_px(0..at);
        self.look(top_px, self.view_px.unwrap_or(VIEW_PX))
    }

    /// Puts the last rows into the document.
    pub fn to_end(&mut self) -> bool {
        let view_px = self.view_px.unwrap_or(VIEW_PX);
        let top_px = self.height_px(0..self.rows.len()) - view_px;
        let first = self.at(top_px);
        self.show(first..self.rows.len())
    }

    /// Shows these rows, and as many around them as make scrolling smooth. Does nothing while enough of them are there:
    /// one does not pay for each row that is scrolled by.
    fn show(&mut self, seen: Range<usize>) -> bool {
        let count = (3 * seen.len()).clamp(ROWS_MIN, ROWS_MAX).max(seen.len() + 2);
        let around = (count - seen.len()) / 2;
        let needed =
            seen.start.saturating_sub(around / 2)..(seen.end + around / 2).min(self.rows.len());
        let shown = &self.shown;
        if shown.start <= needed.start
            && needed.end <= shown.end
            && shown.len() <= ROWS_MAX.max(count)
        {
            return false;
        }
        let end = (seen.start.saturating_sub(around) + count).min(self.rows.len());
        self.shown = end.saturating_sub(count)..end;
        true
    }

    /// The row so many pixels below the beginning.
    fn at(&self, top_px: i32) -> usize {
        let guess_px = self.guess_px();
        let mut end_px = 0;
        let found = self.rows.iter().position(|row| {
            end_px += row.height_px.unwrap_or(guess_px);
            end_px > top_px
        });
        found.unwrap_or(self.rows.len().saturating_sub(1))
    }

    fn height_px(&self, rows: Range<usize>) -> i32 {
        let guess_px = self.guess_px();
        let rows = self.rows.get(rows).unwrap_or_default();
        rows.iter().map(|row| row.height_px.unwrap_or(guess_px)).sum()
    }

    /// The mean of what was measured.
    fn guess_px(&self) -> i32 {
        let known = || self.rows.iter().filter_map(|row| row.height_px);
        let count = i32::try_from(known().count()).unwrap_or(i32::MAX);
        known().sum::<i32>().checked_div(count).unwrap_or(GUESS_PX)
    }
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
            document.window.set(&document.keys(), true);
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
            let shown = self.window.shown();
            let rows = self
                .keys()
                .into_iter()
                .zip(self.heights_px.clone())
                .skip(shown.start)
                .take(shown.len());
            self.window.measure(rows.collect::<Vec<_>>().into_iter());
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
        window.set(&(0..20).map(RowKey).collect::<Vec<_>>(), true);
        assert_eq!((window.shown(), window.spacers_px()), (0..20, (0, 0)));
        window.set(&[], true);
        assert_eq!((window.shown(), window.spacers_px()), (0..0, (0, 0)));
        assert!(!window.look(0, 500) && !window.reach(RowKey(1)));
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
        document.window.set(&document.keys(), false);
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
        document.window.set(&document.keys(), false);
        document.settle();
        assert_eq!((document.anchor(), document.window.shown()), (anchor, shown));
    }

    #[test]
    fn a_row_far_away_is_reached() {
        let mut document = Document::with(10_000, 600);
        let key = RowKey(document.first + 4_321);
        assert!(document.window.reach(key));
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
                        document.window.set(&document.keys(), at_end);
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
