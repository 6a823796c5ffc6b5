//! The address that a request comes from, for rate limits.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use crate::app::App;
use crate::error::Error;
use crate::limits::network;

/// The network address that limits count by.
#[derive(Debug, Clone, Copy)]
pub struct ClientIp(pub IpAddr);

impl FromRequestParts<App> for ClientIp {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        // The last entry is the one that the proxy in front wrote; the others anybody may write.
        let forwarded = parts.headers.get_all("x-forwarded-for").iter().next_back();
        let forwarded = forwarded
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next())
            .and_then(|ip| ip.trim().parse().ok());
        let ip = if app.config().behind_proxy { forwarded.or(peer) } else { peer };
        Ok(ClientIp(network(ip.unwrap_or(IpAddr::from([0, 0, 0, 0])))))
    }
}
