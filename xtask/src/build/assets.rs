//! The files that the server embeds, each with its brotli form beside it, compressed once.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// How hard to compress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quality {
    /// As small as brotli can.
    Best,
    /// Fast.
    Fast,
}

impl Quality {
    /// Its level of brotli.
    pub fn brotli_level(self) -> i32 {
        match self {
            Self::Best => 11,
            Self::Fast => 2,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Fast => "fast",
        }
    }
}

/// A file that the server embeds, and its size in bytes in each form in which it can be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Its path within its part.
    pub path: PathBuf,
    /// Uncompressed.
    pub raw: usize,
    /// By gzip, for proxies that don't support brotli.
    pub gzip: usize,
    /// By brotli, for browsers.
    pub brotli: usize,
}

/// The extension of a compressed file.
const BROTLI: &str = "br";

/// Extensions of files that compress. Pictures and fonts are compressed already.
const COMPRESSIBLE: [&str; 8] = ["css", "html", "js", "json", "svg", "txt", "wasm", "webmanifest"];

/// The largest window that every browser supports.
const BROTLI_WINDOW_BITS: i32 = 22;

/// Removes the compressed forms in `assets` unless they were compressed with this quality. The files themselves
/// stay, because a server may be reading them.
pub fn set_quality(assets: &Path, quality: Quality) -> Result<()> {
    // Beside the folder and not in it, because the server embeds its content.
    let note = assets.with_extension("quality");
    if fs::read_to_string(&note).ok().as_deref() == Some(quality.name()) {
        return Ok(());
    }
    fs::create_dir_all(assets).with_context(|| format!("cannot create {}", assets.display()))?;
    for path in files_below(assets)? {
        if path.extension().is_some_and(|extension| extension == BROTLI) {
            let old = assets.join(&path);
            fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    fs::write(&note, quality.name()).with_context(|| format!("cannot write {}", note.display()))
}

/// Copies the files in `from` to `to`, each put through `transform`, and compresses them.
///
/// Files for which `transform` returns `None` are left out. Files that have not changed are not compressed
/// again; files that are no longer in `from` are removed. Each file is replaced atomically, because a server may
/// be reading it.
pub fn collect(
    from: &Path,
    to: &Path,
    quality: Quality,
    transform: impl Fn(&Path, Vec<u8>) -> Result<Option<Vec<u8>>>,
) -> Result<Vec<Asset>> {
    let mut assets = Vec::new();
    let mut kept = BTreeSet::new();
    for path in files_below(from)? {
        let source = from.join(&path);
        let content =
            fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
        let Some(content) = transform(&path, content)? else { continue };
        let target = to.join(&path);
        assets.push(write(&path, &target, &content, quality)?);
        kept.insert(compressed_name(&path));
        kept.insert(path);
    }
    for path in files_below(to)? {
        if !kept.contains(&path) {
            let old = to.join(&path);
            fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    Ok(assets)
}

fn write(path: &Path, target: &Path, content: &[u8], quality: Quality) -> Result<Asset> {
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let compressed = compressed_name(target);
    let unchanged = fs::read(target).is_ok_and(|there| there == content);
    if !unchanged {
        // First, so that there is never an old compressed form beside a new file.
        let _ = fs::remove_file(&compressed);
        write_whole(target, content)?;
    }
    let raw = content.len();
    if !is_compressible(path) {
        return Ok(Asset { path: path.to_owned(), raw, gzip: raw, brotli: raw });
    }
    if path.extension().is_some_and(|extension| extension == "html") {
        // Left by an earlier version of this tool.
        let _ = fs::remove_file(&compressed);
        return measured(path, content, Quality::Best.brotli_level());
    }
    let brotli = match fs::metadata(&compressed) {
        Ok(there) => usize::try_from(there.len()).context("a file is too large")?,
        Err(_) => {
            let bytes = to_brotli(content, quality.brotli_level())?;
            write_whole(&compressed, &bytes)?;
            bytes.len()
        }
    };
    Ok(Asset { path: path.to_owned(), raw, gzip: to_gzip(content)?.len(), brotli })
}

/// The sizes of a file, by brotli at this level.
pub fn measured(path: &Path, content: &[u8], level: i32) -> Result<Asset> {
    let brotli = to_brotli(content, level)?.len();
    let gzip = to_gzip(content)?.len();
    Ok(Asset { path: path.to_owned(), raw: content.len(), gzip, brotli })
}

/// Writes a file under another name and renames it, so that no reader sees half of it.
fn write_whole(target: &Path, content: &[u8]) -> Result<()> {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let new = target.with_file_name(name);
    fs::write(&new, content)
        .and_then(|()| fs::rename(&new, target))
        .with_context(|| format!("cannot write {}", target.display()))
}

fn compressed_name(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(BROTLI);
    PathBuf::from(name)
}

fn is_compressible(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| COMPRESSIBLE.contains(&extension))
}

fn to_brotli(content: &[u8], level: i32) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: level,
        lgwin: BROTLI_WINDOW_BITS,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut io::Cursor::new(content), &mut compressed, &parameters)
        .context("cannot compress")?;
    Ok(compressed)
}

fn to_gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).and_then(|()| encoder.finish()).context("cannot compress")
}

