//! The real program in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use porchlight_protocol::{SiteKey, VisitorKey};
use serde_json::Value;

use crate::harness::*;

/// How long a program may take to start or to end, on a machine with much to do.
const PATIENCE: Duration = Duration::from_secs(30);

/// The real program, and where it listens. It does not outlive the test.
pub struct Program {
    pub child: Child,
    pub base: String,
    /// The lines of its log so far.
    pub log: Arc<Mutex<Vec<String>>>,
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
        in_place(command, folder);
        let child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(flags)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::<Mutex<Vec<String>>>::default();
        let mut program = Program { child, base: String::new(), log: Arc::clone(&log) };
        let lines = BufReader::new(program.child.stderr.take().unwrap()).lines();
        let (say, said) = mpsc::channel();
        // Reads on to the end, or the program could not write any more.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                log.lock().unwrap().push(line.clone());
                let _ = say.send(line);
            }
        });
        let begun = Instant::now();
        let mut all = Vec::new();
        while program.base.is_empty() {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            let line = said.recv_timeout(left);
            let line = line.unwrap_or_else(|why| panic!("it does not listen ({why}): {all:#?}"));
            let listens = serde_json::from_str::<Value>(&line).ok();
            if let Some(address) = listens.as_ref().and_then(|line| line["listen"].as_str()) {
                program.base = format!("http://{address}");
            }
            all.push(line);
        }
        program
    }

    /// How many lines of the log say this.
    pub fn says(&self, words: &str) -> usize {
        self.log.lock().unwrap().iter().filter(|line| line.contains(words)).count()
    }

    pub fn visitor(&self, site: &SiteKey, key: &VisitorKey) -> Caller {
        Caller {
            http: http(),
            base: format!("{}/api/v1/sites/{site}", self.base),
            headers: vec![("authorization".to_owned(), format!("Bearer {}", key.as_str()))],
        }
    }

    /// The power goes.
    pub fn kill(self) {
        drop(self);
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a program said that ends by itself; its standard output and error must be pipes.
pub fn ended(mut child: Child, what: &str) -> Output {
    fn all(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<Vec<u8>> {
        std::thread::spawn(move || {
            let mut said = Vec::new();
            from.read_to_end(&mut said).unwrap();
            said
        })
    }
    let (out, err) = (all(child.stdout.take().unwrap()), all(child.stderr.take().unwrap()));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            let said = String::from_utf8_lossy(&err.join().unwrap()).into_owned();
            panic!("waited for `{what}` to end for {} s; it said {said}", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}
