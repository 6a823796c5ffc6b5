//! The Rust toolchain that builds the WebAssembly.
//!
//! The release build compiles the standard library for size. That takes a compiler, the source of its standard
//! library and a linker for wasm32. They come from rustup, or, where rustup can't reach its server, from
//! Debian's packages.

use std::fmt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::cache::Cache;
use super::debian;
use crate::shell;
use crate::workspace::Workspace;

/// The compiler's target.
const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's Rust for building browsers. (The package `rustc` of a stable Debian is too old.)
const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "cargo-web", "rust-web-src", "lld-19"];

/// Where Debian's packages put programs.
pub const DEBIAN_BIN: &str = "/usr/bin";

/// Debian's `rustc-web` brings no linker for wasm32; `lld-19` does, under this name.
const DEBIAN_LINKER: &str = "wasm-ld-19";

/// Flags that make a panic abort at once, without the code that formats its message.
const STOP_AT_ONCE: &str = "-Zunstable-options -Cpanic=immediate-abort";

/// Which toolchain the user wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// A complete toolchain that is installed; else rustup; else Debian's packages.
    Auto,
    /// The active toolchain, completed by rustup.
    Rustup,
    /// Debian's packages.
    Debian,
}

/// A toolchain that can build the WebAssembly.
#[derive(Debug, PartialEq, Eq)]
pub enum Toolchain {
    /// The `cargo` on `PATH`.
    Active {
        /// The name of its folder, such as `stable-x86_64-unknown-linux-gnu`.
        name: String,
    },
    /// The `cargo` in `/usr/bin`.
    Debian,
}

/// How to compile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipe {
    /// For visitors: as small as possible.
    Small,
    /// For developers: fast to build.
    Fast,
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active { name } => f.write_str(name),
            Self::Debian => f.write_str("Debian's packages"),
        }
    }
}

impl Toolchain {
    /// This toolchain's cargo.
    pub fn cargo(&self) -> Command {
        match self {
            Self::Active { .. } => Command::new("cargo"),
            Self::Debian => Command::new(Path::new(DEBIAN_BIN).join("cargo")),
        }
    }

    /// The folder that has to be first on `PATH` for this toolchain's programs to be found.
    pub fn first_on_path(&self) -> Option<&'static Path> {
        match self {
            Self::Active { .. } => None,
            Self::Debian => Some(Path::new(DEBIAN_BIN)),
        }
    }

    /// Sets the environment of cargo, or of a command that runs cargo, to build the WebAssembly.
    ///
    /// Leaves `PATH` to the caller: see [`Self::first_on_path`].
    pub fn equip(&self, command: &mut Command, recipe: Recipe) {
        // They would override the flags for the target.
        command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
        if *self == Self::Debian {
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", DEBIAN_LINKER);
            // Set by the cargo that runs xtask, for its own toolchain.
            for left_over in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "LD_LIBRARY_PATH"] {
                command.env_remove(left_over);
            }
        }
        // Debian's Rust has only the source of the standard library for wasm32.
        if recipe == Recipe::Small || *self == Self::Debian {
            command.env("RUSTC_BOOTSTRAP", "1").env("CARGO_UNSTABLE_BUILD_STD", "std,panic_abort");
        }
        if recipe == Recipe::Small {
            command
                .env("CARGO_UNSTABLE_BUILD_STD_FEATURES", "optimize_for_size")
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", STOP_AT_ONCE);
        }
    }
}

/// Finds a toolchain that is complete.
pub fn find(choice: Choice, workspace: &Workspace) -> Option<Toolchain> {
    match choice {
        Choice::Rustup => find_active(workspace),
        Choice::Debian => find_debian(),
        Choice::Auto => find_active(workspace).or_else(find_debian),
    }
}

/// Installs what is missing, in the way that the choice and the machine allow.
pub fn install(choice: Choice, workspace: &Workspace, cache: &Cache) -> Result<Toolchain> {
    match choice {
        Choice::Rustup => complete_by_rustup(workspace, cache),
        Choice::Debian => install_debian(cache),
        Choice::Auto => complete_by_rustup(workspace, cache).or_else(|no_rustup| {
            println!("        rustup cannot help ({no_rustup:#}): trying Debian's packages…");
            install_debian(cache).map_err(|no_debian| {
                no_debian.context(format!("neither rustup can help ({no_rustup:#}) nor Debian"))
            })
        }),
    }
    .with_context(|| {
        format!(
            "there is no Rust here that builds WebAssembly. Either get rustup (https://rustup.rs) \
             and run `rustup update && rustup target add {TARGET} && rustup component add \
             rust-src`, or on Debian 12 `apt-get install {}`; then run this again",
            DEBIAN_PACKAGES.join(" ")
        )
    })
}

