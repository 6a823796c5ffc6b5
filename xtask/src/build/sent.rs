//! Files that the server fills with words: their sizes as they are sent.

use std::path::Path;

use anyhow::{Context, Result};
use porchlight_words::{CHAT, Catalogue, Language};

use super::assets::{Asset, Quality, measured};

/// The sizes of the document `index.html` in the language in which it is largest, with the words for the program.
/// Without the site's name, which is short.
pub fn document(folder: &Path, asset: Asset, catalogue: &Catalogue) -> Result<Asset> {
    let built = read(folder, &asset)?;
    let sent = |language: &Language| {
        catalogue.fill(language, &built) + &catalogue.element(language, &built)
    };
    largest(&asset, catalogue.languages, sent, Quality::Best.brotli_level())
}

/// The sizes of a file of the loader: of what every page loads, in English; of the other, in the language in which it is
/// largest.
pub fn script(folder: &Path, asset: Asset, is_first: bool) -> Result<Asset> {
    let built = read(folder, &asset)?;
    let languages = if is_first { std::slice::from_ref(CHAT.english()) } else { CHAT.languages };
    let sent = |language: &Language| language.fill_script(&built);
    largest(&asset, languages, sent, Quality::Best.brotli_level())
}

fn read(folder: &Path, asset: &Asset) -> Result<String> {
    let path = folder.join(&asset.path);
    std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))
}

fn largest(
    asset: &Asset,
    languages: &[Language],
    sent: impl Fn(&Language) -> String,
    level: i32,
) -> Result<Asset> {
    let sizes = languages.iter().map(|it| measured(&asset.path, sent(it).as_bytes(), level));
    let sizes: Vec<Asset> = sizes.collect::<Result<_>>()?;
    sizes.into_iter().max_by_key(|asset| asset.brotli).context("there is no language")
}

/// A page's markup without comments, and without the space by which its lines are indented.
pub fn tidy(html: &str) -> String {
    let mut tidy = String::with_capacity(html.len());
    for (index, part) in html.split("<!--").enumerate() {
        let markup =
            if index == 0 { part } else { part.split_once("-->").map_or("", |(_, it)| it) };
        for line in markup.lines().map(str::trim).filter(|line| !line.is_empty()) {
            // Space between words, attributes or statements.
            if !tidy.is_empty() && !tidy.ends_with('>') {
                tidy.push('\n');
            }
            tidy.push_str(line);
        }
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_are_not_sent() {
        let html = "<!doctype html>\n<!-- a\n b --><p>\n  <b class=\"a\"\n     id=\"b\">one two</b>\n</p>\n";
        assert_eq!(tidy(html), "<!doctype html><p><b class=\"a\"\nid=\"b\">one two</b></p>");
    }

    #[test]
    fn a_script_keeps_its_lines() {
        let html = "<script>\n  let a = 1 // one\n  let b\n</script>";
        assert_eq!(tidy(html), "<script>let a = 1 // one\nlet b\n</script>");
    }
}
