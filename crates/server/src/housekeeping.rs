//! Housekeeping: once a minute what is no longer needed is deleted, and what is needed later is written down.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use porchlight_store::{Hash, Result};

use crate::app::App;
use crate::erasing;

/// How often the housekeeping runs.
const EVERY: Duration = Duration::from_secs(60);

/// Sessions that are kept between two rounds. More than that in a minute come from nobody's inbox.
const USED_MAX: usize = 10_000;

/// The sessions that requests have shown since the last round, whether they hold or not.
#[derive(Debug, Default)]
pub struct UsedSessions {
    sessions: Mutex<HashSet<Hash>>,
}

impl UsedSessions {
    /// Notes that a request has shown this session.
    pub fn note(&self, session: Hash) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // Strangers may show made-up sessions, as many as they like.
        if sessions.len() < USED_MAX {
            sessions.insert(session);
        }
    }

    fn take(&self) -> HashSet<Hash> {
        std::mem::take(&mut *self.sessions.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Does the housekeeping until it is dropped. Reads all of the store once, to count damaged rows.
pub async fn run(app: App) {
    // Beside the rounds: a large file takes minutes.
    let whole = app.clone();
    tokio::spawn(async move { log_fault(whole.store.look_over().await) });
    loop {
        app.limits.tidy();
        app.networks.tidy();
        log_fault(note_use_of_sessions(&app).await);
        log_fault(forget_old_acts(&app).await);
        log_fault(forget_failed_sign_ins(&app).await);
        log_fault(app.store.remove_ended_trials().await);
        log_fault(erasing::finish_all(&app).await);
        log_fault(erasing::remove_idle(&app).await);
        log_fault(sweep(&app).await);
        log_fault(app.store.remove_retired_secrets().await);
        log_fault(app.store.forget_networks().await);
        log_fault(forget_old_audit(&app).await);
        log_fault(forget_old_mails(&app).await);
        tokio::time::sleep(EVERY).await;
    }
}

fn log_fault(done: Result<()>) {
    if let Err(error) = done {
        error.log();
    }
}

/// Writes down which sessions are in use, so that idle ones end.
pub async fn note_use_of_sessions(app: &App) -> Result<()> {
    let mut used = app.used_sessions.take();
    used.extend(app.hub.sessions().into_iter().map(|(_, token)| token));
    app.store.note_use_of_sessions(used.into_iter().collect()).await
}

/// Deletes the results of acts that no client will ask for again, in batches, so that other writes come
/// between.
async fn forget_old_acts(app: &App) -> Result<()> {
    while !app.store.forget_old_acts().await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Deletes the counts of failed sign-ins that have expired, in batches.
async fn forget_failed_sign_ins(app: &App) -> Result<()> {
    while !app.store.forget_failed_sign_ins().await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Takes what is collected no longer out of the records of visitors, in batches.
pub async fn sweep(app: &App) -> Result<()> {
    for site in app.store.sweeping().await? {
        while app.store.sweep(site).await? {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

/// Deletes entries of the audit log that are too old, in batches.
async fn forget_old_audit(app: &App) -> Result<()> {
    while !app.store.forget_old_audit().await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// Deletes what became of mails long ago, in batches.
async fn forget_old_mails(app: &App) -> Result<()> {
    while !app.store.forget_old_mails().await? {
        tokio::task::yield_now().await;
    }
    Ok(())
}