/// The files below a folder, as sorted relative paths, without hidden ones. Empty if the folder does not
/// exist.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(inner) = folders.pop() {
        let path = folder.join(&inner);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            entries => entries.with_context(|| format!("cannot list {}", path.display()))?,
        };
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", path.display()))?;
            let name = entry.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let kind = entry.file_type().context("cannot tell a file from a folder")?;
            if kind.is_dir() { &mut folders } else { &mut files }.push(inner.join(name));
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A temporary folder for a test, removed on drop.
    struct Scratch(PathBuf);

    impl Scratch {
        fn new(test: &str) -> Self {
            let name = format!("porchlight-assets-{test}-{}", std::process::id());
            let folder = std::env::temp_dir().join(name);
            fs::create_dir_all(folder.join("from/inner")).unwrap();
            Self(folder)
        }

        fn put(&self, path: &str, content: &str) {
            fs::write(self.0.join("from").join(path), content).unwrap();
        }

        fn collect(&self) -> Vec<Asset> {
            let (from, to) = (self.0.join("from"), self.0.join("to"));
            collect(&from, &to, Quality::Best, |_, content| Ok(Some(content))).unwrap()
        }

        fn collected(&self) -> Vec<String> {
            let files = files_below(&self.0.join("to")).unwrap();
            files.iter().map(|path| path.display().to_string()).collect()
        }
    }

    impl Drop for Scratch {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn each_text_has_its_brotli_form_beside_it_and_documents_and_pictures_have_none() {
        let scratch = Scratch::new("forms");
        scratch.put("a.css", &"p{color:red}".repeat(100));
        scratch.put("index.html", &"<p>hello</p>".repeat(100));
        scratch.put("inner/logo.png", "not really");
        scratch.put(".hidden", "nobody's business");
        let assets = scratch.collect();
        assert_eq!(scratch.collected(), ["a.css", "a.css.br", "index.html", "inner/logo.png"]);

        let [css, html, png] = assets.as_slice() else { panic!("three assets, not {assets:?}") };
        for text in [css, html] {
            assert_eq!(text.raw, 1200);
            assert!(text.brotli < text.gzip && text.gzip < text.raw, "{text:?}");
        }
        assert_eq!((png.raw, png.gzip, png.brotli), (10, 10, 10));
    }

    #[test]
    fn the_brotli_form_is_the_file() {
        let scratch = Scratch::new("same");
        scratch.put("a.js", "alert('ä')");
        scratch.collect();
        let mut back = Vec::new();
        let compressed = fs::read(scratch.0.join("to/a.js.br")).unwrap();
        brotli::BrotliDecompress(&mut compressed.as_slice(), &mut back).unwrap();
        assert_eq!(back, "alert('ä')".as_bytes());
    }

    #[test]
    fn what_is_gone_goes_and_what_changed_is_compressed_again() {
        let scratch = Scratch::new("sync");
        scratch.put("old.css", "a{}");
        scratch.put("kept.css", "b{}");
        let before = scratch.collect();
        fs::remove_file(scratch.0.join("from/old.css")).unwrap();
        scratch.put("kept.css", &"b{color:red}".repeat(20));
        let after = scratch.collect();
        assert_eq!(scratch.collected(), ["kept.css", "kept.css.br"]);
        assert_ne!(before.first().unwrap().brotli, after.first().unwrap().brotli);
    }

    #[test]
    fn what_is_unchanged_is_not_compressed_again() {
        let scratch = Scratch::new("unchanged");
        scratch.put("a.css", "a{}");
        scratch.collect();
        fs::write(scratch.0.join("to/a.css.br"), "a mark").unwrap();
        scratch.collect();
        assert_eq!(fs::read_to_string(scratch.0.join("to/a.css.br")).unwrap(), "a mark");
    }

    #[test]
    fn another_quality_forgets_what_was_compressed() {
        let scratch = Scratch::new("quality");
        scratch.put("a.css", "a{}");
        set_quality(&scratch.0.join("to"), Quality::Best).unwrap();
        scratch.collect();
        set_quality(&scratch.0.join("to"), Quality::Best).unwrap();
        assert_eq!(scratch.collected(), ["a.css", "a.css.br"]);
        set_quality(&scratch.0.join("to"), Quality::Fast).unwrap();
        assert_eq!(scratch.collected(), ["a.css"]);
    }
}
