//! Text from people: how it is cleaned, and which parts of it are links. It is never markup.
//!
//! People write in all scripts and paste from any program, so punctuation, line ends and invisible
//! characters are those of Unicode, not of ASCII.

use std::borrow::Cow;

use crate::ErrorCode;
use crate::limits::{
    CHOICE_CHARS_MAX, MESSAGE_CHARS_MAX, NAME_CHARS_MAX, NOTICE_CHARS_MAX, OWN_TEXT_CHARS_MAX,
};

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextError {
    /// The text is empty, or has only invisible characters.
    Empty,
    /// The text has more characters than the limit.
    TooLong {
        /// The limit.
        chars_max: usize,
    },
}

impl TextError {
    /// The error code on the wire.
    pub fn code(self) -> ErrorCode {
        match self {
            TextError::Empty => ErrorCode::TextEmpty,
            TextError::TooLong { .. } => ErrorCode::TextTooLong,
        }
    }
}

/// Cleans a message, or says why it is refused. Surrounding white space is trimmed, line ends of all
/// kinds become `\n`, and other control characters are removed.
pub fn message(text: &str) -> Result<String, TextError> {
    clean(text, MESSAGE_CHARS_MAX)
}

/// Cleans a closed notice like a message, or says why it is refused.
pub fn notice(text: &str) -> Result<String, TextError> {
    clean(text, NOTICE_CHARS_MAX)
}

/// Cleans the name of a site, an agent or a bot to a single line, or says why it is refused.
pub fn name(text: &str) -> Result<String, TextError> {
    line(text, NAME_CHARS_MAX)
}

/// Cleans a choice of a bot's question to a single line, or says why it is refused.
pub fn choice(text: &str) -> Result<String, TextError> {
    line(text, CHOICE_CHARS_MAX)
}

/// Cleans a text for the team to a single line of so many characters at most, or says why it is refused.
pub fn label(text: &str, chars_max: usize) -> Result<String, TextError> {
    line(text, chars_max)
}

/// Cleans a text of the chat in a site's own words to a single line, or says why it is refused. Characters that turn
/// the direction of writing are removed: they would turn what stands beside the text, too.
pub fn own(text: &str) -> Result<String, TextError> {
    let text: String = text.chars().filter(|c| !turns_direction(*c)).collect();
    let text = clean(&text, usize::MAX)?;
    // Spaces at which no line ends, as before French question marks, stay.
    let words: Vec<&str> = text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).collect();
    limited(words.join(" "), OWN_TEXT_CHARS_MAX)
}

/// Cleans what was told of a person to a single line of so many characters at most, or says why it is refused. Characters
/// that turn the direction of writing are removed, as in [`own`].
pub fn plain_line(text: &str, chars_max: usize) -> Result<String, TextError> {
    let text: String = text.chars().filter(|c| !turns_direction(*c)).collect();
    line(&text, chars_max)
}

/// Embeddings, overrides and isolates of Unicode's bidirectional algorithm (UAX #9 §2), and their ends.
fn turns_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn clean(text: &str, chars_max: usize) -> Result<String, TextError> {
    let mut before = '\0';
    // Of `\r\n`, the first becomes the line end.
    let one_end = |c: &char| (std::mem::replace(&mut before, *c), *c) != ('\r', '\n');
    let text: String = text.chars().filter(one_end).filter_map(kept).collect();
    let text = text.trim();
    if is_blank(text) {
        return Err(TextError::Empty);
    }
    limited(text.to_owned(), chars_max)
}

fn line(text: &str, chars_max: usize) -> Result<String, TextError> {
    let line = clean(text, usize::MAX)?;
    limited(line.split_whitespace().collect::<Vec<_>>().join(" "), chars_max)
}

fn limited(text: String, chars_max: usize) -> Result<String, TextError> {
    if text.chars().count() > chars_max { Err(TextError::TooLong { chars_max }) } else { Ok(text) }
}

/// The character that replaces `c`, if any. Office programs paste soft line and page breaks as control
/// characters; they become `\n`.
fn kept(c: char) -> Option<char> {
    match c {
        '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some('\n'),
        '\n' | '\t' => Some(c),
        _ => (!c.is_control()).then_some(c),
    }
}

/// True if the text has only white space, control characters and invisible characters.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_in(c, INVISIBLE))
}

