//! What the browser parses is what `serde_json` parses.

use porchlight_protocol::json::Json;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::json::{read, tree};

#[wasm_bindgen_test]
fn a_text_is_the_same_tree_for_the_browser_and_the_server() {
    for text in [
        "null",
        "true",
        "[]",
        "{}",
        "[1,-2,0,9007199254740991]",
        "[1.5,1e300]",
        r#"{"a":{"b":[{"c":null},"x"]},"z":false,"1":2}"#,
        r#"{"text":"\"<é\u0000\ud83c\udfee\\n","__proto__":1,"toString":"it"}"#,
        " [ 1 , \"two\" ] ",
    ] {
        let ours: Json = tree(text).unwrap();
        let theirs: Json = serde_json::from_str(text).unwrap();
        assert_eq!(sorted(ours), sorted(theirs), "{text}");
    }
    for text in ["", "{", "[1,]", "nul", "{a:1}", "<html>", "\u{feff}1"] {
        assert_eq!(tree(text), None, "{text}");
    }
}

/// The browser has fields whose names are numbers first.
fn sorted(json: Json) -> String {
    let text = format!("{json:?}");
    let mut parts: Vec<&str> = text.split(['(', ')', '[', ']']).collect();
    parts.sort_unstable();
    parts.join(" ")
}

#[wasm_bindgen_test]
fn what_no_field_takes_is_a_number_of_no_use() {
    for text in ["9007199254740993", "-9007199254740993", "1e20", "0.1", "1e999"] {
        assert_eq!(tree(text), Some(Json::Other), "{text}");
        assert_eq!(read::<i64>(text), None, "{text}");
    }
}

#[wasm_bindgen_test]
fn what_is_nested_too_deeply_ends_somewhere() {
    let deep = |levels: usize| ["[".repeat(levels), "]".repeat(levels)].concat();
    let mut tree = tree(&deep(5_000)).unwrap();
    let mut levels = 0;
    while let Json::List(mut list) = tree {
        tree = list.pop().unwrap();
        levels += 1;
    }
    assert_eq!((levels, tree), (32, Json::Other));
}
