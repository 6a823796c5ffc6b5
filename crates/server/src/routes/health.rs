//! The health check.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use porchlight_protocol::ErrorBody;
use tokio::time::timeout;

use super::refusals::refusals;
use crate::app::App;
use crate::store::{self, damage};

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

async fn health(app: &App) -> Result<String, &'static str> {
    let read = app.store.read(|sql| Ok((store::size(sql)?, damage::count(sql))));
    let Ok(Ok((size, damaged))) = timeout(WITHIN, read).await else {
        return Err("the store can't be read");
    };
    // An empty commit, which waits for those before it and writes nothing.
    if !matches!(timeout(WITHIN, app.store.write(|_| Ok(()))).await, Ok(Ok(()))) {
        return Err("the writer does not answer");
    }
    if app.timer.is_stuck() {
        return Err("the timer does not run");
    }
    let damaged = match damaged {
        0 => String::new(),
        rows => format!("damaged rows: {rows} (porchlight check names them)\n"),
    };
    Ok(format!("ok\nstore: {size} bytes\n{damaged}"))
}
