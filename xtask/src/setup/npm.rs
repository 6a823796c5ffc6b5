//! The tools from npm, pinned by one lock file with version and hash.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use crate::shell;

/// The wanted packages, and their exact versions and hashes.
const PACKAGE: &str = include_str!("../../npm/package.json");
const LOCK: &str = include_str!("../../npm/package-lock.json");

/// The name of the folder in the cache; its version is the lock file's hash.
const NAME: &str = "npm";

/// The last file that an install writes: npm's record of the installed packages.
const FINISHED: &str = "node_modules/.package-lock.json";

/// The tools from npm.
pub struct NpmTools {
    /// Binaryen's optimiser for WebAssembly.
    pub wasm_opt: PathBuf,
    /// The minifier for JavaScript and CSS.
    pub esbuild: PathBuf,
    /// The script of axe-core, which finds accessibility problems.
    pub axe: PathBuf,
    /// The folder `node_modules`, in which Node scripts find puppeteer-core.
    pub modules: PathBuf,
}

impl NpmTools {
    /// The tools, if all of them are in the cache.
    pub fn find(cache: &Cache) -> Option<Self> {
        let modules = cache.folder(NAME, &version()).join("node_modules");
        let file = |path| Some(modules.join(path)).filter(|file: &PathBuf| file.is_file());
        file("puppeteer-core/package.json")?;
        Some(Self {
            wasm_opt: file(".bin/wasm-opt")?,
            esbuild: file(".bin/esbuild")?,
            axe: file("axe-core/axe.min.js")?,
            modules,
        })
    }

    /// Installs the tools into the cache.
    pub fn install(cache: &Cache) -> Result<Self> {
        cache.install(NAME, &version(), Path::new(FINISHED), |folder| fill(folder, cache))?;
        Self::find(cache).with_context(|| {
            let folder = cache.folder(NAME, &version());
            format!("{} is not complete: remove it, then run this again", folder.display())
        })
    }
}

/// A hash of the lock file. (If a new Rust changes `DefaultHasher`, the tools are installed once more.)
fn version() -> String {
    let mut hasher = DefaultHasher::new();
    LOCK.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn fill(folder: &Path, cache: &Cache) -> Result<()> {
    if shell::which("npm").is_none() {
        bail!(
            "npm is not on PATH, and esbuild, binaryen, axe-core and puppeteer-core come from \
             there: install Node.js 18 or newer (Debian: `apt-get install nodejs npm`), then run \
             this again"
        );
    }
    for (name, content) in [("package.json", PACKAGE), ("package-lock.json", LOCK)] {
        let file = folder.join(name);
        std::fs::write(&file, content)
            .with_context(|| format!("cannot write {}", file.display()))?;
    }
    let mut npm = Command::new("npm");
    npm.args(["ci", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"])
        // None of these packages needs its install scripts, and scripts could do harm.
        .arg("--ignore-scripts")
        .current_dir(folder);
    shell::run_logged(&mut npm, &cache.log(NAME))
        .context("cannot install the tools from npm: can this machine reach the registry?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_is_in_the_lock_file_with_the_hash_of_its_content() {
        let lock: serde_json::Value = serde_json::from_str(LOCK).unwrap();
        let locked = lock["packages"].as_object().unwrap();
        let wanted: serde_json::Value = serde_json::from_str(PACKAGE).unwrap();
        for kind in ["dependencies", "devDependencies"] {
            assert_eq!(
                locked[""][kind], wanted[kind],
                "`npm install --package-lock-only` mends it"
            );
        }
        assert!(locked.len() > 4);
        for (name, package) in locked.iter().filter(|(name, _)| !name.is_empty()) {
            assert!(package["integrity"].is_string(), "{name} has no hash");
        }
    }
}
