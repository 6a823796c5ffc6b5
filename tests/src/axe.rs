//! Accessibility checks by axe-core.

use std::path::PathBuf;
use std::sync::LazyLock;

use serde_json::json;

use crate::screen::Screen;

static AXE: LazyLock<String> = LazyLock::new(|| {
    let file = std::env::var_os("PORCHLIGHT_AXE").map(PathBuf::from).or_else(kept);
    let file = file.expect(
        "axe.min.js: install it by cargo xtask setup --tests, or name it in PORCHLIGHT_AXE",
    );
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
});

/// The path at which `cargo xtask setup` installs it.
fn kept() -> Option<PathBuf> {
    let tools = std::env::var_os("PORCHLIGHT_TOOLS").map(PathBuf::from);
    let tools = tools.or_else(|| {
        let home = std::env::home_dir()?;
        Some(home.join(".cache/porchlight/tools"))
    })?;
    let entries = tools.read_dir().ok()?.filter_map(Result::ok);
    let files = entries.map(|entry| entry.path().join("node_modules/axe-core/axe.min.js"));
    files.filter(|file| file.is_file()).max()
}

/// Runs axe without other frames, because each of them is a screen of its own.
const RUN: &str = r#"
const [context, done] = arguments;
axe.run(context ?? document, { iframes: false, resultTypes: ["violations"] }).then(
  ({ violations }) => done(violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary.replace(/\s+/g, " ")}`))),
  (error) => done([String(error)]));
"#;

impl Screen {
    /// axe finds no violation on the whole screen.
    #[track_caller]
    pub fn axe_finds_nothing(&self) {
        self.axe_finds_nothing_in(None);
    }

    /// axe finds no violation in a part of the screen.
    #[track_caller]
    pub fn axe_finds_nothing_in(&self, selector: Option<&str>) {
        let loaded: bool = self.script("return 'axe' in window", json!([]));
        if !loaded {
            let script = format!("{}; window.axe = axe; return 0", *AXE);
            self.script::<i32>(&script, json!([]));
        }
        let found: Vec<String> = self.script_until_done(RUN, json!([selector]));
        assert!(found.is_empty(), "axe finds:\n{}", found.join("\n"));
    }
}
