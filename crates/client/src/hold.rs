//! Rows of a list keep their places while somebody is about to click one, or to press a key there:
//! what happens elsewhere would move another row under the pointer.

use porchlight_protocol::Millis;

/// Milliseconds for which rows keep their places at least, from the first change that would move one:
/// long enough to see what one is about to click, and to click it.
const LEAST_MS: Millis = 2_500;

/// Milliseconds after which they move whatever the pointer does: nobody should wait for what is new.
const MOST_MS: Millis = 6_000;

/// Milliseconds without a movement after which nobody seems to be about to click.
const STILL_MS: Millis = 700;

/// Milliseconds until it is looked again, while a pointer moves.
const AGAIN_MS: Millis = 250;

/// Whether somebody is at the rows, and since when they would have moved.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hold {
    pointer: bool,
    focus: bool,
    pressed: bool,
    stirred_at: Millis,
    since: Option<Millis>,
}

impl Hold {
    /// The pointer moved over the rows, or a key was pressed there.
    pub fn stirs(&mut self, now: Millis) {
        self.stirred_at = now;
    }

    /// The pointer came to the rows, or left them.
    pub fn pointer(&mut self, inside: bool, now: Millis) {
        self.over(inside);
        self.stirs(now);
    }

    /// Whether the pointer is over the rows, where that can be asked at any time.
    pub fn over(&mut self, inside: bool) {
        self.pointer = inside;
        self.pressed &= inside;
    }

    /// A button was pressed on a row, or let go.
    pub fn press(&mut self, pressed: bool, now: Millis) {
        self.pressed = pressed;
        self.stirs(now);
    }

    /// The focus came to the rows, or left them.
    pub fn focus(&mut self, inside: bool, now: Millis) {
        self.focus = inside;
        self.stirs(now);
    }

    /// Every row stands where it belongs.
    pub fn settles(&mut self) {
        self.since = None;
    }

    /// Something else is listed.
    pub fn changes_folder(&mut self) {
        (self.since, self.focus) = (None, false);
    }

    /// Rows would move. `None` if they may; else the milliseconds after which to ask again.
    pub fn waits(&mut self, now: Millis) -> Option<u64> {
        let age = now - *self.since.get_or_insert(now);
        let still = now - self.stirred_at >= STILL_MS && !self.pressed;
        // A clock that was set back holds nothing up.
        let over = !(0..MOST_MS).contains(&age) || age >= LEAST_MS && still;
        if over || !(self.pointer || self.focus) {
            self.since = None;
            return None;
        }
        u64::try_from((LEAST_MS - age).max(AGAIN_MS)).ok()
    }
}

/// What stands in the list while it is held: what stood there, in that order, but for what this person
/// has sent away; and below it what a further page brought.
pub fn held<T: PartialEq + Clone>(
    stood: &[T],
    wanted: &[T],
    sent_away: impl Fn(&T) -> bool,
) -> Vec<T> {
    let below = wanted.iter().rposition(|id| stood.contains(id)).map_or(0, |last| last + 1);
    let stood = stood.iter().filter(|id| !sent_away(id));
    stood.chain(wanted.iter().skip(below)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use porchlight_protocol::ConversationId;

    use super::*;

    fn ids(ids: &[u8]) -> Vec<ConversationId> {
        ids.iter().map(|id| ConversationId::from_bytes([*id; 16])).collect()
    }

    fn check(stood: &[u8], wanted: &[u8], sent_away: &[u8], expected: &[u8]) {
        let sent_away = ids(sent_away);
        let held = held(&ids(stood), &ids(wanted), |id| sent_away.contains(id));
        assert_eq!(held, ids(expected));
    }

    #[test]
    fn a_row_keeps_its_place_and_what_is_new_on_top_waits() {
        check(&[1, 2, 3], &[3, 1, 2], &[], &[1, 2, 3]);
        check(&[1, 2, 3], &[9, 1, 2, 3], &[], &[1, 2, 3]);
        // A colleague has closed one: the next ones don't move up below the pointer.
        check(&[1, 2, 3], &[2, 3], &[], &[1, 2, 3]);
    }

    #[test]
    fn what_one_sends_away_goes_at_once_and_a_page_comes_at_once() {
        check(&[1, 2, 3], &[1, 3], &[2], &[1, 3]);
        check(&[1, 2, 3], &[3, 1, 2, 4, 5], &[], &[1, 2, 3, 4, 5]);
        check(&[], &[1, 2], &[], &[1, 2]);
    }

    #[test]
    fn rows_move_at_once_where_nobody_is() {
        let mut hold = Hold::default();
        assert_eq!(hold.waits(10_000), None);
        hold.pointer(true, 10_000);
        assert_eq!(hold.waits(10_000), Some(2_500));
        hold.pointer(false, 10_100);
        assert_eq!(hold.waits(10_100), None);
    }

    #[test]
    fn rows_wait_for_a_pointer_that_rests_there_and_longer_for_one_that_moves() {
        let mut hold = Hold::default();
        hold.pointer(true, 0);
        // However long it has rested before something happens.
        assert_eq!(hold.waits(60_000), Some(2_500));
        assert_eq!(hold.waits(61_000), Some(1_500));
        hold.stirs(62_400);
        assert_eq!(hold.waits(62_500), Some(250));
        assert_eq!(hold.waits(63_100), None);

        assert_eq!(hold.waits(70_000), Some(2_500), "the next change begins anew");
        for now in (70_000..76_000).step_by(100) {
            hold.stirs(now);
            assert!(hold.waits(now).is_some(), "{now}");
        }
        assert_eq!(hold.waits(76_000), None, "not for ever");
    }

    #[test]
    fn rows_wait_between_pressing_and_letting_go() {
        let mut hold = Hold::default();
        hold.pointer(true, 0);
        hold.press(true, 0);
        assert!(hold.waits(1_000).is_some() && hold.waits(5_000).is_some());
        hold.press(false, 5_000);
        assert_eq!(hold.waits(5_700), None);
    }

    #[test]
    fn a_clock_set_back_holds_nothing_up() {
        let mut hold = Hold::default();
        hold.focus(true, 50_000);
        assert!(hold.waits(50_000).is_some());
        assert_eq!(hold.waits(10_000), None);
    }
}
