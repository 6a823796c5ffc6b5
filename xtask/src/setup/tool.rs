//! The tools that set-up builds, each in an exact version, and stores in the cache.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::{Cache, remove_folder};
use crate::shell;
use crate::workspace::Workspace;

/// The newest Trunk that compiles with every Rust that this workspace supports.
const TRUNK: &str = "0.21.14";

/// WebDriver for Firefox: the newest, which Mozilla keeps working with every ESR.
const GECKODRIVER: &str = "0.37.0";

/// A tool in one exact version.
pub struct Tool {
    /// The name of the tool and of its folder in the cache.
    name: &'static str,
    version: String,
    source: Source,
    /// The path of the program in the tool's folder.
    product: &'static str,
}

/// Where a tool comes from.
enum Source {
    /// Built with the lock file that the package ships.
    CratesIo {
        package: &'static str,
        /// Whether it is built with its default features.
        default_features: bool,
    },
    /// A package of this workspace with a program of the same name, built with its lock file.
    Workspace {
        package: &'static str,
        /// The feature that builds the program. Without it the package is empty, so that other builds
        /// don't wait for it.
        feature: &'static str,
    },
}

impl Tool {
    /// Trunk. It compiles only with its own lock file. Its default features look for newer versions and download tools, which it
    /// gets from here.
    pub fn trunk() -> Self {
        let source = Source::CratesIo { package: "trunk", default_features: false };
        Self { name: "trunk", version: TRUNK.into(), source, product: "bin/trunk" }
    }

    /// wasm-bindgen's command-line tool, which must be of the same version as the crate: both come
    /// from `Cargo.lock`.
    pub fn wasm_bindgen(version: &str) -> Self {
        let source =
            Source::Workspace { package: "porchlight-wasm-bindgen", feature: "command-line" };
        let product = "bin/wasm-bindgen";
        Self { name: "wasm-bindgen-cli", version: version.into(), source, product }
    }

    /// geckodriver, which is no package of Debian.
    pub fn geckodriver() -> Self {
        let source = Source::CratesIo { package: "geckodriver", default_features: true };
        let product = "bin/geckodriver";
        Self { name: "geckodriver", version: GECKODRIVER.into(), source, product }
    }

    /// The name of the tool.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The tool's file, if it is in the cache.
    pub fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let product = cache.folder(self.name, &self.version).join(self.product);
        product.is_file().then_some(product)
    }

    /// Builds the tool into the cache.
    pub fn install(&self, workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
        cache.install(self.name, &self.version, Path::new(self.product), |folder| {
            let build_folder = cache.build_folder(self.name, &self.version);
            match self.source {
                Source::CratesIo { package, default_features } => {
                    let features =
                        if default_features { None } else { Some("--no-default-features") };
                    self.build_from_crates_io(package, features, folder, &build_folder, cache)
                }
                Source::Workspace { package, feature } => {
                    self.build_here(package, feature, workspace, folder, &build_folder, cache)
                }
            }?;
            remove_folder(&build_folder)
        })
    }

    fn build_from_crates_io(
        &self,
        package: &str,
        features: Option<&str>,
        folder: &Path,
        build_folder: &Path,
        cache: &Cache,
    ) -> Result<()> {
        let mut cargo = fast_cargo(build_folder);
        cargo
            // They run other programs, for which no optimisation counts.
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .args(["install", package, "--version", &format!("={}", self.version)])
            .args(features)
            .args(["--locked", "--no-track", "--root"])
            .arg(folder)
            // Outside the checkout, whose cargo settings are not for the tool.
            .current_dir(folder);
        self.run(&mut cargo, cache)
    }

    fn build_here(
        &self,
        package: &str,
        feature: &str,
        workspace: &Workspace,
        folder: &Path,
        build_folder: &Path,
        cache: &Cache,
    ) -> Result<()> {
        let mut cargo = fast_cargo(build_folder);
        cargo.args(["build", "--locked", "--release", "--package", package, "--features", feature]);
        self.run(cargo.current_dir(&workspace.root), cache)?;

        let product = folder.join(self.product);
        let built = build_folder.join("release").join(package);
        let place = product.parent().unwrap_or(folder);
        std::fs::create_dir_all(place)
            .and_then(|()| std::fs::copy(&built, &product))
            .with_context(|| format!("cannot copy {}", built.display()))?;
        Ok(())
    }

    fn run(&self, cargo: &mut Command, cache: &Cache) -> Result<()> {
        shell::run_logged(cargo, &cache.log(self.name)).with_context(|| {
            format!(
                "cannot build {self}. It needs crates.io, a C compiler and Rust {} or newer. If you \
                 have the program already, put it at {}",
                env!("CARGO_PKG_RUST_VERSION"),
                cache.folder(self.name, &self.version).join(self.product).display(),
            )
        })
    }
}

/// A cargo with few optimisations: the tools run for seconds but compile for minutes.
fn fast_cargo(build_folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo
        .env("CARGO_TARGET_DIR", build_folder)
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env_remove("RUSTFLAGS");
    cargo
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}
