//! Set-up: finds the tools that are there, installs those that are missing, and says what it does.
//!
//! It keeps no state: each run inspects the machine. So set-up is idempotent, and repairs what was
//! deleted or interrupted.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;

use self::browser::{Browser, Firefox, WebKit};
use self::cache::Cache;
pub use self::cache::remove_folder;
use self::nats::NATS;
use self::npm::NpmTools;
use self::proxies::Proxies;
use self::tool::Tool;
use self::toolchain::{Choice, Toolchain};
use crate::report;
use crate::workspace::Workspace;

pub mod browser;
mod cache;
mod debian;
mod faketime;
mod linters;
mod nats;
mod npm;
pub mod postgres;
mod proxies;
mod tool;
pub mod toolchain;
mod unpacked;

/// The tools for building.
pub struct Tools {
    /// The Rust that builds the WebAssembly.
    pub toolchain: Toolchain,
    /// Builds the pages of widget and inbox.
    pub trunk: PathBuf,
    /// Generates the JavaScript side of the WebAssembly. Trunk finds it on `PATH`.
    pub wasm_bindgen: PathBuf,
    /// The version of `wasm_bindgen`, as in `Cargo.lock`.
    pub wasm_bindgen_version: String,
    /// The tools from npm. Trunk finds `wasm-opt` on `PATH`.
    pub npm: NpmTools,
}

/// The tools for testing, beyond [`Tools`].
pub struct TestTools {
    /// The browser that runs the stories, and its WebDriver.
    pub browser: Browser,
    /// A second engine, which runs the core stories; or why there is none.
    pub firefox: Result<Firefox>,
    /// A third one.
    pub webkit: Result<WebKit>,
    /// The reverse proxies in front of the server in some stories.
    pub proxies: Proxies,
    /// The tools for chaos.
    pub chaos: ChaosTools,
}

/// The tools for chaos, of which other tests need PostgreSQL and NATS too.
pub struct ChaosTools {
    /// The folder of PostgreSQL's programs.
    pub postgres: PathBuf,
    /// The library libfaketime.
    pub faketime: PathBuf,
    /// The NATS server.
    pub nats: PathBuf,
}

/// The tools for a demo with several nodes.
pub struct NodesTools {
    /// The folder of PostgreSQL's programs.
    pub postgres: PathBuf,
    /// The load balancer.
    pub caddy: PathBuf,
}

/// Finds or installs the tools for building.
pub fn setup(workspace: &Workspace, choice: Choice) -> Result<Tools> {
    let started = Instant::now();
    report::headline("set-up");
    let (cache, mut steps) = (Cache::locate()?, Steps::of(4));
    let toolchain = find_toolchain(workspace, choice, &cache, &mut steps)?;
    let tools = find_tools(workspace, toolchain, &cache, &mut steps)?;
    println!("  ready in {}", report::seconds(started.elapsed()));
    Ok(tools)
}

/// Finds or installs the tools for building and testing.
pub fn setup_with_tests(workspace: &Workspace, choice: Choice) -> Result<(Tools, TestTools)> {
    let started = Instant::now();
    report::headline("set-up");
    let (cache, mut steps) = (Cache::locate()?, Steps::of(12));
    let toolchain = find_toolchain(workspace, choice, &cache, &mut steps)?;
    // The network is idle while the processors build Trunk. Their own steps find them there, or say what went wrong.
    let ahead = std::thread::spawn(|| match browser::missing_packages() {
        missing if missing.is_empty() => Ok(()),
        missing => debian::install(&missing, &Cache::locate()?),
    });
    let tools = find_tools(workspace, toolchain, &cache, &mut steps)?;
    let _ = ahead.join();
    let test_tools = find_test_tools(workspace, &tools.toolchain, &mut steps)?;
    println!("  ready in {}", report::seconds(started.elapsed()));
    Ok((tools, test_tools))
}

/// Finds or installs the tools for chaos.
pub fn setup_for_chaos() -> Result<ChaosTools> {
    report::headline("set-up");
    find_chaos_tools(&Cache::locate()?, &mut Steps::of(3))
}

/// Finds or installs the tools for a demo with several nodes.
pub fn setup_for_nodes() -> Result<NodesTools> {
    let (cache, mut steps) = (Cache::locate()?, Steps::of(2));
    let Proxies { caddy, .. } = find_proxies(&cache, &mut steps)?;
    Ok(NodesTools { postgres: find_postgres(&cache, &mut steps)?, caddy })
}

