//! Debian's packages, through apt-get.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use crate::shell;

/// Installs packages, after reading the lists anew: on a fresh machine there are none.
pub fn install(packages: &[&str], cache: &Cache) -> Result<()> {
    if shell::which("apt-get").is_none() {
        bail!("apt-get is not on PATH: this is not a Debian system");
    }
    let log = cache.log("apt-get");
    let by_hand = || {
        format!("to do this by hand: `apt-get update && apt-get install {}`", packages.join(" "))
    };
    shell::run_logged(apt_get()?.arg("update"), &log).with_context(by_hand)?;
    shell::run_logged(
        apt_get()?.args(["install", "--yes", "--no-install-recommends"]).args(packages),
        &log,
    )
    .with_context(by_hand)
}

/// An apt-get that asks nothing, bears with a bad network, and has the right to install.
fn apt_get() -> Result<Command> {
    let mut command = if shell::answer(Command::new("id").arg("-u")).as_deref() == Some("0") {
        Command::new("apt-get")
    } else if shell::which("sudo").is_some() {
        // Through `env`, because sudo drops our environment.
        let mut sudo = Command::new("sudo");
        sudo.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    } else {
        bail!("installing packages takes root, or sudo, and neither is there")
    };
    command.env("DEBIAN_FRONTEND", "noninteractive").args([
        "--quiet",
        "--option=Acquire::Retries=3",
        "--option=DPkg::Lock::Timeout=120",
    ]);
    Ok(command)
}
