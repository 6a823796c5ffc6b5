//! The browser's side of the conversation machine: what carries its effects out and brings the world
//! in as inputs. Widget and inbox share it; neither has a socket, a request or a timer of its own.
//!
//! No view and no signal lives here: an app hands in a [`Shell`] and hears of changes by it.

mod api;
pub mod dates;
mod driver;
pub mod js;
pub mod page;
mod random;
pub mod scroll;
mod socket;
pub mod storage;
pub mod time;
mod timeout;

pub use api::{Api, Identity, Method};
pub use driver::{Driver, Shell};
pub use random::{client_id, dice, visitor_key};
pub use timeout::Timeout;