fn find_active(workspace: &Workspace) -> Option<Toolchain> {
    // In the checkout, which may override rustup's default toolchain.
    let mut rustc = Command::new("rustc");
    let sysroot = shell::answer(rustc.args(["--print", "sysroot"]).current_dir(&workspace.root))?;
    let sysroot = Path::new(&sysroot);
    let complete = sysroot.join("lib/rustlib").join(TARGET).join("lib").is_dir()
        && has_library_source(sysroot)
        && can_stop_at_once(Command::new("rustc").current_dir(&workspace.root));
    let name = sysroot.file_name()?.to_string_lossy().into_owned();
    complete.then_some(Toolchain::Active { name })
}

fn find_debian() -> Option<Toolchain> {
    let bin = Path::new(DEBIAN_BIN);
    let complete = ["cargo", "rustc", DEBIAN_LINKER]
        .iter()
        .all(|program| shell::is_program(&bin.join(program)))
        && has_library_source(Path::new("/usr"))
        && can_stop_at_once(Command::new(bin.join("rustc")).env_remove("LD_LIBRARY_PATH"));
    complete.then_some(Toolchain::Debian)
}

fn has_library_source(sysroot: &Path) -> bool {
    sysroot.join("lib/rustlib/src/rust/library/std/Cargo.toml").is_file()
}

/// Whether a compiler is new enough for [`STOP_AT_ONCE`].
fn can_stop_at_once(rustc: &mut Command) -> bool {
    rustc
        .env("RUSTC_BOOTSTRAP", "1")
        .args(STOP_AT_ONCE.split(' '))
        .args(["--print", "cfg", "--target", TARGET]);
    shell::answer(rustc).is_some()
}

fn complete_by_rustup(workspace: &Workspace, cache: &Cache) -> Result<Toolchain> {
    if shell::which("rustup").is_none() {
        bail!("rustup is not on PATH");
    }
    for arguments in [["target", "add", TARGET], ["component", "add", "rust-src"]] {
        let mut rustup = Command::new("rustup");
        rustup.args(arguments).current_dir(&workspace.root).env("RUSTUP_MAX_RETRIES", "1");
        shell::run_logged(&mut rustup, &cache.log("rustup"))?;
    }
    find_active(workspace)
        .context("the active toolchain is too old for small WebAssembly: run `rustup update`")
}

fn install_debian(cache: &Cache) -> Result<Toolchain> {
    debian::install(&DEBIAN_PACKAGES, cache)?;
    find_debian().context("the packages are installed, but too old for small WebAssembly")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(toolchain: &Toolchain, recipe: Recipe) -> Vec<(String, Option<String>)> {
        let mut command = Command::new("cargo");
        toolchain.equip(&mut command, recipe);
        let text = |value: &std::ffi::OsStr| value.to_string_lossy().into_owned();
        command.get_envs().map(|(name, value)| (text(name), value.map(text))).collect()
    }

    fn value(of: &str, toolchain: &Toolchain, recipe: Recipe) -> Option<String> {
        let environment = environment(toolchain, recipe);
        environment.into_iter().find(|(name, _)| name == of).and_then(|(_, value)| value)
    }

    #[test]
    fn only_small_builds_stop_at_once() {
        let active = Toolchain::Active { name: "stable".into() };
        let flags = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";
        assert_eq!(value(flags, &active, Recipe::Small).unwrap(), STOP_AT_ONCE);
        assert_eq!(value(flags, &active, Recipe::Fast), None);
        assert_eq!(value(flags, &Toolchain::Debian, Recipe::Fast), None);
    }

    #[test]
    fn debian_always_builds_the_library_and_names_its_linker() {
        for recipe in [Recipe::Small, Recipe::Fast] {
            let build_std = value("CARGO_UNSTABLE_BUILD_STD", &Toolchain::Debian, recipe);
            assert_eq!(build_std.unwrap(), "std,panic_abort");
            let linker =
                value("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &Toolchain::Debian, recipe);
            assert_eq!(linker.unwrap(), "wasm-ld-19");
        }
        let active = Toolchain::Active { name: "stable".into() };
        assert_eq!(value("CARGO_UNSTABLE_BUILD_STD", &active, Recipe::Fast), None);
    }
}
