//! The credential of a bot: its token.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use porchlight_protocol::ErrorCode;
use porchlight_store::random::{self, Hash};

use crate::app::App;
use crate::error::Error;

use super::bearer;

/// The hash of the token that a bot's request carries.
#[derive(Debug, Clone)]
pub struct BotCredential(pub Hash);

impl FromRequestParts<App> for BotCredential {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let token = bearer(&parts.headers).ok_or(ErrorCode::BotTokenInvalid)?;
        Ok(BotCredential(random::hash(token)))
    }
}
