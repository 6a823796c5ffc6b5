//! The credential of an agent's browser: the session's cookie, and with changes the session's CSRF token.
//!
//! The CSRF token is derived from the cookie, so it need not be stored. A page on another origin can send the cookie
//! but read neither.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use porchlight_protocol::{ErrorCode, id};
use porchlight_store::random::{self, Hash};
use subtle::ConstantTimeEq;

use crate::app::App;
use crate::error::Error;

use super::cookies::Cookies;

/// The header with a session's CSRF token.
const CSRF: &str = "x-csrf-token";

/// The session that an agent's request carries.
#[derive(Debug, Clone)]
pub struct AgentCredential {
    /// The hash of the session's token.
    pub session: Hash,
    csrf: String,
    /// The token, if it came under the cookie's former name.
    pub renamed: Option<String>,
}

impl AgentCredential {
    /// The credential in a request's headers, if there is one.
    pub fn from_headers(headers: &HeaderMap, cookies: &Cookies) -> Option<Self> {
        let (token, old) = cookies.session_of(headers)?;
        Some(AgentCredential {
            session: random::hash(token),
            csrf: csrf_of(token),
            renamed: old.then(|| token.to_owned()),
        })
    }

    /// True if this is the session's CSRF token.
    pub fn has_csrf(&self, csrf: &str) -> bool {
        self.csrf.as_bytes().ct_eq(csrf.as_bytes()).into()
    }

    fn is_shown_by(&self, header: &HeaderValue) -> bool {
        header.to_str().is_ok_and(|csrf| self.has_csrf(csrf))
    }

    /// The session's CSRF token.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }
}

/// The session of a request that changes something and carries the right CSRF token.
#[derive(Debug, Clone)]
pub struct AgentChange(pub AgentCredential);

/// The CSRF token of a session.
pub fn csrf_of(token: &str) -> String {
    id::hex(&random::hash_parts(&[b"csrf", token.as_bytes()]))
}

impl FromRequestParts<App> for AgentCredential {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let credential = AgentCredential::from_headers(&parts.headers, app.cookies())
            .ok_or(ErrorCode::SignInRequired)?;
        // A tab that shows another session than the cookie's, such as one at another site, gets nothing of this one. Without
        // a session it sends an empty token.
        let shown = parts.headers.get(CSRF).filter(|shown| !shown.is_empty());
        let other = shown.is_some_and(|shown| !credential.is_shown_by(shown));
        if other && parts.method.is_safe() {
            return Err(ErrorCode::SignInRequired.into());
        }
        app.used_sessions.note(credential.session);
        Ok(credential)
    }
}

impl FromRequestParts<App> for AgentChange {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let credential = AgentCredential::from_request_parts(parts, app).await?;
        let shown = parts.headers.get(CSRF);
        if !shown.is_some_and(|shown| credential.is_shown_by(shown)) {
            return Err(ErrorCode::CsrfTokenInvalid.into());
        }
        Ok(AgentChange(credential))
    }
}
