//! The data file of a running server: one writer, and readers of snapshots.

use std::path::Path;
use std::sync::{Arc, Mutex};

use porchlight_protocol::ErrorCode;
use rusqlite::Connection;

use crate::clock::{Clock, TimeSource};
use crate::error::Error;
use crate::opening::{self, Opened};
use crate::sql::Sql;
use crate::store::{FILE, HeldFile, Inner, StoreConfig};
use crate::tables::sites;
use crate::writer::{Pen, Publish};

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
    opening::tell(&folder.display(), form, FORM);
    if let Some(pages) = pages_max(config, &sql)? {
        sql.pragma_update(None, "max_page_count", pages)?;
    }
    let last = sites::steady(Sql::new(&sql)).map_err(Error::told)?;
    let server = file::take(&sql)?;
    let path = folder.join(FILE);
    let marker = Arc::new(Mutex::new(marker));
    let pen = Pen {
        session: Some(Box::new(FileSession(sql))),
        // The connection to a file is never lost.
        open: Box::new(|| Err(ErrorCode::Unavailable.into())),
        keeper: Box::new(FileKeeper::new(server, Arc::clone(&marker))),
    };
    let opened = Opened {
        pens: vec![pen],
        reader: Arc::new(move || Ok(Box::new(open_reader(&path)?))),
        clock: Clock::resumed(time, last),
        epoch,
        shared: None,
        file: Some(HeldFile { server, marker, lock: Mutex::new(Some(lock)) }),
    };
    opened.start(config, publish)
}

fn pages_max(config: &StoreConfig, sql: &Connection) -> rusqlite::Result<Option<u32>> {
    let page: u32 = sql.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let by_bytes = config.bytes_max.map(|bytes| u32::try_from(bytes / u64::from(page.max(1))));
    let by_bytes = by_bytes.map(|pages| pages.unwrap_or(u32::MAX).max(1));
    Ok(config.pages_max.into_iter().chain(by_bytes).min())
}
