//! The credential of a visitor: the key that their browser has generated.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use porchlight_protocol::{ErrorCode, VisitorKey};
use porchlight_store::{VisitorCredential, random};

use crate::app::App;
use crate::error::Error;
use crate::extract::segment;

use super::{VisitorNetwork, bearer};

impl FromRequestParts<App> for VisitorCredential {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let site = segment(parts, "sites").and_then(|site| site.parse().ok());
        let site = site.ok_or(ErrorCode::SiteUnknown)?;
        let key: Option<VisitorKey> = bearer(&parts.headers).and_then(|key| key.parse().ok());
        // An unknown site is reported before a bad key, because the site's owner can correct it.
        let Some(key) = key else {
            app.site(&site).await?;
            return Err(ErrorCode::VisitorKeyInvalid.into());
        };
        let VisitorNetwork(network) = VisitorNetwork::from_request_parts(parts, app).await?;
        Ok(VisitorCredential { site, key: random::hash(key.as_str()), network })
    }
}
