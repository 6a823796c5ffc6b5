//! The words of acts on many conversations at once.

use crate::bulk::{Deed, Hindrance, Outcome, Progress};

/// What its button says.
pub fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::Claim => "Claim",
        Deed::Unclaim => "Unclaim",
        Deed::Close => "Close",
        Deed::Reopen => "Re-open",
    }
}

/// How many are selected.
pub fn selected(count: usize) -> String {
    [&count.to_string(), " selected"].concat()
}

/// How far it is: `Closing 12 of 30…`
pub fn progress(progress: Progress) -> String {
    let doing = match progress.deed {
        Deed::Claim => "Claiming ",
        Deed::Unclaim => "Unclaiming ",
        Deed::Close => "Closing ",
        Deed::Reopen => "Re-opening ",
    };
    // The one that is on its way, as people count.
    let at = (progress.answered + 1).min(progress.of);
    [doing, &at.to_string(), " of ", &progress.of.to_string(), "…"].concat()
}

/// There is none that it could be done to.
pub fn nothing(deed: Deed) -> &'static str {
    match deed {
        Deed::Claim => "Nothing to claim here.",
        Deed::Unclaim => "Nothing to unclaim here.",
        Deed::Close => "Nothing to close here.",
        Deed::Reopen => "Nothing to re-open here.",
    }
}

/// What was done: `28 conversations closed`. `None` if nothing was.
pub fn done(deed: Deed, count: usize) -> Option<String> {
    let done = match deed {
        Deed::Claim => "claimed",
        Deed::Unclaim => "unclaimed",
        Deed::Close => "closed",
        Deed::Reopen => "re-opened",
    };
    match count {
        0 => None,
        1 => Some(["Conversation ", done].concat()),
        _ => Some([&count.to_string(), " conversations ", done].concat()),
    }
}

/// What was not done, each reason once and with its number. Empty if all was done.
pub fn problems(outcome: &Outcome) -> String {
    let mut reasons: Vec<(&Hindrance, usize)> = Vec::new();
    for (_, reason) in &outcome.failed {
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((reason, 1)),
        }
    }
    let sentences: Vec<String> =
        reasons.into_iter().map(|(reason, count)| hindrance(reason, count)).collect();
    sentences.join(" ")
}

fn hindrance(reason: &Hindrance, count: usize) -> String {
    let one = count == 1;
    let words = match reason {
        Hindrance::NotYours if one => " is not yours: claim it first.",
        Hindrance::NotYours => " are not yours: claim them first.",
        Hindrance::Others if one => " belongs to somebody else: open it to take it over.",
        Hindrance::Others => " belong to somebody else: open them to take them over.",
        Hindrance::NewMessages if one => " has new messages: read them first.",
        Hindrance::NewMessages => " have new messages: read them first.",
        Hindrance::Closed if one => " was closed in the meantime.",
        Hindrance::Closed => " were closed in the meantime.",
        Hindrance::Gone if one => " does not exist any more.",
        Hindrance::Gone => " do not exist any more.",
        Hindrance::Unreachable => " could not be reached: try again.",
        Hindrance::Stopped if one => " was not changed.",
        Hindrance::Stopped => " were not changed.",
        Hindrance::Other(words) => return [&count.to_string(), ": ", words].concat(),
    };
    [&count.to_string(), words].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::ConversationId;

    #[test]
    fn what_was_not_done_is_told_by_reason() {
        let id = |n| ConversationId::from_bytes([n; 16]);
        let failed = vec![
            (id(1), Hindrance::NotYours),
            (id(2), Hindrance::NewMessages),
            (id(3), Hindrance::NotYours),
        ];
        assert_eq!(
            problems(&Outcome { done: vec![id(4)], failed }),
            "2 are not yours: claim them first. 1 has new messages: read them first."
        );
        assert_eq!(problems(&Outcome::default()), "");
    }

    #[test]
    fn what_was_done_is_counted_as_people_count() {
        assert_eq!(done(Deed::Close, 0), None);
        assert_eq!(done(Deed::Close, 1).as_deref(), Some("Conversation closed"));
        assert_eq!(done(Deed::Reopen, 28).as_deref(), Some("28 conversations re-opened"));
        let at = |answered| progress(Progress { deed: Deed::Close, answered, of: 30 });
        assert_eq!(at(0), "Closing 1 of 30…");
        assert_eq!(at(11), "Closing 12 of 30…");
        assert_eq!(at(30), "Closing 30 of 30…");
    }
}
