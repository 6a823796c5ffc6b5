//! Which words say what. [`crate::words`] holds them.

use porchlight_browser::dates;
use porchlight_protocol::closing::{TimeLeft, time_left};
use porchlight_protocol::hours::Away;
use porchlight_protocol::notice::Shown;
use porchlight_protocol::{ErrorCode, Millis};

use crate::app::closing::Wish;
use crate::words::{Count, Pattern, Word, count, fill, say};

/// The warning that a conversation closes by itself in `ms` milliseconds.
pub fn closes_in(ms: u64) -> String {
    let (what, number) = match time_left(ms) {
        TimeLeft::Moments => return say(Word::ClosingInMoments),
        TimeLeft::Minutes(minutes) => (Count::ClosingInMinutes, minutes),
        TimeLeft::Hours(hours) => (Count::ClosingInHours, hours),
        TimeLeft::Days(days) => (Count::ClosingInDays, days),
    };
    count(what, u32::try_from(number).unwrap_or(u32::MAX))
}

/// What is said outside of opening hours.
pub fn away(away: &Away, now: Millis, locale: &str) -> String {
    match away.until {
        Some(until) => fill(Pattern::ThreadOutside, &[&dates::to_come(until, now, locale)]),
        None => say(Word::ThreadOutsideLong),
    }
}

/// The notice in a closed conversation.
pub fn notice(notice: Shown) -> String {
    match notice {
        Shown::Own(text) => text,
        Shown::Default => say(Word::ClosingNotice),
    }
}

/// The toast for an act that was refused.
pub fn not_done(wish: Wish) -> Word {
    match wish {
        Wish::Close => Word::ClosingNotClosed,
        Wish::Undo => Word::ClosingNotRestored,
        Wish::KeepOpen => Word::ClosingNotKeptOpen,
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
pub fn greeting(hour: u32) -> Word {
    match hour {
        5..=11 => Word::HomeMorning,
        12..=17 => Word::HomeAfternoon,
        _ => Word::HomeEvening,
    }
}

/// "12 characters left", "3 characters too many".
pub fn room(left: isize) -> String {
    let what = if left < 0 { Count::FieldOver } else { Count::FieldLeft };
    count(what, u32::try_from(left.unsigned_abs()).unwrap_or(u32::MAX))
}

/// A refusal, as the visitor reads it.
pub fn refused(code: ErrorCode) -> Word {
    match code {
        ErrorCode::ConversationClosed => Word::ErrorKept,
        ErrorCode::LiveChatOff => Word::ThreadLiveOff,
        ErrorCode::RateLimited => Word::ErrorTooFast,
        ErrorCode::VisitorKeyInvalid
        | ErrorCode::VisitorKeyRevoked
        | ErrorCode::ConversationUnknown => Word::ErrorGone,
        ErrorCode::VersionMismatch => Word::ErrorNewerVersion,
        ErrorCode::TextEmpty => Word::ErrorTextEmpty,
        ErrorCode::TextTooLong | ErrorCode::BodyTooLarge => Word::ErrorTextTooLong,
        ErrorCode::TooManyOpen => Word::ErrorTooManyOpen,
        ErrorCode::Unavailable => Word::ErrorUnavailable,
        ErrorCode::Internal => Word::ErrorInternal,
        // The site has blocked the visitor, which has a code that is not known here; or what only a fault in the widget, or
        // an agent, could ask for.
        _ => Word::ErrorNotAllowed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_empty_lines_is_shown_as_a_few() {
        assert_eq!(bounded("a\n\n\nb"), "a\n\n\nb", "two are as they were written");
        assert_eq!(bounded(&format!("a{}b", "\n".repeat(100))), "a\n\n\nb");
        assert_eq!(bounded(&format!("a\n{}b", " \t\n".repeat(100))), "a\n \t\n \t\nb");
        assert_eq!(bounded("one\ntwo\n\nthree"), "one\ntwo\n\nthree");
    }

    #[test]
    fn what_a_visitor_does_is_refused_in_words_of_its_own() {
        let own = [
            ErrorCode::ConversationClosed,
            ErrorCode::LiveChatOff,
            ErrorCode::RateLimited,
            ErrorCode::VisitorKeyInvalid,
            ErrorCode::TextEmpty,
            ErrorCode::TextTooLong,
            ErrorCode::TooManyOpen,
            ErrorCode::Unavailable,
            ErrorCode::Internal,
        ];
        for (at, code) in own.into_iter().enumerate() {
            let others = own.iter().enumerate().filter(|(other, _)| *other != at);
            for (_, other) in others {
                assert_ne!(refused(code), refused(*other), "{code:?}, {other:?}");
            }
        }
    }
}
