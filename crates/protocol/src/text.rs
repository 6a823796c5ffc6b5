//! Text from people: what is taken, and which parts of it are links. It is never markup.

use crate::ErrorCode;
use crate::limits::{MESSAGE_CHARS_MAX, NOTICE_CHARS_MAX};

/// Why a text was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextError {
    /// Nothing but white space.
    Empty,
    /// More characters than the limit.
    TooLong {
        /// The limit that it broke.
        chars_max: usize,
    },
    /// It holds a character that no text holds: NUL or another control character.
    ControlCharacter,
}

impl TextError {
    /// The code that it has on the wire.
    pub fn code(self) -> ErrorCode {
        match self {
            TextError::Empty => ErrorCode::TextEmpty,
            TextError::TooLong { .. } => ErrorCode::TextTooLong,
            TextError::ControlCharacter => ErrorCode::TextInvalid,
        }
    }
}

/// A message, or why it can't be one. White space around it goes, inside it stays.
pub fn message(text: &str) -> Result<String, TextError> {
    clean(text, MESSAGE_CHARS_MAX)
}

/// A closed notice, or why it can't be one.
pub fn notice(text: &str) -> Result<String, TextError> {
    clean(text, NOTICE_CHARS_MAX)
}

fn clean(text: &str, chars_max: usize) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > chars_max {
        return Err(TextError::TooLong { chars_max });
    }
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(TextError::ControlCharacter);
    }
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

/// A part of a text: words, or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Words to show as they are.
    Text(&'a str),
    /// An address with the scheme `http`, `https` or `mailto`: to show as it is and to link to.
    Link(&'a str),
}

const SCHEMES: [&str; 3] = ["https://", "http://", "mailto:"];

/// The parts of a text, in order; together they are the text again.
pub fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((words, link, after)) = next_link(rest) {
        if !words.is_empty() {
            parts.push(Part::Text(words));
        }
        parts.push(Part::Link(link));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}

fn next_link(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let tail = text.get(from..)?;
        let (offset, scheme) = SCHEMES
            .iter()
            .filter_map(|scheme| tail.find(scheme).map(|at| (at, *scheme)))
            .min_by_key(|(at, _)| *at)?;
        let start = from + offset;
        let candidate = text.get(start..)?;
        let begins_word = !text.get(..start)?.ends_with(|c: char| c.is_alphanumeric());
        if begins_word {
            let end = candidate.find(|c: char| c.is_whitespace() || "<>\"`".contains(c));
            let link = trim_link(candidate.get(..end.unwrap_or(candidate.len()))?);
            if link.len() > scheme.len() {
                let end = start + link.len();
                return Some((text.get(..start)?, link, text.get(end..)?));
            }
        }
        from = start + scheme.len();
    }
}

/// What ends a sentence is not part of an address; a closing bracket is if it was opened in it.
fn trim_link(link: &str) -> &str {
    // Counted once: a visitor may well send an address with a thousand brackets.
    let surplus =
        |open, close| link.matches(close).count().saturating_sub(link.matches(open).count());
    let (mut round, mut square) = (surplus('(', ')'), surplus('[', ']'));
    link.trim_end_matches(|last| match last {
        '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' => true,
        ')' if round > 0 => {
            round -= 1;
            true
        }
        ']' if square > 0 => {
            square -= 1;
            true
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_trimmed_and_its_line_ends_are_one() {
        assert_eq!(message("  a\r\nb\rc \n"), Ok("a\nb\nc".to_owned()));
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(message(" \n\t "), Err(TextError::Empty));
        assert_eq!(message("a\0b"), Err(TextError::ControlCharacter));
        assert_eq!(message("a\u{1b}[2J"), Err(TextError::ControlCharacter));
        let long = "é".repeat(MESSAGE_CHARS_MAX + 1);
        assert_eq!(message(&long), Err(TextError::TooLong { chars_max: MESSAGE_CHARS_MAX }));
        assert!(message(&"é".repeat(MESSAGE_CHARS_MAX)).is_ok());
    }

    #[test]
    fn links_are_found_and_nothing_else_is() {
        use Part::{Link, Text};
        let check = |text, expected: &[Part<'_>]| assert_eq!(parts(text), expected, "{text}");

        check(
            "see https://a.example/x?y=1.",
            &[Text("see "), Link("https://a.example/x?y=1"), Text(".")],
        );
        check("(http://a.example/b_(c))", &[Text("("), Link("http://a.example/b_(c)"), Text(")")]);
        check(
            "write mailto:a@b.example!",
            &[Text("write "), Link("mailto:a@b.example"), Text("!")],
        );
        check("https://a https://b", &[Link("https://a"), Text(" "), Link("https://b")]);
        check("javascript:alert(1)", &[Text("javascript:alert(1)")]);
        check("xhttps://a", &[Text("xhttps://a")]);
        check("https://", &[Text("https://")]);
        check("<https://a.example>", &[Text("<"), Link("https://a.example"), Text(">")]);
        check("", &[]);
    }
}
