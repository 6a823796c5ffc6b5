//! Every word that the widget says, in one place.

use porchlight_protocol::ErrorCode;

pub const SUB: &str = "Ask us anything, or pick up where you left off.";
pub const LIST: &str = "Your conversations";
pub const NEW: &str = "New conversation";
pub const START_NEW: &str = "Start a new conversation";
pub const CLOSE_CHAT: &str = "Close chat";
pub const BACK: &str = "Back to your conversations";
pub const CLOSED: &str = "Closed";
pub const BOT: &str = "Bot";
pub const LIVE_CHAT: &str = "Live chat";
pub const YOU: &str = "You: ";
pub const NOT_SENT: &str = "Not sent: ";
pub const LOADING_LIST: &str = "Loading your conversations…";
pub const EMPTY_TITLE: &str = "The light is on";
pub const EMPTY: &str = "Write to us and a real person answers right here. You can close this and \
                         come back: your conversation is kept on this page.";
pub const ERROR_TITLE: &str = "We couldn’t load your conversations";
pub const ERROR: &str = "Nothing is lost. Please check your connection and try again.";
pub const OUTDATED_TITLE: &str = "There is a newer version";
pub const OUTDATED: &str = "Nothing is lost. Load the chat again to go on.";
pub const RELOAD: &str = "Load again";
pub const RETRY: &str = "Retry";
pub const DISCARD: &str = "Discard";
pub const STALE: &str = "You’re offline. Showing what we last saw.";
pub const RECONNECTING: &str = "Connection lost. Trying again…";
pub const CONNECTING: &str = "Connecting…";
pub const WILL_SEND: &str = "Offline — we’ll send it when you’re back";
pub const ONLINE: &str = "Online";
pub const AWAY: &str = "We usually answer within a day";
pub const ANSWERS_AT_ONCE: &str = "Answers at once";
pub const MESSAGE: &str = "Message";
pub const MESSAGES: &str = "Messages";
pub const SEND: &str = "Send";
pub const SENDING: &str = "Sending…";
pub const WAITING: &str = "Not sent yet.";
pub const FAILED: &str = "Not sent.";
pub const SENT: &str = "Sent";
pub const NEW_MESSAGES: &str = "New messages";
pub const OLDER: &str = "Loading earlier messages…";
pub const LOADING: &str = "Loading messages…";
pub const HELLO: &str = "Write the first message: somebody will answer here.";
pub const IS_CLOSED: &str = "This conversation is closed.";
pub const KEPT: &str =
    "Your message was not sent, as the conversation was closed. It goes into the new one.";
pub const UNSERVED: &str = "This page is part of Porchlight and must be opened through its server.";

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
