//! The gate of the API: rate limits by network, whatever credentials the requests carry.

use std::net::IpAddr;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use porchlight_protocol::ErrorCode;
use porchlight_protocol::limits::BODY_BYTES_MAX;
use porchlight_store::random::{self, Hash};

use crate::app::App;
use crate::error::Result;

use super::{AgentCredential, ClientIp, bearer};

/// Counts a request before it is answered, and afterwards a credential that did not hold.
pub async fn gate(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    request: Request,
    next: Next,
) -> Response {
    if let Err(error) = count(&app, &ip, &request) {
        return error.into_response();
    }
    let response = next.run(request).await;
    if response.extensions().get::<ErrorCode>().is_some_and(|code| is_about_the_credential(*code)) {
        // Over the limit, the next request is refused.
        let _ = app.limits.strangers.count(&ip);
    }
    response
}

fn count(app: &App, ip: &IpAddr, request: &Request) -> Result<()> {
    let visitors = request.uri().path().starts_with("/api/v1/sites/");
    let credential = credential(request.headers(), app);
    let proven = credential.is_some_and(|credential| app.limits.proven.knows(&credential));
    if begins(request) {
        return Ok(());
    }
    if !proven {
        app.limits.strangers.peek(ip)?;
    }
    if *request.method() == Method::PUT && visitors {
        app.limits.network_acts.check(ip)?;
        app.limits.network_kib.check_many(ip, kib(request.headers()))?;
    } else if visitors || !proven {
        app.limits.network_reads.check(ip)?;
    }
    Ok(())
}

/// True for a first message, a sign-in and a socket, which need no credential and have limits of their own.
fn begins(request: &Request) -> bool {
    let path = request.uri().path();
    path == "/api/v1/socket" || (*request.method() == Method::POST && !path.ends_with("/sync"))
}

/// The hash of the credential that a request carries.
fn credential(headers: &HeaderMap, app: &App) -> Option<Hash> {
    let of_session = || AgentCredential::from_headers(headers, app.cookies()).map(|it| it.session);
    bearer(headers).map(random::hash).or_else(of_session)
}

/// The size of the body in KiB, rounded up. Of a body without a `Content-Length` the largest size is assumed. Where there
/// is no body, a proxy may leave the header out.
fn kib(headers: &HeaderMap) -> u32 {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    let unsaid = if headers.contains_key(header::TRANSFER_ENCODING) { BODY_BYTES_MAX } else { 0 };
    let bytes = length.and_then(|length| length.parse().ok()).unwrap_or(unsaid);
    u32::try_from(bytes.min(BODY_BYTES_MAX).div_ceil(1024)).unwrap_or(u32::MAX)
}

/// True for the codes that refuse a credential.
pub fn is_about_the_credential(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::VisitorKeyInvalid
            | ErrorCode::VisitorKeyRevoked
            | ErrorCode::SignInRequired
            | ErrorCode::CsrfTokenInvalid
            | ErrorCode::BotTokenInvalid
            | ErrorCode::InvitationEnded
            | ErrorCode::SiteUnknown
    )
}
