//! The texts of the inbox, and names for visitors, agents and folders.

pub mod bulk;
pub mod history;
pub mod notifications;
pub mod period;

use porchlight_protocol::{ErrorBody, ErrorCode, Filter, Sort, VisitorId};

pub const UNREACHABLE: &str = "The server can’t be reached. Check the connection and try again.";
pub const SIGN_IN_FAILED: &str = "That email and password don’t match.";
pub const SIGNED_OUT: &str = "Your session has ended. Sign in again: your drafts are still here.";
pub const SIGN_OUT_FAILED: &str = "You are still signed in: the server can’t be reached.";
pub const LOADING_LIST: &str = "Loading conversations…";
pub const LOADING_TALK: &str = "Loading the conversation…";
pub const NO_LIST: &str = "We couldn’t load the conversations";
pub const LINK_DOWN: &str = "Connection lost. Trying again…";
pub const LINK_UP: &str = "Connected again.";
pub const OFFLINE: &str = "You’re offline. Messages are sent when you’re back online.";
pub const TOO_LONG: &str = "This message is too long to send.";
pub const NOTE_TOO_LONG: &str = "This note is too long to save.";
pub const UNDO_BY_KEY: &str = ". Press Z to undo.";
pub const NOTHING_TO_UNDO: &str = "Nothing to undo.";
pub const CLAIM_FIRST: &str = "Claim this conversation first.";
pub const OUTDATED: &str = "A newer version of the inbox is ready.";

pub const LOSES_UNREAD: &str = "The visitor hasn’t read your last message. If you close now, it \
     disappears from their Home the next time they load the page.";
pub const SENDS_UNREAD: &str =
    "Unread, it disappears from the visitor’s Home the next time they load the page.";

/// The message for a sign-in that is rate-limited.
pub fn too_many_tries(retry_after_ms: Option<u64>) -> String {
    let seconds = retry_after_ms.unwrap_or(0).div_ceil(1_000);
    match seconds {
        0 => "Too many attempts. Wait a moment and try again.".to_owned(),
        1..=90 => ["Too many attempts. Try again in ", &seconds.to_string(), " s."].concat(),
        _ => ["Too many attempts. Try again in ", &seconds.div_ceil(60).to_string(), " min."]
            .concat(),
    }
}

/// A visitor's name: the first digits of the id.
pub fn visitor(id: &VisitorId) -> String {
    let digits: String = id.as_str().chars().take(4).collect();
    ["Visitor ", &digits.to_uppercase()].concat()
}

/// The initials in a visitor's avatar.
pub fn visitor_initials(id: &VisitorId) -> String {
    id.as_str().chars().take(2).collect::<String>().to_uppercase()
}

/// The colour of a visitor's avatar, 1 to 6, computed from the id.
pub fn tone(id: &VisitorId) -> u32 {
    id.as_str().chars().filter_map(|digit| digit.to_digit(16)).sum::<u32>() % 6 + 1
}

/// The initials in a member's avatar.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// The first name of a member.
pub fn first_name(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or(name)
}

/// A folder's name.
pub fn filter(filter: Filter) -> &'static str {
    match filter {
        Filter::Open => "Open",
        Filter::Unassigned => "Unassigned",
        Filter::Mine => "Mine",
        Filter::Closed => "Closed",
        Filter::All => "All",
    }
}

/// An order's name.
pub fn sort(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => "Newest",
        Sort::Waiting => "Waiting longest",
    }
}

/// The empty state of a folder: title and text.
pub fn empty(filter: Filter) -> (&'static str, &'static str) {
    match filter {
        Filter::Open => ("All done", "New conversations appear here automatically."),
        Filter::Unassigned => ("Nobody is waiting", "Every open conversation has been claimed."),
        Filter::Mine => {
            ("You have no open conversations", "Conversations that you claim appear here.")
        }
        Filter::Closed => (
            "No closed conversations yet",
            "Closed conversations appear here. You can re-open them.",
        ),
        Filter::All => ("No conversations yet", "The first one appears here automatically."),
    }
}

/// The message for an act that was refused, with what to do.
pub fn refused(error: &ErrorBody) -> String {
    match error.code {
        ErrorCode::ClaimedByOther => match &error.owner {
            Some(owner) => {
                [&owner.name, " has claimed this conversation in the meantime."].concat()
            }
            None => "This conversation is unassigned now. Claim it to continue.".to_owned(),
        },
        ErrorCode::ClaimRequired => {
            "This conversation is no longer yours. Your draft is kept until you claim it again."
                .to_owned()
        }
        ErrorCode::ConversationClosed => {
            "This conversation was closed in the meantime. Your draft is kept: re-open the conversation to send it."
                .to_owned()
        }
        ErrorCode::Unavailable => {
            "The server couldn’t be reached, so this may not have been done. Try again."
                .to_owned()
        }
        ErrorCode::RateLimited => {
            "That was too fast. Wait a moment and try again.".to_owned()
        }
        _ => error.said().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_get_their_letters() {
        assert_eq!(initials("Ada Lovell"), "AL");
        assert_eq!(initials("ada"), "A");
        assert_eq!(initials("Ada de la Lovell"), "AL");
        assert_eq!(initials("  "), "");
        assert_eq!(first_name("Ada Lovell"), "Ada");
    }

    #[test]
    fn a_visitor_is_called_by_the_first_digits() {
        let id = VisitorId::from_bytes([0x3f; 16]);
        assert_eq!(visitor(&id), "Visitor 3F3F");
        assert_eq!(visitor_initials(&id), "3F");
        assert!((1..=6).contains(&tone(&id)));
    }

    #[test]
    fn waiting_is_told_in_a_measure_that_people_use() {
        assert_eq!(too_many_tries(Some(1)), "Too many attempts. Try again in 1 s.");
        assert_eq!(too_many_tries(Some(120_000)), "Too many attempts. Try again in 2 min.");
    }
}
