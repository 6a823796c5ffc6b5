//! The scene of a run: a store, its nodes with proxies around them, and the clients.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use anyhow::Result;
use porchlight_cluster::nats::NatsServer;
use porchlight_cluster::{Cluster, Durability};
use porchlight_protocol::{ConversationId, Millis, SiteKey};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use crate::client::Address;
use crate::dice::Dice;
use crate::history::Aged;
use crate::nodes::{Place, Store};
use crate::proxy::Proxy;

use super::Setup;
use super::hand::PERIOD_S;
use super::machine::Machine;
use super::tenant::{CASTS, Tenant};
use super::trouble::Parts;

/// The database of the cluster that runs copy, with the sites and their agents.
const TEMPLATE: &str = "chaos_template";

/// Seconds by which a conversation ages: long due, even if a timer is late.
const AGES_S: u64 = PERIOD_S + 600;

/// A NATS server, which runs may kill.
type SharedNats = Arc<Mutex<NatsServer>>;

/// What the runs of one worker share: a database server, what is in it at the start of a run, and a NATS server.
pub struct Ground {
    setup: Setup,
    cluster: Option<Arc<Cluster>>,
    nats: Option<SharedNats>,
    sites: Vec<SiteKey>,
    folder: tempfile::TempDir,
}

impl Ground {
    /// Starts the database server, and makes a store with the sites and their agents.
    pub fn new(setup: &Setup) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("porchlight-chaos-").tempdir()?;
        let cluster = match &setup.postgres {
            Some(programs) => Some(Arc::new(Cluster::start(programs, Durability::Killed)?)),
            None => None,
        };
        let nats = setup.nats.as_deref().map(NatsServer::start).transpose()?;
        let nats = nats.map(|nats| Arc::new(Mutex::new(nats)));
        let place = match &cluster {
            Some(cluster) => {
                let create = format!("CREATE DATABASE {TEMPLATE} TEMPLATE template0");
                cluster.sql("postgres", &create)?;
                Place::Database(format!("{}/{TEMPLATE}", cluster.address()))
            }
            None => Place::Folder(folder.path().join("template")),
        };
        let store = Store::new(&setup.program, place, folder.path());
        let sites = CASTS.iter().map(|cast| cast.moves_in(&store)).collect::<Result<_>>()?;
        Ok(Ground { setup: setup.clone(), cluster, nats, sites, folder })
    }

    /// A scene of its own, with a copy of the store.
    pub async fn scene(&self, seed: u64, nodes: usize, dice: &mut Dice) -> Result<Scene> {
        let folder = self.folder.path().join(format!("seed-{seed}"));
        std::fs::create_dir_all(&folder)?;
        let database = format!("chaos_{seed}");
        if let Some(cluster) = &self.cluster {
            let copy = format!("CREATE DATABASE {database} TEMPLATE {TEMPLATE}");
            let drop = format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)");
            let cluster = Arc::clone(cluster);
            spawn_blocking(move || {
                cluster.sql("postgres", &drop)?;
                cluster.sql("postgres", &copy)
            })
            .await??;
        } else {
            copy_folder(&self.folder.path().join("template"), &folder.join("data"))?;
        }
        // Nodes with one public URL have the same cookies.
        let mut flags = vec!["--behind-proxy", "--public-url", "http://chat.example"];
        let (without_hints, by_nats) = (self.setup.can_hints && dice.one_in(3), dice.one_in(2));
        let nats = self.nats.clone().filter(|_| by_nats && !without_hints);
        let hints = match &nats {
            Some(nats) => Some(nats.lock().unwrap_or_else(PoisonError::into_inner).address()),
            None => without_hints.then(|| "none".to_owned()),
        };
        if let Some(by) = &hints {
            flags.extend(["--hints", by]);
        }
        let mut machines = Vec::new();
        for number in 0..nodes {
            machines.push(self.machine(&folder, &database, number, &flags, dice).await?);
        }
        for machine in &machines {
            machine.heals().await?;
        }
        let sites = (1..).zip(CASTS).zip(&self.sites);
        let tenants =
            sites.map(|((number, cast), site)| Tenant::new(number, cast, site.clone(), seed));
        Ok(Scene {
            machines,
            tenants: tenants.collect(),
            cluster: self.cluster.clone(),
            database,
            folder,
            store: self.setup.program.clone(),
            clocks: self.setup.faketime.is_some(),
            without_hints,
            nats,
            killing: tokio::sync::Mutex::new(()),
        })
    }

    async fn machine(
        &self,
        folder: &Path,
        database: &str,
        number: usize,
        flags: &[&str],
        dice: &mut Dice,
    ) -> Result<Machine> {
        let wire = match &self.cluster {
            Some(cluster) => {
                let target = SocketAddr::from((Ipv4Addr::LOCALHOST, cluster.port()));
                Some(Proxy::start(target, dice.bits()).await?)
            }
            None => None,
        };
        let place = match &wire {
            Some(wire) => {
                Place::Database(format!("postgres://postgres@{}/{database}", wire.address()))
            }
            None => Place::Folder(folder.join("data")),
        };
        let mut store = Store::new(&self.setup.program, place, folder.join("logs"));
        let mut clock = None;
        if let Some(faketime) = &self.setup.faketime {
            let file = folder.join(format!("clock-{number}"));
            std::fs::write(&file, "+0\n")?;
            // Only the wall clock is set: the monotonic one is the machine's.
            store = store
                .with_env("LD_PRELOAD", faketime)
                .with_env("FAKETIME_TIMESTAMP_FILE", &file)
                .with_env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                .with_env("FAKETIME_CACHE_DURATION", "1");
            clock = Some(file);
        }
        let node = store.node(&format!("node-{number}"), flags)?;
        let front = Proxy::start(node.socket(), dice.bits()).await?;
        Ok(Machine { node: tokio::sync::Mutex::new(node), front, wire, clock })
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

/// A store, its nodes, and its sites.
pub struct Scene {
    /// The nodes.
    pub machines: Vec<Machine>,
    /// The sites.
    pub tenants: Vec<Tenant>,
    /// True if the nodes don't tell each other of commits.
    pub without_hints: bool,
    /// By which they do it, if not by the database.
    pub nats: Option<SharedNats>,
    /// The folder with the logs.
    pub folder: PathBuf,
    cluster: Option<Arc<Cluster>>,
    database: String,
    store: PathBuf,
    clocks: bool,
    /// Held while the database's server is down.
    killing: tokio::sync::Mutex<()>,
}

impl Scene {
    /// What can go wrong here.
    pub fn parts(&self) -> Parts {
        Parts {
            nodes: self.machines.len(),
            database: self.cluster.is_some(),
            clocks: self.clocks,
            nats: self.nats.is_some(),
        }
    }

    /// How many acts have ended so far, on all sites.
    pub fn acts(&self) -> usize {
        self.tenants.iter().map(|tenant| tenant.recorder.acts()).sum()
    }

    /// The addresses of the nodes, with connections of their own.
    pub fn addresses(&self) -> Vec<Address> {
        self.machines.iter().map(Machine::address).collect()
    }

    /// Answers that proxies lost.
    pub fn lost_answers(&self) -> u64 {
        let proxies =
            self.machines.iter().flat_map(|it| [Some(&it.front), it.wire.as_ref()]).flatten();
        proxies.map(|proxy| proxy.done().lost_answers).sum()
    }

    /// Kills the database's server, and starts it again after a while.
    pub async fn kill_database(&self, down: Duration) -> Result<()> {
        let (Some(cluster), Ok(_alone)) = (&self.cluster, self.killing.try_lock()) else {
            return Ok(());
        };
        let killed = Arc::clone(cluster);
        spawn_blocking(move || killed.kill()).await??;
        sleep(down).await;
        let started = Arc::clone(cluster);
        spawn_blocking(move || started.restart()).await?
    }

    /// Kills the NATS server, and starts it again after a while.
    pub async fn kill_nats(&self, down: Duration) -> Result<()> {
        let Some(nats) = self.nats.clone() else { return Ok(()) };
        let killed = spawn_blocking(move || {
            // Whoever would kill it meanwhile waits.
            let mut nats = nats.lock().unwrap_or_else(PoisonError::into_inner);
            nats.kill()?;
            std::thread::sleep(down);
            nats.restart()
        });
        killed.await?
    }

    /// Makes one of the conversations that somebody knows older, as if a period had passed without activity.
    pub async fn age_one(&self, dice: &mut Dice) -> Result<()> {
        let Some(cluster) = self.cluster.clone() else { return Ok(()) };
        let Some(tenant) = dice.pick(&self.tenants) else { return Ok(()) };
        let known = tenant.known();
        let all: Vec<ConversationId> =
            known.iter().flat_map(|(_, _, known)| known.all().into_keys()).collect();
        let Some(conversation) = dice.pick(&all).cloned() else { return Ok(()) };
        let by_ms = Millis::try_from(AGES_S * 1_000)?;
        // The sites are held first, as by every other write. A halted node may hold it.
        let sql = format!(
            "SET statement_timeout = '3s'; SELECT id FROM sites FOR UPDATE; UPDATE conversations SET active_at = active_at - {by_ms} \
             WHERE id = '{conversation}'"
        );
        let database = self.database.clone();
        let from = wall();
        let done = spawn_blocking(move || cluster.sql(&database, &sql)).await?;
        // It fails while the database is down. Whether it was done before, nobody knows.
        let is_certain = done.is_ok();
        tenant.recorder.aged(Aged { conversation, by_ms, from, to: wall(), is_certain });
        Ok(())
    }

    /// Checks the whole store, as an operator does.
    pub fn check_store(&self) -> Result<String> {
        let place = match &self.cluster {
            Some(cluster) => Place::Database(format!("{}/{}", cluster.address(), self.database)),
            None => Place::Folder(self.folder.join("data")),
        };
        Store::new(&self.store, place, &self.folder).check()
    }

    /// Stops the nodes, and removes the store.
    pub async fn ends(self) -> Result<()> {
        drop(self.machines);
        std::fs::remove_dir_all(&self.folder)?;
        if let Some(cluster) = self.cluster {
            let drop = format!("DROP DATABASE {} WITH (FORCE)", self.database);
            spawn_blocking(move || cluster.sql("postgres", &drop)).await??;
        }
        Ok(())
    }
}

/// The wall clock, in milliseconds since 1970.
pub fn wall() -> Millis {
    let since = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
