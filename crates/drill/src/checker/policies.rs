//! Which closing policies may have been in force at a revision.

use porchlight_protocol::{Plan, Policy, Revision};

use super::index::Index;
use crate::history::{At, Outcome};

/// The policies of a run.
pub(super) struct Policies {
    /// Those that were acknowledged, from their revisions on; the first one is that of a new site.
    told: Vec<(Revision, Policy)>,
    /// Those of which nobody knows whether they were saved, if then after these revisions.
    unsure: Vec<(Revision, Policy)>,
}

impl Policies {
    pub fn new(index: &Index<'_>) -> Self {
        let mut told = vec![(0, Policy::default())];
        let mut unsure = Vec::new();
        for request in &index.history.settings {
            let policy = request.what.policy(Plan::Professional, 0);
            for it in &request.tries {
                match &it.outcome {
                    Outcome::Acknowledged(revision) => told.push((*revision, policy.clone())),
                    Outcome::Unknown => {
                        unsure.push((newest_told(index, it.invoked), policy.clone()))
                    }
                    Outcome::Refused(_) => {}
                }
            }
        }
        told.sort_by_key(|(revision, _)| *revision);
        Policies { told, unsure }
    }

    /// Those that may have been in force for a commit with this revision.
    pub fn at(&self, revision: Revision) -> impl Iterator<Item = &Policy> {
        let told = self.told.iter().rfind(|(since, _)| *since < revision);
        let unsure = self.unsure.iter().filter(move |(after, _)| *after < revision);
        told.into_iter().chain(unsure).map(|(_, policy)| policy)
    }

    /// All that may have been in force at any time.
    pub fn all(&self) -> impl Iterator<Item = &Policy> {
        self.told.iter().chain(&self.unsure).map(|(_, policy)| policy)
    }

    /// Those that may be in force in the end.
    pub fn last(&self) -> impl Iterator<Item = &Policy> {
        self.at(Revision::MAX)
    }
}

/// The newest revision that had been acknowledged to anybody by then.
fn newest_told(index: &Index<'_>, by: At) -> Revision {
    let acts = index.history.acts.iter().filter_map(|act| {
        let (answer, at) = act.acknowledged()?;
        answer.events.last().filter(|_| at < by).map(|event| event.revision)
    });
    acts.max().unwrap_or(0)
}
