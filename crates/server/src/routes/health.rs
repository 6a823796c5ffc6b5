//! Whether the server can do its work.

use axum::extract::State;

use crate::app::App;
use crate::error::Result;
use crate::store;

/// `ok` if the store can be read.
#[utoipa::path(
    get, path = "/healthz", tag = "operating", operation_id = "health",
    responses((status = 200, body = str, content_type = "text/plain")),
)]
pub async fn healthz(State(app): State<App>) -> Result<&'static str> {
    app.store.read(store::revision).await?;
    Ok("ok\n")
}
