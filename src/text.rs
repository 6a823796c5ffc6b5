//! The words that are chosen while the widget runs. What always stands at the same place is in
//! [`crate::view::markup`] and in the views.

use porchlight_protocol::ErrorCode;

pub const CLOSED: &str = "Closed";
pub const BOT: &str = "Bot";
pub const LIVE_CHAT: &str = "Live chat";
pub const YOU: &str = "You: ";
pub const NOT_SENT: &str = "Not sent: ";
pub const LOADING_LIST: &str = "Loading your conversations…";
pub const STALE: &str = "You’re offline. Showing what we last saw.";
pub const RECONNECTING: &str = "Connection lost. Trying again…";
pub const ONLINE: &str = "Online";
pub const AWAY: &str = "We usually answer within a day";
pub const ANSWERS_AT_ONCE: &str = "Answers at once";
pub const MESSAGES: &str = "Messages";
pub const IS_CLOSED: &str = "This conversation is closed.";
pub const KEPT: &str =
    "Your message was not sent, as the conversation was closed. It goes into the new one.";

/// By the hour of the day.
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

/// Why something was refused, to the visitor.
pub fn refused(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ConversationClosed => KEPT,
        ErrorCode::RateLimited => "That was a little fast. Please wait a moment.",
        ErrorCode::VisitorKeyInvalid => {
            "The conversation is not here any more. Send it as a new one?"
        }
        code => code.message(),
    }
}
