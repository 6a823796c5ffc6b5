//! An agent's browser shows the session's cookie, and with a change the session's CSRF token.
//!
//! The token is made from the cookie's secret, so nothing more has to be stored; a page on another
//! origin can send the cookie but read neither.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use porchlight_protocol::{ErrorCode, id};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::error::Error;
use crate::random::{self, Hash};
use crate::store::agents::SESSION_MS;

/// What an agent's request shows: the session.
#[derive(Debug, Clone)]
pub struct AgentClaim {
    /// The hash of the session's token.
    pub session: Hash,
    csrf: String,
}

impl AgentClaim {
    /// The claim in a request's headers, if there is one.
    pub fn from_headers(headers: &HeaderMap, https: bool) -> Option<Self> {
        let name = cookie_name(https);
        let token = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))?;
        Some(AgentClaim { session: random::hash(token), csrf: csrf_of(token) })
    }

    /// True if this is the session's CSRF token.
    pub fn has_csrf(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }

    /// The session's CSRF token.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }
}

/// The same for a request that changes something: it shows the CSRF token too.
#[derive(Debug, Clone)]
pub struct AgentChange(pub AgentClaim);

/// The CSRF token of a session.
pub fn csrf_of(token: &str) -> String {
    id::hex(&random::hash_parts(&[b"csrf", token.as_bytes()]))
}

fn cookie_name(https: bool) -> &'static str {
    // The prefix makes browsers insist on Secure, Path=/ and no Domain.
    if https { "__Host-porchlight_session" } else { "porchlight_session" }
}

/// The `Set-Cookie` that hands out a session's token, or takes it back.
pub fn session_cookie(token: Option<&str>, https: bool) -> String {
    let name = cookie_name(https);
    let secure = if https { "; Secure" } else { "" };
    let (token, seconds) = match token {
        Some(token) => (token, SESSION_MS / 1000),
        None => ("", 0),
    };
    format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
}

impl FromRequestParts<App> for AgentClaim {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let claim = AgentClaim::from_headers(&parts.headers, app.own_origin().is_https())
            .ok_or(ErrorCode::SignInRequired)?;
        app.seen.note(claim.session);
        Ok(claim)
    }
}

impl FromRequestParts<App> for AgentChange {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let claim = AgentClaim::from_request_parts(parts, app).await?;
        let csrf = parts.headers.get("x-csrf-token").and_then(|value| value.to_str().ok());
        if !csrf.is_some_and(|csrf| claim.has_csrf(csrf)) {
            return Err(ErrorCode::CsrfTokenInvalid.into());
        }
        Ok(AgentChange(claim))
    }
}
