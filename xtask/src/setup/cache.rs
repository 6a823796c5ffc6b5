//! The tool cache: a folder per tool and version, outside `target`, with complete installs only.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::lock;

/// The folder in which tools are kept between runs and shared between checkouts.
pub struct Cache {
    root: PathBuf,
}

impl Cache {
    /// The cache of the current user.
    pub fn locate() -> Result<Self> {
        Ok(Self { root: root_from(|name| std::env::var_os(name))? })
    }

    /// The folder of an installed tool.
    pub fn folder(&self, name: &str, version: &str) -> PathBuf {
        self.root.join(format!("{name}-{version}"))
    }

    /// The log file of an install.
    pub fn log(&self, what: &str) -> PathBuf {
        self.root.join("logs").join(format!("{what}.log"))
    }

    /// The folder in which a tool is compiled. It outlives an interrupted install, so that the next one
    /// continues from there.
    pub fn build_folder(&self, name: &str, version: &str) -> PathBuf {
        self.root.join("building").join(format!("{name}-{version}"))
    }

    /// Runs `fill` on an empty folder, and makes it the tool's folder if `fill` has made `product`.
    ///
    /// The last step is a rename, so an interrupted install never looks complete.
    pub fn install(
        &self,
        name: &str,
        version: &str,
        product: &Path,
        fill: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let _only_one = lock::only_one(&self.root.join(".lock"), "a set-up runs")?;
        let finished = self.folder(name, version);
        if finished.join(product).is_file() {
            // The process that held the lock has installed it.
            return Ok(finished.join(product));
        }
        let staging = self.root.join(format!(".{name}-{version}"));
        remove_folder(&staging)?;
        std::fs::create_dir_all(&staging)
            .with_context(|| format!("cannot create {}", staging.display()))?;

        let filled = fill(&staging).and_then(|()| {
            if !staging.join(product).is_file() {
                bail!("installing {name} {version} did not give {}", product.display());
            }
            remove_folder(&finished)?;
            std::fs::rename(&staging, &finished)
                .with_context(|| format!("cannot move the install to {}", finished.display()))
        });
        remove_folder(&staging)?;
        filled?;
        Ok(finished.join(product))
    }
}

/// Chooses the cache's folder from the environment.
fn root_from(variable: impl Fn(&str) -> Option<OsString>) -> Result<PathBuf> {
    // An empty variable counts as unset, as the XDG specification says.
    let folder = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let root = if let Some(tools) = folder("PORCHLIGHT_TOOLS") {
        tools
    } else if let Some(cache) = folder("XDG_CACHE_HOME") {
        cache.join("porchlight/tools")
    } else if let Some(home) = folder("HOME").or_else(|| folder("USERPROFILE")) {
        home.join(".cache/porchlight/tools")
    } else {
        bail!("there is no place to keep tools: set PORCHLIGHT_TOOLS to a folder, or HOME")
    };
    // Absolute, because tools are run from other folders.
    std::path::absolute(&root).with_context(|| format!("{} is not a path", root.display()))
}

/// Removes a folder with its content, if it exists.
pub fn remove_folder(folder: &Path) -> Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(variables: &[(&str, &str)]) -> Result<PathBuf> {
        root_from(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())
        })
    }

    /// A cache in a temporary folder, removed on drop.
    struct Scratch(Cache);

    impl Scratch {
        fn new(test: &str) -> Self {
            let name = format!("porchlight-{test}-{}", std::process::id());
            Self(Cache { root: std::env::temp_dir().join(name) })
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0.root);
        }
    }

    #[test]
    fn the_first_variable_that_says_something_decides_where_the_cache_is() {
        let home = ("HOME", "/home/ann");
        let xdg = ("XDG_CACHE_HOME", "/cache");
        let own = ("PORCHLIGHT_TOOLS", "/opt/tools");
        assert_eq!(root(&[home, xdg, own]).unwrap(), Path::new("/opt/tools"));
        assert_eq!(root(&[home, xdg]).unwrap(), Path::new("/cache/porchlight/tools"));
        let empty = ("XDG_CACHE_HOME", "");
        assert_eq!(root(&[home, empty]).unwrap(), Path::new("/home/ann/.cache/porchlight/tools"));
        assert!(root(&[]).unwrap_err().to_string().contains("set PORCHLIGHT_TOOLS"));
    }

    #[test]
    fn an_install_appears_when_it_is_finished_and_not_before() {
        let scratch = Scratch::new("finished");
        let product = Path::new("bin/tool");
        let installed = scratch.0.install("tool", "1.0", product, |staging| {
            assert!(!scratch.0.folder("tool", "1.0").exists());
            std::fs::create_dir(staging.join("bin"))?;
            Ok(std::fs::write(staging.join(product), "made")?)
        });
        assert_eq!(std::fs::read_to_string(installed.unwrap()).unwrap(), "made");
    }

    #[test]
    fn a_failed_install_leaves_nothing() {
        let scratch = Scratch::new("failed");
        let failed = scratch.0.install("tool", "1.0", Path::new("tool"), |staging| {
            std::fs::write(staging.join("half"), "made")?;
            bail!("the network went away")
        });
        assert_eq!(failed.unwrap_err().to_string(), "the network went away");
        let left = std::fs::read_dir(&scratch.0.root).unwrap();
        let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [".lock"]);
    }

    #[test]
    fn an_install_without_its_product_is_a_failure_and_an_incomplete_folder_is_replaced() {
        let scratch = Scratch::new("incomplete");
        let product = Path::new("tool");
        let empty = scratch.0.install("tool", "1.0", product, |_| Ok(()));
        assert!(empty.unwrap_err().to_string().contains("did not give tool"));

        std::fs::create_dir_all(scratch.0.folder("tool", "1.0").join("remains")).unwrap();
        let made = scratch.0.install("tool", "1.0", product, |staging| {
            Ok(std::fs::write(staging.join(product), "")?)
        });
        assert!(made.unwrap().is_file());
        assert!(!scratch.0.folder("tool", "1.0").join("remains").exists());
    }
}
