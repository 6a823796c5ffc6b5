//! The store of a story's server: a data file, or a database of its own on a PostgreSQL server.

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use rusqlite::Connection;
use tempfile::TempDir;

/// The variable with the address of a PostgreSQL server, `postgres://USER@HOST:PORT`. Without it, stores are files.
const POSTGRES: &str = "PORCHLIGHT_TEST_POSTGRES";

/// A store, which is removed on drop.
#[derive(Debug)]
pub(crate) struct Store {
    /// The data folder, and a place for other files of the server.
    folder: TempDir,
    database: Option<Database>,
}

/// A database on a server.
#[derive(Debug)]
struct Database {
    server: String,
    name: String,
}

/// A statement in the SQL of both engines. Its parameter is a length of time in milliseconds.
pub(crate) struct Change {
    pub(crate) of_file: &'static str,
    pub(crate) of_database: &'static str,
}

impl Store {
    /// A new, empty store.
    pub(crate) fn new() -> Store {
        let folder = tempfile::tempdir().expect("a folder for the data");
        let database = std::env::var(POSTGRES).ok().map(Database::create);
        Store { folder, database }
    }

    /// The options by which a command finds the store.
    pub(crate) fn options(&self) -> [String; 2] {
        match &self.database {
            Some(database) => ["--database".into(), database.address()],
            None => ["--data".into(), self.folder.path().display().to_string()],
        }
    }

    /// A file beside the store.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Changes what is stored, while no server runs.
    pub(crate) fn change(&self, change: &Change, ms: i64) {
        match &self.database {
            Some(database) => {
                let mut client = database.client();
                client.execute(change.of_database, &[&ms]).expect("the conversations");
            }
            None => {
                self.file().execute(change.of_file, [ms]).expect("the conversations");
            }
        }
    }

    /// The number of events.
    pub(crate) fn events(&self) -> u32 {
        let count = "SELECT count(*) FROM events";
        match &self.database {
            Some(database) => {
                let row = database.client().query_one(count, &[]).expect("the log");
                u32::try_from(row.get::<_, i64>(0)).expect("not so many")
            }
            None => self.file().query_row(count, [], |row| row.get(0)).expect("the log"),
        }
    }

    fn file(&self) -> Connection {
        Connection::open(self.beside("porchlight.db")).expect("the server's file")
    }
}

impl Database {
    /// Creates a database on this server.
    fn create(server: String) -> Database {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock that is right");
        let name = format!("story_{}_{}", std::process::id(), now.as_nanos());
        let database = Database { server, name };
        database.maintain(&format!("CREATE DATABASE {} TEMPLATE template0", database.name));
        database
    }

    fn address(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    fn client(&self) -> postgres::Client {
        postgres::Client::connect(&self.address(), postgres::NoTls).expect("the database")
    }

    /// Runs a statement about the database itself.
    fn maintain(&self, statement: &str) {
        let server = format!("{}/postgres", self.server);
        let client = postgres::Client::connect(&server, postgres::NoTls);
        client.expect("PostgreSQL").batch_execute(statement).expect("the database");
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.maintain(&format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}
