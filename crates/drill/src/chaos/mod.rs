//! Chaos: visitors and agents act at random through random nodes, while nodes, database and connections fail by a
//! seeded schedule. In the end everything works again: within ten seconds all clients know the same, and the checker
//! holds what they did and were told against the logs.
//!
//! A seed repeats what the clients try and what fails when. Which of two tasks is faster it can't repeat, so a seed
//! that failed may need some tries to fail again.

mod ending;
mod guest;
mod hand;
mod machine;
mod reader;
mod scene;
mod sum;
mod tenant;
mod trouble;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::checker::{Violation, check};
use crate::dice::Dice;
use crate::history::{End, History};

use hand::Hand;
use scene::{Ground, Scene};
use sum::Sum;
use trouble::Trouble;

/// How long the acts that are under way at the end of the trouble may take.
const FINISH_WITHIN: Duration = Duration::from_secs(60);

/// How long after the trouble the socket of a session that has ended may take to end.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// The options of a drill.
#[derive(Args, Debug, Clone)]
pub struct Options {
    /// The server's program.
    #[arg(long, value_name = "PATH", default_value = "target/debug/porchlight")]
    program: PathBuf,
    /// The folder of PostgreSQL's programs. Without it, each run is on a data file, with one node.
    #[arg(long, value_name = "PATH", env = "PORCHLIGHT_POSTGRES")]
    postgres: Option<PathBuf>,
    /// The library libfaketime, by which the wall clocks of nodes are set. Without it, all clocks are right.
    #[arg(long, value_name = "PATH", env = "PORCHLIGHT_FAKETIME")]
    faketime: Option<PathBuf>,
    /// The NATS server, by which the nodes of some runs hint at changes.
    #[arg(long, value_name = "PATH", env = "PORCHLIGHT_NATS")]
    nats: Option<PathBuf>,
    /// Run this many seeds, from 0 or from `--seed` on.
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// Run this seed alone, or the first one of `--seeds`.
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
    /// The number of nodes; by default two or three, by the seed.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=9))]
    nodes: Option<u8>,
    /// Seeds that run at the same time, each with a database server of its own.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=32))]
    jobs: u8,
    /// The command to repeat a seed, as it is told to people.
    #[arg(long, hide = true, default_value = "cargo xtask chaos")]
    command: String,
}

/// The number of seeds if none is given.
const SEEDS: u64 = 12;

/// So many seeds on PostgreSQL, and all that can happen does. In a file nothing ages, so nothing closes by itself.
const ALL_KINDS_IN: u64 = 100;

/// What all runs share.
#[derive(Debug, Clone)]
struct Setup {
    program: PathBuf,
    postgres: Option<PathBuf>,
    faketime: Option<PathBuf>,
    nats: Option<PathBuf>,
    /// Whether the program knows `--hints`.
    can_hints: bool,
    nodes: Option<usize>,
    command: String,
}

impl Setup {
    fn new(options: &Options) -> Result<Self> {
        let program = std::path::absolute(&options.program)?;
        let help = std::process::Command::new(&program).args(["serve", "--help"]).output();
        let help = help.with_context(|| format!("can't start {}", program.display()))?;
        let help = String::from_utf8_lossy(&help.stdout);
        let can_hints = help.contains("--hints");
        if options.postgres.is_none() && options.nodes.is_some_and(|nodes| nodes > 1) {
            bail!("several nodes need PostgreSQL: name the folder of its programs in --postgres");
        }
        // Nodes count by the clock of their database. A server with a data file counts by its own, which must be right.
        let faketime = options.faketime.clone().filter(|_| options.postgres.is_some());
        let nats = options.nats.clone();
        let nats = nats.filter(|_| options.postgres.is_some() && help.contains("nats://"));
        Ok(Setup {
            program,
            postgres: options.postgres.clone(),
            faketime,
            nats,
            can_hints,
            nodes: options.nodes.map(usize::from),
            command: options.command.clone(),
        })
    }

