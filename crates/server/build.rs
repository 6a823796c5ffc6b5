//! Release builds carry the built assets. Their folders must be there, empty or not.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // Other builds read the files when they are asked for.
    let release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    for folder in ["widget", "inbox", "loader"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/assets").join(folder);
        if let Err(error) = std::fs::create_dir_all(&folder) {
            println!("cargo::warning=can't make {}: {error}", folder.display());
        }
        if release {
            println!("cargo::rerun-if-changed={}", folder.display());
        }
    }
}
