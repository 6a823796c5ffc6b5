//! The address of a database, and connections to it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, anyhow, ensure};
use postgres::Client;
use postgres::error::SqlState;
use tokio::runtime::Builder;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::{Error, Result};
use crate::mover::note;
use crate::sql::{Engine, Sql, params};
use crate::writer::end;

use super::connection::Connection;
use super::engine::{Damaged, DatabaseSession};
use super::{schema, tls};

/// Time within which a connection must be there.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// What a session of a server sets. The database notices within half a minute that a server is gone, and releases its
/// lock; and no statement of a server waits for ever.
const SERVING: &str = "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; \
     SET tcp_keepalives_count = 3; SET tcp_user_timeout = '20s'; SET statement_timeout = '30s'";

/// What a session of a move sets, beside [`SERVING`].
const MOVING: &str = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0";

/// The lock that servers share: the beginning of "porchlight server".
const SERVERS: i64 = 0x706f_7263_6873_7276;

/// The oldest PostgreSQL that is supported, as `server_version_num` counts.
const OLDEST: u64 = 150_000;

/// A PostgreSQL database, by its address `postgres://user:password@host/name`.
#[derive(Clone)]
pub struct Database {
    config: Config,
    tls: MakeRustlsConnect,
    damaged: Damaged,
}

/// Without the password.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// For people: host, port and name, without the password.
impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let name = self.config.get_dbname().unwrap_or("(no name)");
        write!(f, "the database {name} on {host}:{port}")
    }
}

impl FromStr for Database {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let is_address = text.starts_with("postgres://") || text.starts_with("postgresql://");
        ensure!(is_address, "a database's address is postgres://USER:PASSWORD@HOST/NAME");
        let (address, authorities) = tls::without_authorities(text);
        // The error repeats no part of the address, which may hold a password.
        let mut config: Config = address.parse().map_err(|_| {
            anyhow!("this is no address such as postgres://USER:PASSWORD@HOST/NAME")
        })?;
        ensure!(config.get_dbname().is_some(), "the address names no database: postgres://…/NAME");
        if !address.contains("sslmode=") {
            // What is not on this machine is reached by TLS, unless the operator says otherwise.
            let local = config.get_hosts().iter().all(is_local);
            config.ssl_mode(if local { SslMode::Disable } else { SslMode::Require });
        }
        config.keepalives_idle(Duration::from_secs(10)).tcp_user_timeout(Duration::from_secs(20));
        config.connect_timeout(CONNECT_WITHIN).application_name("porchlight");
        let tls = tls::connector(authorities.as_deref())?;
        Ok(Database { config, tls, damaged: Damaged::default() })
    }
}

/// A word as a shell reads it.
fn in_shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// True for a host on this machine.
fn is_local(host: &Host) -> bool {
    match host {
        Host::Unix(_) => true,
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
        }
    }
}

