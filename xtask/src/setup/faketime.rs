//! libfaketime, by which chaos sets the wall clock of one node while it runs.
//!
//! If it is missing, Debian's package is unpacked into the cache but not installed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::debian;
use crate::shell;

/// The environment variable with the path of the library.
const VARIABLE: &str = "PORCHLIGHT_FAKETIME";

/// The package, and the name of its folder in the cache.
const PACKAGE: &str = "libfaketime";

/// The version of the folder in the cache: whichever Debian has.
const VERSION: &str = "debian";

/// The library for programs with threads, in the package and where the package installs it.
fn product() -> PathBuf {
    let machine = std::env::consts::ARCH;
    PathBuf::from(format!("usr/lib/{machine}-linux-gnu/faketime/libfaketimeMT.so.1"))
}

/// Looks for it.
pub fn find(cache: &Cache) -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(VARIABLE) {
        return Some(PathBuf::from(named)).filter(|path| path.is_file());
    }
    let kept = cache.folder(PACKAGE, VERSION).join(product());
    [Path::new("/").join(product()), kept].into_iter().find(|path| path.is_file())
}

/// Unpacks it.
pub fn install(cache: &Cache) -> Result<PathBuf> {
    cache
        .install(PACKAGE, VERSION, &product(), |folder| {
            let package = debian::download(PACKAGE, folder, cache)?;
            let mut unpack = Command::new("dpkg-deb");
            unpack.arg("--extract").arg(&package).arg(folder);
            shell::run_logged(&mut unpack, &cache.log(PACKAGE))?;
            std::fs::remove_file(&package)
                .with_context(|| format!("cannot remove {}", package.display()))
        })
        .with_context(|| format!("there is no libfaketime: name it in {VARIABLE}"))
}
