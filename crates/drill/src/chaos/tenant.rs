//! A site of a scene: its people, what they do and are told, and what they know.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use porchlight_protocol::{SiteKey, VisitorKey};

use crate::client::{Address, Client};
use crate::dice::Dice;
use crate::history::{ClientNumber, Recorder, Who};
use crate::nodes::{PASSWORD, Store};

use super::Hand;
use super::guest::Guest;
use super::reader::{Knowledge, Reader};

/// Who is on a site.
#[derive(Debug, Clone, Copy)]
pub struct Cast {
    /// The name of the site.
    name: &'static str,
    /// Its visitors. The first of them has two tabs.
    visitors: usize,
    /// Its agents; the first one is an admin.
    agents: &'static [&'static str],
}

/// The sites of a run. The second one is small: what is looked for is that nothing of one reaches the other.
pub const CASTS: [Cast; 2] = [
    Cast { name: "Chaos", visitors: 3, agents: &["ada", "ben"] },
    Cast { name: "Next door", visitors: 1, agents: &["cat"] },
];

impl Cast {
    /// Adds the site and its agents to a store.
    pub fn moves_in(&self, store: &Store) -> Result<SiteKey> {
        let site = store.add_site(self.name)?;
        for (at, name) in self.agents.iter().enumerate() {
            let role = if at == 0 { "admin" } else { "agent" };
            store.add_agent(&site, &email(name), name, role)?;
        }
        Ok(site)
    }
}

fn email(name: &str) -> String {
    format!("{name}@chaos.example")
}

/// A site, and what its clients know.
pub struct Tenant {
    /// Where its clients write down what happens.
    pub recorder: Recorder,
    /// Its place among the sites of the scene.
    number: u8,
    cast: Cast,
    site: SiteKey,
    known: Mutex<Vec<(ClientNumber, Who, Knowledge)>>,
}

impl Tenant {
    /// A site whose clients have done nothing yet.
    pub fn new(number: u8, cast: Cast, site: SiteKey, seed: u64) -> Self {
        Tenant { recorder: Recorder::new(seed), number, cast, site, known: Mutex::default() }
    }

    /// Somebody who signs in and out as the last agent does.
    pub fn guest(&self, nodes: Vec<Address>, stop: &Arc<AtomicBool>, dice: Dice) -> Option<Guest> {
        let email = email(self.cast.agents.last()?);
        Some(Guest { email, nodes, stop: Arc::clone(stop), dice })
    }

    /// The clients with what they know.
    pub fn known(&self) -> Vec<(ClientNumber, Who, Knowledge)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The clients: those that act until `stop`, and those that listen. `addresses` makes the ones of the nodes, with
    /// connections of their own.
    pub async fn clients(
        &self,
        addresses: impl Fn() -> Vec<Address>,
        stop: &Arc<AtomicBool>,
        dice: &mut Dice,
    ) -> Result<(Vec<Hand>, Vec<Reader>)> {
        let (mut hands, mut readers) = (Vec::new(), Vec::new());
        let first = addresses().into_iter().next().context("a scene without nodes")?;
        let mut host = 0;
        let mut joins = |who: Who, client: Client, is_admin: bool, dice: &mut Dice| {
            host += 1;
            let client = client.from_ip(IpAddr::V4(Ipv4Addr::new(198, 18, self.number, host)));
            let number = self.recorder.joins(who.clone());
            let knowledge = Knowledge::default();
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            known.push((number, who.clone(), knowledge.clone()));
            readers.push(Reader {
                number,
                client: client.clone(),
                nodes: addresses(),
                recorder: self.recorder.clone(),
                knowledge: knowledge.clone(),
                dice: dice.fork(),
            });
            hands.push(Hand {
                number,
                who,
                client,
                nodes: addresses(),
                recorder: self.recorder.clone(),
                knowledge,
                elsewhere: Vec::new(),
                is_admin,
                stop: Arc::clone(stop),
                dice: dice.fork(),
                texts: 0,
            });
        };
        for visitor in 0..self.cast.visitors {
            let key = VisitorKey::from_bytes(dice.bytes());
            for _ in 0..if visitor == 0 { 2 } else { 1 } {
                let client = Client::visitor(&first, &self.site, &key)?;
                joins(Who::Visitor(visitor), client, false, dice);
            }
        }
        for (at, name) in self.cast.agents.iter().enumerate() {
            let signed_in = Client::sign_in(&first, &email(name), PASSWORD).await;
            let (client, session) = signed_in.context("an agent can't sign in")?;
            joins(Who::Agent(session.agent), client, at == 0, dice);
        }
        Ok((hands, readers))
    }
}
