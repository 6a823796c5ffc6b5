//! Servers that tests start: if they are missing, Debian's packages are unpacked into the cache but not installed. An
//! installed one would start a service on this machine.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::debian;
use crate::shell;

/// A program that may be on `PATH`, or in the cache.
pub struct Program {
    /// The name of the program and of the package.
    pub name: &'static str,
    /// The environment variable with its path.
    pub variable: &'static str,
    /// Its path in the package.
    pub product: &'static str,
}

/// The version of the folder in the cache: whichever Debian has.
const VERSION: &str = "debian";

impl Program {
    /// Looks for it.
    pub fn find(&self, cache: &Cache) -> Option<PathBuf> {
        if let Some(named) = std::env::var_os(self.variable) {
            return Some(PathBuf::from(named)).filter(|path| shell::is_program(path));
        }
        let kept = cache.folder(self.name, VERSION).join(self.product);
        // Debian puts servers into /usr/sbin, which is only on root's PATH.
        let usual = Path::new("/").join(self.product);
        shell::which(self.name)
            .or_else(|| [usual, kept].into_iter().find(|path| shell::is_program(path)))
    }

    /// Unpacks it, if it is missing.
    pub fn get(&self, cache: &Cache) -> Result<PathBuf> {
        if let Some(found) = self.find(cache) {
            return Ok(found);
        }
        cache
            .install(self.name, VERSION, Path::new(self.product), |folder| {
                let package = debian::download(self.name, folder, cache)?;
                let mut unpack = Command::new("dpkg-deb");
                unpack.arg("--extract").arg(&package).arg(folder);
                shell::run_logged(&mut unpack, &cache.log(self.name))?;
                std::fs::remove_file(&package)
                    .with_context(|| format!("cannot remove {}", package.display()))
            })
            .with_context(|| {
                format!("there is no {}: put it on PATH or name it in {}", self.name, self.variable)
            })
    }
}
