//! A site's own words in place of the product's.

#![allow(clippy::unwrap_used)]

use porchlight_protocol::text::TextError;
use porchlight_words::{CHAT, Language, Own, OwnError, Text, Wording};

static LANGUAGE: Language = Language {
    tag: "qx",
    is_rtl: false,
    words: &[
        ("left", Text::Plural(&[("one", "one minute"), ("other", "{{count}} minutes")])),
        ("new", Text::Plain("Write to us")),
        ("with", Text::Plain("with {{name}}")),
    ],
};

fn own(texts: &[(&str, &str)]) -> Own {
    texts.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn each_text_of_a_file_has_a_key_and_can_be_replaced_by_itself() {
    let entries: Vec<_> = LANGUAGE.entries().map(|(key, text)| format!("{key}: {text}")).collect();
    assert_eq!(
        entries,
        [
            "left_one: one minute",
            "left_other: {{count}} minutes",
            "new: Write to us",
            "with: with {{name}}"
        ]
    );
    for language in CHAT.languages {
        for (key, text) in language.entries() {
            assert_eq!(language.entry(&key), Some(text), "{key}");
            assert_eq!(
                language.own_text(&key, text).as_deref(),
                Ok(text),
                "{}: {key}",
                language.tag
            );
        }
    }
}

#[test]
fn a_text_must_keep_its_places() {
    let ok =
        |key, text: &'static str| assert_eq!(LANGUAGE.own_text(key, text).as_deref(), Ok(text));
    ok("new", "Ask <us> anything & more");
    ok("with", "{{name}} is with you");
    ok("left_one", "a minute");
    ok("left_one", "{{count}} minute");
    ok("left_other", "some minutes");
    for (key, text) in [
        ("new", "Write to {{name}}"),
        ("with", "with us"),
        ("with", "with {{nam}}"),
        ("with", "with {{name}} of {{site}}"),
        ("with", "with {{name"),
        ("with", "{{name}} with }}"),
        ("new", "{{"),
        ("left_other", "{{number}} minutes"),
    ] {
        assert_eq!(LANGUAGE.own_text(key, text), Err(OwnError::Places), "{text}");
    }
    for key in ["", "ne", "left", "left_few", "new_one", "new.other", "lang", "constructor"] {
        assert_eq!(LANGUAGE.own_text(key, "Hello"), Err(OwnError::Unknown), "{key}");
    }
    assert_eq!(LANGUAGE.own_text("new", " \u{202e}\n"), Err(OwnError::Text(TextError::Empty)));
    let long = "a".repeat(10_000);
    let refused = LANGUAGE.own_text("new", &long);
    assert!(matches!(refused, Err(OwnError::Text(TextError::TooLong { .. }))), "{refused:?}");
    assert_eq!(LANGUAGE.own_text("new", "a\n\u{202e}b").as_deref(), Ok("a b"));
}

#[test]
fn a_document_and_a_script_say_the_sites_words_and_are_not_changed_otherwise() {
    let own = own(&[("new", "\"Ask\" <b>us</b> \\ {{with}} \""), ("gone", "of an older version")]);
    let wording = Wording { language: &LANGUAGE, own: &own };
    assert_eq!(
        wording.fill("<p>{{new}}</p>{{with}}{{gone}}"),
        "<p>&quot;Ask&quot; &lt;b&gt;us&lt;/b&gt; \\ {{with}} &quot;</p>with {{name}}{{gone}}"
    );
    let script = wording.fill_script("\"{{new}}\"");
    assert_eq!(
        serde_json::from_str::<String>(&script).unwrap(),
        "\"Ask\" <b>us</b> \\ {{with}} \""
    );
}

#[test]
fn what_the_program_says_can_be_the_sites_own() {
    let english = CHAT.english();
    let (key, _) = english.entries().find(|(key, _)| key.ends_with("_other")).unwrap();
    let (name, _) = key.rsplit_once('_').unwrap();
    let own = own(&[(&key, "{{count}} of ours</script>")]);
    let table = CHAT.table(Wording { language: english, own: &own }, "");
    assert!(!table.contains("</"));
    let rows: Vec<serde_json::Value> = serde_json::from_str(&table).unwrap();
    let at = CHAT.keys("").iter().position(|known| *known == name).unwrap();
    let ours = rows.get(at).unwrap();
    assert_eq!(ours["other"], "{{0}} of ours</script>");
    let plain: Vec<serde_json::Value> = serde_json::from_str(&CHAT.table(english, "")).unwrap();
    assert_eq!(ours["one"], plain.get(at).unwrap()["one"]);
    assert_eq!(rows.len(), plain.len());
}
