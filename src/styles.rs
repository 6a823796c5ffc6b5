//! The style sheets of widget and inbox against the code that they are for.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The files below a folder of the workspace whose names end like this.
fn files(folder: &str, end: &str) -> Vec<PathBuf> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if path.to_str().unwrap().ends_with(end) => files.push(path),
                false => {}
            }
        }
    }
    files
}

fn is_of_a_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '_'
}

/// The classes in the selectors of a style sheet.
fn classes(css: &str) -> BTreeSet<String> {
    let mut bare = String::new();
    for (index, part) in css.split("/*").enumerate() {
        bare += if index == 0 { part } else { part.split_once("*/").unwrap().1 };
    }
    let mut classes = BTreeSet::new();
    for rule in bare.split('{') {
        let selector = rule.rsplit([';', '}']).next().unwrap();
        for part in selector.split('.').skip(1) {
            let name: String = part.chars().take_while(|c| is_of_a_name(*c)).collect();
            if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
                classes.insert(name);
            }
        }
    }
    classes
}

/// What stands in a text between characters that no class has.
fn names(text: &str) -> BTreeSet<&str> {
    text.split(|c| !is_of_a_name(c)).collect()
}

#[test]
fn classes_are_found_in_selectors_alone() {
    let css =
        "/* .no { } */ .a.b--c > p, .d:is(.e) { margin: .5rem } @media (x) { .f { color: red } }";
    assert_eq!(classes(css).into_iter().collect::<Vec<_>>(), ["a", "b--c", "d", "e", "f"]);
}

#[test]
fn every_style_is_for_something_that_is_shown() {
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let code = ["src", "crates/inbox/src"];
    let mut sources: Vec<PathBuf> = code.iter().flat_map(|folder| files(folder, ".rs")).collect();
    sources.retain(|path| !path.ends_with("styles.rs"));
    let documents = ["index.html", "crates/inbox/index.html"];
    sources.extend(documents.map(|path| Path::new(env!("CARGO_MANIFEST_DIR")).join(path)));
    let sources: Vec<String> = sources.iter().map(read).collect();
    let shown: BTreeSet<&str> = sources.iter().flat_map(|source| names(source)).collect();

    let sheets: Vec<PathBuf> =
        ["style", "crates/inbox/style"].iter().flat_map(|folder| files(folder, ".css")).collect();
    assert!(sheets.len() >= 8, "{sheets:?}");
    for sheet in &sheets {
        let unused: Vec<String> =
            classes(&read(sheet)).into_iter().filter(|it| !shown.contains(it.as_str())).collect();
        assert!(unused.is_empty(), "{} styles what nothing shows: {unused:?}", sheet.display());
    }
}
