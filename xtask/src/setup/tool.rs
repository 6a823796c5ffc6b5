//! The tools that set-up builds from crates.io, each in an exact version, and keeps in its cache.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::{Cache, remove_folder};
use crate::shell;

/// The last Trunk that compiles with every Rust that this workspace supports.
const TRUNK: &str = "0.21.14";

/// A tool in one exact version.
pub struct Tool {
    /// What people call it, and its folder in the cache.
    name: &'static str,
    version: String,
    package: &'static str,
    /// Whether to build with the lock file that the package ships.
    locked: bool,
    /// The file in the tool's folder that we are after.
    product: &'static str,
}

impl Tool {
    /// Trunk. Without its lock file it does not compile.
    pub fn trunk() -> Self {
        Self {
            name: "trunk",
            version: TRUNK.into(),
            package: "trunk",
            locked: true,
            product: "bin/trunk",
        }
    }

    /// wasm-bindgen's command-line tool, which must be of the same version as the crate.
    /// With its lock file it does not compile.
    pub fn wasm_bindgen(version: &str) -> Self {
        Self {
            name: "wasm-bindgen",
            version: version.into(),
            package: "wasm-bindgen-cli",
            locked: false,
            product: "bin/wasm-bindgen",
        }
    }

    /// The tool's file, if it is in the cache.
    pub fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let product = cache.folder(self.name, &self.version).join(self.product);
        product.is_file().then_some(product)
    }

    /// Installs the tool into the cache.
    pub fn install(&self, cache: &Cache) -> Result<PathBuf> {
        cache.install(self.name, &self.version, Path::new(self.product), |folder| {
            self.build(folder, cache)
        })
    }

    fn build(&self, folder: &Path, cache: &Cache) -> Result<()> {
        let build_folder = cache.build_folder(self.name, &self.version);
        let mut cargo = Command::new("cargo");
        cargo
            .args(["install", self.package, "--version", &format!("={}", self.version)])
            .arg("--no-track")
            .args(self.locked.then_some("--locked"))
            .arg("--root")
            .arg(folder)
            .arg("--target-dir")
            .arg(&build_folder)
            // The tools run for seconds and compile for minutes: build them fast rather than well.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            // This checkout's settings are none of the tool's business.
            .current_dir(folder)
            .env_remove("CARGO_TARGET_DIR")
            .env_remove("RUSTFLAGS");
        shell::run_logged(&mut cargo, &cache.log(self.name)).with_context(|| {
            format!(
                "cannot build {self}. It needs crates.io, a C compiler and Rust {} or newer. To \
                 bring it along from elsewhere, put it at {}",
                env!("CARGO_PKG_RUST_VERSION"),
                cache.folder(self.name, &self.version).join(self.product).display(),
            )
        })?;
        remove_folder(&build_folder)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
