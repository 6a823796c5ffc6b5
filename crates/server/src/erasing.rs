//! Finishes what was begun to be erased, and removes what is kept no longer, in batches, so that other writes come between.

use porchlight_protocol::VisitorId;
use porchlight_store::requests::ErasingPlace;
use porchlight_store::{Result, SiteId};

use crate::app::App;

/// Conversations that are removed in one transaction.
const REMOVED_AT_ONCE: usize = 200;

/// Erases what is left of a visitor who is being erased.
pub async fn finish(app: &App, site: SiteId, visitor: VisitorId) -> Result<()> {
    let mut from = Some(ErasingPlace::default());
    while let Some(place) = from {
        from = app.store.erase_some(site, visitor.clone(), place).await?;
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Finishes what a server or a command has begun and left. One visitor who can't be erased keeps no other from it.
pub async fn finish_all(app: &App) -> Result<()> {
    let mut done = Ok(());
    for (site, visitor) in app.store.erasing().await? {
        if let Err(error) = finish(app, site, visitor).await {
            done = Err(error);
        }
    }
    done
}

/// Removes the closed conversations that the retention of their sites reaches.
pub async fn remove_idle(app: &App) -> Result<()> {
    for site in app.store.retaining().await? {
        while app.store.remove_idle(site, REMOVED_AT_ONCE).await? == REMOVED_AT_ONCE {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}