fn is_in(c: char, ranges: &[(char, char)]) -> bool {
    ranges.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// Invisible characters: Unicode's `Default_Ignorable_Code_Point`, the other format characters that are not
/// drawn, and blanks that Unicode classifies as letters or symbols.
const INVISIBLE: &[(char, char)] = &[
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{2800}', '\u{2800}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{16fe4}', '\u{16fe4}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d159}', '\u{1d159}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// A part of a text: words, or a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part<'a> {
    /// Text to show as it is.
    Text(&'a str),
    /// An address to show as it is; [`href`] makes the link's target.
    Link(&'a str),
}

/// The link target of an address: its scheme is `http`, `https` or `mailto`.
pub fn href(link: &str) -> Cow<'_, str> {
    match STARTS.iter().find(|start| starts_with(link, start)) {
        Some(start) if *start != WWW => Cow::Borrowed(link),
        Some(_) => Cow::Owned(["https://", link].concat()),
        None => Cow::Owned(["mailto:", link].concat()),
    }
}

const WWW: &str = "www.";
const STARTS: [&str; 4] = ["https://", "http://", "mailto:", WWW];

/// Splits a text into its parts, in order. Concatenated, they are the text.
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
    text.bytes().enumerate().find_map(|(at, byte)| {
        let (start, link) = match byte {
            b'@' => mail(text, at)?,
            b'h' | b'H' | b'm' | b'M' | b'w' | b'W' => (at, address(text, at)?),
            _ => return None,
        };
        Some((text.get(..start)?, link, text.get(start + link.len()..)?))
    })
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// The address that starts at `at` with a scheme or with `www.`.
fn address(text: &str, at: usize) -> Option<&str> {
    let (before, from) = text.split_at_checked(at)?;
    let start = STARTS.iter().find(|start| starts_with(from, start))?;
    if before.ends_with(is_of_a_word) {
        return None;
    }
    let is_end =
        |c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`') || is_in(c, MARKS);
    let end = from.find(is_end);
    let link = trim_link(from.get(..end.unwrap_or(from.len()))?);
    let rest = link.get(start.len()..)?;
    // A host name has a dot between its first and its last letter.
    let is_name =
        || !rest.starts_with('.') && rest.trim_end_matches('.').bytes().any(|byte| byte == b'.');
    (!rest.is_empty() && (*start != WWW || is_name())).then_some(link)
}

/// The e-mail address around the `@` at `at`, and the index where it starts.
fn mail(text: &str, at: usize) -> Option<(usize, &str)> {
    let (before, from) = text.split_at_checked(at)?;
    let is_local = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    let start = before.trim_end_matches(is_local).len();
    let start = start + before.get(start..)?.find(|c: char| c.is_ascii_alphanumeric())?;
    if text.get(..start)?.ends_with(|c| is_of_a_word(c) || matches!(c, '@' | '/' | ':')) {
        return None;
    }
    let host = from.get(1..)?;
    let end = host.find(|c: char| !is_of_a_word(c) && c != '.' && c != '-');
    let host = host.get(..end.unwrap_or(host.len()))?.trim_end_matches(['.', '-']);
    let (name, top) = host.rsplit_once('.')?;
    let is_name = name.starts_with(char::is_alphanumeric)
        && !host.as_bytes().windows(2).any(|two| two == b"..");
    let is_top = top.chars().count() > 1 && top.chars().all(char::is_alphabetic);
    let link = text.get(start..at + 1 + host.len())?;
    (is_name && is_top && start < at).then_some((start, link))
}

/// True for a letter or digit of a script with spaces between words: an address can't start right after it,
/// within a word. In other scripts it can.
fn is_of_a_word(c: char) -> bool {
    c.is_alphanumeric() && c < '\u{590}'
}

/// Characters that end an address, beside white space: quotation marks, punctuation of scripts that put no
/// space after it, and invisible characters, which people don't type in an address.
const MARKS: &[(char, char)] = &[
    ('\u{ab}', '\u{ab}'),
    ('\u{bb}', '\u{bb}'),
    ('\u{55c}', '\u{55e}'),
    ('\u{589}', '\u{589}'),
    ('\u{60c}', '\u{60d}'),
    ('\u{61b}', '\u{61f}'),
    ('\u{6d4}', '\u{6d4}'),
    ('\u{964}', '\u{965}'),
    ('\u{f0d}', '\u{f12}'),
    ('\u{104a}', '\u{104b}'),
    ('\u{1361}', '\u{1368}'),
    ('\u{17d4}', '\u{17d6}'),
    ('\u{1802}', '\u{1805}'),
    ('\u{200b}', '\u{200b}'),
    ('\u{200e}', '\u{200f}'),
    ('\u{2018}', '\u{201f}'),
    ('\u{2026}', '\u{2026}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2039}', '\u{203a}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3001}', '\u{3003}'),
    ('\u{3008}', '\u{3011}'),
    ('\u{3014}', '\u{301f}'),
    ('\u{fe10}', '\u{fe19}'),
    ('\u{fe30}', '\u{fe6f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ff01}', '\u{ff0f}'),
    ('\u{ff1a}', '\u{ff20}'),
    ('\u{ff3b}', '\u{ff3d}'),
    ('\u{ff5b}', '\u{ff65}'),
];

/// Removes punctuation at the end of an address, and closing brackets that are not opened within it.
fn trim_link(link: &str) -> &str {
    // Counted once, so that an address with a thousand brackets takes linear time.
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
        // A soft line break of a word processor, a page break, and what mainframes and Unicode say.
        let taken = message("a\u{b}b\u{c}c\u{85}d\u{2028}e\u{2029}f");
        assert_eq!(taken, Ok("a\nb\nc\nd\ne\nf".to_owned()));
    }

    #[test]
    fn control_characters_are_left_out() {
        assert_eq!(message("a\0b\u{3}\u{7}\u{92}c\td\u{7f}"), Ok("abc\td".to_owned()));
        assert_eq!(message("a\u{1b}[2J"), Ok("a[2J".to_owned()));
    }

    #[test]
    fn a_text_of_which_nothing_can_be_seen_is_empty() {
        let invisible = "\u{ad}\u{34f}\u{61c}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{200b}\u{200d}\
            \u{202e}\u{2060}\u{2064}\u{2069}\u{2800}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{1d159}\
            \u{1d173}\u{e0001}\u{e0067}\u{e0100}\u{3000}\u{a0}\u{2003}\0\u{85}";
        for c in invisible.chars() {
            for text in [c.to_string(), format!(" {c}\n{c}\u{200b}")] {
                assert!(is_blank(&text), "{text:?}");
                for take in [message, notice, name] {
                    assert_eq!(take(&text), Err(TextError::Empty), "{text:?}");
                }
            }
            // Beside what can be seen it has its meaning, or does no harm.
            assert!(!is_blank(&format!("{c}a")), "{c:?}");
        }
        assert!(is_blank(""));
        for seen in ["a", "·", "。", "\u{301}", "👍🏽", "\u{200d}❤\u{fe0f}", "한", "\u{5be}"]
        {
            assert!(!is_blank(seen), "{seen}");
        }
        let flag = "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        assert_eq!(message(flag), Ok(flag.to_owned()), "the flag of England stays whole");
    }

    #[test]
    fn a_name_is_one_line() {
        assert_eq!(name("  Lamp\u{b}\tShop\n"), Ok("Lamp Shop".to_owned()));
        let too_long = Err(TextError::TooLong { chars_max: NAME_CHARS_MAX });
        assert_eq!(name(&"é".repeat(NAME_CHARS_MAX + 1)), too_long);
        assert!(name(&"é".repeat(NAME_CHARS_MAX)).is_ok());
    }

    #[test]
    fn what_is_no_message_is_refused() {
        assert_eq!(message(" \n\t "), Err(TextError::Empty));
        let long = "é".repeat(MESSAGE_CHARS_MAX + 1);
        assert_eq!(message(&long), Err(TextError::TooLong { chars_max: MESSAGE_CHARS_MAX }));
        assert!(message(&"é".repeat(MESSAGE_CHARS_MAX)).is_ok());
    }

    #[test]
    fn a_text_of_the_site_is_one_line_that_turns_nothing_around() {
        assert_eq!(own(" Write\tto\n us ").as_deref(), Ok("Write to us"));
        assert_eq!(own("a\u{202e}b\u{2066}c\u{2069}").as_deref(), Ok("abc"));
        assert_eq!(own("Qui\u{a0}?  Vous").as_deref(), Ok("Qui\u{a0}? Vous"));
        // Marks beside a word are a part of writing it.
        assert_eq!(own("שלום\u{200f}!").as_deref(), Ok("שלום\u{200f}!"));
        assert_eq!(own("<b>&amp;</b>").as_deref(), Ok("<b>&amp;</b>"), "text is text");
        for nothing in ["", " \n", "\u{202e}", "\u{200b}"] {
            assert_eq!(own(nothing), Err(TextError::Empty), "{nothing:?}");
        }
        assert!(own(&"é".repeat(OWN_TEXT_CHARS_MAX)).is_ok());
        let too_long = Err(TextError::TooLong { chars_max: OWN_TEXT_CHARS_MAX });
        assert_eq!(own(&"é".repeat(10_000)), too_long);
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

    /// The links in a text.
    fn links(text: &str) -> Vec<&str> {
        let link = |part| match part {
            Part::Link(link) => Some(link),
            Part::Text(_) => None,
        };
        parts(text).into_iter().filter_map(link).collect()
    }

    #[test]
    fn an_address_ends_where_the_sentence_does_in_any_script() {
        for (text, link) in [
            ("see https://a.example/x。次の文。", "https://a.example/x"),
            ("全角（https://a.example/b）です", "https://a.example/b"),
            ("「https://a.example/c」、と", "https://a.example/c"),
            ("見てhttps://a.example/d！", "https://a.example/d"),
            ("«https://a.example/e»", "https://a.example/e"),
            ("“https://a.example/f”", "https://a.example/f"),
            ("„https://a.example/f“", "https://a.example/f"),
            ("انظر https://a.example/g، ثم", "https://a.example/g"),
            ("https://a.example/h؟", "https://a.example/h"),
            ("देखें https://a.example/i।", "https://a.example/i"),
            ("https://a.example/j…", "https://a.example/j"),
            ("https://a.example/k\u{200b}and", "https://a.example/k"),
            ("https://a.example/l\u{202e}gpj.exe", "https://a.example/l"),
            ("https://a.example/m\u{3000}n", "https://a.example/m"),
            // Letters of any script are a part of it.
            ("https://bücher.example/m", "https://bücher.example/m"),
            ("https://例え.example/道?q=日本", "https://例え.example/道?q=日本"),
            ("https://a.example/سلام", "https://a.example/سلام"),
        ] {
            assert_eq!(links(text), [link], "{text}");
        }
    }

    #[test]
    fn a_scheme_may_be_in_any_case() {
        for link in
            ["HTTPS://a.example/k", "Http://a.example", "Mailto:a@b.example", "WWW.a.example"]
        {
            assert_eq!(links(link), [link]);
        }
        assert_eq!(links("éhttps://a"), [] as [&str; 0]);
    }

    #[test]
    fn what_people_write_of_an_address_is_one_too() {
        for (text, link, to) in [
            ("on www.a.example/x.", "www.a.example/x", "https://www.a.example/x"),
            (
                "write to ann.b+c@shop.example!",
                "ann.b+c@shop.example",
                "mailto:ann.b+c@shop.example",
            ),
            ("(a@b.example)", "a@b.example", "mailto:a@b.example"),
            ("メールはa@b.exampleです", "a@b.example", "mailto:a@b.example"),
            ("<a_b@bücher.example>", "a_b@bücher.example", "mailto:a_b@bücher.example"),
            ("mailto:a@b.example", "mailto:a@b.example", "mailto:a@b.example"),
            (
                "HTTP://a@b.example/c@d.example",
                "HTTP://a@b.example/c@d.example",
                "HTTP://a@b.example/c@d.example",
            ),
        ] {
            assert_eq!(links(text), [link], "{text}");
            assert_eq!(href(link), to);
        }
        for text in [
            "www.",
            "www.a",
            "www..a",
            "awww.a.example",
            "@ann",
            "a@b",
            "a@b.c",
            "a@.example",
            "@a.example",
            "a@b..example",
            "a@b.12",
            "é@b.example",
            "a@@b.example",
            "...@b.example",
        ] {
            assert_eq!(links(text), [] as [&str; 0], "{text}");
        }
    }
}
