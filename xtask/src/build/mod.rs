//! The build: makes widget, inbox and loader ready for the server to embed, and checks their sizes.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use porchlight_words::{CHAT, Catalogue, INBOX};

use self::assets::{Asset, Quality};
use self::minify::Syntax;
use self::sizes::Part;
use self::slim::Effort;
use crate::setup::Tools;
use crate::setup::toolchain::Recipe;
use crate::shell;
use crate::workspace::Workspace;
use crate::{lock, report};

mod assets;
mod minify;
pub mod native;
mod page;
mod sent;
mod sizes;
mod slim;

/// The loader's first file, which every host page loads.
const LOADER: &str = "porchlight.js";
/// The loader's second file, which is loaded with the frame.
const PANEL: &str = "porchlight-panel.js";
/// Search and transcripts, which are loaded when a visitor asks for them.
const HISTORY: &str = "porchlight-history.js";
/// Who the visitor is, which is loaded when a page tells it.
const IDENTITY: &str = "porchlight-identity.js";
/// The chat as a page of its own.
const PAGE: &str = "porchlight-page.js";

/// A page that Trunk builds.
struct Page {
    /// The name of its folder among the assets.
    part: &'static str,
    /// The words with which the server fills its document.
    catalogue: &'static Catalogue,
    effort: Effort,
}

static WIDGET_PAGE: Page = Page { part: "widget", catalogue: &CHAT, effort: Effort::Most };
static INBOX_PAGE: Page = Page { part: "inbox", catalogue: &INBOX, effort: Effort::Least };

/// The mode of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// For visitors: small, with the budgets checked.
    Release,
    /// For developers: fast to build.
    Dev,
}

impl Mode {
    /// The mode that `--dev` asks for.
    pub fn from_dev_flag(dev: bool) -> Self {
        if dev { Self::Dev } else { Self::Release }
    }

    fn recipe(self) -> Recipe {
        match self {
            Self::Release => Recipe::Small,
            Self::Dev => Recipe::Fast,
        }
    }

    fn quality(self) -> Quality {
        match self {
            Self::Release => Quality::Best,
            Self::Dev => Quality::Fast,
        }
    }
}

/// Builds everything into `target/assets`, prints the sizes, and fails if one is over its budget.
pub fn build(workspace: &Workspace, tools: &Tools, mode: Mode) -> Result<()> {
    // Trunk's folders allow only one build at a time.
    let _only_one = lock::only_one(&workspace.root.join("target/xtask.lock"), "a build runs")?;
    let started = Instant::now();
    let assets = workspace.assets();
    assets::set_quality(&assets, mode.quality())?;

    report::headline("widget");
    let dist = page::build(workspace, tools, mode, &workspace.root)?;
    let widget = collect_page(workspace, &dist, &WIDGET_PAGE, tools, mode)?;

    report::headline("inbox");
    let dist = page::build(workspace, tools, mode, &workspace.root.join("crates/inbox"))?;
    let inbox = collect_page(workspace, &dist, &INBOX_PAGE, tools, mode)?;

    let scripts = build_loader(workspace, tools, mode)?;
    let script = |name: &str| -> Vec<Asset> {
        scripts.iter().filter(|asset| asset.path == Path::new(name)).cloned().collect()
    };
    let panel = script(PANEL);
    // Opening the chat takes the frame's files and the loader's second file.
    let frame = panel.iter().chain(&widget).cloned().collect();

    report::headline("sizes");
    // A dev build is not sent to visitors, so it has no budget.
    let budget = |bytes| (mode == Mode::Release).then_some(bytes);
    let parts = [
        Part { name: "loader", assets: script(LOADER), budget: budget(sizes::LOADER_BUDGET) },
        Part { name: "panel", assets: panel, budget: budget(sizes::PANEL_BUDGET) },
        Part { name: "to open", assets: frame, budget: budget(sizes::OPEN_BUDGET) },
        Part {
            name: "on demand",
            assets: [HISTORY, IDENTITY, PAGE].iter().flat_map(|name| script(name)).collect(),
            budget: budget(sizes::DEMAND_BUDGET),
        },
        Part { name: "inbox", assets: inbox, budget: None },
    ];
    print!("{}", sizes::table(&parts));
    println!("\nbuilt in {}, into {}", report::seconds(started.elapsed()), assets.display());
    sizes::verdict(&parts)
}

/// Creates the folders that the server's source embeds, so that it compiles before the first build.
pub fn prepare_assets(workspace: &Workspace) -> Result<()> {
    for part in ["widget", "inbox", "loader"] {
        let folder = workspace.assets().join(part);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(())
}

/// Whether the files of an earlier build are complete.
pub fn has_assets(workspace: &Workspace) -> bool {
    let assets = workspace.assets();
    let pages = ["widget", "inbox"].map(|page| assets.join(page).join("index.html"));
    let scripts =
        [LOADER, PANEL, HISTORY, IDENTITY, PAGE].map(|script| assets.join("loader").join(script));
    pages.iter().chain(&scripts).all(|path| path.is_file())
}

/// Collects a page that Trunk built; in release mode with its program slimmed and its files minified.
fn collect_page(
    workspace: &Workspace,
    dist: &Path,
    page: &Page,
    tools: &Tools,
    mode: Mode,
) -> Result<Vec<Asset>> {
    let &Page { part, catalogue, effort } = page;
    let slimmed = workspace.target.join("slim").join(part);
    let from = match mode {
        Mode::Release => slim::slim(tools, dist, &slimmed, effort)?,
        Mode::Dev => dist.to_owned(),
    };
    let to = workspace.assets().join(part);
    let assets = assets::collect(&from, &to, mode.quality(), |path, content| {
        let content = match (mode, Syntax::of_page_file(path)) {
            (Mode::Release, Some(syntax)) => minify::minify(tools, content, syntax)?,
            (Mode::Release, None)
                if path.extension().is_some_and(|extension| extension == "html") =>
            {
                let html = String::from_utf8(content).context("a document is not text")?;
                sent::tidy(&html).into_bytes()
            }
            _ => content,
        };
        Ok(Some(content))
    })?;
    let sent = |asset: Asset| match asset.path.to_str() {
        Some("index.html") => sent::document(&to, asset, catalogue),
        _ => Ok(asset),
    };
    assets.into_iter().map(sent).collect()
}

/// Builds the loader's files by the script that its tests use, too.
fn build_loader(workspace: &Workspace, tools: &Tools, mode: Mode) -> Result<Vec<Asset>> {
    let built = workspace.target.join("loader");
    crate::setup::remove_folder(&built)?;
    let mut node = Command::new("node");
    node.arg(workspace.root.join("loader/build.mjs"))
        .arg(&built)
        .args((mode == Mode::Release).then_some("--minify"))
        .env("PORCHLIGHT_NODE_MODULES", &tools.npm.modules);
    shell::run(&mut node)?;
    let to = workspace.assets().join("loader");
    let assets = assets::collect(&built, &to, mode.quality(), |_, content| Ok(Some(content)))?;
    assets
        .into_iter()
        .map(|asset| sent::script(&to, asset.clone(), asset.path == Path::new(LOADER)))
        .collect()
}

/// Whether pages and server have been built before, so that a build is quick.
pub fn is_built(workspace: &Workspace) -> bool {
    has_assets(workspace) && native::programs(workspace).server.is_file()
}
