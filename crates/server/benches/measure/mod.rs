//! What the measurements of the server share: a clock that can be set forward, senders, and how a row is printed.
#![allow(dead_code, reason = "each of them needs a part")]

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use porchlight_protocol::{ClientId, Millis, SiteKey, VisitorKey};
use porchlight_server::app::App;
use porchlight_store::VisitorCredential;
use porchlight_store::clock::{Reading, SystemTime, TimeSource};
use sha2::{Digest, Sha256};

/// The system's clocks, and what the benchmark lets pass.
#[derive(Debug, Default)]
pub struct Time {
    system: SystemTime,
    pub passed: AtomicI64,
}

impl TimeSource for Time {
    fn read(&self) -> Reading {
        let passed = self.passed.load(Ordering::SeqCst);
        let Reading { wall, monotonic } = self.system.read();
        Reading { wall: wall + passed, monotonic: monotonic + passed }
    }
}

pub fn passes(time: &Time, seconds: u64) {
    time.passed.fetch_add(Millis::try_from(seconds * 1_000).unwrap(), Ordering::SeqCst);
}

pub fn visitor_key(number: usize) -> VisitorKey {
    VisitorKey::from_bytes(Sha256::digest(number.to_le_bytes()).into())
}

pub fn client_id(number: usize) -> ClientId {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    ClientId::from_bytes(bytes)
}

pub fn claim(site: &SiteKey, key: &VisitorKey) -> VisitorCredential {
    VisitorCredential {
        site: site.clone(),
        key: Sha256::digest(key.as_str().as_bytes()).into(),
        network: None,
    }
}

pub fn row(what: &str, value: String) {
    println!("  {what:<52}{value:>14}");
}

pub fn ms(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

pub fn mib(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / (1024.0 * 1024.0))
}

pub fn part(times: &mut [Duration], part: f64) -> Duration {
    times.sort();
    let at = ((times.len() - 1) as f64 * part).round() as usize;
    times.get(at).copied().unwrap()
}

/// The memory of this process, in KiB.
pub fn resident_kib() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 4
}

/// The time that this process has computed, in hundredths of a second.
pub fn cpu_ticks() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, after_name) = stat.rsplit_once(')').unwrap();
    let ticks = |at| after_name.split_whitespace().nth(at).unwrap().parse::<u64>().unwrap();
    ticks(11) + ticks(12)
}

pub async fn looked(app: &App, looks: u64) {
    while app.timer.rounds() <= looks {
        tokio::time::sleep(Duration::from_micros(50)).await;
    }
}
