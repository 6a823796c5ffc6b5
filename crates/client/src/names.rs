//! What the team's lists call visitors, as far as this client was told. The widget is built without.

use std::collections::{BTreeMap, BTreeSet};

use porchlight_protocol::VisitorId;
use porchlight_protocol::person::VisitorName;

/// The names of visitors, by id.
#[derive(Debug, Clone, Default)]
pub struct Names {
    known: BTreeMap<VisitorId, VisitorName>,
    /// The visitors of whom the server has told since the last welcome what it knows, be it nothing.
    told: BTreeSet<VisitorId>,
}

impl Names {
    /// What this visitor is called, if anything is known.
    pub fn get(&self, id: &VisitorId) -> Option<&VisitorName> {
        self.known.get(id)
    }

    /// True if the server has told what it knows of this visitor. Otherwise the client has to ask.
    pub fn is_told(&self, id: &VisitorId) -> bool {
        self.told.contains(id)
    }

    /// Takes a name over, unless a later one is known. True if it changes what is shown.
    pub(crate) fn hear(&mut self, name: VisitorName) -> bool {
        self.told.insert(name.id.clone());
        let before = self.known.get(&name.id);
        if before.is_some_and(|before| before.revision > name.revision || *before == name) {
            return false;
        }
        self.known.insert(name.id.clone(), name);
        true
    }

    /// Notes that the server has told of this visitor: without a name, nothing is known.
    pub(crate) fn mark(&mut self, id: &VisitorId) {
        self.told.insert(id.clone());
    }

    /// After a gap in the connection, names may have changed unheard: they stay until the server has told them again.
    pub(crate) fn doubt(&mut self) {
        self.told.clear();
    }

    /// Drops everything: the store has another epoch.
    pub(crate) fn clear(&mut self) {
        *self = Names::default();
    }
}
