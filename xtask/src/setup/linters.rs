//! rustfmt and clippy, for the active toolchain and for the one that builds the WebAssembly.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::debian;
use super::toolchain::{DEBIAN_BIN, Toolchain};
use crate::shell;

/// `Some` if everything that `cargo xtask test lint` calls is installed.
pub fn find(toolchain: &Toolchain) -> Option<()> {
    shell::answer(Command::new("cargo").args(["fmt", "--version"]))?;
    shell::answer(Command::new("cargo").args(["clippy", "--version"]))?;
    // By its path, because cargo runs any cargo-clippy, and rustup's does not work with Debian's Rust.
    let debian_has_it = || shell::is_program(&Path::new(DEBIAN_BIN).join("cargo-clippy"));
    (*toolchain != Toolchain::Debian || debian_has_it()).then_some(())
}

/// Installs them: by rustup for its toolchains, by apt-get for Debian's.
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
        "`cargo fmt` and `cargo clippy` are missing: install them for the Rust that you use",
    )
}
