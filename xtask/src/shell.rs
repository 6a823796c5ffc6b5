//! Running other programs: in view, quietly with a log, or for their answer.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::report;

/// How often a quiet command says that it is still at it.
const SIGN_OF_LIFE_EVERY: Duration = Duration::from_secs(20);

/// How much of a failed command's log is shown.
const LOG_TAIL_LINES: usize = 40;

/// Runs a command in view of the user; an exit code other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| cannot_start(command))?;
    if !status.success() {
        bail!("`{}` failed: {status}", line(command));
    }
    Ok(())
}

/// Runs a command for what it prints on standard output, trimmed.
///
/// `None` if it cannot be started or fails: for questions whose answer may be "no".
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// Runs a long command with its output in a log file, and shows a sign of life now and then.
///
/// The log's end is shown if the command fails. It stays where it is either way.
pub fn run_logged(command: &mut Command, log: &Path) -> Result<()> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    let same_file = file.try_clone().context("cannot share the log file")?;
    let mut child = command
        // What went wrong is for the log; where in the program it did is for nobody here.
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(same_file)
        .spawn()
        .with_context(|| cannot_start(command))?;

    let started = Instant::now();
    let mut next_sign = SIGN_OF_LIFE_EVERY;
    let status = loop {
        if let Some(status) = child.try_wait().context("cannot wait for the command")? {
            break status;
        }
        if started.elapsed() >= next_sign {
            let doing = tail(log, 1).pop().unwrap_or_default();
            println!("        {}: {doing}", report::seconds(started.elapsed()));
            next_sign += SIGN_OF_LIFE_EVERY;
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    if !status.success() {
        for said in tail(log, LOG_TAIL_LINES) {
            println!("      | {said}");
        }
        bail!("`{}` failed: {status}; all of its output is in {}", line(command), log.display());
    }
    Ok(())
}

/// Finds a program the way a shell does, from `PATH`.
pub fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| is_program(file))
}

/// Whether there is a file at this path that can be run.
pub fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    file.is_file()
}

/// `PATH` with some folders put before it.
pub fn path_with<'a>(first: impl IntoIterator<Item = &'a Path>) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = first.into_iter().map(Path::to_owned).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).context("a folder's name has a character that PATH cannot hold")
}

/// A command as one would type it, without its environment.
pub fn line(command: &Command) -> String {
    let mut words = vec![command.get_program()];
    words.extend(command.get_args());
    words.into_iter().map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ")
}

fn cannot_start(command: &Command) -> String {
    format!("cannot start `{}`", line(command))
}

/// The last lines of a text file that say something.
fn tail(file: &Path, lines: usize) -> Vec<String> {
    let bytes = std::fs::read(file).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let mut last: Vec<_> = text
        .lines()
        .rev()
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .take(lines)
        .map(str::to_owned)
        .collect();
    last.reverse();
    last
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
    fn folders_are_put_before_path() {
        let path = path_with([Path::new("/first"), Path::new("/second")]).unwrap();
        let folders: Vec<_> = std::env::split_paths(&path).take(2).collect();
        assert_eq!(folders, [Path::new("/first"), Path::new("/second")]);
    }
}
