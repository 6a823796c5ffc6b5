//! Settings → Bots: the bots of a site.

use serde::Serialize;

use crate::Millis;
use crate::event::Member;
use crate::from_json;
use crate::id::SiteKey;

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

/// A version of a bot's flow, in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowVersion {
    /// Its number, from 1.
    pub version: u64,
    /// When it was published first.
    pub at: Millis,
}

/// The versions of a bot's flow. The answer to `GET …/bots/{id}/flow/versions`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowVersions {
    /// The version that is published; absent if the flow is switched off, or there never was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<u64>,
    /// Those that are kept, the newest first.
    pub versions: Vec<FlowVersion>,
}

/// A trial of a flow, which has begun. The answer to `POST …/bots/{id}/trial`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trial {
    /// The key of the trial's chat, `/chat/{key}`, which only the inbox may frame.
    pub chat: SiteKey,
    /// Milliseconds after which the trial ends, unless it is ended before.
    pub ends_in_ms: Millis,
}

from_json!(strict struct NewBot { name });
from_json!(struct BotOfSite { bot, version: optional });
from_json!(
    struct Bots {
        bots: each,
    }
);
from_json!(struct PublishedFlow { version });
from_json!(struct Trial { chat, ends_in_ms });
from_json!(struct FlowVersion { version, at });
from_json!(
    struct FlowVersions {
        published: optional,
        versions: each,
    }
);
