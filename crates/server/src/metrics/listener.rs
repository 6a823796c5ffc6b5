//! The listener that serves the metrics, and nothing else.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use prometheus_client::encoding::prometheus_text::CONTENT_TYPE;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::connections::{self, ConnectionLimits};

use super::connections::Connections;
use super::scrape;

/// Connections at the same time: some collectors, and a person who looks.
const CONNECTIONS_MAX: usize = 32;

/// Serves `/metrics` until `stopping` is cancelled.
pub async fn serve(app: App, listener: TcpListener, stopping: CancellationToken) {
    let limits = ConnectionLimits {
        network_max: CONNECTIONS_MAX,
        total_max: Some(CONNECTIONS_MAX),
        ..ConnectionLimits::default()
    };
    let router = Router::new().route("/metrics", get(metrics)).with_state(app);
    // They are not among the connections that the metrics count.
    let uncounted = Connections::default();
    connections::serve(listener, router, limits, false, uncounted, stopping).await;
}

async fn metrics(State(app): State<App>) -> Result<impl IntoResponse, StatusCode> {
    let text = scrape::text(&app).await.map_err(|error| {
        tracing::error!(%error, "the metrics can't be written");
        StatusCode::INTERNAL_SERVER_ERROR
    })?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text))
}
