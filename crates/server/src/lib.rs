//! The Porchlight server: the API, the loader, the widget and the inbox from one binary, with one data file, or as one
//! of several nodes on a database.
//!
//! | question | module |
//! |---|---|
//! | what answers at which address | [`routes`] |
//! | which credentials requests carry | [`auth`] |
//! | what is stored, and what may be asked of it | [`porchlight_store`] |
//! | which clients get which frames | [`hub`], fed by the [`tail`] of the log |
//! | what several nodes tell each other | [`hints`], [`presence`] |
//! | what runs in the background | [`timer`], [`outside`], [`housekeeping`], by the [store's clock](porchlight_store::clock) |
//! | how it starts and ends | [`server`], [`cli`] |
//! | what it counts, for Prometheus | [`metrics`] |
//! | the limits on connections and requests | [`connections`], [`limits`] |

mod answers;
pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod connections;
pub mod demo;
pub mod erasing;
pub mod error;
mod export;
mod extract;
pub mod hints;
pub mod housekeeping;
pub mod hub;
pub mod limits;
pub mod mail;
pub mod metrics;
pub mod networks;
pub mod notices;
pub mod outside;
pub mod password;
pub mod picture;
mod poll;
pub mod presence;
pub mod routes;
pub mod server;
pub mod strength;
pub mod tail;
pub mod timer;

pub use config::ServerConfig;
pub use server::Server;
