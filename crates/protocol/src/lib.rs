//! The types and rules that server, widget and inbox share.
//!
//! Ids and limits, the wire types, the fold of a conversation's log, the rules for appending and the
//! closing policy. Everything here is a value or a pure function: this crate has no clock, no I/O,
//! no randomness and no browser, so each rule is written once and tested natively.
//!
//! Where to look:
//!
//! | question | module |
//! |---|---|
//! | which events a conversation's log can hold, and the state that they fold to | [`event`], [`conversation`] |
//! | which acts an actor may do, and which events they append | [`act`], [`rules`] |
//! | which conversations a folder of the inbox holds | [`filter`] |
//! | what a visitor sees of a closed conversation, and when a conversation closes by itself | [`closing`] |
//! | a site's settings for closing, and the text of its closed notice | [`settings`], [`notice`] |
//! | a setting that is saved in the place of what its saver saw | [`replace`] |
//! | what a site says in its own words | [`texts`] |
//! | the bots of a site, as its admins see them | [`bots`] |
//! | where and for whom a bot greets | [`greeting`] |
//! | what a team knows of a visitor, and who told it | [`person`] |
//! | what a live chat asks its visitor | [`questions`] |
//! | what the people of a team may do | [`rights`] |
//! | the second step of an agent's sign-in | [`second_factor`] |
//! | who did what on a team | [`audit`] |
//! | how a site's back end proves who a visitor is, and what is wrong with a proof | [`proof`] |
//! | what is collected of visitors, and the pages of a visit | [`visit`] |
//! | what is kept of visitors and for how long, and who is blocked | [`privacy`] |
//! | the people of a site, their invitations and their sessions | [`team`] |
//! | the messages between browser and server, and how they are parsed | [`wire`], [`error`], [`json`] |

pub mod act;
#[cfg(feature = "team")]
pub mod audit;
pub mod bots;
pub mod call_back;
pub mod closing;
pub mod conversation;
pub mod error;
pub mod event;
pub mod filter;
pub mod greeting;
pub mod hours;
pub mod id;
pub mod json;
pub mod language;
#[cfg(feature = "team")]
pub mod left;
pub mod limits;
#[cfg(feature = "team")]
pub mod mail;
pub mod notice;
#[cfg(feature = "team")]
pub mod person;
#[cfg(feature = "team")]
pub mod privacy;
#[cfg(feature = "team")]
pub mod proof;
#[cfg(feature = "team")]
pub mod questions;
pub mod replace;
pub mod rights;
pub mod rules;
pub mod second_factor;
pub mod settings;
pub mod team;
pub mod text;
pub mod texts;
#[cfg(feature = "team")]
pub mod visit;
pub mod wire;

pub use act::Act;
pub use closing::Policy;
pub use conversation::Conversation;
pub use error::{ErrorBody, ErrorCode};
pub use event::{Author, Event, EventBody, Member};
pub use filter::{Counts, Filter, Sort};
pub use id::{
    ClientId, ConversationId, Epoch, MemberId, PictureId, SiteKey, VisitorId, VisitorKey,
};
pub use notice::Notice;
pub use settings::{ClosingSettings, Plan};

/// The position of an event in its conversation's log: 1, 2, 3 … without gaps. 0 means "before the first".
pub type Seq = u64;

/// A commit number of a site: grows with every event and every change of settings, in the order of the commits and
/// without gaps that fill later. It orders a closing relative to a client's boot without a clock.
pub type Revision = u64;

/// Milliseconds since 1970 in UTC, by the server's clock. For display and for periods, never for order.
pub type Millis = i64;

/// The version of the protocol between browser and server. Bumped when a tab with older code could
/// misread a newer server; such a tab is told to reload (see [`ErrorCode::VersionMismatch`]).
pub const WIRE_VERSION: u32 = 2;
