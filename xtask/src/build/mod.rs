//! The build: widget, inbox and loader, made ready for the server to embed, and weighed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use self::assets::{Asset, Quality};
use self::minify::Syntax;
use self::sizes::Part;
use crate::setup::Tools;
use crate::setup::toolchain::Recipe;
use crate::shell;
use crate::workspace::Workspace;
use crate::{lock, report};

mod assets;
mod minify;
mod page;
mod sizes;
mod slim;

/// What the loader's second file is called: it comes with the frame.
const PANEL: &str = "porchlight-panel.js";

/// What a build is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// For visitors: small, and within the budgets.
    Release,
    /// For whoever waits for it.
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

/// Builds everything into `target/assets`, prints what it weighs, and fails if that is too much.
pub fn build(workspace: &Workspace, tools: &Tools, mode: Mode) -> Result<()> {
    // Trunk's folders bear one build at a time.
    let _only_one = lock::only_one(&workspace.root.join("target/xtask.lock"), "a build runs")?;
    let started = Instant::now();
    let assets = workspace.assets();
    assets::set_quality(&assets, mode.quality())?;

    report::headline("widget");
    let dist = page::build(workspace, tools, mode, &workspace.root)?;
    let widget = collect_page(workspace, &dist, "widget", tools, mode)?;

    report::headline("inbox");
    let dist = page::build(workspace, tools, mode, &workspace.root.join("crates/inbox"))?;
    let inbox = collect_page(workspace, &dist, "inbox", tools, mode)?;

    let (panel, loader): (Vec<_>, Vec<_>) = build_loader(workspace, tools, mode)?
        .into_iter()
        .partition(|asset| asset.path == Path::new(PANEL));
    // What it takes to open the chat is the frame's files and the loader's second one.
    let frame = panel.iter().chain(&widget).cloned().collect();

    report::headline("sizes");
    // A build that is made fast is not sent to anybody.
    let budget = |bytes| (mode == Mode::Release).then_some(bytes);
    let parts = [
        Part { name: "loader", assets: loader, budget: budget(sizes::LOADER_BUDGET) },
        Part { name: "panel", assets: panel, budget: budget(sizes::PANEL_BUDGET) },
        Part { name: "to open", assets: frame, budget: budget(sizes::OPEN_BUDGET) },
        Part { name: "inbox", assets: inbox, budget: None },
    ];
    print!("{}", sizes::table(&parts));
    println!("\nbuilt in {}, into {}", report::seconds(started.elapsed()), assets.display());
    sizes::verdict(&parts)
}

/// Creates the folders that the server's source names, so that it compiles before the first build.
pub fn prepare_assets(workspace: &Workspace) -> Result<()> {
    for part in ["widget", "inbox", "loader"] {
        let folder = workspace.assets().join(part);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(())
}

/// Whether an earlier build has left everything that the server sends.
pub fn has_assets(workspace: &Workspace) -> bool {
    let assets = workspace.assets();
    let files = ["widget/index.html", "inbox/index.html", "loader/porchlight.js"];
    files.iter().all(|path| assets.join(path).is_file())
        && assets.join("loader").join(PANEL).is_file()
}

/// A page as Trunk built it, its scripts and styles minified.
fn collect_page(
    workspace: &Workspace,
    dist: &Path,
    part: &str,
    tools: &Tools,
    mode: Mode,
) -> Result<Vec<Asset>> {
    let from = match mode {
        Mode::Release => slim::slim(tools, dist, &workspace.target.join("slim").join(part))?,
        Mode::Dev => dist.to_owned(),
    };
    assets::collect(&from, &workspace.assets().join(part), mode.quality(), |path, content| {
        let content = match (mode, Syntax::of_page_file(path)) {
            (Mode::Release, Some(syntax)) => minify::minify(tools, content, syntax)?,
            _ => content,
        };
        Ok(Some(content))
    })
}

/// The two files of the loader, by its own script: the same that its tests are about.
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
    assets::collect(&built, &to, mode.quality(), |_, content| Ok(Some(content)))
}

/// Whether everything has been built here before: what is left to do is quick.
pub fn is_built(workspace: &Workspace) -> bool {
    has_assets(workspace) && server_path(workspace).is_file()
}

fn server_path(workspace: &Workspace) -> PathBuf {
    let binary = format!("porchlight{}", std::env::consts::EXE_SUFFIX);
    workspace.target.join("demo").join(binary)
}

/// Builds the server that stories and demo run, and returns its path.
///
/// It reads `target/assets` at run time, so it need not be built again when they change.
pub fn server(workspace: &Workspace) -> Result<PathBuf> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--package", "porchlight-server", "--profile", "demo"]);
    shell::run_logged(cargo.current_dir(&workspace.root), &workspace.log("server"))?;
    Ok(server_path(workspace))
}
