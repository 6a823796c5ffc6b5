//! Input of commands: names, e-mail addresses, passwords, confirmations.

use std::io::{BufRead, IsTerminal};

use anyhow::{Context, anyhow, bail, ensure};
use porchlight_protocol::limits::NAME_CHARS_MAX;
use porchlight_protocol::team;
use porchlight_protocol::text::{self, TextError};

use crate::{password, strength};

/// Returns the name of a site, agent or bot, trimmed: one line, with a visible character.
pub(super) fn checked_name(name: &str) -> anyhow::Result<String> {
    ensure!(!name.trim().chars().any(char::is_control), "a name is one line of text");
    text::name(name).map_err(|error| match error {
        TextError::Empty => {
            anyhow!("a name has 1 to {NAME_CHARS_MAX} characters, at least one of them visible")
        }
        TextError::TooLong { chars_max } => anyhow!("a name has 1 to {chars_max} characters"),
    })
}

pub(super) fn checked_email(email: &str) -> anyhow::Result<String> {
    team::email(email).with_context(|| format!("{email:?} is not an e-mail address"))
}

/// Reads a password from a terminal, without echo, or from a pipe. Refuses one that is easy to guess; `hints`
/// are what an attacker knows, such as the name.
pub(super) fn read_password(hints: &[&str]) -> anyhow::Result<String> {
    let password = if std::io::stdin().is_terminal() {
        let password =
            rpassword::prompt_password("Password: ").context("can't read the password")?;
        let again = rpassword::prompt_password("Repeat the password: ");
        ensure!(again.context("can't read the password")? == password, "the passwords don't match");
        password
    } else {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).context("can't read the password")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    ensure!(
        password.chars().count() >= password::CHARS_MIN,
        "a password has at least {} characters",
        password::CHARS_MIN
    );
    ensure!(password.len() <= password::BYTES_MAX, "the password is too long");
    if let Some(why) = strength::weakness(&password, hints) {
        bail!("the password is too easy to guess. {why}");
    }
    Ok(password)
}

/// Asks for `word` on the terminal, unless `yes` is set. Fails if it is not typed.
pub(super) fn confirm(yes: bool, what: &str, word: &str) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    ensure!(std::io::stdin().is_terminal(), "{what} Nothing was changed. To confirm, add --yes");
    eprint!("{what}\nType {word} to continue: ");
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).context("can't read the answer")?;
    ensure!(line.trim() == word, "nothing was changed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_something_to_see() {
        assert_eq!(checked_name("  Ada Lovelace ").unwrap(), "Ada Lovelace");
        assert_eq!(checked_name("Żaneta 🏮").unwrap(), "Żaneta 🏮");
        for bad in ["", "  ", "a\nb", "a\u{7}", "\u{200b}", "\u{3164}\u{feff}", "\u{ad}\u{2800}"] {
            assert!(checked_name(bad).is_err(), "{bad:?}");
        }
        assert!(checked_name(&"x".repeat(81)).is_err());
    }
}
