//! From which networks visitors were met lately: in the memory of this server alone, and forgotten within an hour. So an agent
//! who blocks somebody can block their network, too, and of nobody else an address is stored.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use porchlight_protocol::SiteKey;
use porchlight_store::{Hash, Result, VisitorCredential};

use crate::app::App;

/// How long a generation of networks takes in new ones. Then it is kept as long again.
const TURNS_EVERY: Duration = Duration::from_secs(30 * 60);

/// Visitors of one generation. More of them end it early.
const MET_MAX: usize = 20_000;

/// From which networks visitors were met, by the hash of their key.
#[derive(Debug)]
pub struct Networks {
    met: Mutex<Met>,
}

#[derive(Debug)]
struct Met {
    began: Instant,
    now: Generation,
    before: Generation,
}

/// The network of a visitor, and when they were met there.
type Generation = HashMap<(SiteKey, Hash), (IpAddr, Instant)>;

impl Default for Networks {
    fn default() -> Self {
        let (now, before) = (Generation::new(), Generation::new());
        Networks { met: Mutex::new(Met { began: Instant::now(), now, before }) }
    }
}

impl Networks {
    fn lock(&self) -> MutexGuard<'_, Met> {
        self.met.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes from where a visitor has written, or has connected.
    pub fn note(&self, visitor: &VisitorCredential) {
        let Some(network) = visitor.network else { return };
        let mut met = self.lock();
        if met.now.len() >= MET_MAX {
            met.turn();
        }
        met.now.insert((visitor.site.clone(), visitor.key), (network, Instant::now()));
    }

    /// From where the visitor of a site with one of these keys was met last, if it is known.
    pub fn of(&self, site: &SiteKey, keys: &[Hash]) -> Option<IpAddr> {
        let met = self.lock();
        let all = keys.iter().filter_map(|key| {
            let visitor = (site.clone(), *key);
            met.now.get(&visitor).or_else(|| met.before.get(&visitor))
        });
        all.max_by_key(|(_, at)| *at).map(|(network, _)| *network)
    }

    /// Forgets all of them.
    pub fn forget(&self) {
        let mut met = self.lock();
        met.turn();
        met.turn();
    }

    /// Begins the next generation, if it is time.
    pub fn tidy(&self) {
        let mut met = self.lock();
        if met.began.elapsed() >= TURNS_EVERY {
            met.turn();
        }
    }
}

impl Met {
    fn turn(&mut self) {
        self.before = std::mem::take(&mut self.now);
        self.began = Instant::now();
    }
}

/// Tells the store the networks of blocked visitors that it waits for, as far as this server has met them: another one may have
/// taken the block.
pub async fn tell_awaited(app: &App) -> Result<()> {
    for awaited in app.store.awaited_networks().await? {
        if let Some(network) = app.networks.of(&awaited.key, &awaited.keys) {
            app.store.met(awaited.site, awaited.visitor, network).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visitor(key: u8, network: &str) -> VisitorCredential {
        let (site, key) = ("pl_shop".parse().unwrap(), [key; 32]);
        VisitorCredential { site, key, network: network.parse().ok() }
    }

    #[test]
    fn where_a_visitor_was_met_last_is_forgotten_in_time() {
        let networks = Networks::default();
        let shop: SiteKey = "pl_shop".parse().unwrap();
        networks.note(&visitor(1, "203.0.113.1"));
        networks.note(&visitor(2, "2001:db8::"));
        networks.note(&visitor(3, "unknown"));
        let of = |keys: &[Hash]| networks.of(&shop, keys).map(|network| network.to_string());
        assert_eq!(of(&[[1; 32]]).as_deref(), Some("203.0.113.1"));
        assert_eq!(of(&[[1; 32], [2; 32]]).as_deref(), Some("2001:db8::"), "met after the other");
        assert_eq!((of(&[[3; 32]]), of(&[])), (None, None));
        assert_eq!(networks.of(&"pl_other".parse().unwrap(), &[[1; 32]]), None);
        networks.tidy();
        networks.lock().turn();
        assert!(of(&[[1; 32]]).is_some(), "kept for one more turn");
        networks.note(&visitor(2, "203.0.113.9"));
        networks.lock().turn();
        assert_eq!(of(&[[1; 32]]), None);
        assert_eq!(of(&[[2; 32]]).as_deref(), Some("203.0.113.9"));
    }

    #[test]
    fn no_more_visitors_are_kept_than_there_is_room_for() {
        let networks = Networks::default();
        for number in 0..2 * MET_MAX + 5 {
            let mut met = visitor(0, "203.0.113.1");
            met.key[..8].copy_from_slice(&(number as u64).to_le_bytes());
            networks.note(&met);
        }
        let met = networks.lock();
        assert_eq!((met.now.len(), met.before.len()), (5, MET_MAX));
    }
}
