//! The programs that run on this machine: server, drill and tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::shell;
use crate::workspace::Workspace;

/// Programs that tests and chaos start. They read `target/assets` at run time, so they need not be rebuilt when those
/// change.
pub struct Programs {
    /// The server.
    pub server: PathBuf,
    /// The driver of load and chaos.
    pub drill: PathBuf,
}

/// The programs where cargo puts them, built or not.
pub fn programs(workspace: &Workspace) -> Programs {
    let debug = workspace.target.join("debug");
    let program = |name: &str| debug.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    Programs { server: program("porchlight"), drill: program("drill") }
}

/// Builds the server alone, and returns its path.
pub fn server(workspace: &Workspace) -> Result<PathBuf> {
    let packages = ["--package", "porchlight-server"];
    built(workspace, &["build"], &packages, &workspace.log("server"))?;
    Ok(programs(workspace).server)
}

/// Builds server and drill.
pub fn server_and_drill(workspace: &Workspace) -> Result<Programs> {
    let packages = ["--package", "porchlight-server", "--package", "porchlight-drill"];
    built(workspace, &["build"], &packages, &workspace.log("server"))?;
    Ok(programs(workspace))
}

/// Builds all tests, and the programs that they start.
///
/// All in one, because the features of a dependency depend on what is built with it: package by package, most
/// dependencies are compiled two or three times: 1,299 units in all, against 711.
pub fn tests(workspace: &Workspace) -> Result<Programs> {
    built(workspace, &["test", "--no-run"], &WHOLE, &workspace.log("tests"))?;
    Ok(programs(workspace))
}

/// The arguments of cargo that choose the tests of the whole workspace.
pub const WHOLE: [&str; 2] = ["--workspace", "--tests"];

fn built(workspace: &Workspace, command: &[&str], what: &[&str], log: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(command).args(what).current_dir(&workspace.root);
    shell::run_logged(&mut cargo, log)
}
