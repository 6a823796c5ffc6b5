//! What the server does with a credential beside authorising it, which the store does.

use porchlight_store::{Actor, Credential, Grant, VisitorCredential};

use crate::app::App;
use crate::error::Result;
use crate::hub::{Client, Party, Topic};

impl App {
    /// Notes that a credential held: for a while [`App::prove`] asks nobody.
    pub fn note_proven(&self, credential: &Credential) {
        self.limits.proven.note(credential.key());
    }

    /// Authorises a credential in a reader, unless it held lately, so that the single writer does no work for
    /// made-up ones.
    pub async fn prove(&self, credential: &Credential) -> Result<()> {
        if !self.limits.proven.knows(credential.key()) {
            self.store.authorise(credential.clone()).await?;
            self.note_proven(credential);
        }
        Ok(())
    }

    /// Notes from which network a visitor comes whose credential held.
    pub fn note_network(&self, credential: &Credential) {
        if let Credential::Visitor(visitor) = credential {
            self.networks.note(visitor);
        }
    }

    /// Notes after a welcome that a visitor is here. Of agents their sessions know it.
    pub fn note_seen(&self, credential: Credential) {
        if !matches!(credential, Credential::Visitor(_)) {
            return;
        }
        self.note_network(&credential);
        let store = self.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.saw(credential).await {
                error.log();
            }
        });
    }

    /// Counts an act against the sender's rate limit.
    pub fn count_act(&self, credential: &Credential) -> Result<()> {
        match credential {
            Credential::Visitor(credential) => self.limits.visitor_acts.check(&credential.key),
            Credential::Agent(key) | Credential::Bot(key) => self.limits.team_acts.check(key),
        }
    }

    /// Counts a read mark against the sender's rate limit.
    pub fn count_read(&self, credential: &Credential) -> Result<()> {
        match credential {
            Credential::Visitor(credential) => self.limits.visitor_reads.check(&credential.key),
            Credential::Agent(key) | Credential::Bot(key) => self.limits.team_acts.check(key),
        }
    }

    /// Counts a telling that somebody types against their rate limit.
    pub fn count_typing(&self, credential: &Credential) -> Result<()> {
        let (Credential::Visitor(VisitorCredential { key, .. })
        | Credential::Agent(key)
        | Credential::Bot(key)) = credential;
        self.limits.typing.check(key)
    }
}

/// The sender's party in the hub.
fn party(credential: &Credential) -> Party {
    match credential {
        Credential::Visitor(_) => Party::Visitor,
        Credential::Agent(session) => Party::Agent(*session),
        Credential::Bot(token) => Party::Bot(*token),
    }
}

/// The client that shows this credential and has got this grant, as the hub knows it.
pub fn client(credential: &Credential, grant: &Grant) -> Client {
    let Grant { site, actor, is_online, .. } = grant;
    let topic = match actor {
        Actor::Visitor(visitor) => Topic::Visitor(site.id, visitor.clone()),
        Actor::Agent(_) | Actor::Bot(_) => Topic::Team(site.id),
    };
    Client { topic, party: party(credential), is_online: *is_online }
}
