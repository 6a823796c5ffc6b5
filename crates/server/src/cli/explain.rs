//! Error messages of commands: what to do, in place of the messages of SQLite and the system.

use std::io;

/// The error and its causes in one line.
pub(super) fn explain(error: &anyhow::Error) -> String {
    let mut causes = Vec::new();
    for cause in error.chain() {
        // Its source repeats it, as an error code.
        if let Some(words) = porchlight_store::error::explain(cause) {
            causes.push(words);
            break;
        }
        causes.push(explained(cause));
    }
    causes.join(": ")
}

fn explained(cause: &(dyn std::error::Error + 'static)) -> String {
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        of_system(error)
    } else {
        cause.to_string()
    }
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
    use super::*;

    #[test]
    fn what_the_system_says_is_told_in_plain_words() {
        for (error, words) in [
            (io::Error::from_raw_os_error(13), "as the user who runs the server"),
            (io::Error::from_raw_os_error(28), "the disk is full"),
            (io::Error::from_raw_os_error(2), "no such file"),
        ] {
            let told = explain(&anyhow::Error::from(error).context("can't use x.db"));
            assert!(told.starts_with("can't use x.db: ") && told.contains(words), "{told}");
            assert!(!told.contains("os error"), "{told}");
        }
    }
}
