//! The strength of new passwords, by zxcvbn.

use zxcvbn::{Score, zxcvbn};

/// Why a password is too easy to guess, and what would help. `hints` are words that an attacker would try
/// first: the agent's name and address, the site's name.
pub fn weakness(password: &str, hints: &[&str]) -> Option<String> {
    // Only the first hundred characters: longer ones are strong anyway, and slow to analyse.
    let head: String = password.chars().take(100).collect();
    let found = zxcvbn(&head, hints);
    // Below this, the rate limits of sign-ins would not keep a patient guesser out.
    if found.score() >= Score::Two {
        return None;
    }
    let feedback = found.feedback();
    let warning =
        feedback.and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    let advice = "Three or four words that have nothing to do with each other are good.";
    Some(warning.map_or_else(|| advice.to_owned(), |warning| format!("{warning} {advice}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_take_for_passwords_is_refused() {
        let hints = ["ada@lantern.example", "Ada Lovelace", "Lantern & Oak"];
        for weak in
            ["password", "12345678", "qwertyuiop", "P@ssw0rd", "aaaaaaaa", "abcdefgh", "lovelace"]
        {
            assert!(weakness(weak, &hints).is_some(), "{weak}");
        }
        for sound in ["correct horse", "a lamp in the window", "k7#mQ2vx9Lp"] {
            assert_eq!(weakness(sound, &hints), None, "{sound}");
        }
    }
}
