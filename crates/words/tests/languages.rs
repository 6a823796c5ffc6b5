//! The words of all languages, and the choice among them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::path::Path;

use porchlight_protocol::notice::DEFAULT_NOTICE;
use porchlight_words::{CHAT, Catalogue, INBOX, Language, Text, names, of_site};

fn file(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

fn document() -> String {
    file("index.html")
}

/// The apps with their documents.
fn apps() -> [(&'static Catalogue, String); 2] {
    [(&CHAT, document()), (&INBOX, file("crates/inbox/index.html"))]
}

fn chosen(wanted: &str, accepted: &str) -> &'static str {
    let given = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    let (wanted, accepted) = (wanted.to_owned().leak(), accepted.to_owned().leak());
    CHAT.choose(given(wanted), given(accepted)).tag
}

#[test]
fn every_language_says_everything_with_the_same_places() {
    // The build script has compared the files. What it wrote is what it read.
    for catalogue in [&CHAT, &INBOX] {
        let english = catalogue.english();
        for language in catalogue.languages {
            let both = english.words.iter().zip(language.words);
            assert_eq!(english.words.len(), language.words.len(), "{}", language.tag);
            for ((key, ours), (other_key, theirs)) in both {
                assert_eq!(key, other_key, "{}", language.tag);
                let set = |text: &'static Text| names(text).into_iter().collect::<BTreeSet<_>>();
                assert_eq!(set(ours), set(theirs), "{}: {key}", language.tag);
                let plural = |text: &Text| matches!(text, Text::Plural(_));
                assert_eq!(plural(ours), plural(theirs), "{}: {key}", language.tag);
            }
        }
    }
}

#[test]
fn every_word_has_a_place() {
    for (catalogue, document) in apps() {
        assert_eq!(catalogue.unknown_places(&document), Vec::<&str>::new());
    }
    let scripts = ["porchlight.js", "porchlight-panel.js", "history/porchlight-history.js"];
    let loader: String = scripts.iter().map(|name| file(&format!("loader/{name}"))).collect();
    let is_theirs = |key: &str| key.starts_with("loader.") || key.starts_with("history.");
    for (key, _) in CHAT.english().words.iter().filter(|(key, _)| is_theirs(key)) {
        assert!(loader.contains(&format!("\"{{{{{key}}}}}\"")), "no script uses {key}");
    }
    for language in CHAT.languages {
        let filled = language.fill_script(&loader);
        let mut places = filled.split("\"{{").skip(1).map(|it| it.split('}').next());
        let left = places.find(|it| it.is_some_and(|it| it.contains('.')));
        assert_eq!(left, None, "a script has a place that {} lacks", language.tag);
    }
}

#[test]
fn the_document_is_written_in_the_language() {
    for (catalogue, document) in apps() {
        for language in catalogue.languages {
            let filled = catalogue.fill(language, &document);
            let (tag, direction) = (language.tag, language.direction());
            assert!(filled.contains(&format!("<html lang=\"{tag}\" dir=\"{direction}\"")));
            assert!(!of_site(&filled, None).contains("{{"), "{filled}");
        }
    }
    let german = CHAT.choose(Some("de"), None);
    assert!(CHAT.fill(german, &document()).contains(german.get("home.new").unwrap()));
    let offered = INBOX.fill(INBOX.english(), "{{languages}}");
    assert!(offered.starts_with("en"), "{offered}");
}

#[test]
fn what_differs_from_site_to_site_is_text() {
    let shown = of_site("<p>{{answers}}</p>", Some("1 < <i>2</i>"));
    assert_eq!(shown, "<p>1 &lt; &lt;i&gt;2&lt;/i&gt;</p>");
    assert_eq!(of_site("<p>{{answers}}</p>", None), "<p></p>");
}

#[test]
fn what_the_document_lacks_is_in_the_table_in_the_order_of_the_keys() {
    let document = "<p>{{home.new}}</p>{{__TRUNK NONCE__}}";
    let keys = CHAT.keys(document);
    assert!(!keys.contains(&"home.new") && keys.contains(&"home.history"));
    assert!(keys.iter().all(|key| !key.starts_with("loader.") && !key.starts_with("page.")));
    for language in CHAT.languages {
        let table: serde_json::Value =
            serde_json::from_str(&CHAT.table(language, document)).unwrap();
        let rows = table.as_array().unwrap();
        assert_eq!(rows.len(), keys.len());
        for (key, row) in keys.iter().zip(rows) {
            match language.get(key) {
                Some(text) if !text.contains("{{") => assert_eq!(row, text),
                Some(_) => assert!(row.as_str().unwrap().contains("{{0}}"), "{row}"),
                None => assert!(row["other"].as_str().unwrap().contains("{{0}}"), "{row}"),
            }
        }
    }
}

#[test]
fn words_are_never_markup() {
    static WILD: Language = Language {
        tag: "qx",
        is_rtl: false,
        words: &[("a.b", Text::Plain("<b title=\"x\">&</b></script>{{name}}"))],
    };
    assert_eq!(
        WILD.fill("<p>{{a.b}}{{a.c}}{{</p>"),
        "<p>&lt;b title=&quot;x&quot;&gt;&amp;&lt;/b&gt;&lt;/script&gt;{{name}}{{a.c}}{{</p>"
    );
    assert_eq!(WILD.fill("{{__TRUNK NONCE__}}"), "{{__TRUNK NONCE__}}");
    assert_eq!(
        WILD.fill_script("let a = \"{{a.b}}\""),
        "let a = \"<b title=\\\"x\\\">&</b></script>{{name}}\""
    );
    for catalogue in [&CHAT, &INBOX] {
        for language in catalogue.languages {
            assert!(!catalogue.table(language, "").contains('<'));
        }
    }
}

#[test]
fn a_page_in_a_language_gets_it_however_it_is_written() {
    for (wanted, tag) in [
        ("de", "de"),
        ("DE", "de"),
        ("de-AT", "de"),
        ("de_CH.UTF-8", "de"),
        ("de-Latn-DE-1996", "de"),
        (" de ", "de"),
        ("en", "en"),
        ("en-GB", "en"),
    ] {
        assert_eq!(chosen(wanted, ""), tag, "{wanted}");
        assert_eq!(chosen(wanted, "tlh"), tag, "{wanted}");
    }
}

#[test]
fn scripts_regions_and_old_codes_are_understood() {
    for (wanted, tag) in [
        ("zh", "zh-Hans"),
        ("zh-CN", "zh-Hans"),
        ("zh_SG", "zh-Hans"),
        ("cmn", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant-MO", "zh-Hant"),
        ("yue", "zh-Hant"),
        ("pt", "pt-BR"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt-PT"),
        ("pt_AO", "pt-PT"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("iw", "he"),
        ("in-ID", "id"),
        ("mo", "ro"),
        ("fa-AF", "fa"),
        ("prs", "fa"),
        ("arz", "ar"),
        ("es-419", "es"),
        ("es-MX", "es"),
        ("fr-CA", "fr"),
        ("uk-UA", "uk"),
    ] {
        assert_eq!(chosen(wanted, ""), tag, "{wanted}");
    }
    // Neighbours whose languages are not the same.
    for wanted in ["be", "ca", "gl", "hr", "sk", "ms", "ur", "az"] {
        assert_eq!(chosen(wanted, ""), "en", "{wanted}");
    }
}

#[test]
fn right_to_left_is_written_so() {
    let rtl = CHAT.languages.iter().filter(|language| language.is_rtl).map(|language| language.tag);
    assert_eq!(rtl.collect::<Vec<_>>(), ["ar", "fa", "he"]);
}

#[test]
fn the_page_comes_before_the_browser_and_english_is_last() {
    assert_eq!(chosen("de", "en"), "de");
    assert_eq!(chosen("en-GB", "de"), "en");
    // A page in a language without words, or in none.
    for wanted in ["tlh", "", "-", "*", "x", "日本語", "<b>", "\u{0}", &"de".repeat(5_000)] {
        assert_eq!(chosen(wanted, "de-DE,de;q=0.9,en;q=0.8"), "de", "{wanted:?}");
        assert_eq!(chosen(wanted, ""), "en", "{wanted:?}");
    }
}

#[test]
fn the_browsers_languages_are_taken_by_their_weights() {
    for (accepted, tag) in [
        ("de", "de"),
        ("en;q=0.5, de;q=0.9", "de"),
        ("tlh, de;q=0.1, en;q=0.05", "de"),
        ("de;q=0, en", "en"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("*, de;q=0.5", "de"),
        ("de;q=x, en;q=0.1", "en"),
        (",;,de;;,q=1", "de"),
        ("", "en"),
    ] {
        assert_eq!(chosen("", accepted), tag, "{accepted}");
    }
    assert_eq!(chosen("", &"tlh,".repeat(10_000)), "en");
}

#[test]
fn the_notice_that_agents_are_shown_is_the_english_one() {
    assert_eq!(CHAT.english().get("closing.notice"), Some(DEFAULT_NOTICE));
}
