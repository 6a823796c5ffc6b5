//! rustfmt and clippy, for the active toolchain and for the one that builds the WebAssembly.

use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::debian;
use super::toolchain::Toolchain;
use crate::shell;

/// Whether everything that `cargo xtask test lint` calls is there.
pub fn find(toolchain: &Toolchain) -> Option<()> {
    shell::answer(Command::new("cargo").args(["fmt", "--version"]))?;
    shell::answer(Command::new("cargo").args(["clippy", "--version"]))?;
    if *toolchain == Toolchain::Debian {
        let mut cargo = toolchain.cargo();
        shell::answer(cargo.args(["clippy", "--version"]).env_remove("LD_LIBRARY_PATH"))?;
    }
    Some(())
}

/// Installs what is missing: by rustup for its toolchains, by apt-get for Debian's.
pub fn install(toolchain: &Toolchain, cache: &Cache) -> Result<()> {
    if shell::which("rustup").is_some() {
        let mut rustup = Command::new("rustup");
        rustup.args(["component", "add", "rustfmt", "clippy"]);
        shell::run_logged(&mut rustup, &cache.log("rustup"))
            .context("cannot install them: try `rustup component add rustfmt clippy`")?;
    }
    if *toolchain == Toolchain::Debian {
        debian::install(&["rustfmt-web", "rust-web-clippy"], cache)?;
    }
    find(toolchain).context(
        "`cargo fmt` and `cargo clippy` are not there: install them for the Rust that you use",
    )
}
