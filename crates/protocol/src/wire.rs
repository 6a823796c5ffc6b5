//! The messages between browser and server, beside events and acts. `tests/golden` has each type as JSON.

use serde::Serialize;

use crate::conversation::{Conversation, Side};
use crate::error::ErrorBody;
use crate::event::{Author, Event, Member};
use crate::filter::Counts;
use crate::greeting::Greeter;
use crate::hours::Away;
use crate::id::{ClientId, ConversationId, Epoch, MemberId, SiteKey, VisitorKey};
use crate::json::{FromJson, Json, Malformed};
#[cfg(feature = "team")]
use crate::person::VisitorName;
pub use crate::rights::Role;
use crate::{Millis, Policy, Revision, Seq, WIRE_VERSION, from_json};

/// A site's configuration of the widget, embedded in the widget's document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteConfig {
    /// The site key.
    pub site: SiteKey,
    /// The site's name.
    pub name: String,
    /// The origins of the pages that may embed the chat.
    pub allow_origins: Vec<String>,
    /// True for the preview on the settings page, which shows the [`Sample`]s that its parent sends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub preview: bool,
    /// True if live chat is off, for a visitor who is not connected yet, and so has no policy.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub live_chat_off: bool,
    /// When the site is away by its opening hours, for the same visitor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub away: Vec<Away>,
    /// The bots with a published flow, those that greet everywhere and everybody last: the first one whose rule holds is
    /// offered.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bots: Vec<Greeter>,
}

/// A client's first frame on a socket, and the body of `POST …/sync`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hello {
    /// The client's wire version; it has to equal the server's.
    pub wire: u32,
    /// The client's credentials. Absent over HTTP, where a header carries them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// The boot from the client's first welcome; absent in its first hello.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booted: Option<Boot>,
    /// The newest commit that the client knows. A long poll is answered once there is a later one. If the
    /// store has not reached it, the store went back in time, and begins a new epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Revision>,
}

/// A client's credentials on a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// A visitor of a site.
    Visitor {
        /// The site.
        site: SiteKey,
        /// The visitor's key, a secret.
        key: VisitorKey,
    },
    /// An agent. The session is in the cookie of the upgrade request.
    Agent {
        /// The session's CSRF token.
        csrf: String,
    },
}

/// The start of a client, as a commit of the store. A reconnect keeps the boot, a reload makes a new one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Boot {
    /// The epoch that the revision belongs to.
    pub epoch: Epoch,
    /// The newest commit at the start of the client.
    pub revision: Revision,
}

/// A frame from client to server on a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame, and the only one.
    Hello(Hello),
}

/// A frame from server to client on a socket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ServerFrame {
    /// The answer to the hello: a snapshot. The frames that follow continue from it without a gap.
    Welcome(Welcome),
    /// An event was appended.
    Event {
        /// The conversation.
        conversation: ConversationId,
        /// The event.
        event: Event,
    },
    /// The visitor, or the team, has read further.
    Read {
        /// The conversation.
        conversation: ConversationId,
        /// The side that has read.
        side: Side,
        /// The last event that was read.
        up_to: Seq,
        /// The conversation's [`read_revision`](Conversation::read_revision), if it has one.
        #[serde(skip_serializing_if = "Option::is_none")]
        revision: Option<Revision>,
    },
    /// Somebody else types, as far as the server was told lately. It is never stored: a client shows it for
    /// [`TYPING_FOR_MS`](crate::limits::TYPING_FOR_MS), or until the author has written.
    Typing {
        /// The conversation.
        conversation: ConversationId,
        /// Who types: the visitor or an agent. Visitors are told of agents, agents of everybody.
        by: Author,
    },
    /// The closing policy has changed.
    Policy(Policy),
    /// What lists show of a visitor has changed, or another part of the visitor's record. Sent to agents alone.
    #[cfg(feature = "team")]
    Visitor(VisitorName),
    /// Whether an agent is online.
    Online(bool),
    /// The heartbeat: the newest heads of this client's conversations. The client fetches the events that it
    /// misses, so that a lost push does no lasting harm.
    Beacon(Vec<Head>),
    /// The reason why the server closes the socket.
    Error(ErrorBody),
    /// A frame that this version does not know. Parsed, never serialized.
    #[serde(skip_serializing)]
    Other,
}

/// The head of a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Head {
    /// The conversation.
    pub conversation: ConversationId,
    /// The `seq` of its newest event.
    pub head: Seq,
}

/// A snapshot of the site and of the client's conversations, with which a client starts and resumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Welcome {
    /// The client's boot: the one in its hello if it is of this epoch, else the current revision.
    pub booted: Boot,
    /// The newest commit in this snapshot.
    pub revision: Revision,
    /// The server's wall clock, in milliseconds since 1970.
    pub now: Millis,
    /// The closing policy in force.
    pub policy: Policy,
    /// True if an agent is online.
    pub online: bool,
    /// A visitor's listed conversations, or an agent's open ones: newest activity first, the latest
    /// [`PAGE_CONVERSATIONS_MAX`](crate::limits::PAGE_CONVERSATIONS_MAX) of them.
    pub conversations: Vec<Conversation>,
    /// For an agent: the numbers of all open conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// For an agent: of the visitors of these conversations, those of whom something is known.
    #[cfg(feature = "team")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub visitors: Vec<VisitorName>,
}

