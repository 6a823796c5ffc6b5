//! What commits change in a site, for its clients. The store makes it, the hub distributes it.

use porchlight_protocol::conversation::Side;
use porchlight_protocol::person::VisitorName;
use porchlight_protocol::{ConversationId, Event, Policy, Revision, Seq, VisitorId};

use crate::store::SiteId;

/// What commits have changed in a site: all of it from one revision to another.
#[derive(Debug, Clone)]
pub struct News {
    /// The site.
    pub site: SiteId,
    /// The newest revision before.
    pub after: Revision,
    /// The newest revision of these.
    pub up_to: Revision,
    /// What changed, in the order of the revisions.
    pub changes: Vec<Change>,
}

/// What changed in a site since a revision, as a server reads it.
#[derive(Debug, Clone)]
pub struct Since {
    /// What changed, or the first part of it.
    pub news: News,
    /// False if that is only a part.
    pub is_all: bool,
}

/// A change, and the revision that it took.
#[derive(Debug, Clone)]
pub struct Change {
    /// The revision.
    pub revision: Revision,
    /// What changed.
    pub what: Changed,
}

/// What changed.
#[derive(Debug, Clone)]
pub enum Changed {
    /// An event was appended.
    Event {
        /// The visitor of the conversation.
        visitor: VisitorId,
        /// The conversation.
        conversation: ConversationId,
        /// The event, with what is for agents only.
        event: Event,
    },
    /// One side has read further.
    Read {
        /// The visitor of the conversation.
        visitor: VisitorId,
        /// The conversation.
        conversation: ConversationId,
        /// The side that has read.
        side: Side,
        /// The last event that it has read.
        up_to: Seq,
        /// The conversation's `read_revision`, if it has one.
        read_revision: Option<Revision>,
    },
    /// The site's closing policy changed.
    Policy(Policy),
    /// A visitor's record changed.
    Visitor(VisitorName),
    /// The key of a visitor opens the conversations of another one from now on, who is the same person: the name's `joined`.
    Joined(VisitorName),
}
