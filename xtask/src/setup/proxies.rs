//! Caddy and nginx, the reverse proxies in the stories that test `docs/proxy`.

use std::path::PathBuf;

use anyhow::Result;

use super::cache::Cache;
use super::unpacked::Program;

/// Both programs.
pub struct Proxies {
    /// Caddy.
    pub caddy: PathBuf,
    /// nginx.
    pub nginx: PathBuf,
}

const CADDY: Program =
    Program { name: "caddy", variable: "PORCHLIGHT_CADDY", product: "usr/bin/caddy" };
const NGINX: Program =
    Program { name: "nginx", variable: "PORCHLIGHT_NGINX", product: "usr/sbin/nginx" };

/// Looks for both.
pub fn find(cache: &Cache) -> Option<Proxies> {
    Some(Proxies { caddy: CADDY.find(cache)?, nginx: NGINX.find(cache)? })
}

/// Unpacks what is missing.
pub fn install(cache: &Cache) -> Result<Proxies> {
    Ok(Proxies { caddy: CADDY.get(cache)?, nginx: NGINX.get(cache)? })
}
