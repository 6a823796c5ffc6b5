//! Removes from a page's script and module what wasm-bindgen leaves in them and the browser does not need.
//!
//! wasm-bindgen's names are long, end in a hash, occur in both files, and don't compress; and it exports
//! functions that the script never calls. This module drops those exports with all code that only they need,
//! and shortens the other names to one or two letters: wasm-opt chooses them, and esbuild puts them into the script.
//! Together this saves 4 to 5 KB (brotli) of the widget.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::setup::{Tools, remove_folder};
use crate::shell;

/// The WebAssembly features that our browsers support. Listed, because `--all-features` made modules that trap.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// How a module is optimised for size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// For visitors, who wait for it: whatever makes it smaller.
    Most,
    /// For agents, who load it once: 1 % larger, and done in a fifth of the time (half a minute for the inbox).
    Least,
}

impl Effort {
    /// Code that is taken apart and put together anew (`--flatten`, `--rereloop`) is shorter: 0.7 kB of the widget. So is
    /// an address with a constant in it, if none wraps round: nothing of Rust's is in the lowest kilobyte, where the
    /// stack would have overflowed (0.7 kB).
    fn optimisations(self) -> &'static [&'static str] {
        match self {
            Self::Most => {
                &["--low-memory-unused", "--flatten", "--rereloop", "-Oz", "-Oz", "--converge"]
            }
            Self::Least => &["--low-memory-unused", "-Os"],
        }
    }
}

/// What is done after the optimisations. Functions with similar names have similar bodies, and compress better side by
/// side.
const FINISH: [&str; 3] =
    ["--reorder-functions-by-name", "--strip-producers", "--strip-target-features"];

/// The start of the module, which imports wasm-bindgen's script.
const ENTRY: &str = include_str!("entry.js");

/// The prefix of calls from wasm-bindgen's script into the module.
const CALLS: &str = "wasm.";

/// Copies the page in `from` to `to` with a smaller script and module, and returns `to`.
pub fn slim(tools: &Tools, from: &Path, to: &Path, effort: Effort) -> Result<PathBuf> {
    remove_folder(to)?;
    fs::create_dir_all(to).with_context(|| format!("cannot create {}", to.display()))?;
    let (script, module) = program(from)?;
    let work = to.with_extension("work");
    remove_folder(&work)?;
    fs::create_dir_all(&work).with_context(|| format!("cannot create {}", work.display()))?;

    let glue = from.join(&script);
    let bundled = bundle(tools, &glue, &Names::new(), &work)?;
    let kept = drop_exports(tools, &from.join(&module), &called(&bundled), &work)?;
    let (module_bytes, names) = shorten(tools, &kept, &work, effort)?;
    let script_text = bundle(tools, &glue, &names, &work)?;

    let mut files = read_files(from)?;
    files.remove(&script);
    files.remove(&module);
    let html = files.remove("index.html").context("the page has no index.html")?;
    let html = String::from_utf8(html).context("index.html is not text")?;

    // Trunk's file names have a hash of its output, which has changed.
    let old_hash = script
        .trim_end_matches(".js")
        .rsplit('-')
        .next()
        .context("Trunk's file names have no hash")?
        .to_owned();
    let new_hash = hash(&[script_text.as_bytes(), &module_bytes]);
    files.insert(script.replace(&old_hash, &new_hash), script_text.into_bytes());
    files.insert(module.replace(&old_hash, &new_hash), module_bytes);
    let html = html.replace(&old_hash, &new_hash);

    let html = merge_styles(&html, &mut files)?;
    files.insert("index.html".to_owned(), html.into_bytes());
    for (name, content) in files {
        write(&to.join(name), &content)?;
    }
    Ok(to.to_owned())
}

/// The files of a page by name. Folders are left out: they contain scripts, which have been bundled.
fn read_files(page: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let cannot_read = |path: &Path| format!("cannot read {}", path.display());
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(page).with_context(|| cannot_read(page))? {
        let path = entry.with_context(|| cannot_read(page))?.path();
        let name =
            path.file_name().and_then(|name| name.to_str()).context("a file name is not UTF-8")?;
        if path.is_file() {
            files.insert(name.to_owned(), fs::read(&path).with_context(|| cannot_read(&path))?);
        }
    }
    Ok(files)
}

