//! Makes enums of what `index.html` and `words/en.json` hold: see [`porchlight_words::code`].

use porchlight_words::{CHAT, code};

const DOCUMENT: &str = "index.html";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    println!("cargo::rerun-if-changed=build.rs");
    let written = code::write_words(&CHAT, DOCUMENT)
        .and_then(|document| code::write("templates.rs", &templates(&document)));
    for fault in written.err().into_iter().flatten() {
        println!("cargo::error={DOCUMENT}: {fault}");
    }
}

/// `Template`: the positions of the templates among those of the document.
fn templates(document: &str) -> String {
    let found = document.split("<template id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let all = found.enumerate().map(|(at, id)| (at, id, id));
    code::positions("Template", "A template of the document, by its id.", all)
}
