//! The harness of the stories: a real server, a real shop page on another origin, real browsers.
//!
//! A story begins with [`Story::begin`], which starts all of that, and uses two kinds of pages: a [`Shop`] with
//! the chat on it, and an [`Inbox`]. Elements are found as people find them, by role and accessible name. Every
//! step waits for its condition, or fails with what was there instead; there is no fixed sleep.
//!
//! A story that fails leaves screenshots, sources, console and the server's log under
//! `target/stories/<name>`. A story that passes has also had an empty console on every page.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a harness reports failures by panicking"
)]

mod axe;
mod bidi;
mod bot;
mod browser;
mod cdp;
mod computed;
mod crowd;
mod driver;
mod engine;
mod find;
mod host;
mod inbox;
mod mailbox;
mod many;
mod meter;
mod program;
pub mod proof;
mod proxy;
mod readme;
mod released;
mod runtime;
mod screen;
mod server;
mod shop;
mod store;
mod story;
mod wait;
mod wire;

pub use bot::Bot;
pub use browser::{Browser, Light, Look};
pub use engine::Engine;
pub use find::Role;
pub use inbox::{Closing, Inbox};
pub use mailbox::{Mail, Mailbox};
pub use many::Crowd;
pub use meter::Meter;
pub use proxy::{Behind, Proxy};
pub use released::{RELEASE_0_1, Release};
pub use screen::Screen;
pub use server::{ADA, BEN, Demo, PASSWORD, Server};
pub use shop::Shop;
pub use story::Story;
pub use wait::{until, until_within};
