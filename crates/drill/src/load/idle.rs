//! Idle sockets: what each costs in memory, and all together in time.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::sleep;

use super::crowd::{self, Listeners};
use super::table::{Table, kilobytes, percent};
use super::{Bench, say};

/// After this time each socket has had its first heartbeat.
const SETTLED: Duration = Duration::from_secs(22);

/// The time over which the CPU is measured: one heartbeat of each socket.
const WATCHED: Duration = Duration::from_secs(20);

/// Open files beside the sockets: requests, the store, the logs.
const OTHER_FILES: usize = 500;

pub async fn measure(bench: &Bench<'_>, table: &mut Table, files: u64) -> Result<()> {
    let most = bench.options.sockets.iter().copied().max().unwrap_or(0);
    let enough = u64::try_from(most + OTHER_FILES)? <= files;
    ensure!(enough, "{most} sockets need more than the {files} open files that are allowed");
    // With a server of their own, so that what they leave in its memory is not counted.
    let fleet = bench.serve().await?;
    let mut visitors = crowd::visitors(bench, &fleet, most).await?;
    fleet.stop().await?;
    for count in &bench.options.sockets {
        let fleet = bench.serve().await?;
        for (number, visitor) in visitors.iter_mut().enumerate() {
            visitor.client = visitor.client.at(fleet.address(number)?);
        }
        let (there, _) = visitors.split_at(*count);
        // What the store keeps of its pages has a limit of its own, and is no part of what a socket costs.
        crowd::syncs(there).await?;
        sleep(Duration::from_secs(1)).await;
        let before = fleet.resident()?;
        let listeners = Listeners::to(crowd::sockets(there).await?);
        sleep(SETTLED).await;
        let (cpu, frames) = (fleet.cpu()?, listeners.frames());
        let after = fleet.resident()?;
        sleep(WATCHED).await;
        let used = (fleet.cpu()? - cpu) / WATCHED.as_secs_f64();
        let frames = listeners.frames() - frames;
        listeners.all_there()?;
        let each = after.saturating_sub(before) as f64 / *count as f64;
        say(&format!("{}: {count} sockets, {}", bench.setup, kilobytes(each)));
        let what = format!("{count} idle sockets");
        table.put(&format!("{what}: memory of each"), bench.setup, kilobytes(each));
        table.put(&format!("{what}: memory of the server"), bench.setup, kilobytes(after as f64));
        table.put(&format!("{what}: CPU of the server"), bench.setup, percent(used));
        let beats = format!("{:.0}/s", frames as f64 / WATCHED.as_secs_f64());
        table.put(&format!("{what}: heartbeats"), bench.setup, beats);
        drop(listeners);
        fleet.stop().await?;
    }
    Ok(())
}
