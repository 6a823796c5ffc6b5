//! Builds the pages of widget and inbox by Trunk.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Mode;
use crate::setup::Tools;
use crate::shell;
use crate::workspace::Workspace;

/// Trunk's placeholder for a nonce; the server replaces it by a new nonce for each request.
const NONCE_PLACEHOLDER: &str = "{{__TRUNK NONCE__}}";

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
    let document = dist.join("index.html");
    let html = std::fs::read_to_string(&document)
        .with_context(|| format!("Trunk did not write {}", document.display()))?;
    if !every_script_has_a_nonce(&html) {
        bail!(
            "{} has a script without `nonce=\"{NONCE_PLACEHOLDER}\"`, which the frame's policy \
             would block: is `create_nonce` on in Trunk.toml?",
            document.display()
        );
    }
    Ok(dist)
}

fn every_script_has_a_nonce(html: &str) -> bool {
    html.split("<script").skip(1).all(|rest| {
        let tag = rest.split('>').next().unwrap_or_default();
        tag.contains(NONCE_PLACEHOLDER)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_needs_its_nonce() {
        let with = r#"<script nonce="{{__TRUNK NONCE__}}" type=module>let a = 1</script>"#;
        assert!(every_script_has_a_nonce("<p>no script</p>"));
        assert!(every_script_has_a_nonce(with));
        assert!(!every_script_has_a_nonce(&format!("{with}<script>1</script>")));
    }
}
