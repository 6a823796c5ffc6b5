//! What a commit publishes to clients. The store makes it, the hub distributes it.

use porchlight_protocol::conversation::Side;
use porchlight_protocol::{ConversationId, Event, Policy, Revision, Seq, VisitorId};

use crate::store::SiteId;

/// One thing that a commit publishes, after it is on disk.
#[derive(Debug, Clone)]
pub enum Published {
    /// An event was appended.
    Event {
        /// The site of the conversation.
        site: SiteId,
        /// The visitor of the conversation.
        visitor: VisitorId,
        /// The conversation.
        conversation: ConversationId,
        /// The event, with what is for agents only.
        event: Event,
    },
    /// One side has read further.
    Read {
        /// The site of the conversation.
        site: SiteId,
        /// The visitor of the conversation.
        visitor: VisitorId,
        /// The conversation.
        conversation: ConversationId,
        /// The side that has read.
        side: Side,
        /// The last event that it has read.
        up_to: Seq,
        /// The conversation's `read_revision`, if it has one.
        revision: Option<Revision>,
    },
    /// A site's closing policy changed.
    Policy {
        /// The site.
        site: SiteId,
        /// The commit that changed it.
        revision: Revision,
        /// The policy from that commit on.
        policy: Policy,
    },
}
