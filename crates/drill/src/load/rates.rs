//! Durable messages at given rates: visitors write over HTTP, and agents receive over sockets.
//!
//! The arrival is open-loop: messages are sent at times that are fixed beforehand, evenly spaced, whether the server keeps
//! up or not. Latency counts from the time at which a message was to be sent, so a server that stalls is charged for
//! every message that waits meanwhile, in the client too.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use porchlight_protocol::ClientId;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::crowd::{self, Listeners, Visitor};
use super::table::{Table, milliseconds, part, percent};
use super::{Bench, Fleet, Options, email, machine, say};
use crate::client::{Client, Socket, message, random};
use crate::nodes::{PASSWORD, own_cpu};

/// Requests under way at the same time, at most.
const UNDER_WAY_MAX: usize = 1_000;

/// How long the last messages may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the last rate may leave behind before the next one begins.
const PAUSE: Duration = Duration::from_secs(3);

pub async fn measure(bench: &Bench<'_>, table: &mut Table) -> Result<()> {
    let fleet = bench.serve().await?;
    let visitors = Arc::new(crowd::visitors(bench, &fleet, bench.options.visitors).await?);
    let listeners = Listeners::to(crowd::sockets(&visitors).await?);
    let mut agents = Vec::new();
    for number in 0..bench.options.agents {
        let client = Client::agent(fleet.address(number)?, &email(number), PASSWORD).await?;
        agents.push(Agent::listening(client.socket(None).await?.0));
    }
    for rate in &bench.options.rates {
        sleep(PAUSE).await;
        let run = Run::new(bench, *rate)?;
        run.measure(bench, &fleet, &visitors, &listeners, &agents, table).await?;
        listeners.all_there()?;
    }
    drop((listeners, agents));
    fleet.stop().await
}

/// An agent's socket, and which messages came when.
struct Agent {
    heard: Arc<Mutex<Vec<(ClientId, Instant)>>>,
    _task: JoinSet<()>,
}

impl Agent {
    fn listening(mut socket: Socket) -> Self {
        let heard = Arc::<Mutex<Vec<(ClientId, Instant)>>>::default();
        let mut task = JoinSet::new();
        let into = Arc::clone(&heard);
        task.spawn(async move {
            while let Ok(text) = socket.next_text().await {
                let at = Instant::now();
                if let Some(id) = client_id_in(&text) {
                    into.lock().unwrap_or_else(PoisonError::into_inner).push((id, at));
                }
            }
        });
        Agent { heard, _task: task }
    }

