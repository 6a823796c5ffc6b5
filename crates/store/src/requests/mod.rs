//! What a running server may ask of its [`Store`](crate::Store). Each operation is one transaction, and what asks for
//! a client authorises inside it.

mod account;
mod audit;
mod conversations;
mod flows;
mod following;
mod greetings;
mod listings;
mod mails;
mod privacy;
mod sessions;
mod settings;
mod setup;
mod sites;
mod team;
mod timer;
mod trials;
mod upkeep;
mod visitors;
mod welcome;

pub use crate::tables::conversations::{Found, Listed};
pub use crate::tables::deadlines::{Closed, Due};
pub use crate::tables::erasing::Place as ErasingPlace;
pub use crate::tables::networks::Awaited;
pub use conversations::PageOf;
pub use flows::FlowOfBot;
pub use following::Pulse;
pub use privacy::Met;
pub use settings::OwnTextsPage;
pub use sites::SiteForDocument;
pub use team::Joining;
pub use upkeep::Health;
