//! The texts of bulk acts.

use crate::list::bulk::{BulkAct, Failure, Outcome, Progress};
use crate::words::{Count, Pattern, Word, count, fill, number, say};

use crate::text::error_code;

/// The label of the button.
pub fn act(act: BulkAct) -> Word {
    match act {
        BulkAct::Claim => Word::ActClaim,
        BulkAct::Unclaim => Word::ActUnclaim,
        BulkAct::Close => Word::ActClose,
        BulkAct::Reopen => Word::ActReopen,
    }
}

/// The progress: `Closing 12 of 30…`
pub fn progress(progress: Progress) -> String {
    let doing = match progress.kind {
        BulkAct::Claim => Pattern::BulkClaiming,
        BulkAct::Unclaim => Pattern::BulkUnclaiming,
        BulkAct::Close => Pattern::BulkClosing,
        BulkAct::Reopen => Pattern::BulkReopening,
    };
    // Counted from 1, with the request in flight.
    let at = (progress.answered + 1).min(progress.of);
    fill(doing, &[&number(at), &number(progress.of)])
}

/// The message if the act concerns none of the conversations.
pub fn nothing(act: BulkAct) -> Word {
    match act {
        BulkAct::Claim => Word::BulkNothingToClaim,
        BulkAct::Unclaim => Word::BulkNothingToUnclaim,
        BulkAct::Close => Word::BulkNothingToClose,
        BulkAct::Reopen => Word::BulkNothingToReopen,
    }
}

/// The successes: `28 conversations closed`. `None` if there are none.
pub fn done(act: BulkAct, conversations: usize) -> Option<String> {
    let done = match act {
        BulkAct::Claim => Count::BulkClaimed,
        BulkAct::Unclaim => Count::BulkUnclaimed,
        BulkAct::Close => Count::BulkClosed,
        BulkAct::Reopen => Count::BulkReopened,
    };
    (conversations > 0).then(|| count(done, conversations))
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

fn failure(reason: &Failure, conversations: usize) -> String {
    let failed = match reason {
        Failure::NotYours => Count::BulkNotYours,
        Failure::Others => Count::BulkOthers,
        Failure::NewMessages => Count::BulkNewMessages,
        Failure::Closed => Count::BulkMeanwhile,
        Failure::Gone => Count::BulkGone,
        Failure::Unreachable => Count::BulkUnreachable,
        Failure::Stopped => Count::BulkStopped,
        Failure::Other(code) => {
            let why = say(error_code(*code));
            return fill(Pattern::BulkBecause, &[&number(conversations), &why]);
        }
    };
    count(failed, conversations)
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
