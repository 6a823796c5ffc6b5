//! Tests that check the documents against this checkout: commands, links, paths and lists of files.

use std::path::{Path, PathBuf};

use clap::Parser;

use crate::Cli;
use crate::workspace::Workspace;

/// The documents: paths and texts.
fn documents() -> Vec<(PathBuf, String)> {
    let root = Workspace::locate().unwrap().root;
    let mut documents = Vec::new();
    for folder in ["", "docs", "demo"] {
        for entry in root.join(folder).read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                let text = std::fs::read_to_string(&path).unwrap();
                documents.push((path, text));
            }
        }
    }
    assert!(documents.len() >= 8, "{documents:?}");
    documents
}

/// The texts between single backticks, outside code blocks.
fn quoted(text: &str) -> Vec<&str> {
    let mut quoted = Vec::new();
    let mut in_block = false;
    for line in text.lines() {
        in_block ^= line.trim_start().starts_with("```");
        if !in_block {
            quoted.extend(line.split('`').skip(1).step_by(2));
        }
    }
    quoted
}

#[test]
fn every_xtask_command_in_the_documents_exists() {
    let mut seen = 0;
    for (path, text) in documents() {
        for rest in text.split("cargo xtask ").skip(1) {
            let line = rest.lines().next().unwrap_or_default();
            let command = line.split(['`', '#', ';', '"']).next().unwrap_or_default();
            let words: Vec<&str> = command.split_whitespace().collect();
            // A word in capitals is a placeholder.
            let words = words.iter().map(|word| match *word {
                "N" => "2",
                "GROUP" => "laws",
                word => word,
            });
            let parsed = Cli::try_parse_from(["cargo xtask"].into_iter().chain(words));
            if let Err(error) = parsed {
                let asked_for_help = !error.use_stderr();
                assert!(asked_for_help, "{}: cargo xtask {command}\n{error}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} commands found");
}

#[test]
fn every_link_in_the_documents_leads_somewhere() {
    let mut seen = 0;
    for (path, text) in documents() {
        for rest in text.split("](").skip(1) {
            let link = rest.split([')', '#']).next().unwrap_or_default();
            if link.is_empty() || link.contains("://") {
                continue;
            }
            let target = path.parent().unwrap().join(link);
            assert!(target.exists(), "{} links to {link}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} links found");
}

#[test]
fn every_path_in_the_documents_exists() {
    const PLACES: [&str; 9] =
        ["crates/", "src/", "style/", "docs/", "xtask/", "loader/", "tests/", "demo/", "target/"];
    let root = Workspace::locate().unwrap().root;
    let mut seen = 0;
    for (path, text) in documents() {
        for word in quoted(&text) {
            let is_path = PLACES.iter().any(|place| word.starts_with(place))
                && !word.contains([' ', '<', '*', '{']);
            if !is_path || word.starts_with("target/") {
                continue;
            }
            assert!(root.join(word).exists(), "{} names {word}", path.display());
            seen += 1;
        }
    }
    assert!(seen >= 10, "only {seen} paths found");
}

/// The recipe for an event kind follows `KeptOpen`: it has to list every file that names it.
#[test]
fn the_recipe_for_an_event_kind_leads_to_every_file_that_names_one() {
    let root = Workspace::locate().unwrap().root;
    let recipes = std::fs::read_to_string(root.join("docs/recipes.md")).unwrap();
    let (_, recipe) = recipes.split_once("## An event kind").unwrap();
    let (recipe, _) = recipe.split_once("\n## ").unwrap();
    let named = quoted(recipe);
    let mut files = Vec::new();
    for folder in ["crates", "src", "tests", "docs", "loader"] {
        files_below(&root.join(folder), &mut files);
    }
    let mut seen = 0;
    for path in files {
        let file = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let is_older = file.starts_with("crates/protocol/tests/released/");
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let names_it = names(&text, "KeptOpen") || names(&text, "kept_open");
        if is_older || file == "docs/recipes.md" || !names_it {
            continue;
        }
        assert!(named.contains(&file.as_str()), "the recipe does not lead to {file}");
        seen += 1;
    }
    assert!(seen >= 10, "only {seen} files name the kind");
}

/// True if this name is there by itself, not as the end of another one such as a word's `ClosingKeptOpen`.
fn names(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        !text.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()))
    })
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && !["target", "node_modules", "dist"].contains(&name) {
            files_below(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

/// Each file that ARCHITECTURE's code map names exists in its place.
#[test]
fn the_code_map_names_files_that_are_there() {
    let root = Workspace::locate().unwrap().root;
    let text = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let (_, map) = text.split_once("| place | what it is |").unwrap();
    let mut seen = 0;
    for row in map.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let columns: Vec<&str> = row.split('|').collect();
        let [_, place, what, ..] = columns[..] else { panic!("{row}") };
        let places: Vec<&str> = quoted(place);
        for file in quoted(what) {
            let is_file =
                file.ends_with('/') || [".rs", ".js", ".sql"].iter().any(|end| file.ends_with(end));
            if is_file {
                let found = places.iter().any(|place| is_below(&root.join(place), file));
                assert!(found, "there is no {file} in {place}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 20, "only {seen} files found");
}

/// Whether the package has a file or folder of this name, at its root or in `src`.
fn is_below(package: &Path, name: &str) -> bool {
    let name = name.trim_end_matches('/');
    ["", "src"].iter().any(|inner| package.join(inner).join(name).exists())
}
