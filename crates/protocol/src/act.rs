//! Acts: what somebody wants to happen in a conversation. The rules turn an act into events.

use serde::Serialize;

use crate::id::MemberId;
use crate::{Seq, from_json};

/// What somebody wants to happen. The body of `PUT …/events/{client_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Say something.
    Message {
        /// Plain text.
        text: String,
    },
    /// Say something and close, in one step: both happen or neither.
    MessageAndClose {
        /// Plain text.
        text: String,
        /// The last event that the agent saw.
        seen: Seq,
    },
    /// Close; for a visitor, also: take off Home what somebody else has closed.
    Close {
        /// The last event that the closer saw. If the visitor has written since, an agent is
        /// refused with `new_messages` and asked again.
        seen: Seq,
    },
    /// Open again; for a visitor: take back their own closing, or the taking off Home.
    Reopen,
    /// Stay open: the time until it closes by itself begins anew (visitors).
    KeepOpen,
    /// Take it over as one's own.
    Claim {
        /// The owner that the agent saw: `null` for nobody. If it is somebody else by now, the
        /// claim is refused with `claimed_by_other`.
        from: Option<MemberId>,
    },
    /// Give it back to everybody.
    Unclaim,
    /// Write something down for the other agents. The visitor receives nothing of it.
    Note {
        /// Plain text.
        text: String,
    },
}

from_json!(strict enum Act {
    "message" => Message { text },
    "message_and_close" => MessageAndClose { text, seen },
    "close" => Close { seen },
    "reopen" => Reopen,
    "keep_open" => KeepOpen,
    "claim" => Claim { from },
    "unclaim" => Unclaim,
    "note" => Note { text },
});
