//! The database of a running server, which is one node of perhaps several.

use std::sync::Arc;

use anyhow::anyhow;

use crate::clock::{Clock, TimeSource};
use crate::epoch;
use crate::error::Error;
use crate::opening::{self, Opened};
use crate::sql::{Session, Sql};
use crate::store::{Inner, Shared, StoreConfig};
use crate::tables::sites;
use crate::writer::{Keeper, Pen, Publish};

use super::database::Database;
use super::schema::FORM;
use super::time::DatabaseTime;

/// Writers of a node, each with a connection. A site has one of them at a time, which mostly waits for the database.
const WRITERS: usize = 8;

/// The keeper of a database: there is nothing to keep beside it.
struct DatabaseKeeper;

impl Keeper for DatabaseKeeper {}

/// Opens the store in a database, set up or migrated if need be.
pub(crate) fn open(
    database: &Database,
    config: &StoreConfig,
    machine: Arc<dyn TimeSource>,
    publish: &Publish,
) -> anyhow::Result<Inner> {
    // On a thread of its own: connecting blocks, which a thread of the runtime must not.
    let opened = {
        let database = database.clone();
        std::thread::spawn(move || {
            let (from, _) = database.migrate()?;
            let session = database.writing()?;
            let sql = Sql::new(session.engine());
            let read = || Ok((epoch::read(sql)?, sites::steady(sql)?, sql.wall()?));
            let (epoch, last, wall) = read().map_err(Error::told)?;
            anyhow::Ok((from, session, epoch, last, wall))
        })
    };
    let opened = opened.join().map_err(|_| anyhow!("connecting to {database} failed"))?;
    let (from, session, epoch, last, wall) = opened?;
    opening::tell(database, from, FORM);
    let time = wall.filter(|_| !config.machine_time);
    let time = time.map(|wall| Arc::new(DatabaseTime::new(Arc::clone(&machine), wall)));
    let source: Arc<dyn TimeSource> = match &time {
        Some(time) => Arc::<DatabaseTime>::clone(time),
        None => machine,
    };
    let of_readers = database.clone();
    let mut first = Some(session);
    let pens = (0..WRITERS).map(|_| {
        let of_writer = database.clone();
        Pen {
            session: first.take().map(|session| Box::new(session) as Box<dyn Session>),
            open: Box::new(move || Ok(Box::new(of_writer.writing()?))),
            keeper: Box::new(DatabaseKeeper),
        }
    });
    let opened = Opened {
        pens: pens.collect(),
        reader: Arc::new(move || Ok(Box::new(of_readers.serving()?))),
        clock: Clock::resumed(source, last),
        epoch,
        shared: Some(Shared { database: database.clone(), time }),
        file: None,
    };
    opened.start(config, publish)
}
