//! Rust for the build scripts of the apps: enums of what their documents hold, so that a program names words and
//! templates by positions that the compiler has checked. The names themselves cost the module nothing, and one
//! that nothing uses is a warning.

use std::fmt::Write;
use std::path::Path;

use crate::{Catalogue, Text, names};

/// Writes the enums for the document at this path as `words.rs`, and returns the document; or what is wrong.
pub fn write_words(catalogue: &Catalogue, path: &str) -> Result<String, Vec<String>> {
    let document = std::fs::read_to_string(path).map_err(|error| vec![error.to_string()])?;
    write("words.rs", &words(catalogue, &document)?)?;
    Ok(document)
}

/// Writes a file into the folder that cargo gives a build script.
pub fn write(file: &str, code: &str) -> Result<(), Vec<String>> {
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    let written = std::fs::write(Path::new(&out).join(file), code);
    written.map_err(|error| vec![format!("can't write {file}: {error}")])
}

/// The enums `Word`, `Pattern` and `Count`: the positions of the texts in the table of this document. Or which of the
/// document's places can't be filled.
fn words(catalogue: &Catalogue, document: &str) -> Result<String, Vec<String>> {
    let unknown = catalogue.unknown_places(document);
    if !unknown.is_empty() {
        let why =
            "is not in en.json, or has places or plural forms, which only the program can fill";
        return Err(unknown.into_iter().map(|key| format!("{key} {why}")).collect());
    }
    let (mut word, mut pattern, mut count) = (Vec::new(), Vec::new(), Vec::new());
    for (at, key) in catalogue.keys(document).into_iter().enumerate() {
        let Some(text) = catalogue.english().find(key) else { continue };
        let (into, says) = match text {
            Text::Plural(forms) => (&mut count, forms.last().map_or("", |(_, text)| text)),
            Text::Plain(says) if names(text).is_empty() => (&mut word, *says),
            Text::Plain(says) => (&mut pattern, *says),
        };
        into.push((at, key, says));
    }
    Ok([
        positions("Word", "A text without places.", word),
        positions("Pattern", "A text with places, which `fill` fills.", pattern),
        positions("Count", "A text in plural forms, of which `count` chooses one.", count),
    ]
    .concat())
}

/// An enum with a variant for each position: its number, its name, and what its documentation says.
pub fn positions<'a>(
    name: &str,
    doc: &str,
    all: impl IntoIterator<Item = (usize, &'a str, &'a str)>,
) -> String {
    let derived = "#[derive(Debug, Clone, Copy, PartialEq, Eq)]";
    let mut code = format!("/// {doc}\n{derived}\npub enum {name} {{\n");
    for (at, name, says) in all {
        let _ = writeln!(code, "    /// {says}\n    {} = {at},", pascal(name));
    }
    code + "}\n"
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
