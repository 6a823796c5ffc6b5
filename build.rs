//! Makes enums of what `index.html` and `words/en.json` hold: see [`porchlight_words::code`].

use std::path::Path;

use porchlight_words::{CHAT, code};

const DOCUMENT: &str = "index.html";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    println!("cargo::rerun-if-changed=build.rs");
    if let Err(faults) = made() {
        faults.iter().for_each(|fault| println!("cargo::error={DOCUMENT}: {fault}"));
    }
}

fn made() -> Result<(), Vec<String>> {
    let failed = |error: std::io::Error| vec![error.to_string()];
    let document = std::fs::read_to_string(DOCUMENT).map_err(failed)?;
    let words = code::words(&CHAT, &document)?;
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    let out = Path::new(&out);
    std::fs::write(out.join("words.rs"), words).map_err(failed)?;
    std::fs::write(out.join("templates.rs"), templates(&document)).map_err(failed)
}

/// `Template`: the positions of the templates among those of the document.
fn templates(document: &str) -> String {
    let found = document.split("<template id=\"").skip(1).filter_map(|rest| rest.split('"').next());
    let all = found.enumerate().map(|(at, id)| (at, id, id));
    code::positions("Template", "A template of the document, by its id.", all)
}
