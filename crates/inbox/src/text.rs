//! The words of the inbox, and how things are called in it.

pub mod bulk;
pub mod history;
pub mod period;

use porchlight_protocol::{ErrorBody, ErrorCode, Filter, VisitorId};

pub const UNREACHABLE: &str = "The server can’t be reached. Check the connection and try again.";
pub const SIGN_IN_FAILED: &str = "That email and password don’t match.";
pub const SIGNED_OUT: &str =
    "Your session has ended. Sign in again: what you were writing is still there.";
pub const SIGN_OUT_FAILED: &str = "You are still signed in: the server can’t be reached.";
pub const LOADING_LIST: &str = "Loading conversations…";
pub const LOADING_TALK: &str = "Loading the conversation…";
pub const NO_LIST: &str = "We couldn’t load the conversations";
pub const LINK_DOWN: &str = "Connection lost. Trying again…";
pub const LINK_UP: &str = "Connected again.";
pub const OFFLINE: &str = "You’re offline. What you send goes out when you’re back.";
pub const TOO_LONG: &str = "The message is too long to be sent.";
pub const NOTE_TOO_LONG: &str = "The note is too long to be kept.";
pub const UNDO_BY_KEY: &str = ". Press Z to undo.";
pub const NOTHING_TO_UNDO: &str = "There is nothing to undo.";
pub const CLAIM_FIRST: &str = "Claim this conversation first.";
pub const OUTDATED: &str = "A newer version of the inbox is ready.";

/// When signing in was tried too often.
pub fn too_many_tries(retry_after_ms: Option<u64>) -> String {
    let seconds = retry_after_ms.unwrap_or(0).div_ceil(1_000);
    match seconds {
        0 => "Too many tries. Wait a little, then try again.".to_owned(),
        1..=90 => ["Too many tries. Try again in ", &seconds.to_string(), " s."].concat(),
        _ => ["Too many tries. Try again in ", &seconds.div_ceil(60).to_string(), " min."].concat(),
    }
}

/// What agents call a visitor who has told no name: the first digits of the id.
pub fn visitor(id: &VisitorId) -> String {
    let digits: String = id.as_str().chars().take(4).collect();
    ["Visitor ", &digits.to_uppercase()].concat()
}

/// The two letters in a visitor's avatar.
pub fn visitor_initials(id: &VisitorId) -> String {
    id.as_str().chars().take(2).collect::<String>().to_uppercase()
}

/// The colour of a visitor's avatar, 1 to 6: the same one every time.
pub fn tone(id: &VisitorId) -> u32 {
    id.as_str().chars().filter_map(|digit| digit.to_digit(16)).sum::<u32>() % 6 + 1
}

/// The letters in a member's avatar.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).flat_map(char::to_uppercase).collect()
}

/// What people call a member in passing.
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

/// What stands in an empty folder: a title and a word.
pub fn empty(filter: Filter) -> (&'static str, &'static str) {
    match filter {
        Filter::Open => ("All done", "New conversations appear here by themselves."),
        Filter::Unassigned => {
            ("Nobody is waiting", "Every open conversation has somebody who looks after it.")
        }
        Filter::Mine => ("Nothing of yours is open", "Claim a conversation and it appears here."),
        Filter::Closed => {
            ("Nothing closed yet", "What you close moves here, and can be re-opened.")
        }
        Filter::All => ("No conversations yet", "The first one appears here by itself."),
    }
}

/// Why something that the agent did in a conversation was refused, and what to do.
pub fn refused(error: &ErrorBody) -> String {
    match error.code {
        ErrorCode::ClaimedByOther => match &error.owner {
            Some(owner) => {
                [&owner.name, " has claimed this conversation in the meantime."].concat()
            }
            None => "Nobody owns this conversation any more. Claim it to go on.".to_owned(),
        },
        ErrorCode::ClaimRequired => {
            "This conversation isn’t yours any more. Your text is kept until you claim it again."
                .to_owned()
        }
        ErrorCode::ConversationClosed => {
            "This conversation was closed in the meantime. Your text is kept: re-open to send it."
                .to_owned()
        }
        ErrorCode::Unavailable => {
            "The server couldn’t be reached, so it isn’t certain that this was done. Try again."
                .to_owned()
        }
        ErrorCode::RateLimited => {
            "That was a little fast. Wait a moment, then try again.".to_owned()
        }
        _ => error.message.clone(),
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
        assert_eq!(too_many_tries(Some(1)), "Too many tries. Try again in 1 s.");
        assert_eq!(too_many_tries(Some(120_000)), "Too many tries. Try again in 2 min.");
    }
}
