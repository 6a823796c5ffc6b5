//! Who counts as online: takes from the store which of the agents who are connected here are away, and tells the other
//! nodes whose teams are online here. What they tell comes with the poll of the store.

use std::time::Duration;

use porchlight_store::Result;

use crate::app::App;

/// How often it is told again: three times while a lease holds.
const EVERY: Duration = Duration::from_secs(10);

/// Takes what has become of the sessions that are connected here: away or back, or ended, at another node, by a command, or
/// by time.
pub async fn look(app: &App) -> Result<()> {
    // One at a time, so that a look that has read earlier tells nothing later.
    let _turn = app.looks_at_sessions.lock().await;
    let open = app.hub.sessions();
    if open.is_empty() {
        return Ok(());
    }
    let sessions = open.iter().map(|(_, session)| *session).collect();
    let found = app.store.presence_of(sessions).await?;
    for ((site, session), (_, presence)) in open.iter().zip(found) {
        match presence {
            Some(presence) => app.hub.set_online(*site, session, presence.is_online()),
            None => app.hub.sign_out(*site, session),
        }
    }
    Ok(())
}

/// The same after something was stored, which the clients here would otherwise learn within a second.
pub async fn look_now(app: &App) {
    if let Err(error) = look(app).await {
        error.log();
    }
}

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
