//! What a thread costs the main thread of a page: a message that arrives, a key, a burst, memory; with 10, 1,000 and
//! 10,000 messages, at the processor's own speed and four times slower. Beside the widget stands a hand-written page
//! that does nothing else ([`floor::Floor`]).
//!
//! `cargo xtask bench thread` builds what it needs and runs it.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a benchmark prints"
)]

mod floor;
mod frames;
mod widget;

use std::time::Duration;

use porchlight_stories::{Meter, Screen, Story};

use self::floor::Floor;
use self::frames::{Frames, arrive};
use self::widget::Widget;

/// Messages in the thread.
const LENGTHS: [u32; 3] = [10, 1_000, 10_000];
/// How many times slower the processor is.
const SLOWDOWNS: [u32; 2] = [1, 4];
/// Measurements of each value, of which the median is taken.
const ROUNDS: usize = 5;
/// Messages that arrive one by one in each round.
const MESSAGES: u32 = 10;
/// Keys that are pressed in each round.
const KEYS: u32 = 20;
/// Messages of a burst.
const BURST: u32 = 1_000;
/// Milliseconds between messages, and between keys: each is painted for itself.
const APART: Duration = Duration::from_millis(60);
/// Milliseconds after which a burst has been taken in, also on a slow processor.
const SETTLED: Duration = Duration::from_millis(2_500);

/// A page with a thread.
trait Thread {
    /// The page.
    fn page(&self) -> &Screen;
    /// The next frames of its conversation.
    fn frames(&mut self) -> &mut Frames;
    /// Puts the focus into the field, and empties it.
    fn begins_to_write(&self);
}

/// What was measured of a page.
#[derive(Default)]
struct Costs {
    message_ms: f64,
    key_ms: f64,
    burst_ms: f64,
    heap_mb: f64,
}

fn main() {
    let story = Story::begin();
    let mut widget = Widget::open(&story);
    let mut floor = Floor::open(&story);
    println!("main-thread time in milliseconds; median of {ROUNDS} rounds\n");
    println!("| messages | CPU | | a message | a key | {BURST} at once | JS heap, MB |");
    println!("|---:|---:|---|---:|---:|---:|---:|");
    let mut there = 0;
    for length in LENGTHS {
        for slowdown in SLOWDOWNS {
            // A burst adds to the thread, which is as long as it says or longer by the bursts so far.
            let missing = length.saturating_sub(there);
            there += missing + measured();
            let pages: [(&str, &mut dyn Thread); 2] =
                [("widget", &mut widget), ("floor", &mut floor)];
            for (name, thread) in pages {
                let page = thread.page().clone();
                thread.frames().fill(&page, missing);
                let costs = measure(thread, slowdown);
                println!(
                    "| {length} | {slowdown}× | {name} | {:.1} | {:.1} | {:.0} | {:.1} |",
                    costs.message_ms, costs.key_ms, costs.burst_ms, costs.heap_mb
                );
            }
        }
    }
}

/// Messages that a measurement adds to a thread.
fn measured() -> u32 {
    MESSAGES * u32::try_from(ROUNDS).unwrap_or_default() + BURST
}

fn measure(thread: &mut dyn Thread, slowdown: u32) -> Costs {
    let page = thread.page().clone();
    let meter = Meter::of(&page);
    let heap_mb = meter.heap_mb();
    meter.slow_down(slowdown);
    thread.begins_to_write();
    let message_ms = median(|| {
        thread.frames().prepare(&page, MESSAGES);
        let before = meter.busy_ms();
        for _ in 0..MESSAGES {
            arrive(&page, 1);
            std::thread::sleep(APART);
        }
        (meter.busy_ms() - before) / f64::from(MESSAGES)
    });
    let key_ms = median(|| {
        thread.begins_to_write();
        let before = meter.busy_ms();
        for _ in 0..KEYS {
            meter.presses('a');
            std::thread::sleep(APART);
        }
        (meter.busy_ms() - before) / f64::from(KEYS)
    });
    thread.frames().prepare(&page, BURST);
    let before = meter.busy_ms();
    arrive(&page, BURST);
    std::thread::sleep(SETTLED);
    let burst_ms = meter.busy_ms() - before;
    thread.frames().are_shown(&page);
    meter.slow_down(1);
    Costs { message_ms, key_ms, burst_ms, heap_mb }
}

fn median(mut measure: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<f64> = (0..ROUNDS).map(|_| measure()).collect();
    all.sort_by(f64::total_cmp);
    all[ROUNDS / 2]
}
