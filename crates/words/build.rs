//! Compiles `words/*.json` and `words/inbox/*.json`: checks them, and writes them as constants. A language is a
//! file, and nothing else.

use std::fmt::Write;
use std::path::Path;

use check::{Fault, Text, Tongue, Words};

#[path = "src/check.rs"]
mod check;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The folders of the catalogues, and the files that are made of them.
const CATALOGUES: [(&str, &str); 2] = [("words", "chat.rs"), ("words/inbox", "inbox.rs")];

fn main() {
    println!("cargo::rerun-if-changed={ROOT}/words");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/check.rs");
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    for (folder, file) in CATALOGUES {
        match compiled(folder) {
            Ok(code) => {
                if let Err(error) = std::fs::write(Path::new(&out).join(file), code) {
                    println!("cargo::error=can't write {file}: {error}");
                }
            }
            Err(faults) => faults.iter().for_each(|fault| println!("cargo::error={fault}")),
        }
    }
}

struct Language {
    tag: String,
    is_rtl: bool,
    words: Words,
}

/// The languages as code, or what is wrong with their files.
fn compiled(folder: &str) -> Result<String, Vec<String>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(Path::new(ROOT).join(folder));
    let entries = entries.map_err(|error| vec![format!("{folder}: {error}")])?;
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();

    let mut languages = Vec::new();
    let mut faults = Vec::new();
    for path in files {
        let tag = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let json = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        let read = Tongue::of(&tag).map_err(|fault| vec![fault]).and_then(|tongue| {
            let json = json.map_err(|why| vec![Fault { key: String::new(), why }])?;
            Ok((tongue.is_rtl, check::read(&json, &tongue)?))
        });
        match read {
            Ok((is_rtl, words)) => languages.push(Language { tag, is_rtl, words }),
            Err(found) => faults.extend(found.into_iter().map(|fault| said(folder, &tag, &fault))),
        }
    }
    let english = languages.iter().position(|it| it.tag == "en").map(|at| languages.remove(at));
    match english {
        // First, because whoever asks for no language in particular gets the first.
        Some(english) => {
            for other in &languages {
                let found = check::compare(&english.words, &other.words);
                faults.extend(found.iter().map(|fault| said(folder, &other.tag, fault)));
            }
            languages.insert(0, english);
        }
        None if faults.is_empty() => faults.push(format!("{folder}/en.json is missing")),
        None => {}
    }
    if faults.is_empty() { Ok(code(&languages)) } else { Err(faults) }
}

fn said(folder: &str, tag: &str, Fault { key, why }: &Fault) -> String {
    let key = if key.is_empty() { String::new() } else { format!(" {key}:") };
    format!("{folder}/{tag}.json:{key} {why}")
}

fn code(languages: &[Language]) -> String {
    let mut code = String::from("&[");
    for Language { tag, is_rtl, words } in languages {
        let _ = write!(code, "Language {{ tag: {tag:?}, is_rtl: {is_rtl}, words: &[");
        for (key, text) in words {
            let _ = match text {
                Text::Plain(text) => write!(code, "({key:?}, Text::Plain({text:?})),"),
                Text::Plural(forms) => {
                    let forms: Vec<_> = forms.iter().collect();
                    write!(code, "({key:?}, Text::Plural(&{forms:?})),")
                }
            };
        }
        code.push_str("] },");
    }
    code.push(']');
    code
}
