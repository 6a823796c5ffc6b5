//! The files of `cargo xtask build`: the loader, and the scripts and styles of widget and inbox.
//!
//! A release binary embeds them; other builds read them from `target/assets` at each request. The apps' documents and
//! the loader have places for words, and are filled once for each language. Each other file that compresses well has a
//! brotli twin. Clients that don't accept brotli, such as browsers over plain http, get gzip,
//! which is made at the first request and cached.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;
use std::net::IpAddr;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use porchlight_protocol::{ErrorCode, id};
use porchlight_store::{Hash, random};
use porchlight_words::{Catalogue, Language, Own, Wording};
use rust_embed::{Embed, EmbeddedFile};
use tokio::task::spawn_blocking;

use crate::app::App;
use crate::auth::ClientIp;
use crate::error::Error;

use super::{pages, plain};

#[derive(Embed)]
#[folder = "../../target/assets/widget"]
#[allow_missing = true]
pub(super) struct Widget;

#[derive(Embed)]
#[folder = "../../target/assets/inbox"]
#[allow_missing = true]
pub(super) struct Inbox;

#[derive(Embed)]
#[folder = "../../target/assets/loader"]
#[allow_missing = true]
#[exclude = "*.br"]
struct Loader;

/// The loader's files, each served at the root under its name.
pub const LOADER_FILES: &[&str] = &[
    "porchlight.js",
    "porchlight-panel.js",
    "porchlight-history.js",
    "porchlight-identity.js",
    "porchlight-page.js",
];

/// For files with a hash of the content in their name.
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// For the loader's files, whose names never change, so that script tags need not change.
const LOADER: &str = "public, max-age=300, stale-while-revalidate=86400";

/// Compressed documents and scripts: some kilobytes for each language of a site. When there are more, they are made anew.
const COMPRESSED_MAX: usize = 1_000;

/// Documents that were written: one for each language of each app. When there are more, the apps were built anew.
const WRITTEN_MAX: usize = 200;

/// Files in the gzip cache. A release has fewer; in other builds old versions are evicted.
const GZIPPED_MAX: usize = 64;

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("ico") => "image/x-icon",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("wasm") => "application/wasm",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

/// The content coding of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The best coding that the request accepts.
    fn of(headers: &HeaderMap) -> Self {
        if takes(headers, "br") {
            Coding::Brotli
        } else if takes(headers, "gzip") {
            Coding::Gzip
        } else {
            Coding::Identity
        }
    }

    /// The entity tag, which differs for each coding.
    fn etag(self, hash: &Hash) -> String {
        let suffix = match self {
            Coding::Brotli => "-br",
            Coding::Gzip => "-gzip",
            Coding::Identity => "",
        };
        format!("\"{}{suffix}\"", id::hex(hash))
    }
}

fn takes(headers: &HeaderMap, wanted: &str) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.split_once(';').unwrap_or((coding, "")))
        .any(|(coding, weight)| {
            let weight = weight.replace(' ', "");
            let weight = weight.strip_prefix("q=").and_then(|weight| weight.parse::<f32>().ok());
            coding.trim().eq_ignore_ascii_case(wanted) && weight != Some(0.0)
        })
}

/// True if the client has this representation already. Weak tags are compared by their strong part.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == etag)
}

/// The data without a copy where the binary holds it.
pub(super) fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    }
}

/// A file in gzip, compressed once.
fn gzipped(file: &EmbeddedFile) -> std::io::Result<Bytes> {
    static KEPT: LazyLock<Mutex<HashMap<Hash, Bytes>>> = LazyLock::new(Mutex::default);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    let hash = file.metadata.sha256_hash();
    if let Some(bytes) = kept.get(&hash) {
        return Ok(bytes.clone());
    }
    if kept.len() >= GZIPPED_MAX {
        kept.clear();
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&file.data)?;
    let bytes = Bytes::from(encoder.finish()?);
    kept.insert(hash, bytes.clone());
    Ok(bytes)
}

