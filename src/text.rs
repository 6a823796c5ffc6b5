//! Texts that are chosen at run time. Fixed ones are in [`crate::view::markup`] and in the views.

use porchlight_protocol::ErrorCode;
use porchlight_protocol::closing::{TimeLeft, time_left};

use crate::app::closing::Wish;

pub const CLOSED: &str = "Closed";
pub const BOT: &str = "Bot";
pub const LIVE_CHAT: &str = "Live chat";
pub const YOU: &str = "You: ";
pub const NOT_SENT: &str = "Not sent: ";
pub const NOT_SENT_YET: &str = "Not sent yet: ";
pub const LOADING_LIST: &str = "Loading your conversations…";
pub const STALE: &str = "You’re offline. This may be out of date.";
pub const RECONNECTING: &str = "Connection lost. Trying again…";
pub const ONLINE: &str = "Online";
pub const AWAY: &str = "Currently away";
pub const AUTOMATIC: &str = "Automated replies";
pub const MESSAGES: &str = "Messages";
pub const UNREADABLE: &str = "This message can’t be displayed.";
pub const UNKNOWN: &str = "This needs a newer version of the chat. Reload the page.";
pub const IS_CLOSED: &str = "This conversation is closed.";
pub const IS_OPEN: &str = "This conversation is open again.";
pub const KEPT: &str =
    "Your message wasn’t sent because the conversation was closed. You can send it in a new one.";

pub const CONVERSATION_CLOSED: &str = "Conversation closed";
pub const CAN_UNDO: &str = ". You can undo this.";
pub const BROUGHT_BACK: &str = "Conversation restored";
pub const KEPT_OPEN: &str = "Kept open";

/// The warning that a conversation closes by itself in `ms` milliseconds.
pub fn closes_in(ms: u64) -> String {
    let (count, unit) = match time_left(ms) {
        TimeLeft::Moments => return [WILL_CLOSE, "less than a minute"].concat(),
        TimeLeft::Minutes(minutes) => (minutes, " minute"),
        TimeLeft::Hours(hours) => (hours, " hour"),
        TimeLeft::Days(days) => (days, " day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    [WILL_CLOSE, &count.to_string(), unit, plural].concat()
}

const WILL_CLOSE: &str = "This conversation will close in ";

/// The toast for an act that was refused.
pub fn not_done(wish: Wish) -> &'static str {
    match wish {
        Wish::Close => "The conversation couldn’t be closed.",
        Wish::Undo => "The conversation couldn’t be restored.",
        Wish::KeepOpen => "The conversation couldn’t be kept open.",
    }
}

/// Successive empty lines of a message that are shown.
const BLANK_LINES_MAX: usize = 2;

/// A message as it is shown, with runs of empty lines cut: they would push everything else off the screen.
pub fn bounded(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut blank = 0;
    for line in text.split_inclusive('\n') {
        blank = if line.trim().is_empty() { blank + 1 } else { 0 };
        if blank <= BLANK_LINES_MAX {
            shown.push_str(line);
        }
    }
    shown
}

/// The greeting for an hour of the day.
pub fn greeting(hour: u32) -> &'static str {
    match hour {
        5..=11 => "Good morning",
        12..=17 => "Good afternoon",
        _ => "Good evening",
    }
}

/// "12 characters left", "3 characters too many".
pub fn room(left: isize) -> String {
    let (count, what) = if left < 0 { (-left, " too many") } else { (left, " left") };
    let noun = if count == 1 { " character" } else { " characters" };
    [&count.to_string(), noun, what].concat()
}

/// A refusal, as the visitor reads it.
pub fn refused(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ConversationClosed => KEPT,
        ErrorCode::RateLimited => "You’re sending messages too quickly. Please wait a moment.",
        ErrorCode::VisitorKeyInvalid => {
            "This conversation no longer exists. Send your message in a new one?"
        }
        code => code.message(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_MS: u64 = 1_000;
    const MINUTE_MS: u64 = 60_000;
    const HOUR_MS: u64 = 60 * MINUTE_MS;

    #[test]
    fn the_time_left_is_told_as_people_say_it() {
        for (left_ms, words) in [
            (24 * HOUR_MS, "24 hours"),
            (2 * HOUR_MS, "2 hours"),
            (HOUR_MS, "1 hour"),
            (59 * MINUTE_MS, "59 minutes"),
            (5 * MINUTE_MS, "5 minutes"),
            (MINUTE_MS, "1 minute"),
            (20 * SECOND_MS, "less than a minute"),
            (0, "less than a minute"),
        ] {
            assert_eq!(closes_in(left_ms), format!("This conversation will close in {words}"));
        }
    }

    #[test]
    fn a_timer_that_is_late_still_tells_the_full_minute() {
        assert_eq!(closes_in(5 * MINUTE_MS - 40), closes_in(5 * MINUTE_MS));
        assert_eq!(closes_in(MINUTE_MS - 40), closes_in(MINUTE_MS));
        assert_eq!(closes_in(2 * HOUR_MS - 40), closes_in(2 * HOUR_MS));
    }

    #[test]
    fn hours_are_never_more_than_there_are() {
        assert_eq!(closes_in(2 * HOUR_MS - MINUTE_MS), closes_in(HOUR_MS));
        assert_eq!(closes_in(3 * HOUR_MS - MINUTE_MS), closes_in(2 * HOUR_MS));
    }

    #[test]
    fn a_run_of_empty_lines_is_shown_as_a_few() {
        assert_eq!(bounded("a\n\n\nb"), "a\n\n\nb", "two are as they were written");
        assert_eq!(bounded(&format!("a{}b", "\n".repeat(100))), "a\n\n\nb");
        assert_eq!(bounded(&format!("a\n{}b", " \t\n".repeat(100))), "a\n \t\n \t\nb");
        assert_eq!(bounded("one\ntwo\n\nthree"), "one\ntwo\n\nthree");
    }

    #[test]
    fn the_room_that_is_left_is_counted_in_characters() {
        assert_eq!(room(1), "1 character left");
        assert_eq!(room(0), "0 characters left");
        assert_eq!(room(-2), "2 characters too many");
    }
}
