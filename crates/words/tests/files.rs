//! What is wrong with a words file, as the build script says it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use check::{Fault, Tongue, Words, compare, read};

#[path = "../src/check.rs"]
mod check;

fn words(tag: &str, json: &str) -> Words {
    read(json, &Tongue::of(tag).unwrap()).unwrap()
}

fn faults(tag: &str, json: &str) -> Vec<String> {
    match read(json, &Tongue::of(tag).unwrap()) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(said).collect(),
    }
}

fn said(Fault { key, why }: &Fault) -> String {
    format!("{key}: {why}")
}

#[test]
fn a_file_that_is_no_json_names_the_line() {
    let [fault] = &faults("en", "{\n\"a\": \"b\",\n}")[..] else { panic!() };
    assert!(fault.contains("line 3"), "{fault}");
    assert!(!faults("en", "[]").is_empty());
}

#[test]
fn only_texts_and_groups_are_words() {
    assert_eq!(faults("en", r#"{"a": {"b": 1}}"#), ["a.b: is neither a text nor a group"]);
    assert_eq!(faults("en", r#"{"a": [""]}"#), ["a: is neither a text nor a group"]);
    for text in ["", " ", " a", "a "] {
        let [fault] = &faults("en", &format!(r#"{{"a": "{text}"}}"#))[..] else {
            panic!("{text:?}")
        };
        assert!(fault.contains("begins or ends with a space"), "{fault}");
    }
}

#[test]
fn a_place_is_a_name_in_two_braces() {
    for text in ["{{a b}}", "{{", "{{a", "{{}}", "a}}", "{{a}} }}", "{{ a }}", "{{a, number}}"] {
        assert_eq!(faults("en", &format!(r#"{{"k": "{text}"}}"#)).len(), 1, "{text}");
    }
    for text in ["{a}", "{{a}}", "a {{b}} {{c}}"] {
        assert!(faults("en", &format!(r#"{{"k": "{text}"}}"#)).is_empty(), "{text}");
    }
}

#[test]
fn plural_forms_are_those_of_the_language() {
    let forms = |categories: &[&str]| {
        let form = |category: &&str| format!(r#""n_{category}": "{{{{count}}}} {category}""#);
        format!("{{{}}}", categories.iter().map(form).collect::<Vec<_>>().join(","))
    };
    for (tag, categories) in [
        ("en", &["one", "other"][..]),
        ("ja", &["other"]),
        ("zh-Hant", &["other"]),
        ("ru", &["one", "few", "many", "other"]),
        ("pl", &["one", "few", "many", "other"]),
        ("ar", &["zero", "one", "two", "few", "many", "other"]),
        // Only millions and fractions are "many" here: it may be left out.
        ("fr", &["one", "other"]),
        ("fr", &["one", "many", "other"]),
        ("cs", &["one", "few", "other"]),
        ("cs", &["one", "few", "many", "other"]),
    ] {
        assert_eq!(faults(tag, &forms(categories)), Vec::<String>::new(), "{tag}");
    }
    assert_eq!(
        faults("en", &forms(&["one"])),
        ["n_other: is missing; the language needs this plural category"]
    );
    assert_eq!(
        faults("pl", &forms(&["one", "other"])),
        [
            "n_few: is missing; the language needs this plural category",
            "n_many: is missing; the language needs this plural category"
        ]
    );
    assert_eq!(
        faults("ja", &forms(&["one", "other"])),
        ["n_one: is a plural category that the language doesn't have"]
    );
    assert_eq!(
        faults("en", r#"{"n_plural": "a"}"#),
        [r#"n_plural: "plural" is no plural category"#]
    );
}

#[test]
fn a_number_may_be_left_out_where_it_is_the_only_one() {
    assert!(faults("en", r#"{"n_one": "a day", "n_other": "{{count}} days"}"#).is_empty());
    // In Russian 21 is "one", too.
    assert_eq!(
        faults(
            "ru",
            r#"{"n_one": "день", "n_few": "{{count}} дня", "n_many": "{{count}} дней", "n_other": "{{count}} дня"}"#
        ),
        ["n_one: lacks the place {{count}}"]
    );
    assert_eq!(
        faults("en", r#"{"n_one": "a day", "n_other": "days"}"#),
        ["n_other: lacks the place {{count}}"]
    );
}

#[test]
fn a_language_has_the_keys_and_places_of_english() {
    let english = words(
        "en",
        r#"{"a": {"b": "with {{name}}", "c": "C"}, "n_one": "{{count}} a", "n_other": "{{count}} b"}"#,
    );
    let compared = |json: &str| -> Vec<String> {
        compare(&english, &words("de", json)).iter().map(said).collect()
    };
    let plural = r#""n_one": "ein", "n_other": "{{count}}""#;
    assert!(
        compared(&format!(r#"{{"a": {{"b": "{{{{name}}}}", "c": "D"}}, {plural}}}"#)).is_empty()
    );
    assert_eq!(
        compared(&format!(r#"{{"a": {{"b": "{{{{name}}}}"}}, {plural}}}"#)),
        ["a.c: is missing"]
    );
    assert_eq!(
        compared(&format!(r#"{{"a": {{"b": "mit {{{{nom}}}}", "c": "D", "d": "E"}}, {plural}}}"#)),
        [
            "a.b: lacks the place {{name}}",
            "a.b: has the place {{nom}}, which en.json lacks",
            "a.d: is not in en.json"
        ]
    );
    assert_eq!(
        compared(
            r#"{"a": {"b": "{{name}}", "c_one": "{{count}}", "c_other": "{{count}}"}, "n": "b"}"#
        ),
        [
            "a.c: has plural forms, and none in en.json",
            "n: has no plural forms, but some in en.json"
        ]
    );
}

#[test]
fn a_file_is_named_by_its_language() {
    for tag in ["en", "de", "pt-BR", "zh-Hant", "sr-Latn", "es-419", "nb", "he", "id"] {
        assert!(Tongue::of(tag).is_ok(), "{tag}");
    }
    for (tag, usual) in
        [("pt_BR", "pt-BR"), ("pt-br", "pt-BR"), ("iw", "he"), ("in", "id"), ("zh-hant", "zh-Hant")]
    {
        let why = Tongue::of(tag).err().unwrap().why;
        assert!(why.contains(usual) || why.contains("is no language tag"), "{tag}: {why}");
    }
    assert!(Tongue::of("deutsch-und-mehr").is_err());
}

#[test]
fn who_writes_from_right_to_left_is_known() {
    for (tag, is_rtl) in [
        ("ar", true),
        ("he", true),
        ("fa", true),
        ("ur", true),
        ("en", false),
        ("de", false),
        ("az-Arab", true),
        ("sr-Latn", false),
        ("zh-Hant", false),
    ] {
        assert_eq!(Tongue::of(tag).unwrap().is_rtl, is_rtl, "{tag}");
    }
}