/// The content of a preview (see [`SiteConfig::preview`]). Each sample that the parent page sends replaces
/// the previous one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sample {
    /// The welcome that a server would send.
    pub welcome: Welcome,
    /// The whole log of the conversation that `thread` names.
    pub events: Vec<Event>,
    /// The conversation that the preview shows; absent for Home.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread: Option<ConversationId>,
    /// The visitor's language, a BCP 47 tag.
    pub language: String,
}

/// A page of a conversation's log. The answer to `GET …/events`.
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
    /// The events that the act appended; empty if it changed nothing. A retry gets the same answer.
    pub events: Vec<Event>,
    /// The conversation's newest event.
    pub head: Seq,
}

/// Starts a conversation with its first message. The body of `POST …/conversations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Start {
    /// The client's id for the act, which makes retries idempotent.
    pub client_id: ClientId,
    /// The first message. With a bot that has a flow it may be empty: then the bot has the first word.
    pub text: String,
    /// True to talk to the site's bot rather than to its agents.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub bot: bool,
    /// With `bot`, which one: a bot of the site with a published flow. Absent: the first one that greets everywhere and
    /// everybody, or else the first one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_id: Option<MemberId>,
    /// The visitor's language, a BCP 47 tag, in which a flow speaks. One that is ill-formed is ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// The answer to [`Start`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Started {
    /// The conversation's current state.
    pub conversation: Conversation,
    /// Its events so far.
    pub events: Vec<Event>,
}

/// A read mark of the caller's side. The body of `PUT …/read`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadUpTo {
    /// The last event that was read.
    pub up_to: Seq,
}

/// A page of conversations, in the order that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing {
    /// The conversations.
    pub conversations: Vec<Conversation>,
    /// The cursor to pass as `before`, or with the sort `waiting` as `after`, for the next page; absent on
    /// the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Revision>,
    /// For an agent: the numbers of all open conversations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counts: Option<Counts>,
    /// For an agent: of the visitors of these conversations, those of whom something is known.
    #[cfg(feature = "team")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub visitors: Vec<VisitorName>,
}

/// An agent's credentials. The body of `POST …/session`.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignIn {
    /// The agent's e-mail address.
    pub email: String,
    /// The agent's password.
    pub password: String,
    /// A code of the agent's authenticator app, or a recovery code. Needed by agents with a second factor, and ignored
    /// without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// The session of a signed-in agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Session {
    /// The agent.
    pub agent: Member,
    /// The agent's role.
    pub role: Role,
    /// The agent's site.
    pub site: SiteKey,
    /// The site's name.
    pub site_name: String,
    /// The CSRF token, for the header `X-CSRF-Token` of requests that change something, and for the hello.
    pub csrf: String,
    /// Whether the agent counts as online while connected.
    pub presence: Presence,
}

/// Whether a connected agent counts as online. Without other agents who do, visitors are told that nobody is there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Presence {
    /// The agent has said to be away, on whatever device.
    pub away: bool,
    /// Nobody has touched the inbox of this session for a while, in any of its tabs.
    pub idle: bool,
}

impl Presence {
    /// True if the agent counts as online while connected.
    pub const fn is_online(self) -> bool {
        !self.away && !self.idle
    }
}

from_json!(struct SiteConfig {
    site, name, allow_origins, preview: optional, live_chat_off: optional, away: each_or_none,
    bots: each_or_none
});

impl FromJson for Hello {
    /// Parses nothing but the version if it differs: the other fields may have another meaning.
    fn from_json(json: Json) -> Result<Self, Malformed> {
        let mut fields = json.fields()?;
        let wire = fields.required("wire")?;
        if wire != WIRE_VERSION {
            return Ok(Hello { wire, auth: None, booted: None, known: None });
        }
        let hello = Hello {
            wire,
            auth: fields.optional("auth")?,
            booted: fields.optional("booted")?,
            known: fields.optional("known")?,
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
    "read" => Read { conversation, side, up_to, revision: optional },
    "typing" => Typing { conversation, by },
    "policy" => Policy(_),
    #[cfg(feature = "team")] "visitor" => Visitor(_),
    "online" => Online(_),
    "beacon" => Beacon(each),
    "error" => Error(_),
    _ => Other,
});
from_json!(struct Head { conversation, head });
from_json!(struct Welcome {
    revision, now, booted, policy, online, conversations: each, counts: optional,
    #[cfg(feature = "team")] visitors: each_or_none,
});
from_json!(struct Sample { welcome, events: each, thread: optional, language });
from_json!(struct Page { events: each, head });
from_json!(struct Appended { events: each, head });
from_json!(
    strict struct Start { client_id, text, bot: optional, bot_id: optional, language: optional }
);
from_json!(struct Started { conversation, events: each });
from_json!(strict struct ReadUpTo { up_to });
from_json!(
    struct Listing {
        conversations: each,
        next: optional,
        counts: optional,
        #[cfg(feature = "team")]
        visitors: each_or_none,
    }
);
from_json!(strict struct SignIn { email, password, code: optional });
from_json!(struct Session { agent, role, site, site_name, csrf, presence: optional });
from_json!(
    struct Presence {
        away: optional,
        idle: optional,
    }
);
