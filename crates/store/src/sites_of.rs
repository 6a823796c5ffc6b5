//! Which site a credential is for, so that a write knows which one to hold before it begins. A credential never moves to
//! another site.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use porchlight_protocol::SiteKey;

use crate::credential::Credential;
use crate::random::Hash;
use crate::store::SiteId;

/// Credentials that are remembered. One that was forgotten costs a read.
const KNOWN_MAX: usize = 100_000;

/// The sites of the credentials that were shown since the start.
#[derive(Default)]
pub(crate) struct SitesOf {
    known: Mutex<HashMap<Key, SiteId>>,
}

/// What decides a credential's site.
#[derive(PartialEq, Eq, Hash)]
enum Key {
    Site(SiteKey),
    Token(Hash),
}

impl Key {
    fn of(credential: &Credential) -> Self {
        match credential {
            Credential::Visitor(visitor) => Key::Site(visitor.site.clone()),
            Credential::Agent(token) | Credential::Bot(token) => Key::Token(*token),
        }
    }
}

impl SitesOf {
    fn lock(&self) -> MutexGuard<'_, HashMap<Key, SiteId>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn known(&self, credential: &Credential) -> Option<SiteId> {
        self.lock().get(&Key::of(credential)).copied()
    }

    pub(crate) fn learn(&self, credential: &Credential, site: SiteId) {
        let mut known = self.lock();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(Key::of(credential), site);
    }

    pub(crate) fn forget(&self, credential: &Credential) {
        self.lock().remove(&Key::of(credential));
    }
}
