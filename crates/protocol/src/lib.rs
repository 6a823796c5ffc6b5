//! What server, widget and inbox agree on.
//!
//! Ids and limits, the wire types, the fold of a conversation's log, the rules of appending and the
//! closing policy. Everything here is a value or a pure function: this crate knows no clock, no I/O,
//! no randomness and no browser, so each rule is written once and tested natively.
//!
//! Where to look:
//!
//! | question | module |
//! |---|---|
//! | what may happen in a conversation, and what is known after it | [`event`], [`conversation`] |
//! | who may do what, and what it appends | [`act`], [`rules`] |
//! | which conversations a folder of the inbox holds | [`filter`] |
//! | what a visitor sees of a closed conversation, and when one closes by itself | [`closing`] |
//! | what a site may set for closing, and what its closed notice says | [`settings`], [`notice`] |
//! | what travels between browser and server, and how it is read | [`wire`], [`error`], [`json`] |

pub mod act;
pub mod closing;
pub mod conversation;
pub mod error;
pub mod event;
pub mod filter;
pub mod id;
pub mod json;
pub mod language;
pub mod limits;
pub mod notice;
pub mod rules;
pub mod settings;
pub mod text;
pub mod wire;

pub use act::Act;
pub use closing::Policy;
pub use conversation::Conversation;
pub use error::{ErrorBody, ErrorCode};
pub use event::{Author, Event, EventBody, Member};
pub use filter::{Counts, Filter};
pub use id::{ClientId, ConversationId, Epoch, MemberId, SiteKey, VisitorId, VisitorKey};
pub use notice::Notice;
pub use settings::{ClosingSettings, Plan};

/// The place of an event in its conversation: 1, 2, 3 … without holes. 0 means "before the first".
pub type Seq = u64;

/// The store-wide commit number: grows with every event and every change of settings, on one site
/// or another. It orders a closing against a client's boot without asking any clock.
pub type Revision = u64;

/// Milliseconds since 1970 in UTC, by the server's clock. For showing and for periods, never for order.
pub type Millis = i64;

/// The version of what travels between browser and server. Bumped when an old open tab could
/// misread a new server; such a tab is told to load again (see [`ErrorCode::VersionMismatch`]).
pub const WIRE_VERSION: u32 = 2;
