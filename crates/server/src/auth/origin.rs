//! Changes are asked for by our own pages, or by programs that are no browser.

use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use porchlight_protocol::ErrorCode;

use crate::app::App;
use crate::error::Error;

/// Refuses what a page on another origin sends, but for plain reads. Browsers tell the origin of
/// whatever could change something, and of every socket.
pub async fn own_origin_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let upgrades = request.headers().contains_key(header::UPGRADE);
    let foreign = request
        .headers()
        .get_all(header::ORIGIN)
        .iter()
        .any(|origin| origin.as_bytes() != app.own_origin().as_str().as_bytes());
    if foreign && (!reads || upgrades) {
        return Error::from(ErrorCode::OriginNotAllowed).into_response();
    }
    next.run(request).await
}