/// Merges the style sheets of a page into one: a single request, and it compresses better.
fn merge_styles(html: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<String> {
    const LINK: &str = "<link rel=\"stylesheet\"";
    let mut styles = Vec::new();
    let mut folder = None;
    let mut pieces = html.split(LINK);
    let mut merged: Vec<&str> = pieces.next().into_iter().collect();
    for piece in pieces {
        let (tag, after) = piece.split_once('>').context("a link has no end")?;
        let address = tag.split('"').nth(1).context("a style sheet has no address")?;
        let (path, name) = address.rsplit_once('/').context("a style sheet has no folder")?;
        let style = files.remove(name).with_context(|| format!("the page has no {name}"))?;
        styles.extend(style);
        folder.get_or_insert(path);
        merged.push(after);
    }
    let Some(folder) = folder else { return Ok(html.to_owned()) };
    let name = format!("style-{}.css", hash(&[&styles]));
    let link = format!("{LINK} href=\"{folder}/{name}\">");
    files.insert(name, styles);
    let (before, after) = merged.split_first().context("a page begins somehow")?;
    Ok(format!("{before}{link}{}", after.concat()))
}

/// The names of the page's script and module.
fn program(page: &Path) -> Result<(String, String)> {
    let entries = fs::read_dir(page).with_context(|| format!("cannot read {}", page.display()))?;
    let names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let only = |ending: &str| {
        let mut found = names.iter().filter(|name| name.ends_with(ending));
        match (found.next(), found.next()) {
            (Some(name), None) => Ok(name.clone()),
            _ => bail!("{} should hold one file that ends in {ending}", page.display()),
        }
    };
    Ok((only(".js")?, only("_bg.wasm")?))
}

/// wasm-bindgen's script with our start, without what only other importers would use, and with these short names.
fn bundle(tools: &Tools, script: &Path, names: &Names, work: &Path) -> Result<String> {
    let glue = read_text(script)?
        // Marked as pure, so that esbuild drops a registry that nothing is registered with.
        .replace(": new FinalizationRegistry(", ": /* @__PURE__ */ new FinalizationRegistry(");
    let glue = format!("{glue}\nexport {{ __wbg_finalize_init, __wbg_get_imports }};\n");
    write(&work.join("glue.js"), glue.as_bytes())?;
    write(&work.join("entry.js"), ENTRY.as_bytes())?;
    let output = work.join("bundled.js");
    let mut esbuild = Command::new(&tools.npm.esbuild);
    esbuild
        .arg(work.join("entry.js"))
        .args(["--bundle", "--format=esm", "--charset=utf8", "--log-level=warning"])
        // We don't use `using`, so the `Symbol.dispose` methods are dropped.
        .arg("--define:Symbol.dispose=undefined")
        .arg(format!("--outfile={}", output.display()));
    if !names.is_empty() {
        let cache = work.join("names.json");
        write(&cache, json!(names).to_string().as_bytes())?;
        esbuild
            .arg(format!("--mangle-props={}", pattern(names)))
            .arg("--mangle-quoted")
            .arg(format!("--mangle-cache={}", cache.display()));
    }
    shell::run(&mut esbuild)?;
    let bundled = read_text(&output)?;
    let called = called(&bundled);
    let is_left = |name: &&String| {
        let defined = [format!("{name}: "), format!("{name}\": ")];
        called.contains(name.as_str()) || defined.iter().any(|it| bundled.contains(it))
    };
    if let Some(name) = names.keys().find(is_left) {
        bail!("esbuild has left the name {name} in the script");
    }
    Ok(bundled)
}

/// A regular expression for exactly these names.
fn pattern(names: &Names) -> String {
    let names: Vec<String> = names.keys().map(|name| name.replace('.', r"\.")).collect();
    format!("^(?:{})$", names.join("|"))
}

/// The exports that the script calls.
fn called(script: &str) -> BTreeSet<&str> {
    script.split(CALLS).skip(1).map(identifier).filter(|name| !name.is_empty()).collect()
}

/// The identifier at the start of a text.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '$'));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Drops all other exports of the module, with the code that only they need.
fn drop_exports(
    tools: &Tools,
    module: &Path,
    exports: &BTreeSet<&str>,
    work: &Path,
) -> Result<PathBuf> {
    let mut graph: Vec<Value> =
        exports.iter().map(|name| json!({"name": name, "export": name, "root": true})).collect();
    graph.push(json!({"name": "script", "root": true, "reaches": exports}));
    let graph_file = work.join("graph.json");
    write(&graph_file, Value::from(graph).to_string().as_bytes())?;
    let output = work.join("kept.wasm");
    let mut metadce = Command::new(tools.npm.wasm_opt.with_file_name("wasm-metadce"));
    metadce.arg(module).args(FEATURES).arg("--graph-file").arg(&graph_file).arg("-o").arg(&output);
    // Keeps the names of functions, by which they are sorted later.
    metadce.arg("--debuginfo");
    // `answer`, because wasm-metadce prints a list of everything that it dropped.
    shell::answer(&mut metadce).context("wasm-metadce failed")?;
    Ok(output)
}

/// The names of the module's imports and exports, and of the module that it imports from, each with its short one.
type Names = BTreeMap<String, String>;

/// Shortens the names of the module's imports and exports, and returns it with the names.
fn shorten(tools: &Tools, module: &Path, work: &Path, effort: Effort) -> Result<(Vec<u8>, Names)> {
    let optimised = work.join("optimised.wasm");
    let output = work.join("short.wasm");
    let run = |from: &Path, options: &[&str], to: &Path| {
        let mut wasm_opt = Command::new(&tools.npm.wasm_opt);
        wasm_opt.arg(from).args(FEATURES).args(options).arg("-o").arg(to);
        shell::answer(&mut wasm_opt).context("wasm-opt failed")
    };
    run(module, &[effort.optimisations(), &FINISH].concat(), &optimised)?;
    // In a run of its own: `--converge` would repeat it, and rename the short names again.
    let told = run(&optimised, &["--minify-imports-and-exports-and-modules"], &output)?;
    let names = names(&told).context("wasm-opt did not print the names as expected")?;
    let bytes = fs::read(&output).with_context(|| format!("cannot read {}", output.display()))?;
    Ok((bytes, names))
}

/// The names in what wasm-opt prints.
fn names(told: &str) -> Option<Names> {
    /// All imports are of one module, which wasm-opt calls so.
    const MODULE: &str = "a";
    let told: Value = serde_json::from_str(told).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let mut names = Names::new();
    for import in told.get("imports")?.as_array()? {
        names.insert(text(import.get(0)?)?, MODULE.to_owned());
        names.insert(text(import.get(1)?)?, text(import.get(2)?)?);
    }
    for export in told.get("exports")?.as_array()? {
        names.insert(text(export.get(0)?)?, text(export.get(1)?)?);
    }
    Some(names)
}

/// FNV-1a, as 16 hexadecimal digits: for file names, not for security.
fn hash(parts: &[&[u8]]) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().copied().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

fn read_text(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = r#"
  const import0 = {
    __proto__: null,
    __wbg_one_0a: function(arg0) {
      return wasm.one_two(arg0);
    },
    __wbg_two_0b: function() {
      return handleError(function() {
      }, arguments);
    },
    __wbindgen_three: function() {
      wasm.one();
    }
  };
  return { "./glue_bg.js": import0 };
"#;

    #[test]
    fn what_a_script_calls_is_seen() {
        assert_eq!(called(SCRIPT), BTreeSet::from(["one", "one_two"]));
        assert_eq!(called("no calls"), BTreeSet::new());
    }

    #[test]
    fn names_are_read_from_what_wasm_opt_prints() {
        let told = r#"{
            "imports": [["./glue_bg.js", "__wbg_one_0a", "a"], ["./glue_bg.js", "__wbg_two_0b", "b"]],
            "exports": [["one", "c"]]
        }"#;
        let expected =
            [("./glue_bg.js", "a"), ("__wbg_one_0a", "a"), ("__wbg_two_0b", "b"), ("one", "c")];
        let expected = expected.map(|(old, new)| (old.to_owned(), new.to_owned()));
        let names = names(told).unwrap();
        assert_eq!(names, Names::from(expected));
        assert_eq!(pattern(&names), r"^(?:\./glue_bg\.js|__wbg_one_0a|__wbg_two_0b|one)$");
        assert!(super::names("{}").is_none());
    }

    #[test]
    fn many_style_sheets_become_one_in_their_order() {
        let html = r#"<head><link rel="stylesheet" href="/w/b-1.css"/>
<link rel="stylesheet" href="/w/a-2.css"/><link rel="icon" href="data:,"></head>"#;
        let mut files = BTreeMap::from([
            ("a-2.css".to_owned(), b"a{}".to_vec()),
            ("b-1.css".to_owned(), b"b{}\n".to_vec()),
        ]);
        let name = format!("style-{}.css", hash(&[b"b{}\na{}"]));
        let merged = merge_styles(html, &mut files).unwrap();
        let expected = format!(
            "<head><link rel=\"stylesheet\" href=\"/w/{name}\">\n<link rel=\"icon\" href=\"data:,\"></head>"
        );
        assert_eq!(merged, expected);
        assert_eq!(files, BTreeMap::from([(name, b"b{}\na{}".to_vec())]));

        assert_eq!(merge_styles("<p>", &mut files).unwrap(), "<p>");
        assert!(merge_styles(html, &mut BTreeMap::new()).is_err());
    }
}