    /// The number of nodes of a run.
    fn nodes(&self, dice: &mut Dice) -> usize {
        let any = 2 + dice.below(2);
        if self.postgres.is_none() { 1 } else { self.nodes.unwrap_or(any) }
    }

    /// The command that runs a seed again.
    fn again(&self, seed: u64) -> String {
        let file = if self.postgres.is_none() { " --sqlite" } else { "" };
        let nodes = self.nodes.map_or_else(String::new, |nodes| format!(" --nodes {nodes}"));
        format!("{} --seed {seed}{nodes}{file}", self.command)
    }
}

/// Runs the seeds, and prints what each came to. An error if one failed.
pub async fn run(options: &Options, say: fn(&str)) -> Result<()> {
    let setup = Setup::new(options)?;
    let first = options.seed.unwrap_or(0);
    let count = options.seeds.unwrap_or(if options.seed.is_some() { 1 } else { SEEDS });
    let next = Arc::new(AtomicU64::new(first));
    let begun = Instant::now();
    let mut workers = JoinSet::new();
    for _ in 0..u64::from(options.jobs).min(count) {
        let (setup, next) = (setup.clone(), Arc::clone(&next));
        workers.spawn(async move {
            let ground = tokio::task::spawn_blocking({
                let setup = setup.clone();
                move || Ground::new(&setup)
            });
            let ground = ground.await??;
            let (mut failed, mut sum) = (Vec::new(), Sum::default());
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= first + count {
                    return anyhow::Ok((failed, sum));
                }
                match one(&setup, &ground, seed, say).await {
                    Ok(of_run) => sum.merge(of_run),
                    Err(error) => {
                        say(&format!(
                            "seed {seed} FAILED: {error:#}\n  again: {}",
                            setup.again(seed)
                        ));
                        failed.push(seed);
                    }
                }
            }
        });
    }
    let (mut failed, mut sum) = (Vec::new(), Sum::default());
    while let Some(worker) = workers.join_next().await {
        let (seeds, of_worker) = worker??;
        failed.extend(seeds);
        sum.merge(of_worker);
    }
    say(&format!("{count} seeds in {} s: {sum}", begun.elapsed().as_secs()));
    failed.sort_unstable();
    match failed.first() {
        None if count >= ALL_KINDS_IN && setup.postgres.is_some() && !sum.lacks().is_empty() => {
            bail!("{count} seeds without {}: they show too little", sum.lacks().join(", "))
        }
        None => Ok(()),
        Some(seed) => {
            bail!(
                "{} of {count} seeds failed: {failed:?}. Again: {}",
                failed.len(),
                setup.again(*seed)
            )
        }
    }
}

/// What happened on a site.
struct Story {
    history: History,
    end: End,
}

/// A run that is over.
struct Run {
    stories: Vec<Story>,
    troubles: Vec<Trouble>,
    lost_answers: u64,
    sign_outs: usize,
}

/// Plays a seed.
async fn one(setup: &Setup, ground: &Ground, seed: u64, say: fn(&str)) -> Result<Sum> {
    let begun = Instant::now();
    let mut dice = Dice::new(seed);
    let nodes = setup.nodes(&mut dice);
    let scene = Arc::new(ground.scene(seed, nodes, &mut dice).await?);
    let (run, violations) = match played(&scene, &mut dice).await {
        Ok(played) => played,
        Err(error) => {
            let kept = kept(&scene)?;
            return Err(error.context(format!("the logs are in {}", kept.display())));
        }
    };
    if !violations.is_empty() {
        let kept = kept(&scene)?;
        let histories: Vec<_> = run.stories.iter().map(|story| &story.history).collect();
        std::fs::write(kept.join("history"), format!("{:#?}\n{histories:#?}", run.troubles))?;
        let told: Vec<String> = violations.iter().take(5).map(Violation::to_string).collect();
        let more = violations.len().saturating_sub(told.len());
        bail!(
            "{}\n  and {more} more; history and logs are in {}",
            told.join("\n  "),
            kept.display()
        );
    }
    let sum = Sum::of(&run);
    let hints = match (scene.without_hints, &scene.nats) {
        (true, _) => ", without hints",
        (false, Some(_)) => ", hints by NATS",
        (false, None) => "",
    };
    say(&format!(
        "seed {seed}: ok in {} ms{hints}: {}",
        begun.elapsed().as_millis(),
        sum.in_short()
    ));
    if let Some(scene) = Arc::into_inner(scene) {
        scene.ends().await?;
    }
    Ok(sum)
}

