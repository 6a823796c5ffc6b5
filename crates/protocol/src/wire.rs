//! What travels between browser and server, beside events and acts. `tests/golden` shows each type
//! as JSON.

use serde::Serialize;

use crate::conversation::{Conversation, Side};
use crate::error::ErrorBody;
use crate::event::{Event, Member};
use crate::filter::Counts;
use crate::id::{ClientId, ConversationId, Epoch, SiteKey, VisitorKey};
use crate::json::{FromJson, Json, Malformed};
use crate::{Millis, Policy, Revision, Seq, WIRE_VERSION, from_json};

/// What a site tells every client before anything else. It stands in the widget's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteConfig {
    /// The site's public key.
    pub site: SiteKey,
    /// What the site is called.
    pub name: String,
    /// The origins of the pages that may embed the chat.
    pub allow_origins: Vec<String>,
    /// It is not a chat but a preview of one, which the page around it feeds.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub preview: bool,
}

/// A client's first frame on a socket, and the body of `POST …/sync`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hello {
    /// [`crate::WIRE_VERSION`] of the client.
    pub wire: u32,
    /// Who is there. Over HTTP the header says it, and this is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// The boot that an earlier welcome told; absent when the client has just booted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booted: Option<Boot>,
    /// The newest commit that the client knows. With a long poll the answer waits for a later one. If it is
    /// still to come, the store went back in time, and its epoch is renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Revision>,
}

/// Who is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// A visitor of a site.
    Visitor {
        /// The site.
        site: SiteKey,
        /// The visitor's secret.
        key: VisitorKey,
    },
    /// An agent, whose session is in the cookie.
    Agent {
        /// The session's CSRF token.
        csrf: String,
    },
}

/// When a client booted, by the store's own count. A reconnect keeps it, a reload makes a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Boot {
    /// The life of the store that the revision belongs to.
    pub epoch: Epoch,
    /// The newest commit when the client booted.
    pub revision: Revision,
}

/// What a client sends on a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClientFrame {
    /// Always the first frame, and the only one.
    Hello(Hello),
}

/// What the server sends on a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// The answer to the hello: how things stand. Live frames follow without a gap.
    Welcome(Welcome),
    /// An event was appended.
    Event {
        /// To which conversation.
        conversation: ConversationId,
        /// The event.
        event: Event,
    },
    /// One side has read further.
    Read {
        /// In which conversation.
        conversation: ConversationId,
        /// Which side.
        side: Side,
        /// Up to which event.
        up_to: Seq,
    },
    /// The closing policy has changed.
    Policy(Policy),
    /// Agents came, or the last one left.
    Online(bool),
    /// Sent every heartbeat: the newest heads that this client should know. What it does not know,
    /// it fetches; so a lost push heals by itself.
    Beacon(Vec<Head>),
    /// The socket closes for this reason.
    Error(ErrorBody),
    /// Something that this version does not know. Read and never written.
    #[serde(skip_serializing)]
    Other,
}

/// How far a conversation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Head {
    /// Which one.
    pub conversation: ConversationId,
    /// Its newest event.
    pub head: Seq,
}

/// How things stand for this client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Welcome {
    /// The client's boot: what it said, or this very moment if it has just booted.
    pub booted: Boot,
    /// The newest commit that this welcome covers.
    pub revision: Revision,
    /// The server's clock.
    pub now: Millis,
    /// The closing policy in force.
    pub policy: Policy,
    /// An agent is there.
    pub online: bool,
    /// A visitor's listed conversations, or an agent's open ones: newest activity first, the latest
    /// [`PAGE_CONVERSATIONS_MAX`](crate::limits::PAGE_CONVERSATIONS_MAX) of them.
    pub conversations: Vec<Conversation>,
    /// For an agent: how many are open, in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

