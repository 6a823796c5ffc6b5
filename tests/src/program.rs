//! Drivers of browsers, and the screens that some browsers need. They end with the story, even if the test
//! process is killed.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::Instant;

use crate::wait::{GLANCE, PATIENCE};

/// The program that a variable names, or the usual one.
pub fn path(variable: &str, usual: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| usual.to_owned())
}

/// A shell script that runs a program, and ends it with its process group when standard input is closed,
/// which also happens when the test process is killed. Sends SIGTERM, and SIGKILL 5 s later.
const LEASH: &str = r#"trap : TERM
"$@" & program=$!
read -r _
kill -TERM 0
{ sleep 5; kill -KILL 0; } </dev/null >/dev/null 2>&1 &
wait $program"#;

/// A process, run by [`LEASH`].
#[derive(Debug)]
pub struct Program {
    child: Child,
    name: String,
    /// The lines of its standard output.
    lines: Mutex<mpsc::Receiver<String>>,
}

impl Program {
    /// Starts a program with these arguments and variables.
    pub fn start(
        name: &str,
        arguments: &[String],
        variables: &[(&str, String)],
    ) -> Result<Program, String> {
        use std::os::unix::process::CommandExt;
        let mut child = Command::new("sh")
            .args(["-c", LEASH, "leash", name])
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start a shell: {error}"))?;
        let output = BufReader::new(child.stdout.take().expect("its output")).lines();
        let (heard, lines) = mpsc::channel();
        // In a thread, because reading a line has no timeout but receiving from the channel has one.
        std::thread::spawn(move || {
            for line in output.map_while(Result::ok) {
                // Fails once nobody listens. It is read all the same: a program with a full pipe stands still.
                let _ = heard.send(line);
            }
        });
        Ok(Program { child, name: name.to_owned(), lines: Mutex::new(lines) })
    }

    /// Waits until the program prints a line in which `find` finds something.
    pub fn says<T>(&self, find: impl Fn(&str) -> Option<T>) -> Result<T, String> {
        let begun = Instant::now();
        let name = &self.name;
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match lines.recv_timeout(left) {
                Ok(line) => {
                    if let Some(found) = find(&line) {
                        return Ok(found);
                    }
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => {
                    return Err(format!("{name} ended at once"));
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    let waited = PATIENCE.as_secs();
                    return Err(format!("waited for {name} to be ready for {waited} s"));
                }
            }
        }
    }

    /// Waits until the program listens on a port, if it does not say so itself.
    pub fn listens(&self, port: u16) -> Result<(), String> {
        let begun = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            if begun.elapsed() > PATIENCE {
                let waited = PATIENCE.as_secs();
                return Err(format!("waited for {} to listen for {waited} s", self.name));
            }
            std::thread::sleep(GLANCE);
        }
        Ok(())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // `LEASH` kills the processes after 5 s, so this ends.
        let _ = self.child.wait();
    }
}
