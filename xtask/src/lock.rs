//! A lock file: only one process at a time builds, or sets up.

use std::fs::File;
use std::path::Path;

use anyhow::{Context, Result};

/// Takes the lock at `path`, and waits while another process holds it.
///
/// The lock is released when the returned file is closed, and thus also if this process is killed.
pub fn only_one(path: &Path, what: &str) -> Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let lock = File::create(path).with_context(|| format!("cannot write {}", path.display()))?;
    if lock.try_lock().is_err() {
        println!("        {what} in another process: waiting for it to end…");
        lock.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(lock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let name = format!("porchlight-lock-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let held = only_one(&path, "a test runs").unwrap();
        assert!(File::open(&path).unwrap().try_lock().is_err());
        drop(held);
        assert!(File::open(&path).unwrap().try_lock().is_ok());
        std::fs::remove_file(path).unwrap();
    }
}
