//! Errors of operations: refusals that the caller gets to know, and faults of the store, which only the log names.

use std::fmt;

use porchlight_protocol::hours::HoursError;
use porchlight_protocol::questions::QuestionsError;
use porchlight_protocol::rules::Refusal;
use porchlight_protocol::settings::SettingsError;
use porchlight_protocol::{ErrorBody, ErrorCode};
use postgres::error::SqlState;
use rusqlite::ffi;

/// Why an operation failed. Nothing changed.
#[derive(Debug)]
pub enum Error {
    /// A refusal, with the body that answers it.
    Refused(Box<ErrorBody>),
    /// A fault of the store, or of the machine under it.
    Fault(anyhow::Error),
}

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Refused, because more work is queued than can be done soon.
    pub fn overloaded() -> Self {
        let body = ErrorBody { retry_after_ms: Some(1_000), ..ErrorCode::Unavailable.body() };
        Error::Refused(Box::new(body))
    }

    /// Refused, because there were too many of its kind. The caller may try again after so many milliseconds.
    pub fn rate_limited(retry_after_ms: u64) -> Self {
        let retry_after_ms = Some(retry_after_ms);
        Error::Refused(Box::new(ErrorBody { retry_after_ms, ..ErrorCode::RateLimited.body() }))
    }

    /// Refused, because the bot that is to go on was removed, or its flow is switched off.
    pub(crate) fn bot_is_off() -> Self {
        let message =
            "This bot was removed or switched off. Go on yourself, or unclaim.".to_owned();
        Error::Refused(Box::new(ErrorBody { message, ..ErrorCode::NotAllowed.body() }))
    }

    /// True for a refusal with this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Error::Refused(body) if body.code == code)
    }

    /// Logs a fault. A refusal is the caller's affair.
    pub fn log(&self) {
        if let Error::Fault(fault) = self {
            tracing::error!(fault = format!("{fault:#}"), "a request failed");
        }
    }

    /// True for a fault that passes: a full disk, a busy file, a database that is away.
    pub fn is_passing(&self) -> bool {
        use ffi::ErrorCode as Fault;
        let sqlite = self.sqlite();
        sqlite.is_some_and(|fault| matches!(fault.code, Fault::DiskFull | Fault::DatabaseBusy))
            || self.postgres().is_some_and(|fault| fault.code().is_none_or(passes))
    }

    /// The fault of a transaction that the engine has rolled back for another one's sake.
    pub(crate) fn rolled_back() -> Self {
        Error::Fault(RolledBack.into())
    }

    /// True if the engine has rolled the transaction back for another one's sake: then it may be tried again.
    pub(crate) fn is_rolled_back(&self) -> bool {
        let Error::Fault(fault) = self else { return false };
        let by_code = |fault: &postgres::Error| {
            fault.code().is_some_and(|state| {
                [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE]
                    .contains(state)
            })
        };
        fault.is::<RolledBack>() || self.postgres().is_some_and(by_code)
    }

    /// The fault of a transaction of which an earlier statement has failed that nobody waited for.
    pub(crate) fn broken() -> Self {
        Error::Fault(Broken.into())
    }

    /// True if the engine has refused a statement of the transaction for what it says, not for the state that the engine is
    /// in: without that statement, the others would have been done.
    pub(crate) fn is_of_a_statement(&self) -> bool {
        let Error::Fault(fault) = self else { return false };
        let by_code =
            |fault: &postgres::Error| fault.code().is_some_and(|state| is_of(state, &["22", "23"]));
        fault.is::<Broken>() || self.postgres().is_some_and(by_code)
    }

    /// True if the engine has failed: the fault is not about one row, but about all.
    pub(crate) fn is_of_the_store(&self) -> bool {
        let is_broken = matches!(self, Error::Fault(fault) if fault.is::<Broken>());
        self.sqlite().is_some() || self.postgres().is_some() || is_broken
    }

    /// PostgreSQL's own error, if that is the cause.
    fn postgres(&self) -> Option<&postgres::Error> {
        match self {
            Error::Fault(fault) => fault.downcast_ref(),
            Error::Refused(_) => None,
        }
    }

    /// SQLite's own error, if that is the cause.
    pub(crate) fn sqlite(&self) -> Option<ffi::Error> {
        match self {
            Error::Fault(fault) => fault.downcast_ref::<rusqlite::Error>()?.sqlite_error().copied(),
            Error::Refused(_) => None,
        }
    }

    /// The error as a command tells it.
    pub fn told(self) -> anyhow::Error {
        match self {
            Error::Refused(body) => anyhow::anyhow!(body.message),
            Error::Fault(fault) => fault,
        }
    }
}

