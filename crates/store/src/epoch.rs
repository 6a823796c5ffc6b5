//! The epoch: a life of the store, as clients know it. When the store has gone back in time, another one begins, and
//! clients start from a snapshot.
//!
//! It is made of an id that is stored, and of what the engine knows of its own lives: a database that was restored into
//! another one, or that a replica took over without its last commits, is another life by itself.

use std::sync::PoisonError;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, Ordering};

use porchlight_protocol::Epoch;

use crate::error::Result;
use crate::random;
use crate::sql::{Sql, params};
use crate::store::damaged;

/// The store's epoch, as it is now.
pub(crate) fn read(sql: Sql<'_>) -> Result<Epoch> {
    let stored: String = sql.value("SELECT epoch FROM meta", params![])?;
    let stored: Epoch = stored.parse().map_err(|_| damaged("the epoch"))?;
    Ok(match sql.life()? {
        None => stored,
        Some(life) => {
            let hash = random::hash_parts(&[stored.as_str().as_bytes(), life.as_bytes()]);
            Epoch::from_bytes(hash.first_chunk().copied().unwrap_or_default())
        }
    })
}

/// Begins a new epoch.
pub(crate) fn renew(sql: Sql<'_>) -> Result<Epoch> {
    let stored = Epoch::from_bytes(random::bytes()?);
    sql.execute("UPDATE meta SET epoch = $1", params![stored.as_str()])?;
    read(sql)
}

/// The epoch that clients get, and whether it must be renewed.
pub(crate) struct EpochState {
    current: RwLock<Epoch>,
    /// A client knows a revision of this epoch that the store has not reached.
    contradicted: AtomicBool,
    /// The epoch was renewed since the start.
    renewed: AtomicBool,
}

impl EpochState {
    pub(crate) fn new(epoch: Epoch) -> Self {
        let (contradicted, renewed) = (AtomicBool::new(false), AtomicBool::new(false));
        EpochState { current: RwLock::new(epoch), contradicted, renewed }
    }

    pub(crate) fn current(&self) -> Epoch {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes the epoch that the store has now. True if it is another one than before.
    pub(crate) fn take(&self, epoch: Epoch) -> bool {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = *current != epoch;
        *current = epoch;
        is_new
    }

    /// Notes that a client knows a revision of this epoch that the store has not reached: the store has gone back in
    /// time, or the client lies.
    pub(crate) fn contradict(&self) {
        self.contradicted.store(true, Ordering::Relaxed);
    }

    /// True if a client has contradicted the epoch since the last call. At most once after each start, so that a client
    /// that lies gains little.
    pub(crate) fn is_to_be_renewed(&self) -> bool {
        self.contradicted.swap(false, Ordering::Relaxed) && !self.renewed.load(Ordering::Relaxed)
    }

    pub(crate) fn is_renewed(&self) {
        self.renewed.store(true, Ordering::Relaxed);
    }
}
