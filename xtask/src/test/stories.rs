//! The steps that tell stories, each in one engine.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};
use porchlight_cluster::{Cluster, Durability};

use super::engines::Engine;
use super::{Bench, Group, sizes};
use crate::build;
use crate::setup::TestTools;

/// All stories.
pub fn in_chromium(bench: &Bench) -> Result<()> {
    let server = server(bench)?;
    bench.test(&["porchlight-stories"], |cargo| equip_all(bench, server, cargo))
}

/// Stories of what the store has a part in: once more on PostgreSQL. The others differ by what a browser does.
const OF_THE_STORE: [&str; 15] = [
    "bots::",
    "bots_page::",
    "claiming::",
    "closing::",
    "desk::",
    "greeting::",
    "hours::",
    "identity::",
    "live_chat::",
    "person::",
    "presence::",
    "privacy::",
    "putting_away::",
    "timer::",
    "told_meanwhile::",
];

/// The stories of the store in Chromium, each with a database of its own on PostgreSQL.
pub fn on_postgres(bench: &Bench) -> Result<()> {
    let server = server(bench)?;
    let cluster = Cluster::start(&bench.test_tools.chaos.postgres, Durability::Killed)?;
    let filter = bench.options.filter.as_deref();
    let which = match filter {
        Some(filter) => vec![filter],
        None => OF_THE_STORE.to_vec(),
    };
    bench.run_tests(&["porchlight-stories"], &which, |cargo| {
        equip_all(bench, server, cargo);
        cargo.env("PORCHLIGHT_TEST_POSTGRES", cluster.address());
    })
}

/// The core stories in Firefox.
pub fn in_firefox(bench: &Bench) -> Result<()> {
    let firefox = &bench.test_tools.firefox;
    core(bench, Engine::Firefox, firefox, |cargo, found| {
        cargo
            .env("PORCHLIGHT_FIREFOX", &found.firefox)
            .env("PORCHLIGHT_GECKODRIVER", &found.geckodriver);
    })
}

/// The core stories in WebKitGTK.
pub fn in_webkit(bench: &Bench) -> Result<()> {
    let webkit = &bench.test_tools.webkit;
    core(bench, Engine::WebKit, webkit, |cargo, found| {
        cargo
            .env("PORCHLIGHT_MINIBROWSER", &found.minibrowser)
            .env("PORCHLIGHT_WEBKITDRIVER", &found.driver)
            .env("PORCHLIGHT_XVFB", &found.xvfb);
    })
}

/// The core stories in another engine than Chromium, if this machine has it.
fn core<T>(
    bench: &Bench,
    engine: Engine,
    browser: &Result<T>,
    equip: impl Fn(&mut Command, &T),
) -> Result<()> {
    let browser = match browser {
        Ok(browser) => browser,
        Err(error) if bench.options.all_engines => bail!("there is no {engine}: {error:#}"),
        Err(error) => {
            bench.skip(&format!("stories, {engine}"), &format!("{error:#}"));
            return Ok(());
        }
    };
    let filter = bench.options.filter.as_deref().unwrap_or_default();
    for (story, why) in engine.left_out().filter(|(story, _)| story.contains(filter)) {
        bench.skip(story, why);
    }
    let stories: Vec<&str> = engine.stories().filter(|story| story.contains(filter)).collect();
    if stories.is_empty() {
        return Ok(());
    }
    let server = server(bench)?;
    let which: Vec<&str> = ["--exact"].into_iter().chain(stories).collect();
    bench.run_tests(&["porchlight-stories"], &which, |cargo| {
        equip_all(bench, server, cargo);
        cargo.env("PORCHLIGHT_ENGINE", engine.name());
        equip(cargo, browser);
    })
}

/// Builds the server that stories run, once.
fn server<'a>(bench: &'a Bench) -> Result<&'a Path> {
    if let Some(server) = bench.server.get() {
        return Ok(server);
    }
    if !bench.options.includes(Group::Sizes) {
        sizes(bench)?;
    }
    let server = build::server(bench.workspace)?;
    Ok(bench.server.get_or_init(|| server))
}

fn equip_all(bench: &Bench, server: &Path, cargo: &mut Command) {
    let TestTools { browser, proxies, .. } = &bench.test_tools;
    cargo
        .env("PORCHLIGHT_SERVER", server)
        .env("PORCHLIGHT_CHROMIUM", &browser.chromium)
        .env("PORCHLIGHT_CHROMEDRIVER", &browser.chromedriver)
        .env("PORCHLIGHT_AXE", &bench.tools.npm.axe)
        .env("PORCHLIGHT_CADDY", &proxies.caddy)
        .env("PORCHLIGHT_NGINX", &proxies.nginx);
}
