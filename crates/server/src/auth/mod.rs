//! The credentials that requests carry. Whether one holds, the store says in the transaction that answers.

mod agent;
mod bot;
mod browser;
mod client_ip;
mod cookies;
mod credential;
pub mod device;
mod gate;
mod origin;
mod visitor;

pub use agent::{AgentChange, AgentCredential, csrf_of};
pub use bot::BotCredential;
pub use browser::browser_of;
pub use client_ip::{ClientIp, VisitorNetwork};
pub use cookies::{Cookies, language_of};
pub use credential::client;
pub use gate::{gate, is_about_the_credential};
pub use origin::{named_host, own_origin_only};

use axum::http::{HeaderMap, header};

/// The token of an `Authorization: Bearer` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}