/// The file in the best coding that it has and the request accepts.
fn encoded<T: Embed>(name: &str, plain: EmbeddedFile, wanted: Coding) -> (Coding, Bytes) {
    // A file without a brotli twin does not compress well in gzip either.
    let twin = match wanted {
        Coding::Identity => None,
        Coding::Brotli | Coding::Gzip => T::get(&format!("{name}.br")),
    };
    match (twin, wanted) {
        (Some(brotli), Coding::Brotli) => (Coding::Brotli, bytes(brotli.data)),
        (Some(_), Coding::Gzip) => match gzipped(&plain) {
            Ok(gzip) => (Coding::Gzip, gzip),
            Err(error) => {
                tracing::warn!(%error, name, "a file can't be compressed");
                (Coding::Identity, bytes(plain.data))
            }
        },
        _ => (Coding::Identity, bytes(plain.data)),
    }
}

fn file<T: Embed>(name: &str, headers: &HeaderMap, cache: &'static str) -> Option<Response> {
    // The documents and the compressed twins are not served by their names.
    if name.ends_with(".br") || name.ends_with(".html") {
        return None;
    }
    let plain = T::get(name)?;
    let hash = plain.metadata.sha256_hash();
    let (coding, content) = encoded::<T>(name, plain, Coding::of(headers));
    Some(answer(name, &hash, coding, content, headers, cache))
}

fn answer(
    name: &str,
    hash: &Hash,
    coding: Coding,
    content: Bytes,
    headers: &HeaderMap,
    cache: &'static str,
) -> Response {
    let etag = coding.etag(hash);
    let mut response = if is_known(headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        content.into_response()
    };
    let status = response.status();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    let named = match coding {
        Coding::Brotli => Some("br"),
        Coding::Gzip => Some("gzip"),
        Coding::Identity => None,
    };
    if let (Some(coding), StatusCode::OK) = (named, status) {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    response
}

/// What was written at run time, in all codings.
#[derive(Clone)]
struct Compressed {
    plain: Bytes,
    gzip: Bytes,
    brotli: Bytes,
    /// Of the plain content.
    hash: Hash,
}

impl Compressed {
    /// Brotli's quality, of 11. A development build takes most of a second for the best.
    const QUALITY: i32 = if cfg!(debug_assertions) { 5 } else { 11 };

    /// Compresses a text with this hash as well as it can be, which takes some tens of milliseconds.
    fn of(plain: String, hash: Hash) -> std::io::Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(plain.as_bytes())?;
        let mut brotli = Vec::new();
        let options = brotli::enc::BrotliEncoderParams {
            quality: Self::QUALITY,
            size_hint: plain.len(),
            ..Default::default()
        };
        brotli::BrotliCompress(&mut plain.as_bytes(), &mut brotli, &options)?;
        Ok(Compressed {
            gzip: gzip.finish()?.into(),
            brotli: brotli.into(),
            hash,
            plain: plain.into(),
        })
    }

    fn answer(self, name: &str, headers: &HeaderMap, cache: &'static str) -> Response {
        let coding = Coding::of(headers);
        let content = match coding {
            Coding::Brotli => self.brotli,
            Coding::Gzip => self.gzip,
            Coding::Identity => self.plain,
        };
        answer(name, &self.hash, coding, content, headers, cache)
    }
}

/// A text that was written at run time, compressed once: it is the same for everybody who asks for a site in a language.
async fn compressed(text: String) -> anyhow::Result<Compressed> {
    static KNOWN: LazyLock<Mutex<HashMap<Hash, Compressed>>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let hash = random::hash(&text);
    let found = known().get(&hash).cloned();
    if let Some(compressed) = found {
        return Ok(compressed);
    }
    let compressed = spawn_blocking(move || Compressed::of(text, hash)).await??;
    let mut known = known();
    if known.len() >= COMPRESSED_MAX {
        known.clear();
    }
    known.insert(hash, compressed.clone());
    Ok(compressed)
}

