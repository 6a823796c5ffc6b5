//! Visitors who are blocked or erased, and for how long closed conversations are kept.

use serde::Serialize;

use crate::id::VisitorId;
use crate::limits::{BLOCK_NOTE_CHARS_MAX, RETENTION_DAYS_MAX, RETENTION_DAYS_MIN};
use crate::text::{self, TextError};
use crate::{ErrorCode, Millis, from_json};

/// A block of a visitor, whose messages the site does not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Block {
    /// Since when.
    pub at: Millis,
    /// The name of the agent who has blocked the visitor.
    pub by: String,
    /// Why: a note for the team, which the visitor does not see.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

/// What the team may know of a visitor's standing. The answer to `GET …/visitors/{id}/standing`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Standing {
    /// The block; absent if the visitor is not blocked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub block: Option<Block>,
    /// True if the visitor is being erased, or was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
    /// True if an erasure has begun and is not done: some texts are still there.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub erasing: bool,
    /// How many conversations the visitor has.
    pub conversations: u64,
}

/// A visitor to block. The body of `PUT …/visitors/{id}/block`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewBlock {
    /// Why: a note for the team, up to 300 characters.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl NewBlock {
    /// The block with its note cleaned to a single line, or why it is refused.
    pub fn checked(self) -> Result<Self, TextError> {
        let note = match text::label(&self.note, BLOCK_NOTE_CHARS_MAX) {
            Err(TextError::Empty) => String::new(),
            note => note?,
        };
        Ok(NewBlock { note })
    }
}

/// A blocked visitor, in the list of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Blocked {
    /// The visitor.
    pub visitor: VisitorId,
    /// The block.
    pub block: Block,
}

/// A page of the blocked visitors. The answer to `GET …/visitors/blocked`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockedPage {
    /// The visitors, the one who was blocked last first.
    pub visitors: Vec<Blocked>,
    /// Where the next page begins: its `after`. Absent if this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<VisitorId>,
}

/// For how long closed conversations are kept. The body of `PUT …/settings/retention`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Retention {
    /// Days without activity after which a closed conversation is removed; absent: it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
}

impl Retention {
    /// The setting, or why it is refused.
    pub fn checked(self) -> Result<Self, ErrorCode> {
        let fits = |days| (RETENTION_DAYS_MIN..=RETENTION_DAYS_MAX).contains(&days);
        if self.days.is_none_or(fits) { Ok(self) } else { Err(ErrorCode::RetentionOutOfRange) }
    }

    /// The period in milliseconds.
    pub fn after_ms(self) -> Option<Millis> {
        Some(Millis::from(self.days?) * 24 * 60 * 60 * 1000)
    }
}

/// How many conversations a retention would remove if it were saved now. The answer to `POST …/settings/retention/effect`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetentionEffect {
    /// Their number.
    pub removes: u64,
}

from_json!(struct Block { at, by, note: optional });
from_json!(struct Standing { block: optional, erased: optional, erasing: optional, conversations });
from_json!(strict struct NewBlock { note: optional });
from_json!(struct Blocked { visitor, block });
from_json!(
    struct BlockedPage {
        visitors: each,
        next: optional,
    }
);
from_json!(strict struct Retention { days: optional });
from_json!(struct RetentionEffect { removes });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_is_a_line_or_nothing() {
        let note = |note: &str| NewBlock { note: note.to_owned() }.checked().map(|it| it.note);
        assert_eq!(note(" rude\n twice ").unwrap(), "rude twice");
        assert_eq!(note(" \u{200b}").unwrap(), "");
        assert!(note(&"x".repeat(BLOCK_NOTE_CHARS_MAX)).is_ok());
        assert!(note(&"x".repeat(BLOCK_NOTE_CHARS_MAX + 1)).is_err());
    }

    #[test]
    fn conversations_are_kept_a_month_at_least_and_ten_years_at_most() {
        let checked = |days| Retention { days }.checked().is_ok();
        assert!([None, Some(30), Some(3_653)].into_iter().all(checked));
        assert!(![Some(0), Some(29), Some(3_654), Some(u32::MAX)].into_iter().any(checked));
        assert_eq!(Retention { days: Some(30) }.after_ms(), Some(2_592_000_000));
    }
}
