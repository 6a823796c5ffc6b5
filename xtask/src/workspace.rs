//! Paths in the checkout, and versions in `Cargo.lock`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The checkout that this binary was built from.
pub struct Workspace {
    /// The repository's root.
    pub root: PathBuf,
    /// Cargo's output folder.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the checkout: the folder above this package.
    pub fn locate() -> Result<Self> {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.parent().context("xtask has no folder above it")?.to_owned();
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            // Cargo takes a relative path from where it is called, which is where we are called.
            Some(dir) => std::path::absolute(dir).context("CARGO_TARGET_DIR is not a path")?,
            None => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The files that the server embeds: a folder each for widget, inbox and loader.
    ///
    /// The server's source has this path relative to itself, so it does not follow `CARGO_TARGET_DIR`.
    pub fn assets(&self) -> PathBuf {
        self.root.join("target/assets")
    }

    /// The log file of a command that is run by `shell::run_logged`.
    pub fn log(&self, what: &str) -> PathBuf {
        self.target.join("logs").join(format!("{what}.log"))
    }

    /// The version of a package in `Cargo.lock`.
    pub fn locked_version(&self, package: &str) -> Result<String> {
        let path = self.root.join("Cargo.lock");
        let lock = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        locked_version(&lock, package)
    }
}

/// Finds a package's version in the text of a `Cargo.lock`.
///
/// Two versions of one package are an error, because callers need a single one.
fn locked_version(lock: &str, package: &str) -> Result<String> {
    let name_line = format!("name = \"{package}\"");
    let mut versions = lock.split("[[package]]").filter_map(|entry| {
        let mut lines = entry.lines().map(str::trim);
        lines.find(|line| *line == name_line)?;
        lines.next()?.strip_prefix("version = \"")?.strip_suffix('"')
    });
    match (versions.next(), versions.next()) {
        (Some(version), None) => Ok(version.to_owned()),
        (Some(one), Some(other)) => {
            bail!("Cargo.lock has {package} twice, {one} and {other}; `cargo tree -d` shows why")
        }
        (None, _) => bail!("Cargo.lock does not have {package}; run `cargo update --workspace`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
dependencies = [
 "cfg-if",
 "wasm-bindgen-macro",
]

[[package]]
name = "wasm-bindgen-macro"
version = "0.2.131"

[[package]]
name = "rand"
version = "0.8.5"

[[package]]
name = "rand"
version = "0.9.1"
"#;

    #[test]
    fn the_locked_version_is_that_of_the_exact_name() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen").unwrap(), "0.2.130");
        assert_eq!(locked_version(LOCK, "wasm-bindgen-macro").unwrap(), "0.2.131");
    }

    #[test]
    fn a_package_that_is_missing_or_twice_there_is_an_error_that_names_it() {
        let missing = locked_version(LOCK, "cfg-if").unwrap_err().to_string();
        assert!(missing.contains("does not have cfg-if"), "{missing}");
        let twice = locked_version(LOCK, "rand").unwrap_err().to_string();
        assert!(twice.contains("0.8.5 and 0.9.1"), "{twice}");
    }

    #[test]
    fn this_checkouts_wasm_bindgen_and_its_command_line_tool_are_of_one_version() {
        let workspace = Workspace::locate().unwrap();
        let version = workspace.locked_version("wasm-bindgen").unwrap();
        assert!(version.starts_with("0.2."), "{version}");
        assert_eq!(workspace.locked_version("wasm-bindgen-cli").unwrap(), version);
    }
}
