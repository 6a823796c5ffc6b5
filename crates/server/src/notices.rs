//! What an operator should know and is told once, however often it happens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::origin::Origin;

/// Wrong addresses that are told of; who asks by names of their own making fills no log.
const ADDRESSES_MAX: usize = 8;

/// What was told already.
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
    /// Requests carry `X-Forwarded-For`, and the server was not told of a proxy.
    pub fn proxy_unannounced(&self) {
        if first(&self.proxy) {
            tracing::warn!(
                "requests carry X-Forwarded-For: if a proxy stands in front, start with \
                 --behind-proxy, or all visitors share the limits of one address"
            );
        }
    }

    /// A proxy was announced, and what it says of the client's address is missing or no address.
    pub fn proxy_unreadable(&self) {
        if first(&self.forwarded) {
            tracing::warn!(
                "started with --behind-proxy, but a request has no address that can be read in \
                 X-Forwarded-For: such requests count by the proxy's own address"
            );
        }
    }

    /// Somebody uses the server by another address than it is set up for.
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
