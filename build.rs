//! Makes enums of what `index.html` and `words/en.json` hold, so that the program names templates and words
//! by positions that the compiler has checked: the names themselves cost the module nothing, and one that
//! nothing uses is a warning.

use std::fmt::Write;
use std::path::Path;

use porchlight_words::{Language, Text, names};

const DOCUMENT: &str = "index.html";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    println!("cargo::rerun-if-changed=build.rs");
    let document = match std::fs::read_to_string(DOCUMENT) {
        Ok(document) => document,
        Err(error) => return println!("cargo::error=can't read {DOCUMENT}: {error}"),
    };
    for key in porchlight_words::unknown_places(&document) {
        println!(
            "cargo::error={DOCUMENT}: {key} is not in words/en.json, or has places or plural forms, which \
             only the program can fill"
        );
    }
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    for (file, code) in [("words.rs", words(&document)), ("templates.rs", templates(&document))] {
        if let Err(error) = std::fs::write(Path::new(&out).join(file), code) {
            println!("cargo::error=can't write {file}: {error}");
        }
    }
}

/// `Word`, `Pattern` and `Count`: the positions of the texts in the document's table.
fn words(document: &str) -> String {
    let mut word = declared("Word", "A text without places.");
    let mut pattern = declared("Pattern", "A text with places, which `fill` fills.");
    let mut count = declared("Count", "A text in plural forms, of which `count` chooses one.");
    for (at, key) in porchlight_words::keys(document).into_iter().enumerate() {
        let text = Language::english().words.iter().find(|(name, _)| *name == key);
        let Some((_, text)) = text else { continue };
        let (into, says) = match text {
            Text::Plural(forms) => (&mut count, forms.last().map_or("", |(_, text)| text)),
            Text::Plain(says) if names(text).is_empty() => (&mut word, *says),
            Text::Plain(says) => (&mut pattern, *says),
        };
        let _ = writeln!(into, "    /// {says}\n    {} = {at},", pascal(key));
    }
    [word, pattern, count].map(|it| it + "}\n").concat()
}

/// `Template`: the positions of the templates among those of the document.
fn templates(document: &str) -> String {
    let mut template = declared("Template", "A template of the document.");
    let found = document.split("<template id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    for (at, id) in found.enumerate() {
        let _ = writeln!(template, "    /// `{id}`\n    {} = {at},", pascal(id));
    }
    template + "}\n"
}

fn declared(name: &str, doc: &str) -> String {
    format!("/// {doc}\n#[derive(Debug, Clone, Copy, PartialEq, Eq)]\npub enum {name} {{\n")
}

/// `home.closeWith` and `home-close-with` as `HomeCloseWith`.
fn pascal(name: &str) -> String {
    let mut pascal = String::new();
    for part in name.split(['.', '-']) {
        let mut chars = part.chars();
        pascal.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        pascal.push_str(chars.as_str());
    }
    pascal
}
