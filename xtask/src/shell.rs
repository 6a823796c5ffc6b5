//! Running other programs: with their output shown, written to a log, or returned.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::report;

/// The interval of the progress lines of a command whose output goes to a log.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(20);

/// Lines shown from the end of a failed command's log if it names no error.
const LOG_TAIL_LINES: usize = 40;

/// Lines shown from the first error in it.
const LOG_ERROR_LINES: usize = 200;

/// Runs a command with its output shown; an exit code other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    judged(command, status)
}

/// Runs a command with its output shown, and returns its exit status.
pub fn status(command: &mut Command) -> Result<ExitStatus> {
    command.status().with_context(|| cannot_start(command))
}

/// An error if `status` is an exit code other than 0.
pub fn judged(command: &Command, status: ExitStatus) -> Result<()> {
    if !status.success() {
        bail!("`{}` failed: {status}", line(command));
    }
    Ok(())
}

/// Runs a command and returns its standard output, trimmed; `None` if it can't be started or fails.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs a long command with its output in a log file, and prints a progress line every 20 seconds.
///
/// If the command fails, the errors in its log are shown. The log is kept in either case.
pub fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    Logged::start(command, log)?.finish().map(drop)
}

/// A long command that runs, with its output in a log file.
pub struct Logged {
    line: String,
    child: Child,
    log: PathBuf,
    started: Instant,
}

impl Logged {
    /// Starts a command.
    pub fn start(command: &mut Command, log: &Path) -> Result<Self> {
        if let Some(folder) = log.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let same_file = file.try_clone().context("cannot share the log file")?;
        let child = command
            // The tools' error messages are enough; their backtraces would fill the log.
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(same_file)
            .spawn()
            .with_context(|| cannot_start(command))?;
        Ok(Self { line: line(command), child, log: log.to_owned(), started: Instant::now() })
    }

    /// Waits for the command's end, with a progress line every 20 seconds, and returns its output. If it fails, the errors
    /// in its log are shown.
    pub fn finish(mut self) -> Result<String> {
        let mut next_sign = self.started.elapsed() + SIGN_OF_LIFE_EVERY;
        let status = loop {
            if let Some(status) = self.child.try_wait().context("cannot wait for the command")? {
                break status;
            }
            let elapsed = self.started.elapsed();
            if elapsed >= next_sign {
                let said = read(&self.log);
                let doing = said.lines().map(str::trim).rfind(|line| !line.is_empty());
                let doing = doing.unwrap_or("no output yet");
                println!("        {}: {doing}", report::seconds(elapsed));
                next_sign += SIGN_OF_LIFE_EVERY;
            }
            std::thread::sleep(Duration::from_millis(100));
        };
        let said = read(&self.log);
        if !status.success() {
            for line in what_went_wrong(&said) {
                println!("      | {line}");
            }
            let (line, log) = (self.line, self.log.display());
            bail!("`{line}` failed: {status}; all of its output is in {log}");
        }
        match said.lines().filter(|line| line.starts_with("warning: ")).count() {
            0 => {}
            warnings => {
                println!("        {warnings} lines of warnings: see {}", self.log.display());
            }
        }
        Ok(said)
    }
}

/// The relevant lines of a failed command's output: those from the first error on, or the last ones.
fn what_went_wrong(said: &str) -> Vec<&str> {
    let lines: Vec<&str> = said.lines().map(str::trim_end).collect();
    let first_error = lines.iter().position(|line| line.starts_with("error"));
    match first_error.map(|at| lines.split_at(at).1) {
        Some(errors) => errors.iter().take(LOG_ERROR_LINES).copied().collect(),
        None => {
            let telling = lines.iter().copied().filter(|line| !line.is_empty());
            let mut last: Vec<&str> = telling.rev().take(LOG_TAIL_LINES).collect();
            last.reverse();
            last
        }
    }
}

/// Finds a program in `PATH`, as a shell does.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

/// Whether `file` is an executable file.
pub fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    file.is_file()
}

/// `PATH` with these folders first.
pub fn path_with<'a>(first: impl IntoIterator<Item = &'a Path>) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = first.into_iter().map(Path::to_owned).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("a folder's name has a character that PATH cannot hold")
}

/// A command as it would be typed, without its environment.
pub fn line(command: &Command) -> String {
    let mut words = vec![command.get_program()];
    words.extend(command.get_args());
    words.into_iter().map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", line(command))
}

/// The content of a log so far.
fn read(log: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(log).unwrap_or_default()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_one_would_type_it() {
        let mut command = Command::new("cargo");
        command.args(["build", "--release"]).env("SECRET", "no");
        assert_eq!(line(&command), "cargo build --release");
    }

    #[test]
    fn an_answer_is_there_only_if_the_command_succeeds() {
        assert_eq!(answer(Command::new("sh").args(["-c", "echo ' yes '"])), Some("yes".to_owned()));
        assert_eq!(answer(Command::new("sh").args(["-c", "echo yes; exit 1"])), None);
        assert_eq!(answer(&mut Command::new("there-is-no-such-program")), None);
    }

    #[test]
    fn what_went_wrong_is_told_from_the_first_error_on() {
        let said = "   Compiling a v1\nwarning: hm\nerror[E0308]: mismatched\n  --> src/a.rs\n\n";
        let told = what_went_wrong(said);
        assert_eq!(told, ["error[E0308]: mismatched", "  --> src/a.rs", ""]);
        let no_error = "npm WARN old\n\n  network unreachable\n";
        assert_eq!(what_went_wrong(no_error), ["npm WARN old", "  network unreachable"]);
    }

    #[test]
    fn a_folded_command_that_fails_is_an_error_that_names_its_log() {
        let name = format!("porchlight-shell-{}.log", std::process::id());
        let log = std::env::temp_dir().join(name);
        run_logged(Command::new("sh").args(["-c", "echo fine"]), &log).unwrap();
        assert_eq!(read(&log), "fine\n");
        let failed = run_logged(Command::new("sh").args(["-c", "echo error: no; exit 3"]), &log);
        let error = failed.unwrap_err().to_string();
        assert!(error.contains(&log.display().to_string()), "{error}");
        std::fs::remove_file(log).unwrap();
    }

    #[test]
    fn folders_are_put_before_path() {
        let path = path_with([Path::new("/first"), Path::new("/second")]).unwrap();
        let folders: Vec<_> = std::env::split_paths(&path).take(2).collect();
        assert_eq!(folders, [Path::new("/first"), Path::new("/second")]);
    }
}
