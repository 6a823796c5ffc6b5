//! Databases for tests.

use postgres::{Client, NoTls};

use super::database::Database;

/// An empty database, which is removed when this is dropped.
pub(crate) struct Scratch {
    pub(crate) database: Database,
    server: String,
    name: String,
}

impl Scratch {
    /// Makes a database on the server that the tests have.
    pub(crate) fn new(name: &str) -> Self {
        let server = std::env::var("PORCHLIGHT_TEST_POSTGRES").expect("PORCHLIGHT_TEST_POSTGRES");
        let name = format!("{name}_{}", std::process::id());
        let database = format!("{server}/{name}").parse().unwrap();
        let scratch = Scratch { database, server, name };
        scratch.remove();
        scratch.maintain(&format!("CREATE DATABASE {} TEMPLATE template0", scratch.name));
        scratch
    }

    /// A connection beside those of the store.
    pub(crate) fn client(&self) -> Client {
        Client::connect(&format!("{}/{}", self.server, self.name), NoTls).unwrap()
    }

    fn remove(&self) {
        self.maintain(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
    }

    fn maintain(&self, sql: &str) {
        let mut client = Client::connect(&format!("{}/postgres", self.server), NoTls).unwrap();
        client.batch_execute(sql).unwrap();
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        self.remove();
    }
}