impl Database {
    /// The arguments that point PostgreSQL's own programs at the server, and the database's name followed by `suffix`: for
    /// people. Without the password, which these programs ask for or read from `~/.pgpass`.
    pub fn for_programs(&self, suffix: &str) -> (String, String) {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(folder)) => folder.display().to_string(),
            None => "localhost".to_owned(),
        };
        let mut server = format!("--host={}", in_shell(&host));
        if let Some(port) = self.config.get_ports().first() {
            server.push_str(&format!(" --port={port}"));
        }
        if let Some(user) = self.config.get_user() {
            server.push_str(&format!(" --username={}", in_shell(user)));
        }
        let name = self.config.get_dbname().unwrap_or_default();
        (server, in_shell(&format!("{name}{suffix}")))
    }

    /// A bare connection that can wait for notifications.
    pub(crate) fn client(&self) -> anyhow::Result<Client> {
        let config = postgres::Config::from(self.config.clone());
        config.connect(self.tls.clone()).map_err(|error| self.explained(error))
    }

    /// Connects, whatever the database holds.
    pub(crate) fn connect(&self) -> anyhow::Result<DatabaseSession> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connection = Connection::open(runtime, &self.config, self.tls.clone());
        let connection = connection.map_err(|error| self.explained(error))?;
        let session = DatabaseSession::new(connection, self.damaged.clone());
        let sql = Sql::new(&session);
        let ask = || -> Result<(String, String)> {
            // Periods and hashes rely on these, whatever the server's defaults.
            session.batch("SET client_min_messages = warning; SET TIME ZONE 'UTC'")?;
            let number = sql.value("SHOW server_version_num", params![])?;
            Ok((number, sql.value("SHOW server_encoding", params![])?))
        };
        let (number, encoding) = ask().map_err(Error::told)?;
        let number: u64 = number.parse().unwrap_or(0);
        ensure!(
            number >= OLDEST,
            "{self} is PostgreSQL {}, which is too old: version 15 or newer is needed",
            number / 10_000
        );
        ensure!(
            encoding == "UTF8",
            "{self} has the encoding {encoding}: create it with ENCODING 'UTF8' TEMPLATE template0"
        );
        Ok(session)
    }

    /// Connects to a database with a whole store in this program's form.
    pub(crate) fn session(&self) -> anyhow::Result<DatabaseSession> {
        let session = self.connect()?;
        self.ensure_whole(&session)?;
        Ok(session)
    }

    /// Connects to a database in this program's form; `None` if it is empty. What it holds may be a part of a store.
    pub(crate) fn of_this_form(&self) -> anyhow::Result<Option<DatabaseSession>> {
        let session = self.connect()?;
        Ok(self.has_this_form(&session)?.then_some(session))
    }

    /// True for a database in this program's form, false for an empty one. Fails if there is something else.
    fn has_this_form(&self, session: &DatabaseSession) -> anyhow::Result<bool> {
        let form = schema::form(Sql::new(session)).with_context(|| format!("can't use {self}"))?;
        ensure!(
            form == 0 || form == schema::FORM,
            "{self} was written by an older version of this program (schema version {form}, this one \
             writes {}). Migrate it: porchlight migrate",
            schema::FORM
        );
        Ok(form > 0)
    }

    /// Fails if the database does not hold a whole store in this program's form.
    fn ensure_whole(&self, session: &DatabaseSession) -> anyhow::Result<()> {
        ensure!(
            self.has_this_form(session)?,
            "{self} is empty: `porchlight serve` or `porchlight migrate` sets it up"
        );
        note::ensure_none(Sql::new(session), self)
    }

    /// A session of a server.
    pub(crate) fn serving(&self) -> anyhow::Result<DatabaseSession> {
        let session = self.connect()?;
        let whole = self.ensure_whole(&session);
        // Asked after that, so that a migration in between is one, too.
        if whole.is_err()
            && schema::stored(Sql::new(&session)).is_ok_and(|form| form > schema::FORM)
        {
            // It was migrated while this server ran: at a start, `migrate` has refused it before.
            end(schema::MIGRATED);
        }
        whole?;
        session.batch(SERVING).map_err(Error::told)?;
        Ok(session)
    }

    /// A session that writes for a server. All servers share a lock, for as long as such a session lives: who holds it
    /// alone knows that no server is running.
    pub(crate) fn writing(&self) -> anyhow::Result<DatabaseSession> {
        let session = self.serving()?;
        let locked: Result<bool> =
            Sql::new(&session).value("SELECT pg_try_advisory_lock_shared($1)", params![SERVERS]);
        ensure!(
            locked.map_err(Error::told)?,
            "a command has {self} for itself. Wait until it has ended, then try again"
        );
        Ok(session)
    }

    /// Has the database for itself, until the session ends: no server may run on it.
    pub(crate) fn lock(&self, sql: Sql<'_>) -> anyhow::Result<()> {
        let locked: Result<bool> = sql.value("SELECT pg_try_advisory_lock($1)", params![SERVERS]);
        ensure!(
            locked.map_err(Error::told)?,
            "a server is running on {self}. Stop it, then try again"
        );
        Ok(())
    }

    /// Sets a session up for a move, whose statements and transactions may take long.
    pub(crate) fn prepare_to_move(&self, session: &DatabaseSession) -> anyhow::Result<()> {
        session.batch(SERVING).and_then(|()| session.batch(MOVING)).map_err(Error::told)
    }

    /// Migrates the database. Returns the forms before and after.
    pub(crate) fn migrate(&self) -> anyhow::Result<(usize, usize)> {
        let session = self.connect()?;
        note::ensure_none(Sql::new(&session), self)?;
        Ok((self.migrate_by(&session)?, schema::FORM))
    }

    /// Migrates the database by a session, whatever it holds. Returns the form before.
    pub(crate) fn migrate_by(&self, session: &DatabaseSession) -> anyhow::Result<usize> {
        schema::migrate(session).with_context(|| format!("can't use {self}"))
    }

    fn explained(&self, error: postgres::Error) -> anyhow::Error {
        let plain = match error.code() {
            Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
                "the user or the password is wrong"
            }
            Some(&SqlState::INVALID_CATALOG_NAME) => {
                "there is no such database: create it first, with `createdb`"
            }
            Some(&SqlState::TOO_MANY_CONNECTIONS) => {
                "it takes no more connections: raise max_connections, or let other programs hold fewer"
            }
            Some(&SqlState::CANNOT_CONNECT_NOW) => "it is starting up: try again in a while",
            Some(_) => return anyhow::Error::from(error).context(format!("can't use {self}")),
            None => tls::explain(&error)
                .unwrap_or("it can't be reached: is it running, and are host and port right?"),
        };
        anyhow!("can't use {self}: {plain}")
    }
}
