//! Error messages of commands: what to do, in place of the messages of SQLite and the system.

use std::io;

use rusqlite::ffi;

/// The error and its causes in one line.
pub(super) fn explain(error: &anyhow::Error) -> String {
    let mut causes = Vec::new();
    for cause in error.chain() {
        causes.push(explained(cause));
        // Its source repeats it, as an error code.
        if cause.is::<rusqlite::Error>() {
            break;
        }
    }
    causes.join(": ")
}

fn explained(cause: &(dyn std::error::Error + 'static)) -> String {
    if let Some(error) = cause.downcast_ref::<rusqlite::Error>() {
        of_sqlite(error)
    } else if let Some(error) = cause.downcast_ref::<io::Error>() {
        of_system(error)
    } else {
        cause.to_string()
    }
}

fn of_sqlite(error: &rusqlite::Error) -> String {
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
        _ => return error.to_string(),
    };
    plain.to_owned()
}

fn of_system(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::PermissionDenied => {
            "permission denied: run this as the user who runs the server".to_owned()
        }
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        // Without the error code.
        _ => error.to_string().split(" (os error").next().unwrap_or_default().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    fn sqlite(code: i32) -> anyhow::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None).into()
    }

    #[test]
    fn what_sqlite_and_the_system_say_is_told_in_plain_words() {
        for (error, words) in [
            (sqlite(ffi::SQLITE_BUSY), "Try again"),
            (sqlite(ffi::SQLITE_FULL), "the disk is full"),
            (sqlite(ffi::SQLITE_READONLY), "as the user who runs the server"),
            (sqlite(ffi::SQLITE_NOTADB), "no Porchlight store"),
            (sqlite(ffi::SQLITE_CORRUPT), "porchlight restore"),
            (io::Error::from_raw_os_error(13).into(), "as the user who runs the server"),
            (io::Error::from_raw_os_error(28).into(), "the disk is full"),
            (io::Error::from_raw_os_error(2).into(), "no such file"),
        ] {
            let told = explain(&Err::<(), _>(error).context("can't use x.db").unwrap_err());
            assert!(told.starts_with("can't use x.db: ") && told.contains(words), "{told}");
            assert!(!told.contains("os error"), "{told}");
        }
    }
}
