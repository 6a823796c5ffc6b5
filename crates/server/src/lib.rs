//! The Porchlight server: the API, the loader, the widget and the inbox from one binary and one
//! data file.
//!
//! | question | module |
//! |---|---|
//! | what answers at which address | [`routes`] |
//! | who asks | [`auth`] |
//! | what is kept, and the one way to write it | [`store`] |
//! | who is told | [`hub`], `welcome` |
//! | what happens by itself | [`timer`], [`outside`], [`housekeeping`], by the [`clock`] |
//! | how it starts and ends | [`server`], [`cli`] |
//! | who may hold a connection, and for how long | [`connections`], [`limits`] |

pub mod app;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod config;
pub mod connections;
pub mod demo;
pub mod error;
mod extract;
pub mod housekeeping;
pub mod hub;
pub mod limits;
pub mod notices;
pub mod origin;
pub mod outside;
pub mod password;
mod poll;
mod random;
pub mod routes;
pub mod server;
pub mod store;
pub mod strength;
pub mod timer;
mod welcome;

pub use config::ServerConfig;
pub use server::Server;
