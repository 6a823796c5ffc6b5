//! Acts: requests to change a conversation. [`crate::rules::decide`] turns an act into events, or refuses it.

use serde::Serialize;

use crate::id::MemberId;
use crate::{Seq, from_json};

/// A request to change a conversation. The body of `PUT …/events/{client_id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Send a message.
    Message {
        /// Plain text.
        text: String,
        /// The `seq` of the bot's question, if the text is one of its choices: refused with `not_allowed` if that is not
        /// the open question any more. For visitors only.
        #[serde(skip_serializing_if = "Option::is_none")]
        answers: Option<Seq>,
    },
    /// Send a message that asks the visitor to choose. For bots only.
    Ask {
        /// Plain text.
        text: String,
        /// What the visitor can choose.
        choices: Vec<String>,
    },
    /// Hand the conversation over: its bot to the team, or its owner back to its bot, which goes on where it was when
    /// the agent came.
    HandOver,
    /// Send a message and close the conversation, atomically.
    MessageAndClose {
        /// Plain text.
        text: String,
        /// The last event that the agent saw.
        seen: Seq,
    },
    /// Close the conversation. If the team or the timer has closed it already, a visitor removes it from
    /// their Home with this.
    Close {
        /// The last event that the closer saw. If the visitor has written since, an agent or a bot is
        /// refused with `new_messages`.
        seen: Seq,
    },
    /// Re-open the conversation. A visitor can undo only their own closing, or put a conversation that they
    /// removed from Home back on it.
    Reopen,
    /// Start the auto-close period again. For visitors only.
    KeepOpen,
    /// Become the owner. For agents only.
    Claim {
        /// The owner that the agent saw; `null` for none. If the owner is another by now, the
        /// claim is refused with `claimed_by_other`.
        from: Option<MemberId>,
    },
    /// Give ownership up. For the owner only.
    Unclaim,
    /// Write a note for the other agents, which the visitor does not receive.
    Note {
        /// Plain text.
        text: String,
    },
}

impl Act {
    /// A message that is no choice.
    pub fn message(text: impl Into<String>) -> Self {
        Act::Message { text: text.into(), answers: None }
    }
}

from_json!(strict enum Act {
    "message" => Message { text, answers: optional },
    "ask" => Ask { text, choices },
    "hand_over" => HandOver,
    "message_and_close" => MessageAndClose { text, seen },
    "close" => Close { seen },
    "reopen" => Reopen,
    "keep_open" => KeepOpen,
    "claim" => Claim { from },
    "unclaim" => Unclaim,
    "note" => Note { text },
});
