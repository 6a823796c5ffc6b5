//! Makes enums of what `words/inbox/en.json` holds: see [`porchlight_words::code`].

use std::path::Path;

use porchlight_words::{INBOX, code};

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
    let words = code::words(&INBOX, &document)?;
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    std::fs::write(Path::new(&out).join("words.rs"), words).map_err(failed)
}
