//! How much it carries. Prints, and judges nothing: the machine is not always the same.
//!
//! `cargo test --release -p porchlight-server --test it -- --ignored --nocapture load`

use std::time::{Duration, Instant};

use porchlight_protocol::VisitorKey;
use porchlight_protocol::wire::{Auth, Hello, Started};
use serde_json::json;

use crate::harness::*;
use crate::program::Program;

pub fn resident_kib(program: &Program) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a while and judges nothing"]
#[expect(clippy::print_stdout, reason = "what it measures is for people")]
async fn load() {
    let number = |name: &str, default| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (visitors, rounds) = (number("VISITORS", 2_000_usize), number("ROUNDS", 5_usize));
    let folder = tempfile::tempdir().unwrap();
    let site = add_site(&folder, "Shop");
    // Each visitor has an address of its own, so that the limits are those of real life.
    let program = Program::start_with(folder.path(), &["--behind-proxy"]);
    let address = program.base.strip_prefix("http://").unwrap().parse().unwrap();
    let client = http();
    let before = resident_kib(&program);

    let begun = Instant::now();
    let mut there = Vec::new();
    for at in 0..visitors {
        let key = VisitorKey::from_bytes(random());
        let ip = format!("10.{}.{}.{}", at >> 16 & 255, at >> 8 & 255, at & 255);
        let mut visitor = program.visitor(&site, &key).with("x-forwarded-for", &ip);
        visitor.http = client.clone();
        let start = json!({"client_id": client_id(), "text": "Hello"});
        let started: Started = visitor.post("/conversations", &start).await.ok();
        let mut socket = Socket::open(address, &[]).await;
        let auth = Some(Auth::Visitor { site: site.clone(), key });
        socket.hello(Hello { auth, ..hello() }).await;
        there.push((visitor, started.conversation.id, socket));
    }
    let each = (resident_kib(&program) - before) as f64 / visitors as f64;
    println!("{visitors} visitors came in {:.1?}", begun.elapsed());
    println!("resident: {before} KiB, and {each:.1} KiB for each idle visitor");

    let begun = Instant::now();
    let mut writers = Vec::new();
    for lane in there.chunks(visitors.div_ceil(64)) {
        let lane: Vec<_> =
            lane.iter().map(|(visitor, id, _)| (visitor.clone(), id.clone())).collect();
        writers.push(tokio::spawn(async move {
            let mut took = Vec::new();
            for _ in 0..rounds {
                for (visitor, id) in &lane {
                    let begun = Instant::now();
                    visitor.says(id, "Is anybody there?").await;
                    took.push(begun.elapsed());
                }
            }
            took
        }));
    }
    let mut took: Vec<Duration> = Vec::new();
    for writer in writers {
        took.extend(writer.await.unwrap());
    }
    let rate = took.len() as f64 / begun.elapsed().as_secs_f64();
    took.sort();
    let at = |part: f64| took[((took.len() - 1) as f64 * part) as usize];
    println!("{} durable messages, {rate:.0}/s, 64 at once", took.len());
    println!("acknowledged: p50 {:.1?}, p99 {:.1?}, worst {:.1?}", at(0.5), at(0.99), at(1.0));
    program.kill();
}