/// Keeps the logs of a run that failed.
fn kept(scene: &Scene) -> Result<PathBuf> {
    let name = scene.folder.file_name().unwrap_or_default();
    let kept =
        std::env::temp_dir().join(format!("porchlight-chaos-{}", std::process::id())).join(name);
    std::fs::create_dir_all(&kept)?;
    let logs = scene.folder.join("logs");
    if logs.exists() {
        copy_files(&logs, &kept)?;
    }
    Ok(kept)
}

fn copy_files(from: &Path, to: &Path) -> Result<()> {
    for entry in from.read_dir()? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}

async fn played(scene: &Arc<Scene>, dice: &mut Dice) -> Result<(Run, Vec<Violation>)> {
    let stop = Arc::new(AtomicBool::new(false));
    let (mut listening, mut acting) = (JoinSet::new(), JoinSet::new());
    let (mut sites, mut visiting) = (Vec::new(), JoinSet::new());
    for tenant in &scene.tenants {
        let (hands, readers) = tenant.clients(|| scene.addresses(), &stop, dice).await?;
        for reader in readers {
            listening.spawn(reader.listens());
        }
        sites.push(hands);
        if let Some(guest) = tenant.guest(scene.addresses(), &stop, dice.fork()) {
            visiting.spawn(guest.visits());
        }
    }
    for (site, hands) in sites.into_iter().enumerate() {
        let others = scene.tenants.iter().enumerate().filter(|(other, _)| *other != site);
        let elsewhere: Vec<_> = others
            .flat_map(|(_, tenant)| tenant.known().into_iter().map(|(_, _, known)| known))
            .collect();
        for mut hand in hands {
            hand.elsewhere.clone_from(&elsewhere);
            acting.spawn(async move {
                hand.acts().await;
                (site, hand)
            });
        }
    }
    let troubles = trouble::trouble(scene, dice.fork()).await?;
    for machine in &scene.machines {
        machine.heals().await?;
    }
    stop.store(true, Ordering::Relaxed);
    let mut hands: BTreeMap<usize, BTreeMap<_, Hand>> = BTreeMap::new();
    let finished = timeout(FINISH_WITHIN, async {
        while let Some(done) = acting.join_next().await {
            let (site, hand) = done?;
            hands.entry(site).or_default().insert(hand.number, hand);
        }
        anyhow::Ok(())
    });
    finished.await.context("the last acts are not answered, although all nodes are ready")??;
    let mut sign_outs = 0;
    while let Some(visits) = visiting.join_next().await {
        let visits = visits??;
        sign_outs += visits.sign_outs;
        for socket in visits.sockets {
            let ended = timeout(ENDS_WITHIN, socket).await;
            ended.context("a socket outlives its session, although all nodes are ready")??;
        }
    }
    let mut ends = Vec::new();
    for (tenant, hands) in scene.tenants.iter().zip(hands.values_mut()) {
        ends.push(ending::settle(scene, tenant, hands).await?);
    }
    listening.shutdown().await;
    scene.check_store().context("the store is damaged")?;
    let histories = scene.tenants.iter().map(|tenant| tenant.recorder.written());
    let stories = histories.zip(ends).map(|(history, end)| Story { history, end });
    let stories: Vec<_> = stories.collect();
    let violations = stories.iter().flat_map(|story| check(&story.history, &story.end)).collect();
    let lost_answers = scene.lost_answers();
    Ok((Run { stories, troubles, lost_answers, sign_outs }, violations))
}