/// The transaction was rolled back for another one's sake.
#[derive(Debug)]
struct RolledBack;

impl std::error::Error for RolledBack {}

impl fmt::Display for RolledBack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the transaction was rolled back for another one's sake")
    }
}

/// An earlier statement of the transaction has failed.
#[derive(Debug)]
struct Broken;

impl std::error::Error for Broken {}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an earlier statement of the transaction has failed")
    }
}

/// True for the classes of PostgreSQL's errors that pass: a lost connection, a transaction that was rolled back for
/// another one's sake, too little of something, a server that goes down.
fn passes(state: &SqlState) -> bool {
    is_of(state, &["08", "40", "53", "57"])
}

/// True for a state of one of these classes.
fn is_of(state: &SqlState, classes: &[&str]) -> bool {
    classes.iter().any(|class| state.code().starts_with(class))
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        Error::Refused(Box::new(code.body()))
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let mut body = refusal.code().body();
        match refusal {
            Refusal::ClaimedByOther { owner } => body.owner = owner,
            Refusal::NewMessages { seq } => body.seq = Some(seq),
            _ => {}
        }
        Error::Refused(Box::new(body))
    }
}

impl From<HoursError> for Error {
    fn from(error: HoursError) -> Self {
        Error::Refused(Box::new(error.body()))
    }
}

impl From<QuestionsError> for Error {
    fn from(error: QuestionsError) -> Self {
        Error::Refused(Box::new(error.body()))
    }
}

impl From<SettingsError> for Error {
    fn from(error: SettingsError) -> Self {
        Error::Refused(Box::new(error.body()))
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Fault(error.into())
    }
}

impl From<postgres::Error> for Error {
    fn from(error: postgres::Error) -> Self {
        Error::Fault(error.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Fault(error.into())
    }
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Error::Fault(error)
    }
}

/// What an engine's error means and what to do, in plain words. `None` for an error of another kind.
pub fn explain(cause: &(dyn std::error::Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<postgres::Error>() {
        return Some(explain_postgres(error));
    }
    let error = cause.downcast_ref::<rusqlite::Error>()?;
    let plain = match error.sqlite_error_code() {
        Some(ffi::ErrorCode::DatabaseBusy | ffi::ErrorCode::DatabaseLocked) => {
            "the store is busy: a server or another command is writing to it. Try again in a while"
        }
        Some(ffi::ErrorCode::DiskFull) => "the disk is full",
        Some(
            ffi::ErrorCode::ReadOnly
            | ffi::ErrorCode::CannotOpen
            | ffi::ErrorCode::PermissionDenied,
        ) => "the file can't be opened for writing: run this as the user who runs the server",
        Some(ffi::ErrorCode::NotADatabase) => "it is no Porchlight store",
        Some(ffi::ErrorCode::DatabaseCorrupt) => {
            "the file is damaged: stop the server and restore a backup: porchlight restore --help"
        }
        _ => return Some(error.to_string()),
    };
    Some(plain.to_owned())
}

fn explain_postgres(error: &postgres::Error) -> String {
    let plain = match error.code() {
        None => "the connection to the database was lost",
        Some(
            &SqlState::ADMIN_SHUTDOWN | &SqlState::CRASH_SHUTDOWN | &SqlState::CANNOT_CONNECT_NOW,
        ) => "the database has ended the connection",
        Some(&SqlState::DISK_FULL) => "the database's disk is full",
        Some(&SqlState::LOCK_NOT_AVAILABLE) => {
            "another command is writing to the database. Try again in a while"
        }
        Some(&SqlState::CHARACTER_NOT_IN_REPERTOIRE | &SqlState::UNTRANSLATABLE_CHARACTER) => {
            "a text is damaged, and PostgreSQL takes no bytes that are no text: porchlight check says where"
        }
        Some(_) => {
            return error.as_db_error().map_or(error.to_string(), |told| told.message().to_owned());
        }
    };
    plain.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqlite_says_is_told_in_plain_words() {
        for (code, words) in [
            (ffi::SQLITE_BUSY, "Try again"),
            (ffi::SQLITE_FULL, "the disk is full"),
            (ffi::SQLITE_READONLY, "as the user who runs the server"),
            (ffi::SQLITE_NOTADB, "no Porchlight store"),
            (ffi::SQLITE_CORRUPT, "porchlight restore"),
        ] {
            let error = rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
            let told = explain(&error).unwrap();
            assert!(told.contains(words), "{told}");
        }
        assert_eq!(explain(&fmt::Error), None);
    }
}
