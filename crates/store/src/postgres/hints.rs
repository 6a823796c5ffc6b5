//! Hints by `LISTEN` and `NOTIFY`: that a site has changed, so that other nodes look at it sooner than they would have.
//!
//! A hint says which sites, and nothing of what changed in them, or who types. One that is lost costs a second: every node
//! looks at all sites that often. `NOTIFY` takes a lock of the whole database when its transaction commits, so it is sent apart
//! from the writes, on a connection of its own, and once for all sites that changed meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use postgres::fallible_iterator::FallibleIterator;

use crate::error::Error;
use crate::hint::{Heard, Hint, Told, Untold};
use crate::sql::{Sql, params};

use super::database::Database;
use super::engine::DatabaseSession;

/// The channel of the notifications. Each database has its own.
const CHANNEL: &str = "porchlight";

/// How long a connection waits for a notification before it looks whether it is still wanted.
const WAIT: Duration = Duration::from_millis(500);

/// The pause after a connection was lost.
const PAUSE: Duration = Duration::from_secs(1);

/// Sends hints to the other nodes of a database, and takes theirs. Dropping it ends both.
#[derive(Debug)]
pub struct DatabaseHints {
    told: Sender<Told>,
    ended: Arc<AtomicBool>,
}

impl DatabaseHints {
    /// Starts both. `node` is this node's name, whose own hints are skipped; `heard` is called for each hint of another.
    pub(crate) fn start(database: &Database, node: &str, heard: Heard) -> anyhow::Result<Self> {
        let (told, all) = channel();
        let ended = Arc::<AtomicBool>::default();
        let (of_teller, name) = (database.clone(), node.to_owned());
        let teller = thread::Builder::new().name("hints, telling".to_owned());
        teller.spawn(move || tell(&of_teller, &name, &all)).context("can't start a thread")?;
        let (of_listener, name) = (database.clone(), node.to_owned());
        let is_over = Arc::clone(&ended);
        let listener = thread::Builder::new().name("hints, listening".to_owned());
        listener
            .spawn(move || listen(&of_listener, &name, &is_over, &heard))
            .context("can't start a thread")?;
        Ok(DatabaseHints { told, ended })
    }

    /// Tells the other nodes, soon.
    pub fn tell(&self, told: Told) {
        // The thread has ended only when the process does.
        let _ = self.told.send(told);
    }
}

impl Drop for DatabaseHints {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

fn tell(database: &Database, node: &str, all: &Receiver<Told>) {
    let mut session: Option<DatabaseSession> = None;
    while let Ok(first) = all.recv() {
        let mut untold = Untold::default();
        [first].into_iter().chain(all.try_iter()).for_each(|told| untold.add(told));
        let sent = sent(database, &mut session, node, &untold);
        if let Err(error) = sent {
            tracing::debug!(?error, "hints were not sent");
            session = None;
            thread::sleep(PAUSE);
        }
    }
}

fn sent(
    database: &Database,
    session: &mut Option<DatabaseSession>,
    node: &str,
    untold: &Untold,
) -> anyhow::Result<()> {
    let open = match session.take() {
        Some(open) => open,
        None => database.serving()?,
    };
    for hint in untold.texts(node) {
        let notify = "SELECT pg_notify($1, $2)";
        Sql::new(&open).execute(notify, params![CHANNEL, hint]).map_err(Error::told)?;
    }
    *session = Some(open);
    Ok(())
}

fn listen(database: &Database, node: &str, is_over: &AtomicBool, heard: &Heard) {
    let ended = || is_over.load(Ordering::Relaxed);
    let mut was_lost = false;
    while !ended() {
        let listened = listened(database, node, &ended, heard);
        match listened {
            Ok(()) => return,
            Err(error) if !was_lost => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the database's notifications are lost: until they are back, what other nodes do is seen \
                     within a second"
                );
            }
            Err(error) => tracing::debug!(?error, "still no notifications"),
        }
        was_lost = true;
        thread::sleep(PAUSE);
    }
}

/// Calls `heard` for the hints of other nodes until it has `ended`, or the connection is lost.
fn listened(
    database: &Database,
    node: &str,
    ended: &impl Fn() -> bool,
    heard: &Heard,
) -> anyhow::Result<()> {
    let mut client = database.client()?;
    client.batch_execute(&format!("LISTEN {CHANNEL}"))?;
    while !ended() {
        let mut notifications = client.notifications();
        let mut coming = notifications.timeout_iter(WAIT);
        while let Some(notification) = coming.next()? {
            heard(Hint::read(notification.payload(), node));
        }
    }
    Ok(())
}
