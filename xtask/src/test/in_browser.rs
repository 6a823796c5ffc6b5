//! The step that runs tests of the WebAssembly in a browser.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::Bench;
use crate::setup::toolchain::Recipe;
use crate::shell;

/// The packages with such tests: those under `in_browser`.
const PACKAGES: [&str; 2] = ["porchlight-browser", "porchlight-widget"];

/// Seconds after which a package's tests have failed.
const TIMEOUT_S: &str = "120";

/// Tests of list, channel, driver, storage, rows and timers, in Chromium.
pub fn parts(bench: &Bench) -> Result<()> {
    bench.ran_any.set(true);
    let toolchain = &bench.tools.toolchain;
    let browser = &bench.test_tools.browser;
    let mut cargo = toolchain.cargo();
    cargo.current_dir(&bench.workspace.root);
    cargo.args(["test", "--target", "wasm32-unknown-unknown", "--lib", "--bins"]);
    cargo.args(PACKAGES.iter().flat_map(|package| ["--package", package]));
    // As a list: the variable for it is split at spaces, which a path may contain.
    let runner = format!(
        "target.wasm32-unknown-unknown.runner = [{:?}, \"test-runner\"]",
        bench.tools.wasm_bindgen
    );
    cargo.args(["--config", &runner]);
    if let Some(filter) = &bench.options.filter {
        cargo.args(["--", filter]);
    }
    toolchain.equip(&mut cargo, Recipe::Fast);
    cargo
        .env("PATH", shell::path_with(toolchain.first_on_path())?)
        .env("CHROMEDRIVER", &browser.chromedriver)
        .env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities(bench)?)
        .env("WASM_BINDGEN_TEST_TIMEOUT", TIMEOUT_S);
    shell::run(&mut cargo)
}

/// A file that tells ChromeDriver which Chromium to start.
fn capabilities(bench: &Bench) -> Result<PathBuf> {
    let file = bench.workspace.target.join("chromium.json");
    let binary = &bench.test_tools.browser.chromium;
    let options = serde_json::json!({ "goog:chromeOptions": { "binary": binary } });
    fs::write(&file, options.to_string())
        .with_context(|| format!("cannot write {}", file.display()))?;
    Ok(file)
}
