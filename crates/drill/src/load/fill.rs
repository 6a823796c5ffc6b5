//! A store with much in it: how long a server takes to start on it, and how long its pages take.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use porchlight_protocol::Act;

use super::table::{Table, kilobytes, milliseconds, part};
use super::{Bench, Fleet, crowd, email, say};
use crate::client::{Client, Folder, client_id, hello, message};
use crate::nodes::PASSWORD;

/// Conversations that are written at the same time.
const AT_ONCE: usize = 128;

/// Conversations that an agent claims. More would be refused for a while.
const CLAIMED: usize = 150;

/// Conversations between two lines of progress.
const PROGRESS: usize = 10_000;

/// Starts of which the median is the result.
const STARTS: usize = 5;

/// Pages of each kind.
const PAGES: usize = 200;

pub async fn measure(bench: &Bench<'_>, table: &mut Table) -> Result<()> {
    let (open, closed) = (bench.options.open, bench.options.closed);
    let mut fleet = bench.serve().await?;
    let written = fill(bench, &fleet).await?;
    let ada = Client::agent(fleet.address(0)?, &email(0), PASSWORD).await?;
    let unassigned =
        Folder { filter: Some("unassigned"), limit: Some(CLAIMED), ..Folder::default() };
    for conversation in ada.folder(&unassigned).await?.conversations {
        ada.claim(&conversation.id, None).await?;
    }
    let what = format!("{written} events, {open} open and {closed} closed conversations");
    if let Some(folder) = bench.data() {
        let bytes: u64 = std::fs::read_dir(folder)?
            .filter_map(|file| Some(file.ok()?.metadata().ok()?.len()))
            .sum();
        table.put(&format!("{what}: data file"), bench.setup, kilobytes(bytes as f64));
    }

    let node = fleet.nodes.first_mut().context("there is no server")?;
    for (how, killed) in [("stopped", false), ("killed", true)] {
        let mut took = Vec::new();
        for _ in 0..STARTS {
            if killed {
                node.kill()?;
            } else {
                node.stop().await?;
            }
            let begun = Instant::now();
            node.start()?;
            node.ready().await?;
            took.push(begun.elapsed());
        }
        let median = part(&mut took, 0.5);
        table.put(&format!("{what}: ready after it was {how}"), bench.setup, milliseconds(median));
    }
    table.put(
        &format!("{what}: memory at the start"),
        bench.setup,
        kilobytes(node.resident()? as f64),
    );

    let visitor = crowd::stranger(bench, &fleet, open + closed)?;
    visitor.start(&client_id()?, "Hello").await?;
    let mut put = |page: &str, mut took: Vec<Duration>| {
        let (p50, p99) = (part(&mut took, 0.5), part(&mut took, 0.99));
        say(&format!("{}: {page}: {} / {}", bench.setup, milliseconds(p50), milliseconds(p99)));
        let row = format!("{page}, p50 / p99");
        table.put(&row, bench.setup, format!("{} / {}", milliseconds(p50), milliseconds(p99)));
    };
    put("an agent's welcome", timed(async || Ok(ada.sync(&hello(), 0).await.map(drop)?)).await?);
    put(
        "a visitor's welcome",
        timed(async || Ok(visitor.sync(&hello(), 0).await.map(drop)?)).await?,
    );
    for (name, filter, sort) in [
        ("open", "open", "newest"),
        ("unassigned, longest waiting first", "unassigned", "waiting"),
        ("mine", "mine", "newest"),
        ("closed", "closed", "newest"),
        ("all", "all", "newest"),
    ] {
        let mut folder =
            Folder { filter: Some(filter), sort: Some(sort), from: None, limit: Some(50) };
        let mut took = Vec::new();
        // Page after page: the later ones must not cost more than the first.
        for _ in 0..PAGES {
            let begun = Instant::now();
            let page = ada.folder(&folder).await?;
            took.push(begun.elapsed());
            folder.from = page.next;
        }
        put(&format!("a page of *{name}*"), took);
    }
    fleet.stop().await
}

async fn timed(ask: impl AsyncFn() -> Result<()>) -> Result<Vec<Duration>> {
    let mut took = Vec::new();
    for _ in 0..PAGES {
        let begun = Instant::now();
        ask().await?;
        took.push(begun.elapsed());
    }
    Ok(took)
}

/// Fills the store through the API, as many clients would. Returns the number of events.
async fn fill(bench: &Bench<'_>, fleet: &Fleet) -> Result<usize> {
    let (open, closed) = (bench.options.open, bench.options.closed);
    let all = (open + closed).max(1);
    // A start is a message, and a close an event.
    let further = bench.options.events.saturating_sub(all + closed).div_ceil(all);
    let (begun, done) = (Instant::now(), AtomicUsize::new(0));
    let done = &done;
    let filling = stream::iter(0..all).map(|number| async move {
        let visitor = crowd::stranger(bench, fleet, number)?;
        let text = format!("Hello, this is question number {number}. Do you ship to Norway?");
        let id = visitor.start(&client_id()?, &text).await?.conversation.id;
        for more in 0..further {
            let text = format!("And this is what I would like to know as well, my {more}.");
            visitor.act(&id, &client_id()?, &message(text)).await?;
        }
        // Open and closed ones alternate, as they do in life.
        if number * closed / all != (number + 1) * closed / all {
            visitor.act(&id, &client_id()?, &Act::Close { seen: u64::MAX >> 1 }).await?;
        }
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(PROGRESS) {
            let seconds = begun.elapsed().as_secs();
            say(&format!("{}: {done} of {all} conversations written, {seconds} s", bench.setup));
        }
        anyhow::Ok(())
    });
    filling.buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    Ok(all * (1 + further) + closed)
}
