//! Tells the other nodes whose agents are connected here. What they tell comes with the poll of the store.

use std::time::Duration;

use crate::app::App;

/// How often it is told again: three times while a lease holds.
const EVERY: Duration = Duration::from_secs(10);

/// Announces the teams that are online here, at once when that changes, until it is dropped.
pub async fn run(app: App) {
    if !app.store.is_shared() {
        std::future::pending::<()>().await;
    }
    loop {
        if let Err(error) = app.store.announce_teams(app.hub.teams_here()).await {
            error.log();
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = app.hub.teams_changed() => {}
        }
    }
}
