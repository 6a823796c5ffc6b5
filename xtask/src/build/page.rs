//! Builds the pages of widget and inbox by Trunk.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use super::Mode;
use crate::setup::Tools;
use crate::shell;
use crate::workspace::Workspace;

/// Builds the page of the package in `folder`, and returns the output folder.
pub fn build(workspace: &Workspace, tools: &Tools, mode: Mode, folder: &Path) -> Result<PathBuf> {
    // Trunk copies everything in here, also leftovers of another page or an older build.
    crate::setup::remove_folder(&workspace.target.join("wasm-bindgen"))?;

    let mut trunk = Command::new(&tools.trunk);
    trunk.arg("build").args((mode == Mode::Release).then_some("--release")).current_dir(folder);
    tools.toolchain.equip(&mut trunk, mode.recipe());
    let mut first_on_path: Vec<&Path> = tools.toolchain.first_on_path().into_iter().collect();
    first_on_path.extend(
        [&tools.wasm_bindgen, &tools.npm.wasm_opt].into_iter().flat_map(|tool| tool.parent()),
    );
    trunk
        .env("PATH", shell::path_with(first_on_path)?)
        // Otherwise Trunk looks for a Cargo.lock in the package, but only the root has one.
        .env("TRUNK_TOOLS_WASM_BINDGEN", &tools.wasm_bindgen_version)
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        // Trunk's error messages are enough.
        .env_remove("RUST_BACKTRACE")
        // Trunk accepts only `true` or `false`, not the usual `1`.
        .env_remove("NO_COLOR");
    let page = folder.file_name().unwrap_or_default().to_string_lossy();
    let page = if folder == workspace.root { "widget".into() } else { page };
    shell::run_logged(&mut trunk, &workspace.log(&format!("trunk-{page}")))?;

    let dist = folder.join("dist");
    if !dist.join("index.html").is_file() {
        bail!("Trunk did not write a page into {}", dist.display());
    }
    Ok(dist)
}
