//! Minifies the JavaScript and CSS of a page, ours and wasm-bindgen's, by esbuild.
//!
//! (Trunk's own minifier does not support newer JavaScript, and fails on wasm-bindgen's.)

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::setup::Tools;
use crate::shell;

/// The syntax of a file, which decides how it is minified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// A JavaScript module.
    Module,
    /// A style sheet.
    Css,
}

impl Syntax {
    /// The syntax of a file of a page that Trunk built; `None` if it is neither script nor style.
    pub fn of_page_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "js" => Some(Self::Module),
            "css" => Some(Self::Css),
            _ => None,
        }
    }

    fn esbuild_options(self) -> &'static [&'static str] {
        match self {
            Self::Module => &["--loader=js", "--format=esm"],
            Self::Css => &["--loader=css"],
        }
    }
}

/// Minifies a text.
pub fn minify(tools: &Tools, source: Vec<u8>, syntax: Syntax) -> Result<Vec<u8>> {
    let mut esbuild = Command::new(&tools.npm.esbuild);
    esbuild
        .args(["--minify", "--charset=utf8", "--legal-comments=none", "--log-level=warning"])
        .args(syntax.esbuild_options());
    let mut child = esbuild
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .with_context(|| format!("cannot start `{}`", shell::line(&esbuild)))?;
    // esbuild reads all of its input before it writes, so this can't deadlock.
    let mut input = child.stdin.take().context("esbuild has no standard input")?;
    input.write_all(&source).context("esbuild does not read its input")?;
    drop(input);
    let output = child.wait_with_output().context("cannot wait for esbuild")?;
    if !output.status.success() {
        bail!("`{}` failed: {}", shell::line(&esbuild), output.status);
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_only_scripts_and_styles_are_minified() {
        let syntax = |path| Syntax::of_page_file(Path::new(path));
        assert_eq!(syntax("snippets/inner/a.js"), Some(Syntax::Module));
        assert_eq!(syntax("tokens-0a1b.css"), Some(Syntax::Css));
        assert_eq!(syntax("widget_bg.wasm"), None);
        assert_eq!(syntax("LICENSE"), None);
    }
}
