//! The tools that set-up keeps in its cache: from crates.io and from npm, each in an exact version.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::cache::{Cache, remove_folder};
use crate::shell;

/// The last Trunk that compiles with every Rust that this workspace supports.
const TRUNK: &str = "0.21.14";

/// Brings `wasm-opt`.
const BINARYEN: &str = "132.0.0";

const ESBUILD: &str = "0.28.2";

const AXE_CORE: &str = "4.14.1";

/// A tool in one exact version.
pub struct Tool {
    /// What people call it, and its folder in the cache.
    name: &'static str,
    version: String,
    source: Source,
    /// The file in the tool's folder that we are after.
    product: &'static str,
}

/// Where a tool comes from.
enum Source {
    CratesIo {
        package: &'static str,
        /// Whether to build with the lock file that the package ships.
        locked: bool,
    },
    Npm {
        package: &'static str,
    },
}

impl Tool {
    /// Trunk. Without its lock file it does not compile.
    pub fn trunk() -> Self {
        let source = Source::CratesIo { package: "trunk", locked: true };
        Self { name: "trunk", version: TRUNK.into(), source, product: "bin/trunk" }
    }

    /// wasm-bindgen's command-line tool, which must be of the same version as the crate.
    /// With its lock file it does not compile.
    pub fn wasm_bindgen(version: &str) -> Self {
        let source = Source::CratesIo { package: "wasm-bindgen-cli", locked: false };
        let product = "bin/wasm-bindgen";
        Self { name: "wasm-bindgen", version: version.into(), source, product }
    }

    /// `wasm-opt`.
    pub fn wasm_opt() -> Self {
        let source = Source::Npm { package: "binaryen" };
        let product = "node_modules/.bin/wasm-opt";
        Self { name: "binaryen", version: BINARYEN.into(), source, product }
    }

    /// `esbuild`.
    pub fn esbuild() -> Self {
        let source = Source::Npm { package: "esbuild" };
        let product = "node_modules/.bin/esbuild";
        Self { name: "esbuild", version: ESBUILD.into(), source, product }
    }

    /// The script `axe.min.js`.
    pub fn axe() -> Self {
        let source = Source::Npm { package: "axe-core" };
        let product = "node_modules/axe-core/axe.min.js";
        Self { name: "axe-core", version: AXE_CORE.into(), source, product }
    }

    /// What installing it means, and how long that takes.
    pub fn installing(&self) -> &'static str {
        match self.source {
            Source::CratesIo { .. } => "building from crates.io, 2–6 minutes the first time",
            Source::Npm { .. } => "installing from npm",
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
            match self.source {
                Source::CratesIo { package, locked } => {
                    self.build_from_crates_io(package, locked, folder, cache)
                }
                Source::Npm { package } => self.install_from_npm(package, folder, cache),
            }
        })
    }

    fn build_from_crates_io(
        &self,
        package: &str,
        locked: bool,
        folder: &Path,
        cache: &Cache,
    ) -> Result<()> {
        let build_folder = cache.build_folder(self.name, &self.version);
        let mut cargo = Command::new("cargo");
        cargo
            .args(["install", package, "--version", &format!("={}", self.version), "--no-track"])
            .args(locked.then_some("--locked"))
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

    fn install_from_npm(&self, package: &str, folder: &Path, cache: &Cache) -> Result<()> {
        if shell::which("npm").is_none() {
            bail!(
                "npm is not on PATH, and {self} comes from there: install Node.js 18 or newer \
                 (Debian: `apt-get install nodejs npm`), then run this again"
            );
        }
        let mut npm = Command::new("npm");
        npm.arg("install")
            .arg(format!("{package}@{}", self.version))
            .args(["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"])
            // None of these packages needs its scripts, and what does not run can do no harm.
            .arg("--ignore-scripts")
            .arg("--prefix")
            .arg(folder)
            .current_dir(folder);
        shell::run_logged(&mut npm, &cache.log(self.name)).with_context(|| {
            format!("cannot install {self} from npm: is the registry within reach?")
        })
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
