//! Visitors who are blocked or erased, and for how long closed conversations are kept.

use serde::Serialize;

use crate::id::VisitorId;
use crate::limits::{
    BLOCK_NOTE_CHARS_MAX, NETWORK_BLOCK_S_MAX, NETWORK_BLOCK_S_MIN, RETENTION_DAYS_MAX,
    RETENTION_DAYS_MIN,
};
use crate::person::VisitorName;
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
    /// The block of the visitor's network, while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network: Option<NetworkBlock>,
}

impl Block {
    /// What blocks the visitor so again: the network for the time that is left of it now.
    pub fn anew(&self, now: Millis) -> NewBlock {
        let left_s = self.network.map(|network| {
            let left_s = network.until.saturating_sub(now) / 1_000;
            let fits = left_s.clamp(NETWORK_BLOCK_S_MIN.into(), NETWORK_BLOCK_S_MAX.into());
            u32::try_from(fits).unwrap_or(NETWORK_BLOCK_S_MAX)
        });
        NewBlock { note: self.note.clone(), network_for_s: left_s }
    }
}

/// A block of the network of a blocked visitor: who writes from it is refused as if they were blocked themselves, but for those
/// whose identity is proved. It ends by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NetworkBlock {
    /// Until when.
    pub until: Millis,
    /// False while no server knows the network: it is blocked as soon as the visitor comes back.
    pub known: bool,
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
    /// True if the server knows from which network the visitor has written, or was connected, within the last half hour
    /// or hour.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub network_known: bool,
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
    /// For so many seconds their network is blocked, too: a minute to 30 days. Absent: it is not, or not any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_for_s: Option<u32>,
}

impl NewBlock {
    /// The block with its note cleaned to a single line, or why it is refused.
    pub fn checked(self) -> Result<Self, ErrorCode> {
        let note = match text::label(&self.note, BLOCK_NOTE_CHARS_MAX) {
            Err(TextError::Empty) => String::new(),
            note => note.map_err(TextError::code)?,
        };
        let fits = |seconds| (NETWORK_BLOCK_S_MIN..=NETWORK_BLOCK_S_MAX).contains(&seconds);
        if self.network_for_s.is_some_and(|seconds| !fits(seconds)) {
            return Err(ErrorCode::NetworkBlockOutOfRange);
        }
        Ok(NewBlock { note, ..self })
    }

    /// Until when the network is blocked, if it is, by a block that begins now.
    pub fn network_until(&self, now: Millis) -> Option<Millis> {
        self.network_for_s.map(|seconds| now.saturating_add(Millis::from(seconds) * 1_000))
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
    /// What lists show of the visitor, if anything is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<VisitorName>,
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

from_json!(struct Block { at, by, note: optional, network: optional });
from_json!(struct NetworkBlock { until, known: optional });
from_json!(struct Standing {
    block: optional, erased: optional, erasing: optional, network_known: optional, conversations
});
from_json!(strict struct NewBlock { note: optional, network_for_s: optional });
from_json!(struct Blocked { visitor, block, name: optional });
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
        let note = |note: &str| {
            NewBlock { note: note.to_owned(), network_for_s: None }.checked().map(|it| it.note)
        };
        assert_eq!(note(" rude\n twice ").unwrap(), "rude twice");
        assert_eq!(note(" \u{200b}").unwrap(), "");
        assert!(note(&"x".repeat(BLOCK_NOTE_CHARS_MAX)).is_ok());
        assert!(note(&"x".repeat(BLOCK_NOTE_CHARS_MAX + 1)).is_err());
    }

    #[test]
    fn a_network_is_blocked_a_minute_at_least_and_a_month_at_most() {
        let block = |network_for_s| NewBlock { network_for_s, ..NewBlock::default() };
        for fits in [None, Some(60), Some(2_592_000)] {
            assert!(block(fits).checked().is_ok(), "{fits:?}");
        }
        for refused in [0, 59, 2_592_001, u32::MAX] {
            let code = block(Some(refused)).checked().unwrap_err();
            assert_eq!(code, ErrorCode::NetworkBlockOutOfRange, "{refused}");
        }
        let until = |until| Block {
            at: 0,
            by: "Ben".to_owned(),
            note: "Rude".to_owned(),
            network: Some(NetworkBlock { until, known: true }),
        };
        for (end, left_s) in [(86_401_000, 86_400), (0, 60), (Millis::MAX, 2_592_000)] {
            let again = until(end).anew(1_000);
            assert_eq!(again, NewBlock { note: "Rude".to_owned(), network_for_s: Some(left_s) });
            assert!(again.checked().is_ok());
        }
        assert_eq!(block(Some(60)).network_until(5), Some(60_005));
        assert_eq!(block(None).network_until(5), None);
    }

    #[test]
    fn conversations_are_kept_a_month_at_least_and_ten_years_at_most() {
        let checked = |days| Retention { days }.checked().is_ok();
        assert!([None, Some(30), Some(3_653)].into_iter().all(checked));
        assert!(![Some(0), Some(29), Some(3_654), Some(u32::MAX)].into_iter().any(checked));
        assert_eq!(Retention { days: Some(30) }.after_ms(), Some(2_592_000_000));
    }
}