/// A document.
pub(super) async fn html(document: String, headers: &HeaderMap) -> anyhow::Result<Response> {
    Ok(compressed(document).await?.answer("index.html", headers, "no-cache"))
}

/// Lets pages of any origin load it, also those that isolate themselves
/// (`Cross-Origin-Embedder-Policy`).
fn for_any_page(mut response: Response) -> Response {
    response.headers_mut().insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// A file of the widget's document.
pub async fn widget(Path(name): Path<String>, headers: HeaderMap) -> Response {
    let found = file::<Widget>(&name, &headers, FOR_EVER);
    for_any_page(found.unwrap_or_else(|| Error::from(ErrorCode::NotFound).into_response()))
}

/// A file of the inbox's document.
pub async fn inbox(Path(name): Path<String>, headers: HeaderMap) -> Response {
    file::<Inbox>(&name, &headers, FOR_EVER)
        .unwrap_or_else(|| Error::from(ErrorCode::NotFound).into_response())
}

/// One of [`LOADER_FILES`]: the script of the tag, those that it loads, and those that the chat's document loads. They are public and the same for all,
/// so any page may load them, with any kind of tag.
///
/// They have places for words, which are those of `lang` in the address, or English, and of `site`, if it has some of its
/// own: not of the browser, so that the answer depends on the address alone.
pub async fn loader(
    name: &'static str,
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let language = pages::language(query.as_deref(), &HeaderMap::new());
    let own = own_texts(&app, &ip, query.as_deref(), language).await;
    let script = Loader::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok());
    let answer = match script {
        Some(script) => {
            let filled = Wording { language, own: &own }.fill_script(&script);
            compressed(filled).await.map(|file| file.answer(name, &headers, LOADER))
        }
        None => Ok(plain::not_built()),
    };
    let mut response =
        for_any_page(answer.unwrap_or_else(|error| Error::from(error).into_response()));
    response
        .headers_mut()
        .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// The own texts of the site that the address names. None if it names none, if they can't be read, or if the network
/// reads too much: the launcher comes up all the same.
async fn own_texts(
    app: &App,
    ip: &IpAddr,
    query: Option<&str>,
    language: &'static Language,
) -> Own {
    let site = pages::parameter(query, "site").and_then(|key| key.parse().ok());
    let Some(site) = site.filter(|_| app.limits.network_reads.check(ip).is_ok()) else {
        return Own::new();
    };
    app.store.site_own_texts(site, language.tag).await.unwrap_or_default()
}

/// The document of an app in a language.
#[derive(Clone)]
pub(super) struct Written {
    /// With its words; without its site.
    pub document: Arc<str>,
    /// The element with the words that the program needs, for the end of the head.
    pub words: Arc<str>,
}

/// The document of an app in these words.
fn in_words<T: Embed>(catalogue: &'static Catalogue, wording: Wording<'_>) -> Option<Written> {
    let built = T::get("index.html")?;
    let document = String::from_utf8(built.data.into_owned()).ok()?;
    Some(Written {
        document: catalogue.fill(wording, &document).into(),
        words: catalogue.element(wording, &document).into(),
    })
}

/// The document of an app in these words; in the product's, it is written once for each language.
pub(super) fn written<T: Embed>(
    catalogue: &'static Catalogue,
    wording: Wording<'_>,
) -> Option<Written> {
    if !wording.own.is_empty() {
        return in_words::<T>(catalogue, wording);
    }
    // The document as it was built, whose hash differs from app to app; only while developing does it change under
    // a server.
    type Known = HashMap<(&'static str, Hash), Written>;
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let of = (wording.language.tag, T::get("index.html")?.metadata.sha256_hash());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(written) = known.get(&of) {
        return Some(written.clone());
    }
    let written = in_words::<T>(catalogue, wording)?;
    if known.len() >= WRITTEN_MAX {
        known.clear();
    }
    known.insert(of, written.clone());
    Some(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Embed)]
    #[folder = "tests/it/fixtures/assets"]
    struct Fixture;

    fn asked(takes: &str, known: Option<&str>) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_str(takes).unwrap());
        if let Some(known) = known {
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(known).unwrap());
        }
        file::<Fixture>("loader.js", &headers, LOADER).unwrap()
    }

    #[tokio::test]
    async fn each_coding_of_a_file_has_a_tag_of_its_own() {
        let mut tags: Vec<String> = Vec::new();
        for (takes, coding) in
            [("gzip, br", Some("br")), ("gzip", Some("gzip")), ("identity", None)]
        {
            let answer = asked(takes, None);
            assert_eq!(answer.status(), StatusCode::OK);
            let headers = answer.headers().clone();
            let header = |name| headers.get(name).map(|value| value.to_str().unwrap());
            assert_eq!(header(header::CONTENT_ENCODING), coding);
            let tag = header(header::ETAG).unwrap();
            for known in [tag, &format!("W/{tag}"), "*", &format!("\"x\", {tag}")] {
                let again = asked(takes, Some(known));
                assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
                assert_eq!(again.headers()[header::ETAG], tag);
                assert_eq!(again.headers()[header::VARY], "accept-encoding");
                assert_eq!(again.headers().get(header::CONTENT_ENCODING), None);
            }
            for other in &tags {
                assert_eq!(asked(takes, Some(other)).status(), StatusCode::OK, "{other}");
            }
            tags.push(tag.to_owned());
        }
    }

    #[tokio::test]
    async fn gzip_holds_the_file() {
        use std::io::Read;
        let bytes = axum::body::to_bytes(asked("gzip", None).into_body(), 10_000).await.unwrap();
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*bytes).read_to_string(&mut text).unwrap();
        assert_eq!(text.as_bytes(), &*Fixture::get("loader.js").unwrap().data);
    }

    #[test]
    fn documents_and_twins_have_no_address_of_their_own() {
        for name in ["loader.js.br", "index.html", "missing.js"] {
            assert!(file::<Fixture>(name, &HeaderMap::new(), LOADER).is_none(), "{name}");
        }
    }

    fn with(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_file_goes_out_in_the_best_coding_that_the_client_takes() {
        for (value, coding) in [
            ("gzip, deflate, br, zstd", Coding::Brotli),
            ("br;q=0.5", Coding::Brotli),
            ("br;q=0, gzip", Coding::Gzip),
            ("br; q=0.000, GZIP;q=0.1", Coding::Gzip),
            ("gzip", Coding::Gzip),
            ("gzip;q=0", Coding::Identity),
            ("brotli", Coding::Identity),
            ("", Coding::Identity),
        ] {
            assert_eq!(Coding::of(&with(header::ACCEPT_ENCODING, value)), coding, "{value}");
        }
        assert_eq!(Coding::of(&HeaderMap::new()), Coding::Identity);
    }

    #[test]
    fn a_tag_is_known_by_itself_and_by_nothing_like_it() {
        let etag = Coding::Brotli.etag(&[0xab; 32]);
        let plain = Coding::Identity.etag(&[0xab; 32]);
        assert_ne!(etag, plain);
        for (value, known) in [
            (etag.clone(), true),
            (format!("\"x\", W/{etag}"), true),
            ("*".to_owned(), true),
            (plain, false),
            (etag.trim_matches('"').to_owned(), false),
            (format!("\"{etag}\""), false),
        ] {
            let headers = HeaderMap::from_iter([(
                header::IF_NONE_MATCH,
                HeaderValue::from_str(&value).unwrap(),
            )]);
            assert_eq!(is_known(&headers, &etag), known, "{value}");
        }
    }
}
