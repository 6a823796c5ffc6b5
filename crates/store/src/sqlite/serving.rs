//! The data file of a running server: one writer, and readers of snapshots.

use std::path::Path;
use std::sync::{Arc, Mutex};

use porchlight_protocol::ErrorCode;
use rusqlite::Connection;

use crate::clock::{Clock, TimeSource};
use crate::epoch::EpochState;
use crate::error::Error;
use crate::random;
use crate::readers::Readers;
use crate::sites_of::SitesOf;
use crate::sql::{Session, Sql};
use crate::stats::Stats;
use crate::store::{FILE, HeldFile, Inner, StoreConfig, number};
use crate::tables::sites;
use crate::writer::{Pen, Publish, Writers};

use super::engine::{FileSession, open_reader};
use super::file::{self, Held};
use super::keeper::FileKeeper;
use super::schema::FORM;

/// Opens the store in a folder, made if need be. One server at a time: a second one is refused.
pub(crate) fn open(
    folder: &Path,
    config: &StoreConfig,
    time: Arc<dyn TimeSource>,
    publish: &Publish,
) -> anyhow::Result<Inner> {
    let Held { sql, epoch, marker, lock, form } = file::hold(folder)?;
    match form {
        0 => tracing::info!(folder = %folder.display(), "made a new store"),
        FORM => {}
        form => tracing::info!(from = form, to = FORM, "brought the store to its newest form"),
    }
    if let Some(pages) = pages_max(config, &sql)? {
        sql.pragma_update(None, "max_page_count", pages)?;
    }
    let last = sites::steady(Sql::new(&sql)).map_err(Error::told)?;
    let server = file::take(&sql)?;
    let clock = Arc::new(Clock::resumed(time, last));
    let path = folder.join(FILE);
    let stats = Arc::<Stats>::default();
    let open = Arc::new(move || Ok(Box::new(open_reader(&path)?) as Box<dyn Session>));
    let readers = Readers::new(open, Arc::clone(&stats));
    let marker = Arc::new(Mutex::new(marker));
    let pen = Pen {
        session: Some(Box::new(FileSession(sql))),
        // The connection to a file is never lost.
        open: Box::new(|| Err(ErrorCode::Unavailable.into())),
        keeper: Box::new(FileKeeper::new(server, Arc::clone(&marker))),
    };
    Ok(Inner {
        writers: Writers::start(vec![pen], &clock, &stats, publish)?,
        readers,
        epoch: EpochState::new(epoch),
        clock,
        stats,
        sites_of: SitesOf::default(),
        node: random::name()?,
        shared: None,
        file: Some(HeldFile { server, marker, lock: Mutex::new(Some(lock)) }),
    })
}

fn pages_max(config: &StoreConfig, sql: &Connection) -> rusqlite::Result<Option<u32>> {
    let page: u64 = sql.query_row("PRAGMA page_size", [], |row| row.get(0)).map(number)?;
    let by_bytes = config.bytes_max.map(|bytes| u32::try_from(bytes / page.max(1)));
    let by_bytes = by_bytes.map(|pages| pages.unwrap_or(u32::MAX).max(1));
    Ok(config.pages_max.into_iter().chain(by_bytes).min())
}
