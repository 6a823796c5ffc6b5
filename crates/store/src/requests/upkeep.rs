//! The store's own state, and what keeps it in order.

use crate::error::Result;
use crate::ops;
use crate::store::Store;

/// The state of the store.
#[derive(Debug, Clone, Copy)]
pub struct Health {
    /// The size of the data file in bytes.
    pub bytes: u64,
    /// Damaged rows that were met since the start.
    pub damaged_rows: usize,
}

impl Store {
    /// The state of the store, as a reader finds it.
    pub async fn health(&self) -> Result<Health> {
        self.read(|sql| Ok(Health { bytes: sql.bytes()?, damaged_rows: sql.damaged_rows() })).await
    }

    /// Runs `work` on the writer's thread, after the writes that are queued. While it runs, nothing is written.
    pub async fn between_writes(&self, mut work: impl FnMut() + Send + 'static) -> Result<()> {
        self.write(move |_| {
            work();
            Ok(())
        })
        .await
    }

    /// Reads all of the file once, and notes what is damaged.
    pub async fn look_over(&self) -> Result<()> {
        self.read(|sql| sql.look_over()).await
    }

    /// Deletes some of the results of acts that no client will ask for again. True if none is left.
    pub async fn forget_old_acts(&self) -> Result<bool> {
        self.write(ops::forget_old_acts).await
    }
}