/// What a preview of the widget shows (see [`SiteConfig::preview`]). The page around it feeds one
/// after the other; each replaces the one before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// How things stand, as a server would tell it.
    pub welcome: Welcome,
    /// The whole log of the conversation that `thread` names.
    pub events: Vec<Event>,
    /// The conversation that is open; absent for Home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ConversationId>,
    /// The language of the visitor, a BCP 47 tag.
    pub language: String,
}

/// A page of a conversation's history. The answer to `GET …/events`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page {
    /// Events in the order of the log.
    pub events: Vec<Event>,
    /// The conversation's newest event.
    pub head: Seq,
}

/// The answer to an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Appended {
    /// The events that the act made; none if it was so already. A retry gets the same ones again.
    pub events: Vec<Event>,
    /// The conversation's newest event.
    pub head: Seq,
}

/// Starts a conversation with its first message. The body of `POST …/conversations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Start {
    /// The client's name for the act: a retry gets the same conversation again.
    pub client_id: ClientId,
    /// The first message.
    pub text: String,
    /// Talk to the site's bot rather than to its agents.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
}

/// The answer to [`Start`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Started {
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// Its events so far.
    pub events: Vec<Event>,
}

/// How far the caller's side has read. The body of `PUT …/read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadUpTo {
    /// Up to and including this event.
    pub up_to: Seq,
}

/// A page of conversations, newest activity first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// Pass it as `before` to get the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Revision>,
    /// For an agent: how many are open, in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
}

/// Signs an agent in.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The agent's e-mail address.
    pub email: String,
    /// The agent's password.
    pub password: String,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The agent.
    pub agent: Member,
    /// What the agent may do.
    pub role: Role,
    /// The agent's site.
    pub site: SiteKey,
    /// What the site is called.
    pub site_name: String,
    /// To be sent as `X-CSRF-Token` with every change, and in the socket's hello.
    pub csrf: String,
}

/// What an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Conversations and settings.
    Admin,
    /// Conversations.
    Agent,
}

from_json!(struct SiteConfig { site, name, allow_origins, preview: optional });

impl FromJson for Hello {
    /// Of another version nothing but the version is read: what else is in it may mean something else.
    fn from_json(json: Json) -> Result<Self, Malformed> {
        let mut fields = json.fields()?;
        let wire = fields.required("wire")?;
        if wire != WIRE_VERSION {
            return Ok(Hello { wire, auth: None, booted: None, known: None });
        }
        let hello = Hello {
            wire,
            auth: fields.optional("auth", true)?,
            booted: fields.optional("booted", true)?,
            known: fields.optional("known", true)?,
        };
        fields.end(true)?;
        Ok(hello)
    }
}

from_json!(@serde Hello);
from_json!(strict enum Auth { "visitor" => Visitor { site, key }, "agent" => Agent { csrf } });
from_json!(struct Boot { epoch, revision });
from_json!(strict enum ClientFrame { "hello" => Hello(_) });
from_json!(enum ServerFrame {
    "welcome" => Welcome(_),
    "event" => Event { conversation, event },
    "read" => Read { conversation, side, up_to },
    "policy" => Policy(_),
    "online" => Online(_),
    "beacon" => Beacon(each),
    "error" => Error(_),
    _ => Other,
});
from_json!(struct Head { conversation, head });
from_json!(struct Welcome {
    booted, revision, now, policy, online, conversations: each, counts: optional
});
from_json!(struct Sample { welcome, events: each, thread: optional, language });
from_json!(struct Page { events: each, head });
from_json!(struct Appended { events: each, head });
from_json!(strict struct Start { client_id, text, bot: optional });
from_json!(struct Started { conversation, events: each });
from_json!(strict struct ReadUpTo { up_to });
from_json!(
    struct Listing {
        conversations: each,
        next: optional,
        counts: optional,
    }
);
from_json!(strict struct SignIn { email, password });
from_json!(struct Session { agent, role, site, site_name, csrf });
// Of a role that this version does not know, it offers what every agent may do.
from_json!(enum Role { "admin" => Admin, "agent" => Agent, _ => Agent });
