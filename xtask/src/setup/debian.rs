//! Debian's packages, through apt-get.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use crate::shell;

/// Whether this process has updated the package lists. Held while apt-get runs: two at once refuse each other.
static UPDATED: Mutex<bool> = Mutex::new(false);

/// Installs packages, after updating the package lists once: a new machine has none.
pub fn install(packages: &[&str], cache: &Cache) -> Result<()> {
    if shell::which("apt-get").is_none() {
        bail!("apt-get is not on PATH: this is not a Debian system");
    }
    let log = cache.log("apt-get");
    let by_hand = || {
        format!("to do this by hand: `apt-get update && apt-get install {}`", packages.join(" "))
    };
    let mut updated = UPDATED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*updated {
        shell::run_logged(apt_get()?.arg("update"), &log).with_context(by_hand)?;
        *updated = true;
    }
    shell::run_logged(
        apt_get()?.args(["install", "--yes", "--no-install-recommends"]).args(packages),
        &log,
    )
    .with_context(by_hand)
}

/// Writes a package's configuration, as root.
pub fn write_config(path: &str, text: &str, cache: &Cache) -> Result<()> {
    let script = format!("printf %s '{text}' > '{path}'");
    let mut shell = as_root("sh")?;
    shell::run_logged(shell.args(["-c", &script]), &cache.log("apt-get"))
}

/// Downloads a package without installing it, and returns the file.
pub fn download(package: &str, folder: &Path, cache: &Cache) -> Result<PathBuf> {
    if shell::which("apt-get").is_none() {
        bail!("apt-get is not on PATH: this is not a Debian system");
    }
    let log = cache.log("apt-get");
    let download = || {
        let mut apt_get = Command::new("apt-get");
        apt_get.args(["--quiet", "--option=Acquire::Retries=3", "download", package]);
        apt_get.current_dir(folder);
        shell::run_logged(&mut apt_get, &log)
    };
    // A new machine has no package lists. Updating them takes root, so it is tried only if needed.
    if download().is_err() {
        shell::run_logged(apt_get()?.arg("update"), &log)?;
        download()?;
    }
    let entries = folder.read_dir().context("cannot list the download")?;
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files = files.filter(|path| path.extension().is_some_and(|end| end == "deb"));
    files.next().with_context(|| format!("apt-get did not download {package}"))
}

/// An apt-get that asks no questions, retries downloads, and runs as root.
fn apt_get() -> Result<Command> {
    let mut command = as_root("apt-get")?;
    command.env("DEBIAN_FRONTEND", "noninteractive").args([
        "--quiet",
        "--option=Acquire::Retries=3",
        "--option=DPkg::Lock::Timeout=120",
    ]);
    Ok(command)
}

/// A program that runs as root.
fn as_root(program: &str) -> Result<Command> {
    if is_root() {
        return Ok(Command::new(program));
    }
    if shell::which("sudo").is_none() {
        bail!("installing packages needs root or sudo");
    }
    // Through `env`, because sudo drops our environment.
    let mut sudo = Command::new("sudo");
    sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", program]);
    Ok(sudo)
}

/// True if this program runs as root.
fn is_root() -> bool {
    shell::answer(Command::new("id").arg("-u")).as_deref() == Some("0")
}
