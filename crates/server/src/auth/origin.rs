//! The check of `Origin`: only our own pages, and programs that are no browsers, may send changes.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::Origin;

use crate::app::App;
use crate::error::Error;

/// The longest host name that is repeated in messages: no DNS name with a port is longer.
const HOST_BYTES_MAX: usize = 261;

/// Refuses requests of pages on other origins, except plain reads. Browsers send `Origin` with all requests that
/// could change something, and with every socket.
pub async fn own_origin_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let upgrades = request.headers().contains_key(header::UPGRADE);
    let own = app.own_origin();
    let foreign = request
        .headers()
        .get_all(header::ORIGIN)
        .iter()
        .find(|origin| origin.as_bytes() != own.as_str().as_bytes());
    match foreign {
        Some(foreign) if !reads || upgrades => {
            let foreign = foreign.to_str().unwrap_or_default().parse().ok();
            let host = named_host(request.headers());
            if let (Some(foreign), Some(host)) = (&foreign, host)
                && is_at(foreign, host)
            {
                app.notices.wrong_address(foreign.as_str(), own);
            }
            Error::refused(refusal(foreign.as_ref(), own)).into_response()
        }
        _ => next.run(request).await,
    }
}

/// True if a page of this origin came from this server, by whatever name.
fn is_at(origin: &Origin, host: &str) -> bool {
    origin.as_str().split_once("://").is_some_and(|(_, own)| own.eq_ignore_ascii_case(host))
}

/// The refusal, with the address that was used and the public URL: an agent may have opened the inbox by another
/// of the machine's names.
fn refusal(used: Option<&Origin>, own: &Origin) -> ErrorBody {
    let body = ErrorCode::OriginNotAllowed.body();
    match used {
        Some(used) => ErrorBody {
            message: format!(
                "Pages at {used} can send nothing here: the server is set up for {own}. Open the \
                 inbox at {own}"
            ),
            ..body
        },
        None => body,
    }
}

/// The host that a request names, if it is well formed.
pub fn named_host(headers: &HeaderMap) -> Option<&str> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte);
    (!host.is_empty() && host.len() <= HOST_BYTES_MAX && host.bytes().all(is_plain)).then_some(host)
}
