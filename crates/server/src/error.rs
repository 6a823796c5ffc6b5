//! Errors of requests: refusals that the caller gets to know, and faults of the server, which only the log
//! names.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use porchlight_protocol::rules::Refusal;
use porchlight_protocol::settings::SettingsError;
use porchlight_protocol::{ErrorBody, ErrorCode};
use rusqlite::ffi;

/// Why a request failed. Nothing changed.
#[derive(Debug)]
pub enum Error {
    /// A refusal, with the body that answers it.
    Refused(Box<ErrorBody>),
    /// A fault of the server. The caller gets `internal` or `unavailable`; the log says what it was.
    Fault(anyhow::Error),
}

/// A result whose error can answer a request.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Refused until `ms` milliseconds have gone by.
    pub fn rate_limited(ms: u64) -> Self {
        let body = ErrorBody { retry_after_ms: Some(ms), ..ErrorCode::RateLimited.body() };
        Error::Refused(Box::new(body))
    }

    /// Refused, because more work is queued than can be done soon.
    pub fn overloaded() -> Self {
        let body = ErrorBody { retry_after_ms: Some(1_000), ..ErrorCode::Unavailable.body() };
        Error::Refused(Box::new(body))
    }

    /// True for a refusal with this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Error::Refused(body) if body.code == code)
    }

    /// The body that answers the request. Logs a fault.
    pub fn into_body(self) -> ErrorBody {
        self.log();
        let busy = self.sqlite().is_some_and(|fault| {
            matches!(fault.code, ffi::ErrorCode::DiskFull | ffi::ErrorCode::DatabaseBusy)
        });
        match self {
            Error::Refused(body) => *body,
            Error::Fault(_) if busy => ErrorCode::Unavailable.body(),
            Error::Fault(_) => ErrorCode::Internal.body(),
        }
    }

    /// Logs a fault. A refusal is the caller's affair.
    pub fn log(&self) {
        if let Error::Fault(fault) = self {
            tracing::error!(fault = format!("{fault:#}"), "a request failed");
        }
    }

    /// True if SQLite has failed: the fault is not about one row, but about all.
    pub(crate) fn is_of_the_store(&self) -> bool {
        self.sqlite().is_some()
    }

    /// SQLite's own error, if that is the cause.
    pub(crate) fn sqlite(&self) -> Option<ffi::Error> {
        match self {
            Error::Fault(fault) => fault.downcast_ref::<rusqlite::Error>()?.sqlite_error().copied(),
            Error::Refused(_) => None,
        }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Error::Refused(Box::new(code.body()))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let mut body = refusal.code().body();
        match refusal {
            Refusal::ClaimedByOther { owner } => body.owner = owner,
            Refusal::NewMessages { seq } => body.seq = Some(seq),
            _ => {}
        }
        Error::Refused(Box::new(body))
    }
}

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        Error::Refused(Box::new(error.body()))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Fault(error.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Fault(error.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Error::Fault(error)
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
