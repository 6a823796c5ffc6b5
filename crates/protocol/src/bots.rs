//! Settings → Bots: the bots of a site.

use serde::Serialize;

use crate::event::Member;
use crate::from_json;

/// A bot to add. The body of `POST …/bots`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewBot {
    /// The name that visitors see: 1 to 80 characters on one line.
    pub name: String,
}

/// A bot of a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BotOfSite {
    /// The bot's id and name.
    pub bot: Member,
    /// The version of its published flow; absent if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// The bots of a site. The answer to `GET …/bots`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Bots {
    /// The bots, the oldest first.
    pub bots: Vec<BotOfSite>,
}

/// The answer to a flow that was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PublishedFlow {
    /// Its version. The same flow as before keeps its version.
    pub version: u64,
}

from_json!(strict struct NewBot { name });
from_json!(struct BotOfSite { bot, version: optional });
from_json!(
    struct Bots {
        bots: each,
    }
);
from_json!(struct PublishedFlow { version });
