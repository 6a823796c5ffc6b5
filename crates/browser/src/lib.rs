//! The browser's side of the conversation machine: [`Driver`] performs its effects, and turns answers,
//! frames, timers and page events into its inputs. Widget and inbox share it; neither has a socket, a
//! request or a timer of its own.
//!
//! It has no views: an app implements [`Shell`] and is told of changes through it.

mod api;
pub mod dates;
mod driver;
mod files;
#[cfg(target_family = "wasm")]
mod heap;
#[cfg(all(test, target_family = "wasm"))]
mod in_browser;
pub mod js;
pub mod json;
pub mod page;
mod random;
pub mod rows;
pub mod scroll;
mod socket;
pub mod storage;
pub mod time;
mod timeout;
pub mod words;

pub use api::{Api, Identity, Method};
pub use driver::{Driver, Shell};
pub use random::{client_id, dice, visitor_key};
pub use timeout::Timeout;
