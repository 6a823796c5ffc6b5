//! Errors of requests: the store's and the server's own, as answers.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::Error as StoreError;

/// Why a request failed: a refusal, which the caller gets to know, or a fault, which only the log names. Nothing
/// changed.
#[derive(Debug)]
pub struct Error(StoreError);

/// A result whose error can answer a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Refused with this body.
    pub fn refused(body: ErrorBody) -> Self {
        Error(StoreError::Refused(Box::new(body)))
    }

    /// Refused until `ms` milliseconds have gone by.
    pub fn rate_limited(ms: u64) -> Self {
        Error::refused(ErrorBody { retry_after_ms: Some(ms), ..ErrorCode::RateLimited.body() })
    }

    /// Refused, because more work is queued than can be done soon.
    pub fn overloaded() -> Self {
        StoreError::overloaded().into()
    }

    /// The body of a refusal; `None` for a fault.
    pub fn refusal(&self) -> Option<&ErrorBody> {
        match &self.0 {
            StoreError::Refused(body) => Some(body),
            StoreError::Fault(_) => None,
        }
    }

    /// True for a refusal with this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.0.is(code)
    }

    /// The body that answers the request. Logs a fault.
    pub fn into_body(self) -> ErrorBody {
        self.0.log();
        let passing = self.0.is_passing();
        match self.0 {
            StoreError::Refused(body) => *body,
            StoreError::Fault(_) if passing => ErrorCode::Unavailable.body(),
            StoreError::Fault(_) => ErrorCode::Internal.body(),
        }
    }
}

impl<E: Into<StoreError>> From<E> for Error {
    fn from(error: E) -> Self {
        Error(error.into())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        body_response(&self.into_body())
    }
}

/// An error's body as an answer with its status.
pub fn body_response(body: &ErrorBody) -> Response {
    let status =
        StatusCode::from_u16(body.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, axum::Json(body)).into_response();
    // For what counts refusals on the way out.
    response.extensions_mut().insert(body.code);
    if let Some(ms) = body.retry_after_ms {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(ms.div_ceil(1000)));
    }
    response
}