    fn heard(&self) -> usize {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn take(&self) -> Vec<(ClientId, Instant)> {
        std::mem::take(&mut self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The client's id in the text of an event. Parsing every frame would take the server's time on the same cores.
fn client_id_in(frame: &str) -> Option<ClientId> {
    let (_, after) = frame.split_once(r#""client_id":""#)?;
    after.get(..32)?.parse().ok()
}

/// One rate, for some time. Its messages are numbered, and so their client ids say when they were to be sent.
#[derive(Clone, Copy)]
struct Run {
    id: [u8; 8],
    rate: u32,
    warm_up: u32,
    seconds: u32,
    visitors: usize,
}

/// The answer to one message.
struct Answer {
    number: u64,
    at: Instant,
    refusal: Option<String>,
}

impl Run {
    fn new(bench: &Bench<'_>, rate: u32) -> Result<Self> {
        let &Options { warm_up, seconds, visitors, .. } = bench.options;
        Ok(Run { id: random()?, rate, warm_up, seconds, visitors })
    }

    fn client_id(&self, number: u64) -> ClientId {
        let mut bytes = [0; 16];
        let (run, rest) = bytes.split_at_mut(8);
        run.copy_from_slice(&self.id);
        rest.copy_from_slice(&number.to_be_bytes());
        ClientId::from_bytes(bytes)
    }

    /// The number of one of this run's messages.
    fn number(&self, id: &ClientId) -> Option<u64> {
        let (run, rest) = id.as_str().split_at_checked(16)?;
        (run == porchlight_protocol::id::hex(&self.id))
            .then(|| u64::from_str_radix(rest, 16).ok())?
    }

    /// When a message is to be sent, from the beginning.
    fn due(&self, number: u64) -> Duration {
        Duration::from_secs_f64(number as f64 / f64::from(self.rate))
    }

    /// True if the message is measured.
    fn counts(&self, number: u64) -> bool {
        number >= u64::from(self.warm_up) * u64::from(self.rate)
    }

    async fn measure(
        self,
        bench: &Bench<'_>,
        fleet: &Fleet,
        visitors: &Arc<Vec<Visitor>>,
        listeners: &Listeners,
        agents: &[Agent],
        table: &mut Table,
    ) -> Result<()> {
        let warm_up = Duration::from_secs(self.warm_up.into());
        let sending = tokio::spawn(self.send(Arc::clone(visitors), Instant::now()));
        sleep(warm_up).await;
        let (watch, frames) = (Watch::begin(fleet).await?, listeners.frames());
        sleep(Duration::from_secs(self.seconds.into())).await;
        let used = watch.end(fleet).await?;
        let frames = listeners.frames() - frames;
        let (begun, answers) = sending.await?;

        let mut refusals = BTreeMap::<&str, usize>::new();
        for refusal in answers.iter().filter_map(|answer| answer.refusal.as_deref()) {
            *refusals.entry(refusal).or_default() += 1;
        }
        // Visitors and agents are spread over the sites in the same way.
        let (sites, visitors) = (bench.sites.len().max(1), self.visitors.max(1) as u64);
        let site_of = |answer: &Answer| (answer.number % visitors) as usize % sites;
        let mut done = vec![0; sites];
        for answer in answers.iter().filter(|answer| answer.refusal.is_none()) {
            if let Some(done) = done.get_mut(site_of(answer)) {
                *done += 1;
            }
        }
        let of_agent = |number: usize| done.get(number % sites).copied().unwrap_or(0);
        let waits =
            || agents.iter().enumerate().any(|(number, agent)| agent.heard() < of_agent(number));
        let until = Instant::now() + PATIENCE;
        while waits() && Instant::now() < until {
            sleep(Duration::from_millis(20)).await;
        }
        let mut delivered = Vec::new();
        for (number, agent) in agents.iter().enumerate() {
            let done = of_agent(number);
            let heard = agent.take();
            let own = heard.iter().filter_map(|(id, at)| Some((self.number(id)?, *at)));
            let own: Vec<_> = own.collect();
            ensure!(own.len() >= done, "an agent received {} of {done} messages", own.len());
            let counted = own.into_iter().filter(|(number, _)| self.counts(*number));
            delivered.extend(counted.map(|(number, at)| late(at, begun + self.due(number))));
        }
        let counted = answers.iter().filter(|answer| self.counts(answer.number));
        let mut acknowledged: Vec<_> = counted
            .filter(|answer| answer.refusal.is_none())
            .map(|answer| late(answer.at, begun + self.due(answer.number)))
            .collect();

        let what = format!("{} messages/s", self.rate);
        let mut put = |row: &str, value: String| {
            table.put(&format!("{what}: {row}"), bench.setup, value);
        };
        // What was answered in this time, whenever it was to be sent: less than the rate if the server is behind.
        let seconds = Duration::from_secs(self.seconds.into());
        let window = begun + warm_up..begun + warm_up + seconds;
        let taken = answers.iter().filter(|answer| answer.refusal.is_none());
        let taken = taken.filter(|answer| window.contains(&answer.at)).count();
        let carried = taken as f64 / f64::from(self.seconds);
        let last = answers.iter().map(|answer| answer.at).max().unwrap_or(begun);
        let behind = late(
            last,
            begun + self.due(u64::from(self.rate) * u64::from(self.warm_up + self.seconds)),
        );
        let pair = |times: &mut Vec<Duration>| {
            format!("{} / {}", milliseconds(part(times, 0.5)), milliseconds(part(times, 0.99)))
        };
        let acknowledgement = pair(&mut acknowledged);
        say(&format!("{}: {what}: {carried:.0}/s, {acknowledgement}", bench.setup));
        put("taken", format!("{carried:.0}/s"));
        put("acknowledged, p50 / p99", acknowledgement);
        put("at the agents, p50 / p99", pair(&mut delivered));
        put("behind at the end", milliseconds(behind));
        put("messages in a commit", format!("{:.1}", carried / used.commits.max(0.001)));
        let seconds = f64::from(self.seconds);
        let to_agents = delivered.len() as f64 / seconds;
        put("frames sent", format!("{:.0}/s", frames as f64 / seconds + to_agents));
        put("CPU of server / client / others", used.cpu);
        if !refusals.is_empty() {
            table.note(format!("{}, {what}: refused: {refusals:?}", bench.setup));
        }
        Ok(())
    }

    /// Sends all messages, and returns when it began and what the answers were.
    async fn send(self, visitors: Arc<Vec<Visitor>>, begun: Instant) -> (Instant, Vec<Answer>) {
        let places = Arc::new(Semaphore::new(UNDER_WAY_MAX));
        let mut sending = JoinSet::new();
        let mut answers = Vec::new();
        for number in 0..u64::from(self.rate) * u64::from(self.warm_up + self.seconds) {
            let wait = self.due(number).saturating_sub(begun.elapsed());
            if !wait.is_zero() {
                sleep(wait).await;
            }
            let turn = usize::try_from(number).unwrap_or(0) % visitors.len().max(1);
            let Some(visitor) = visitors.get(turn).cloned() else { break };
            let places = Arc::clone(&places);
            sending.spawn(async move {
                let _place = places.acquire().await;
                let text =
                    format!("Do you ship to Norway, and how long would it take? That is {number}.");
                let id = self.client_id(number);
                let done = visitor.client.act(&visitor.conversation, &id, &message(text)).await;
                let refusal = done.err().map(|failure| match failure.code() {
                    Some(code) => code.as_str().to_owned(),
                    None => failure.to_string(),
                });
                Answer { number, at: Instant::now(), refusal }
            });
            while let Some(Ok(answer)) = sending.try_join_next() {
                answers.push(answer);
            }
        }
        while let Some(answer) = sending.join_next().await {
            answers.extend(answer);
        }
        (begun, answers)
    }
}

fn late(at: Instant, due: Instant) -> Duration {
    at.saturating_duration_since(due)
}

/// What servers, client and the rest of the machine compute meanwhile.
struct Watch {
    begun: Instant,
    server: f64,
    client: Duration,
    machine: f64,
    commits: f64,
}

struct Used {
    cpu: String,
    /// Commits per second.
    commits: f64,
}

impl Watch {
    async fn begin(fleet: &Fleet) -> Result<Self> {
        Ok(Watch {
            begun: Instant::now(),
            server: fleet.cpu()?,
            client: own_cpu()?,
            machine: machine::busy()?,
            commits: fleet.counter("porchlight_commits_total").await?,
        })
    }

    async fn end(self, fleet: &Fleet) -> Result<Used> {
        let seconds = self.begun.elapsed().as_secs_f64();
        let server = (fleet.cpu()? - self.server) / seconds;
        let client = (own_cpu()?.saturating_sub(self.client)).as_secs_f64() / seconds;
        let all = (machine::busy()? - self.machine) / seconds;
        let others = (all - server - client).max(0.0);
        let commits = fleet.counter("porchlight_commits_total").await? - self.commits;
        let cpu = [server, client, others].map(percent).join(" / ");
        Ok(Used { cpu, commits: commits / seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_recognised_in_its_frame() {
        let run = Run { id: [7; 8], rate: 10, warm_up: 1, seconds: 1, visitors: 3 };
        let id = run.client_id(12);
        let frame = format!(r#"{{"event":{{"event":{{"client_id":"{id}","body":"closed"}}}}}}"#);
        assert_eq!(client_id_in(&frame), Some(id.clone()));
        assert_eq!(run.number(&id), Some(12));
        assert_eq!(Run { id: [8; 8], ..run }.number(&id), None);
        assert!(run.counts(10) && !run.counts(9));
        assert_eq!(run.due(5), Duration::from_millis(500));
    }
}
