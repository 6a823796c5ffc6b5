//! The Porchlight server: the API, the loader, the widget and the inbox from one binary and one
//! data file.
//!
//! | question | module |
//! |---|---|
//! | what answers at which address | [`routes`] |
//! | which credentials requests carry | [`auth`] |
//! | what is stored, and the one way to write it | [`store`] |
//! | which clients get which frames | [`hub`], `welcome` |
//! | what runs in the background | [`timer`], [`outside`], [`housekeeping`], by the [`clock`] |
//! | how it starts and ends | [`server`], [`cli`] |
//! | the limits on connections and requests | [`connections`], [`limits`] |

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
