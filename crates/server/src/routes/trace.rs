//! Request ids, the span in which a request's log lines are written, and the line for its answer.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, Response};
use tower_http::classify::{ServerErrorsAsFailures, SharedClassifier};
use tower_http::request_id::RequestId;
use tower_http::trace::TraceLayer;
use tracing::Span;

use crate::app::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is accepted from a proxy. A UUID has 36 characters.
const ID_BYTES_MAX: usize = 64;

/// Removes the id that came with a request, unless it is well-formed and from a proxy. Requests without one get one.
pub async fn only_ids_of_a_proxy(State(app): State<App>, mut request: Request) -> Request {
    let mut ids = request.headers().get_all(REQUEST_ID).iter();
    let accepted = app.config().behind_proxy && ids.next().is_some_and(is_well_formed);
    if !accepted || ids.next().is_some() {
        request.headers_mut().remove(REQUEST_ID);
    }
    request
}

fn is_well_formed(id: &HeaderValue) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    (1..=ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(allowed)
}

type Trace = TraceLayer<
    SharedClassifier<ServerErrorsAsFailures>,
    fn(&Request) -> Span,
    (),
    fn(&Response<Body>, Duration, &Span),
    (),
    (),
    (),
>;

/// Opens a span for each request and logs its answer.
pub fn trace() -> Trace {
    TraceLayer::new_for_http()
        .make_span_with(span as fn(&Request) -> Span)
        .on_request(())
        .on_response(log as fn(&Response<Body>, Duration, &Span))
        .on_body_chunk(())
        .on_eos(())
        .on_failure(())
}

/// The span of a request. It has the highest level, so that every line has the id, whatever level is logged.
fn span(request: &Request) -> Span {
    let id = request.extensions().get::<RequestId>();
    let id = id.and_then(|id| id.header_value().to_str().ok()).unwrap_or_default();
    tracing::error_span!(
        "request",
        id,
        method = method(request.method()),
        route = route(request).unwrap_or("-")
    )
}

/// Logs an answer: neither a header nor the body.
fn log(response: &Response<Body>, latency: Duration, _: &Span) {
    let status = response.status().as_u16();
    let ms = u64::try_from(latency.as_millis()).unwrap_or(u64::MAX);
    if response.status().is_server_error() {
        tracing::warn!(status, ms, "request");
    } else {
        tracing::debug!(status, ms, "request");
    }
}

/// The template of a request's route: never the path, which may hold keys.
pub fn route(request: &Request) -> Option<&str> {
    request.extensions().get::<MatchedPath>().map(MatchedPath::as_str)
}

/// The method, or `other`: clients can make methods up.
pub fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_of_plain_characters() {
        let longest = "x".repeat(ID_BYTES_MAX);
        for good in ["7", "0f8fad5b-d9cb-469f-a165-70867728950e", "a.B_c-9", &longest] {
            assert!(is_well_formed(&HeaderValue::from_str(good).unwrap()), "{good}");
        }
        let too_long = "x".repeat(ID_BYTES_MAX + 1);
        for bad in ["", "a b", "a\"b", "a/b", "é", &too_long] {
            assert!(!is_well_formed(&HeaderValue::from_bytes(bad.as_bytes()).unwrap()), "{bad}");
        }
    }
}
