//! The texts of bulk acts.

use crate::bulk::{BulkAct, Failure, Outcome, Progress};

/// The label of the button.
pub fn act(act: BulkAct) -> &'static str {
    match act {
        BulkAct::Claim => "Claim",
        BulkAct::Unclaim => "Unclaim",
        BulkAct::Close => "Close",
        BulkAct::Reopen => "Re-open",
    }
}

/// The number of selected conversations.
pub fn selected(count: usize) -> String {
    [&count.to_string(), " selected"].concat()
}

/// The progress: `Closing 12 of 30…`
pub fn progress(progress: Progress) -> String {
    let doing = match progress.kind {
        BulkAct::Claim => "Claiming ",
        BulkAct::Unclaim => "Unclaiming ",
        BulkAct::Close => "Closing ",
        BulkAct::Reopen => "Re-opening ",
    };
    // Counted from 1, with the request in flight.
    let at = (progress.answered + 1).min(progress.of);
    [doing, &at.to_string(), " of ", &progress.of.to_string(), "…"].concat()
}

/// The message if the act concerns none of the conversations.
pub fn nothing(act: BulkAct) -> &'static str {
    match act {
        BulkAct::Claim => "Nothing to claim here.",
        BulkAct::Unclaim => "Nothing to unclaim here.",
        BulkAct::Close => "Nothing to close here.",
        BulkAct::Reopen => "Nothing to re-open here.",
    }
}

/// The successes: `28 conversations closed`. `None` if there are none.
pub fn done(act: BulkAct, count: usize) -> Option<String> {
    let done = match act {
        BulkAct::Claim => "claimed",
        BulkAct::Unclaim => "unclaimed",
        BulkAct::Close => "closed",
        BulkAct::Reopen => "re-opened",
    };
    match count {
        0 => None,
        1 => Some(["Conversation ", done].concat()),
        _ => Some([&count.to_string(), " conversations ", done].concat()),
    }
}

/// The failures, counted by reason. Empty if there are none.
pub fn problems(outcome: &Outcome) -> String {
    let mut reasons: Vec<(&Failure, usize)> = Vec::new();
    for (_, reason) in &outcome.failed {
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => reasons.push((reason, 1)),
        }
    }
    let sentences: Vec<String> =
        reasons.into_iter().map(|(reason, count)| failure(reason, count)).collect();
    sentences.join(" ")
}

fn failure(reason: &Failure, count: usize) -> String {
    let one = count == 1;
    let words = match reason {
        Failure::NotYours if one => " is not yours: claim it first.",
        Failure::NotYours => " are not yours: claim them first.",
        Failure::Others if one => " belongs to another agent: open it to take it over.",
        Failure::Others => " belong to other agents: open them to take them over.",
        Failure::NewMessages if one => " has new messages: read them first.",
        Failure::NewMessages => " have new messages: read them first.",
        Failure::Closed if one => " was closed in the meantime.",
        Failure::Closed => " were closed in the meantime.",
        Failure::Gone if one => " does not exist any more.",
        Failure::Gone => " do not exist any more.",
        Failure::Unreachable => " could not be reached: try again.",
        Failure::Stopped if one => " was not changed.",
        Failure::Stopped => " were not changed.",
        Failure::Other(words) => return [&count.to_string(), ": ", words].concat(),
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
            (id(1), Failure::NotYours),
            (id(2), Failure::NewMessages),
            (id(3), Failure::NotYours),
        ];
        assert_eq!(
            problems(&Outcome { done: vec![id(4)], failed }),
            "2 are not yours: claim them first. 1 has new messages: read them first."
        );
        assert_eq!(problems(&Outcome::default()), "");
    }

    #[test]
    fn what_was_done_is_counted_as_people_count() {
        assert_eq!(done(BulkAct::Close, 0), None);
        assert_eq!(done(BulkAct::Close, 1).as_deref(), Some("Conversation closed"));
        assert_eq!(done(BulkAct::Reopen, 28).as_deref(), Some("28 conversations re-opened"));
        let at = |answered| progress(Progress { kind: BulkAct::Close, answered, of: 30 });
        assert_eq!(at(0), "Closing 1 of 30…");
        assert_eq!(at(11), "Closing 12 of 30…");
        assert_eq!(at(30), "Closing 30 of 30…");
    }
}