/// The names of the tools that set-up would have to build, which takes minutes.
pub fn to_build(workspace: &Workspace) -> Result<Vec<&'static str>> {
    let cache = Cache::locate()?;
    let wasm_bindgen = Tool::wasm_bindgen(&workspace.locked_version("wasm-bindgen")?);
    let tools = [Tool::trunk(), wasm_bindgen];
    let missing = tools.iter().filter(|tool| tool.find(&cache).is_none());
    Ok(missing.map(Tool::name).collect())
}

fn find_toolchain(
    workspace: &Workspace,
    choice: Choice,
    cache: &Cache,
    steps: &mut Steps,
) -> Result<Toolchain> {
    steps.step(
        "Rust for WebAssembly",
        "installing",
        || toolchain::find(choice, workspace),
        || toolchain::install(choice, workspace, cache),
        Toolchain::to_string,
    )
}

fn find_tools(
    workspace: &Workspace,
    toolchain: Toolchain,
    cache: &Cache,
    steps: &mut Steps,
) -> Result<Tools> {
    let wasm_bindgen_version = workspace.locked_version("wasm-bindgen")?;
    Ok(Tools {
        toolchain,
        trunk: steps.tool(&Tool::trunk(), workspace, cache)?,
        wasm_bindgen: steps.tool(&Tool::wasm_bindgen(&wasm_bindgen_version), workspace, cache)?,
        npm: steps.step(
            "esbuild, binaryen, axe-core and puppeteer-core",
            "installing from npm",
            || NpmTools::find(cache),
            || NpmTools::install(cache),
            |_| "there".to_owned(),
        )?,
        wasm_bindgen_version,
    })
}

fn find_test_tools(
    workspace: &Workspace,
    toolchain: &Toolchain,
    steps: &mut Steps,
) -> Result<TestTools> {
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
        firefox: steps.optional(
            "Firefox and geckodriver",
            "installing Debian's package, about 70 MB, and building the driver, 2–4 minutes",
            || Firefox::find(&cache),
            || Firefox::install(workspace, &cache),
            |found| format!("{} and {}", found.firefox.display(), found.geckodriver.display()),
        ),
        webkit: steps.optional(
            "WebKitGTK and Xvfb",
            "installing Debian's packages, about 70 MB",
            WebKit::find,
            || WebKit::install(&cache),
            |found| found.minibrowser.display().to_string(),
        ),
        proxies: find_proxies(&cache, steps)?,
        chaos: find_chaos_tools(&cache, steps)?,
    })
}

fn find_proxies(cache: &Cache, steps: &mut Steps) -> Result<Proxies> {
    steps.step(
        "Caddy and nginx",
        "unpacking Debian's packages, about 10 MB",
        || proxies::find(cache),
        || proxies::install(cache),
        |found| format!("{} and {}", found.caddy.display(), found.nginx.display()),
    )
}

fn find_postgres(cache: &Cache, steps: &mut Steps) -> Result<PathBuf> {
    steps.step(
        "PostgreSQL",
        "installing Debian's package, about 50 MB",
        postgres::find,
        || postgres::install(cache),
        |found| found.display().to_string(),
    )
}

fn find_chaos_tools(cache: &Cache, steps: &mut Steps) -> Result<ChaosTools> {
    Ok(ChaosTools {
        postgres: find_postgres(cache, steps)?,
        faketime: steps.step(
            "libfaketime",
            "unpacking Debian's package, about 100 KB",
            || faketime::find(cache),
            || faketime::install(cache),
            |found| found.display().to_string(),
        )?,
        nats: steps.step(
            "NATS",
            "unpacking Debian's package, about 4 MB",
            || NATS.find(cache),
            || NATS.get(cache),
            |found| found.display().to_string(),
        )?,
    })
}

/// Numbers the steps of a set-up, and prints the result of each.
struct Steps {
    begun: usize,
    of: usize,
}

impl Steps {
    fn of(of: usize) -> Self {
        Self { begun: 0, of }
    }

    /// Runs a step: `find`, or else prints `installing` and runs `install`.
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

    /// Like [`Steps::step`], for what a machine may lack: prints why it is not there, and goes on.
    fn optional<T>(
        &mut self,
        what: &str,
        installing: &str,
        find: impl FnOnce() -> Option<T>,
        install: impl FnOnce() -> Result<T>,
        describe: impl FnOnce(&T) -> String,
    ) -> Result<T> {
        let found = self.step(what, installing, find, install, describe);
        found.inspect_err(|error| println!("        not there: {error:#}"))
    }

    /// Runs the step of a tool in the cache.
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
