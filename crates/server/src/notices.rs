//! Warnings that the log gives once, however often their cause occurs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use porchlight_store::Origin;

/// Wrong addresses that are logged, so that requests with made-up host names don't fill the log.
const ADDRESSES_MAX: usize = 8;

/// The warnings that were given already.
#[derive(Debug, Default)]
pub struct Notices {
    proxy: AtomicBool,
    forwarded: AtomicBool,
    addresses: Mutex<Vec<String>>,
}

fn first(told: &AtomicBool) -> bool {
    !told.load(Ordering::Relaxed) && !told.swap(true, Ordering::Relaxed)
}

impl Notices {
    /// Warns that requests carry `X-Forwarded-For` though the server was started without `--behind-proxy`.
    pub fn proxy_unannounced(&self) {
        if first(&self.proxy) {
            tracing::warn!(
                "requests carry X-Forwarded-For: if a proxy stands in front, start with \
                 --behind-proxy, or all visitors share the limits of one address"
            );
        }
    }

    /// Warns that the proxy's `X-Forwarded-For` is missing or holds no address.
    pub fn proxy_unreadable(&self) {
        if first(&self.forwarded) {
            tracing::warn!(
                "started with --behind-proxy, but a request has no address that can be read in \
                 X-Forwarded-For: such requests count by the proxy's own address"
            );
        }
    }

    /// Warns that the server is used at another address than its public URL.
    pub fn wrong_address(&self, used: &str, configured: &Origin) {
        let mut told = self.addresses.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < ADDRESSES_MAX && !told.iter().any(|other| other == used) {
            told.push(used.to_owned());
            tracing::warn!(
                used,
                %configured,
                "opened at an address that the server is not set up for, so nothing can be sent: \
                 open it at the configured one, or start with --public-url"
            );
        }
    }
}
