//! Whether the server can do its work.

use axum::extract::State;

use crate::app::App;
use crate::error::Result;
use crate::store::{self, damage};

/// `ok` if the store can be read; below it the bytes of its file, and how many rows were met that are
/// damaged.
#[utoipa::path(
    get, path = "/healthz", tag = "operating", operation_id = "health",
    responses((status = 200, body = str, content_type = "text/plain")),
)]
pub async fn healthz(State(app): State<App>) -> Result<String> {
    let (size, damaged) = app.store.read(|sql| Ok((store::size(sql)?, damage::count(sql)))).await?;
    let damaged = match damaged {
        0 => String::new(),
        rows => format!("damaged rows: {rows} (porchlight check names them)\n"),
    };
    Ok(format!("ok\nstore: {size} bytes\n{damaged}"))
}
