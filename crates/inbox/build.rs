//! Makes enums of what `words/inbox/en.json` holds: see [`porchlight_words::code`].

use porchlight_words::{INBOX, code};

const DOCUMENT: &str = "index.html";

fn main() {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    println!("cargo::rerun-if-changed=build.rs");
    for fault in code::write_words(&INBOX, DOCUMENT).err().into_iter().flatten() {
        println!("cargo::error={DOCUMENT}: {fault}");
    }
}
