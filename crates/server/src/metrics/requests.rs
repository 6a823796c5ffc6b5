//! Requests by route and status, their durations, and refusals by code.

use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use porchlight_protocol::ErrorCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::app::App;
use crate::routes::trace;

/// The upper bounds of the groups of durations, in seconds. Most answers take milliseconds; a commit on a slow disk,
/// and a password, up to a second.
const SECONDS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The route of requests that match none.
const NO_ROUTE: &str = "none";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: String,
    method: &'static str,
    status: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Timed {
    route: String,
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    code: &'static str,
}

/// The counters of requests.
pub struct Requests {
    answered: Family<Answered, Counter>,
    durations: Family<Timed, Histogram, fn() -> Histogram>,
    refused: Family<Refused, Counter>,
}

impl Requests {
    pub(super) fn registered(registry: &mut Registry) -> Self {
        let requests = Requests {
            answered: Family::default(),
            durations: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            refused: Family::default(),
        };
        for code in ErrorCode::ALL.iter().filter(|code| !ErrorCode::RETIRED.contains(code)) {
            requests.refused.get_or_create_owned(&Refused { code: code.as_str() });
        }
        registry.register(
            "http_requests",
            "Answered requests by route, method and class of the status",
            requests.answered.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Time to the head of the answer by route and method; long polls are not in it",
            Unit::Seconds,
            requests.durations.clone(),
        );
        registry.register(
            "refusals",
            "Refused requests and frames by error code",
            requests.refused.clone(),
        );
        requests
    }

    /// Counts a refusal.
    pub fn refused(&self, code: ErrorCode) {
        self.refused.get_or_create(&Refused { code: code.as_str() }).inc();
    }

    fn answered(&self, timed: Timed, took: Option<Duration>, response: &Response) {
        if let Some(took) = took {
            self.durations.get_or_create(&timed).observe(took.as_secs_f64());
        }
        let Timed { route, method } = timed;
        let status = class(response.status());
        self.answered.get_or_create(&Answered { route, method, status }).inc();
        if let Some(code) = response.extensions().get::<ErrorCode>() {
            self.refused(*code);
        }
    }
}

/// Counts a request when it is answered.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let route = trace::route(&request).unwrap_or(NO_ROUTE).to_owned();
    let timed = Timed { route, method: trace::method(request.method()) };
    let waits = waits(request.uri());
    let response = next.run(request).await;
    let took = (!waits).then(|| begun.elapsed());
    app.metrics.requests.answered(timed, took, &response);
    response
}

/// True for a long poll, which lasts as long as nothing happens.
fn waits(uri: &Uri) -> bool {
    let mut parameters = uri.query().unwrap_or_default().split('&');
    parameters.any(|parameter| parameter.starts_with("wait=") && parameter != "wait=0")
}

fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_poll_is_one_that_waits() {
        for (uri, is) in [
            ("/events?after=1&wait=25", true),
            ("/sync?wait=1", true),
            ("/events?after=1", false),
            ("/events?wait=0", false),
            ("/events?await=1", false),
            ("/wait=1", false),
        ] {
            assert_eq!(waits(&uri.parse().unwrap()), is, "{uri}");
        }
    }
}
