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
    /// Close.
    Close {
        /// The last event that the closer saw. If the visitor has written since, an agent is
        /// refused with `new_messages` and asked again.
        seen: Seq,
    },
    /// Open again.
    Reopen,
    /// Take it over as one's own.
    Claim {
        /// The owner that the agent saw: `null` for nobody. If it is somebody else by now, the
        /// claim is refused with `claimed_by_other`.
        from: Option<MemberId>,
    },
    /// Give it back to everybody.
    Unclaim,
}

from_json!(strict enum Act {
    "message" => Message { text },
    "message_and_close" => MessageAndClose { text, seen },
    "close" => Close { seen },
    "reopen" => Reopen,
    "claim" => Claim { from },
    "unclaim" => Unclaim,
});
