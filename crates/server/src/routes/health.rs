//! The health check, and the check of readiness.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::ErrorBody;
use porchlight_store::requests::Health;
use tokio::time::timeout;

use super::refusals::refusals;
use crate::app::App;

/// Time within which the store must answer.
const WITHIN: Duration = Duration::from_secs(5);

/// `ok` if the store can be read, its writer commits and the timer runs; in further lines the size of the data
/// file, and the number of damaged rows that were met. Otherwise 503 and the part that fails.
#[utoipa::path(
    get, path = "/healthz", tag = "operating", operation_id = "health",
    responses(
        (status = 200, body = str, content_type = "text/plain"),
        (status = 503, body = str, content_type = "text/plain", description = "what is the matter"),
        (status = "default", body = ErrorBody, description = refusals(&[])),
    ),
)]
pub async fn healthz(State(app): State<App>) -> (StatusCode, String) {
    match health(&app).await {
        Ok(health) => (StatusCode::OK, health),
        Err(fault) => (StatusCode::SERVICE_UNAVAILABLE, format!("{fault}\n")),
    }
}

/// `ready` if the server should get new connections. Otherwise 503 and why not: it is going down, its store can't be
/// read, or almost as many writes are waiting as it accepts.
#[utoipa::path(
    get, path = "/readyz", tag = "operating", operation_id = "ready",
    responses(
        (status = 200, body = str, content_type = "text/plain"),
        (status = 503, body = str, content_type = "text/plain", description = "why not"),
        (status = "default", body = ErrorBody, description = refusals(&[])),
    ),
)]
pub async fn readyz(State(app): State<App>) -> (StatusCode, &'static str) {
    match unready(&app).await {
        None => (StatusCode::OK, "ready\n"),
        Some(why) => (StatusCode::SERVICE_UNAVAILABLE, why),
    }
}

async fn unready(app: &App) -> Option<&'static str> {
    if app.stopping.is_cancelled() {
        return Some("the server is going down\n");
    }
    if app.store.counts().queue_is_nearly_full() {
        return Some("too many writes are waiting\n");
    }
    match timeout(WITHIN, app.store.health()).await {
        Ok(Ok(_)) => None,
        Ok(Err(_)) | Err(_) => Some("the store can't be read\n"),
    }
}

async fn health(app: &App) -> Result<String, &'static str> {
    let Ok(Ok(Health { bytes, damaged_rows })) = timeout(WITHIN, app.store.health()).await else {
        return Err("the store can't be read");
    };
    if !matches!(timeout(WITHIN, app.store.between_writes(|| ())).await, Ok(Ok(()))) {
        return Err("the writer does not answer");
    }
    if app.timer.is_stuck() {
        return Err("the timer does not run");
    }
    let damaged = match damaged_rows {
        0 => String::new(),
        rows => format!("damaged rows: {rows} (porchlight check names them)\n"),
    };
    Ok(format!("ok\nstore: {bytes} bytes\n{damaged}"))
}
