//! What goes wrong: a schedule by the seed.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::dice::Dice;
use crate::proxy::{Faults, Proxy};

use super::scene::Scene;

/// Troubles begin this far apart at most.
const APART_MAX: Duration = Duration::from_millis(900);

/// The longest that one lasts.
const LASTS_MAX: Duration = Duration::from_millis(900);

/// There are so many at least.
const TROUBLES_MIN: usize = 8;

/// And so many acts at least, however slow the machine is.
const ACTS_MIN: usize = 100;

/// So many acts end between two troubles,
const ACTS_BETWEEN: usize = 2;

/// unless that takes longer than this.
const WAITS_MAX: Duration = Duration::from_millis(1_500);

/// But it ends after this time.
const LASTS_ALTOGETHER: Duration = Duration::from_secs(10);

/// Seconds by which a clock is set.
const HOUR_S: i64 = 3_600;

/// One trouble.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// A node is killed, and starts again.
    Kill(usize, Duration),
    /// A node is stopped in an orderly way, and starts again.
    Restart(usize, Duration),
    /// A node is halted.
    Freeze(usize, Duration),
    /// The database's server is killed, and starts again.
    Database(Duration),
    /// The NATS server is killed, and starts again.
    Nats(Duration),
    /// A proxy has faults for a while.
    Faults(Wire, Faults, Duration),
    /// A proxy resets its connections.
    Resets(Wire),
    /// A proxy loses the answer to a request with these bytes.
    LosesAnswer(Wire, &'static str),
    /// A conversation is older by a period all at once.
    Ages,
    /// A node's wall clock is set.
    Clock(usize, i64),
}

/// A proxy: before a node, or between a node and the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wire {
    /// Before this node.
    Front(usize),
    /// Between this node and the database.
    Database(usize),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What a scene has that can go wrong.
#[derive(Debug, Clone, Copy)]
pub struct Parts {
    /// How many nodes it has.
    pub nodes: usize,
    /// Whether it has a database, rather than a file.
    pub database: bool,
    /// Whether the clocks of its nodes can be set.
    pub clocks: bool,
    /// Whether its nodes hint at changes by NATS.
    pub nats: bool,
}

impl Trouble {
    /// A trouble at random.
    pub fn any(dice: &mut Dice, parts: Parts) -> Self {
        let node = dice.below(parts.nodes);
        let lasts = dice.time(LASTS_MAX);
        match dice.below(28) {
            0..3 => Trouble::Kill(node, lasts),
            3 => Trouble::Restart(node, lasts),
            4 | 5 => Trouble::Freeze(node, lasts),
            6 if parts.database => Trouble::Database(lasts / 2),
            7..9 if parts.database => Trouble::Resets(Wire::Database(node)),
            9..12 if parts.database => Trouble::LosesAnswer(Wire::Database(node), "COMMIT"),
            12 | 13 if parts.database => {
                Trouble::Faults(Wire::Database(node), faults(dice, 15), lasts)
            }
            14..18 if parts.database => Trouble::Ages,
            18 | 19 if parts.clocks => {
                Trouble::Clock(node, if dice.one_in(2) { HOUR_S } else { -HOUR_S })
            }
            24 | 25 if parts.nats => Trouble::Nats(lasts),
            20 => Trouble::Resets(Wire::Front(node)),
            21..23 => Trouble::LosesAnswer(Wire::Front(node), "PUT "),
            23 => Trouble::LosesAnswer(Wire::Front(node), "POST "),
            _ => Trouble::Faults(Wire::Front(node), faults(dice, 120), lasts),
        }
    }
}

fn faults(dice: &mut Dice, delay_ms: u64) -> Faults {
    let none = Faults::default();
    match dice.below(4) {
        0 => Faults { half_open: true, ..none },
        1 => Faults { refuses: true, ..none },
        2 => Faults { resets_one_in: 12, ..none },
        _ => Faults { delay_max: Duration::from_millis(delay_ms), resets_one_in: 100, ..none },
    }
}

/// Makes trouble until the clients have done enough amid it, and waits until all of it is over. Returns what there was.
pub async fn trouble(scene: &Arc<Scene>, mut dice: Dice) -> Result<Vec<Trouble>> {
    let mut over = JoinSet::new();
    let mut all = Vec::new();
    let begun = Instant::now();
    loop {
        sleep(dice.time(APART_MAX)).await;
        // On a slow machine fewer troubles fit between two acts.
        let (before, waited) = (scene.acts(), Instant::now());
        while scene.acts() < before + ACTS_BETWEEN && waited.elapsed() < WAITS_MAX {
            sleep(Duration::from_millis(20)).await;
        }
        let enough = all.len() >= TROUBLES_MIN && scene.acts() >= ACTS_MIN;
        if enough || begun.elapsed() > LASTS_ALTOGETHER {
            break;
        }
        let trouble = Trouble::any(&mut dice, scene.parts());
        all.push(trouble.clone());
        let (scene, dice) = (Arc::clone(scene), dice.fork());
        over.spawn(async move { happens(&scene, &trouble, dice).await });
    }
    while let Some(ended) = over.join_next().await {
        ended??;
    }
    Ok(all)
}

async fn happens(scene: &Scene, trouble: &Trouble, mut dice: Dice) -> Result<()> {
    match trouble {
        Trouble::Kill(node, down) => {
            if let Some(machine) = scene.machines.get(*node) {
                machine.is_killed(*down).await?;
            }
        }
        Trouble::Restart(node, down) => {
            if let Some(machine) = scene.machines.get(*node) {
                machine.is_restarted(*down).await?;
            }
        }
        Trouble::Freeze(node, still) => {
            if let Some(machine) = scene.machines.get(*node) {
                machine.is_frozen(*still).await?;
            }
        }
        Trouble::Database(down) => scene.kill_database(*down).await?,
        Trouble::Nats(down) => scene.kill_nats(*down).await?,
        Trouble::Faults(wire, faults, lasts) => {
            if let Some(proxy) = proxy(scene, *wire) {
                proxy.set(*faults);
                sleep(*lasts).await;
                proxy.set(Faults::default());
            }
        }
        Trouble::Resets(wire) => {
            if let Some(proxy) = proxy(scene, *wire) {
                proxy.reset_all();
            }
        }
        Trouble::LosesAnswer(wire, to) => {
            if let Some(proxy) = proxy(scene, *wire) {
                proxy.lose_answer(to.as_bytes());
            }
        }
        Trouble::Ages => scene.age_one(&mut dice).await?,
        Trouble::Clock(node, off_s) => {
            if let Some(machine) = scene.machines.get(*node) {
                machine.set_clock(*off_s)?;
            }
        }
    }
    Ok(())
}

fn proxy(scene: &Scene, wire: Wire) -> Option<&Proxy> {
    match wire {
        Wire::Front(node) => Some(&scene.machines.get(node)?.front),
        Wire::Database(node) => scene.machines.get(node)?.wire.as_ref(),
    }
}
