//! Text from people: laws over arbitrary text.

use proptest::prelude::*;

use porchlight_protocol::conversation::preview;
use porchlight_protocol::limits::{
    BODY_BYTES_MAX, MESSAGE_CHARS_MAX, NOTICE_CHARS_MAX, PREVIEW_CHARS_MAX,
};
use porchlight_protocol::text::{self, Part, TextError};

use crate::world::{cases, say};

/// Text that is full of what matters: schemes, brackets, line ends, white space, wide characters.
fn lively() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("https://"),
        Just("http://"),
        Just("mailto:"),
        Just("javascript:"),
        Just("HTTPS://"),
        Just("a"),
        Just("é"),
        Just("\u{1f426}"),
        Just("shop.example/x?y=1&z#k"),
        Just("me@b.example"),
        Just("www.b.example"),
        Just("@"),
        Just("。"),
        Just("（"),
        Just("次"),
        Just("\u{200b}"),
        Just("\u{b}"),
        Just("("),
        Just(")"),
        Just("["),
        Just("]"),
        Just("<"),
        Just(">"),
        Just("\""),
        Just("'"),
        Just("."),
        Just(","),
        Just("*"),
        Just(" "),
        Just("\n"),
        Just("\r\n"),
        Just("\r"),
        Just("\t"),
        Just("\u{2003}"),
        Just("\u{85}"),
        Just("\0"),
        Just("\u{202e}"),
    ];
    prop_oneof![
        3 => proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()),
        1 => any::<String>(),
    ]
}

proptest! {
    #![proptest_config(cases(160))]

    #[test]
    fn the_parts_of_a_text_are_the_text(text in lively()) {
        let parts = text::parts(&text);
        let mut joined = String::new();
        for part in &parts {
            let (Part::Text(piece) | Part::Link(piece)) = part;
            prop_assert!(!piece.is_empty());
            joined.push_str(piece);
        }
        prop_assert_eq!(&joined, &text);
        let two_texts = |pair: &[Part<'_>]| matches!(pair, [Part::Text(_), Part::Text(_)]);
        prop_assert!(!parts.windows(2).any(two_texts));
    }

    #[test]
    fn links_have_three_schemes_and_no_way_out_of_an_attribute(text in lively()) {
        for part in text::parts(&text) {
            let Part::Link(link) = part else { continue };
            let schemes = ["https://", "http://", "mailto:"];
            let href = text::href(link).into_owned();
            let lower = href.to_ascii_lowercase();
            prop_assert!(schemes.iter().any(|s| lower.starts_with(s) && lower.len() > s.len()));
            prop_assert!(href.ends_with(link));
            prop_assert!(!link.contains(|c: char| c.is_whitespace() || "<>\"`".contains(c)));
        }
    }

    #[test]
    fn a_message_that_was_taken_once_is_taken_again_as_it_is(text in lively()) {
        for taken in [text::message(&text), text::notice(&text)].into_iter().flatten() {
            prop_assert!(!taken.is_empty() && taken.trim() == taken);
            prop_assert!(taken.chars().all(|c| !c.is_control() || c == '\n' || c == '\t'));
            prop_assert_eq!(text::message(&taken), Ok(taken.clone()));
            // Only line ends, control characters and the white space around it may have changed.
            let bare = |text: &str| text.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&text), bare(&taken));
            prop_assert!(!text::is_blank(&taken));
        }
    }

    #[test]
    fn a_preview_is_one_line_and_bounded(
        text in lively(),
        pad in 0..PREVIEW_CHARS_MAX + 3,
        tail in 0..200_usize,
    ) {
        let text = format!("{text}{} {}", "x".repeat(pad), "y".repeat(tail));
        let preview = preview(&text);
        prop_assert!(preview.chars().count() <= PREVIEW_CHARS_MAX);
        let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match preview.strip_suffix('…') {
            Some(cut) if preview != folded => prop_assert!(folded.starts_with(cut)),
            _ => prop_assert_eq!(preview, folded),
        }
    }
}

#[test]
fn limits_are_in_characters_not_in_bytes() {
    for (take, limit) in [
        (text::message as fn(&str) -> Result<String, TextError>, MESSAGE_CHARS_MAX),
        (text::notice, NOTICE_CHARS_MAX),
    ] {
        assert!(take(&"\u{1f426}".repeat(limit)).is_ok());
        let over = take(&"\u{1f426}".repeat(limit + 1));
        assert_eq!(over, Err(TextError::TooLong { chars_max: limit }));
    }
}

#[test]
fn the_longest_message_fits_into_a_body_however_it_is_escaped() {
    let text = "\u{1f426}".repeat(MESSAGE_CHARS_MAX);
    let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    let body = format!("{{\"message\":{{\"text\":\"{escaped}\"}}}}");
    assert!(body.len() <= BODY_BYTES_MAX, "{}", body.len());
    assert_eq!(serde_json::from_str::<porchlight_protocol::Act>(&body).unwrap(), say(&text));
}

/// A visitor may write what they like: no text may keep an agent's inbox busy. Each of these takes
/// microseconds; should this test be seen to take seconds, brackets are counted over and over again.
#[test]
fn long_texts_made_to_be_slow_are_taken_apart_like_others() {
    let fill = |piece: &str| piece.repeat(MESSAGE_CHARS_MAX / piece.len());
    let brackets = ")".repeat(MESSAGE_CHARS_MAX / 2);
    for (text, links) in [
        (format!("{}{brackets}", "xhttps://".repeat(MESSAGE_CHARS_MAX / 2 / 9)), 0),
        (format!("https://{brackets}"), 0),
        (format!("https://{}{brackets}", "(".repeat(MESSAGE_CHARS_MAX / 2 - 8)), 1),
        (fill("mailto:"), 1),
        (fill("https://"), 1),
        (fill("https://a "), MESSAGE_CHARS_MAX / 10),
        (fill("www."), 1),
        (fill("a@"), 0),
        (fill("@a.b"), 0),
        (fill("a@b.ex "), MESSAGE_CHARS_MAX / 7),
        (fill("次https://。"), 0),
    ] {
        let parts = text::parts(&text);
        assert_eq!(parts.iter().filter(|part| matches!(part, Part::Link(_))).count(), links);
    }
}
