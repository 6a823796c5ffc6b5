//! The tools that come from npm, all by one lock file: each in an exact version, with its hash.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use crate::shell;

/// What is wanted, and exactly what that is.
const PACKAGE: &str = include_str!("../../npm/package.json");
const LOCK: &str = include_str!("../../npm/package-lock.json");

/// Its folder in the cache, with the lock file's hash as its version.
const NAME: &str = "npm";

/// The last file that an install writes: npm keeps there what it has installed.
const FINISHED: &str = "node_modules/.package-lock.json";

/// What was installed from npm.
pub struct NpmTools {
    /// Makes WebAssembly smaller.
    pub wasm_opt: PathBuf,
    /// Makes JavaScript smaller.
    pub esbuild: PathBuf,
    /// The script that looks for accessibility problems.
    pub axe: PathBuf,
    /// The folder in which scripts for Node find puppeteer-core.
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

/// Changes with the lock file. (Should Rust's hash ever change, that costs one install.)
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
        // None of these packages needs its scripts, and what does not run can do no harm.
        .arg("--ignore-scripts")
        .current_dir(folder);
    shell::run_logged(&mut npm, &cache.log(NAME))
        .context("cannot install the tools from npm: is the registry within reach?")
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
