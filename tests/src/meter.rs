//! Main-thread time and memory of a page in Chromium.

use serde_json::{Value, json};

use crate::screen::Screen;

/// Measures a page.
#[derive(Debug)]
pub struct Meter<'a> {
    page: &'a Screen,
}

impl<'a> Meter<'a> {
    /// The meter of a page. Time is the CPU time of its main thread, so other processes don't change it much.
    #[track_caller]
    pub fn of(page: &'a Screen) -> Self {
        let meter = Meter { page };
        meter.call("Performance.enable", json!({ "timeDomain": "threadTicks" }));
        meter
    }

    #[track_caller]
    fn call(&self, method: &str, params: Value) -> Value {
        self.page.browser.of_window(self.page.window(), method, params)
    }

    /// Milliseconds of main-thread time since the page began.
    #[track_caller]
    pub fn busy_ms(&self) -> f64 {
        let answer = self.call("Performance.getMetrics", json!({}));
        let metrics = answer["metrics"].as_array().expect("metrics");
        let tasks = metrics.iter().find(|metric| metric["name"] == "TaskDuration");
        tasks.and_then(|metric| metric["value"].as_f64()).expect("a duration") * 1_000.0
    }

    /// Megabytes of JavaScript's heap after a garbage collection: nodes and objects, but not the memory of a WebAssembly
    /// module.
    #[track_caller]
    pub fn heap_mb(&self) -> f64 {
        self.call("HeapProfiler.collectGarbage", json!({}));
        let usage = self.call("Runtime.getHeapUsage", json!({}));
        usage["usedSize"].as_f64().expect("a size") / 1_000_000.0
    }

    /// Runs a script in every document that is loaded from now on, before its own.
    #[track_caller]
    pub fn begins_with(&self, script: &str) {
        self.call("Page.enable", json!({}));
        self.call("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }));
    }

    /// Makes the processor this many times slower for the page; 1 is its own speed.
    #[track_caller]
    pub fn slow_down(&self, times: u32) {
        self.call("Emulation.setCPUThrottlingRate", json!({ "rate": times }));
    }

    /// Presses a letter's key in the element with the focus.
    #[track_caller]
    pub fn presses(&self, letter: char) {
        let text = letter.to_string();
        for kind in ["keyDown", "keyUp"] {
            let key = json!({ "type": kind, "text": text, "key": text });
            self.call("Input.dispatchKeyEvent", key);
        }
    }
}
