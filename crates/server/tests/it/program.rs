//! The real program in a process of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use porchlight_protocol::{SiteKey, VisitorKey};
use serde_json::Value;

use crate::harness::*;

/// The real program, and where it listens.
pub struct Program {
    pub child: Child,
    pub base: String,
}

impl Program {
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    pub fn start_with(folder: &Path, flags: &[&str]) -> Self {
        Self::start_by(&mut Command::new(env!("CARGO_BIN_EXE_porchlight")), folder, flags)
    }

    /// In a shell that has done this before.
    pub fn start_after(command: &str, folder: &Path, flags: &[&str]) -> Self {
        let mut shell = Command::new("sh");
        let script = format!("{command} && exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_porchlight")]);
        Self::start_by(&mut shell, folder, flags)
    }

    fn start_by(command: &mut Command, folder: &Path, flags: &[&str]) -> Self {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(flags)
            .env("PORCHLIGHT_DATA", folder)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let base = lines
            .find_map(|line| {
                let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
                Some(format!("http://{}", line["listen"].as_str()?))
            })
            .unwrap();
        std::thread::spawn(move || lines.for_each(drop));
        Program { child, base }
    }

    pub fn visitor(&self, site: &SiteKey, key: &VisitorKey) -> Caller {
        Caller {
            http: http(),
            base: format!("{}/api/v1/sites/{site}", self.base),
            headers: vec![("authorization".to_owned(), format!("Bearer {}", key.as_str()))],
        }
    }

    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
