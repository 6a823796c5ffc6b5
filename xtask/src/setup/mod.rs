//! Set-up: finds what is there, installs what is missing, says what it does.
//!
//! Nothing here remembers anything: each run looks at the machine itself. So a second run installs
//! nothing, and whatever was deleted or interrupted in between is simply made good.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use self::browser::Browser;
use self::cache::Cache;
pub use self::cache::remove_folder;
use self::npm::NpmTools;
use self::proxies::Proxies;
use self::tool::Tool;
use self::toolchain::{Choice, Toolchain};
use crate::report;
use crate::workspace::Workspace;

mod browser;
mod cache;
mod debian;
mod linters;
mod npm;
mod proxies;
mod tool;
pub mod toolchain;

/// What building needs.
pub struct Tools {
    /// The Rust that builds the WebAssembly.
    pub toolchain: Toolchain,
    /// Builds the pages of widget and inbox.
    pub trunk: PathBuf,
    /// Makes JavaScript's side of the WebAssembly; called by Trunk, found by its folder on `PATH`.
    pub wasm_bindgen: PathBuf,
    /// The version of `wasm_bindgen`, as in `Cargo.lock`.
    pub wasm_bindgen_version: String,
    /// What comes from npm. `wasm-opt` is called by Trunk, found by its folder on `PATH`.
    pub npm: NpmTools,
}

/// What testing needs beyond [`Tools`].
pub struct TestTools {
    /// The browser that the stories happen in, and its WebDriver.
    pub browser: Browser,
    /// What stands in front of the server in some stories.
    pub proxies: Proxies,
}

/// Finds or installs what building needs.
pub fn setup(workspace: &Workspace, choice: Choice) -> Result<Tools> {
    let started = Instant::now();
    report::headline("set-up");
    let mut steps = Steps::of(4);
    let tools = find_tools(workspace, choice, &mut steps)?;
    println!("  ready in {}", report::seconds(started.elapsed()));
    Ok(tools)
}

/// Finds or installs what building and testing need.
pub fn setup_with_tests(workspace: &Workspace, choice: Choice) -> Result<(Tools, TestTools)> {
    let started = Instant::now();
    report::headline("set-up");
    let mut steps = Steps::of(7);
    let tools = find_tools(workspace, choice, &mut steps)?;
    let test_tools = find_test_tools(&tools.toolchain, &mut steps)?;
    println!("  ready in {}", report::seconds(started.elapsed()));
    Ok((tools, test_tools))
}

/// The tools that a set-up would have to build here, which is what takes long.
pub fn to_build(workspace: &Workspace) -> Result<Vec<&'static str>> {
    let cache = Cache::locate()?;
    let wasm_bindgen = Tool::wasm_bindgen(&workspace.locked_version("wasm-bindgen")?);
    let tools = [Tool::trunk(), wasm_bindgen];
    let missing = tools.iter().filter(|tool| tool.find(&cache).is_none());
    Ok(missing.map(Tool::name).collect())
}

fn find_tools(workspace: &Workspace, choice: Choice, steps: &mut Steps) -> Result<Tools> {
    let cache = Cache::locate()?;
    let wasm_bindgen_version = workspace.locked_version("wasm-bindgen")?;
    Ok(Tools {
        toolchain: steps.step(
            "Rust for WebAssembly",
            "installing",
            || toolchain::find(choice, workspace),
            || toolchain::install(choice, workspace, &cache),
            Toolchain::to_string,
        )?,
        trunk: steps.tool(&Tool::trunk(), workspace, &cache)?,
        wasm_bindgen: steps.tool(&Tool::wasm_bindgen(&wasm_bindgen_version), workspace, &cache)?,
        npm: steps.step(
            "esbuild, binaryen, axe-core and puppeteer-core",
            "installing from npm",
            || NpmTools::find(&cache),
            || NpmTools::install(&cache),
            |_| "there".to_owned(),
        )?,
        wasm_bindgen_version,
    })
}

fn find_test_tools(toolchain: &Toolchain, steps: &mut Steps) -> Result<TestTools> {
    let cache = Cache::locate()?;
    steps.step(
        "rustfmt and clippy",
        "installing",
        || linters::find(toolchain),
        || linters::install(toolchain, &cache),
        |()| "there".to_owned(),
    )?;
    Ok(TestTools {
        browser: steps.step(
            "Chromium and ChromeDriver",
            "installing Debian's packages, about 100 MB",
            browser::find,
            || browser::install(&cache),
            |found| found.chromium.display().to_string(),
        )?,
        proxies: steps.step(
            "Caddy and nginx",
            "unpacking Debian's packages, about 10 MB",
            || proxies::find(&cache),
            || proxies::install(&cache),
            |found| format!("{} and {}", found.caddy.display(), found.nginx.display()),
        )?,
    })
}

/// Numbers the steps of a set-up, and says how each went.
struct Steps {
    begun: usize,
    of: usize,
}

impl Steps {
    fn of(of: usize) -> Self {
        Self { begun: 0, of }
    }

    /// One step: `find` it, else say `installing` and `install` it.
    fn step<T>(
        &mut self,
        what: &str,
        installing: &str,
        find: impl FnOnce() -> Option<T>,
        install: impl FnOnce() -> Result<T>,
        describe: impl FnOnce(&T) -> String,
    ) -> Result<T> {
        self.begun += 1;
        let number = format!("[{}/{}]", self.begun, self.of);
        if let Some(found) = find() {
            println!("  {number} {what}: {}", describe(&found));
            return Ok(found);
        }
        println!("  {number} {what}: {installing}…");
        let started = Instant::now();
        let installed = install()?;
        println!("        {} in {}", describe(&installed), report::seconds(started.elapsed()));
        Ok(installed)
    }

    /// A step that is a tool in the cache.
    fn tool(&mut self, tool: &Tool, workspace: &Workspace, cache: &Cache) -> Result<PathBuf> {
        self.step(
            &tool.to_string(),
            "building, 2–6 minutes the first time",
            || tool.find(cache),
            || tool.install(workspace, cache),
            |_| "there".to_owned(),
        )
    }
}
