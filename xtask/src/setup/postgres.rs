//! PostgreSQL, under the server's tests of the second engine.
//!
//! If it is missing, Debian's package is installed, without the cluster that it would start by itself.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::cache::Cache;
use super::debian;
use crate::shell;

/// The environment variable with the folder of `initdb` and `postgres`.
const VARIABLE: &str = "PORCHLIGHT_POSTGRES";

/// The oldest version that the server supports.
const OLDEST: u32 = 15;

/// Where Debian's packages install, each version in a folder of its own.
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder of the programs `initdb` and `pg_ctl`.
pub fn find() -> Option<PathBuf> {
    let named = std::env::var_os(VARIABLE).map(PathBuf::from);
    let on_path = shell::which("initdb").and_then(|path| Some(path.parent()?.to_owned()));
    named
        .or_else(newest_of_debian)
        .or(on_path)
        .filter(|folder| shell::is_program(&folder.join("initdb")))
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = Path::new(DEBIAN).read_dir().ok()?;
    let versions = versions.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let newest = versions.filter(|version: &u32| *version >= OLDEST).max()?;
    Some(Path::new(DEBIAN).join(newest.to_string()).join("bin"))
}

/// Installs it.
pub fn install(cache: &Cache) -> Result<PathBuf> {
    // The package makes a cluster and starts it, unless this file of its own says otherwise.
    debian::install(&["postgresql-common"], cache)?;
    debian::write_config(
        "/etc/postgresql-common/createcluster.conf",
        "create_main_cluster = false\n",
        cache,
    )?;
    debian::install(&["postgresql"], cache)?;
    find().with_context(|| {
        format!("there is no PostgreSQL {OLDEST} or newer: name its folder in {VARIABLE}")
    })
}
