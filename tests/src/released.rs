//! The widget of an earlier release, as in a tab that was opened before the server was upgraded: loader,
//! program and style of that release. The document is the current server's, with the release's file names.

use std::net::SocketAddr;

/// The files of a release, compressed as they were sent.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    loader: &'static [u8],
    files: [(&'static str, &'static str, &'static [u8]); 3],
}

/// Release 0.1, the first with wire version 2.
pub const RELEASE_0_1: Release = Release {
    loader: include_bytes!("../released/0.1/porchlight.js.br"),
    files: [
        (
            "porchlight-widget-32ca74b5e063f1c8_bg.wasm",
            "application/wasm",
            include_bytes!("../released/0.1/porchlight-widget-32ca74b5e063f1c8_bg.wasm.br"),
        ),
        (
            "porchlight-widget-32ca74b5e063f1c8.js",
            "text/javascript",
            include_bytes!("../released/0.1/porchlight-widget-32ca74b5e063f1c8.js.br"),
        ),
        (
            "style-0979a3424ff68c04.css",
            "text/css",
            include_bytes!("../released/0.1/style-0979a3424ff68c04.css.br"),
        ),
    ],
};

/// A header for a document with other scripts: its policy names the hashes of those that the server has written.
fn for_other_scripts(value: &str) -> String {
    let sources = value.split(' ').map(|source| match source.starts_with("'sha256-") {
        true => "'unsafe-inline'",
        false => source,
    });
    sources.collect::<Vec<_>>().join(" ")
}

/// The beginnings of the names of program and style; a hash of the content follows.
const HASHED: [&str; 2] = ["porchlight-widget-", "style-"];
const HASH_CHARS: usize = 16;

impl Release {
    /// The whole answer to `GET path`; `None` if the server has to answer.
    pub async fn answer(&self, path: &str, server: SocketAddr) -> Option<Vec<u8>> {
        if path == "/porchlight.js" {
            return Some(compressed("text/javascript", self.loader));
        }
        if let Some(name) = path.strip_prefix("/widget/") {
            let (_, kind, bytes) = self.files.iter().find(|(known, ..)| *known == name)?;
            return Some(compressed(kind, bytes));
        }
        path.starts_with("/chat/").then_some(())?;
        let answer = reqwest::get(format!("http://{server}{path}")).await.ok()?;
        let mut head = format!("HTTP/1.1 {}\r\n", answer.status());
        for (name, value) in answer.headers() {
            let name = name.as_str();
            if !matches!(name, "content-length" | "content-encoding" | "transfer-encoding") {
                head += &format!("{name}: {}\r\n", for_other_scripts(value.to_str().ok()?));
            }
        }
        let document = self.dressed(&answer.text().await.ok()?);
        Some(whole(head, document.as_bytes()))
    }

    /// The document with the names of the release's files.
    fn dressed(&self, document: &str) -> String {
        let mut document = document.to_owned();
        for start in HASHED {
            let own = self.files.iter().find_map(|(name, ..)| hashed(name, start));
            let Some(own) = own else { continue };
            while let Some(other) = first_other(&document, start, own) {
                document = document.replace(&other, own);
            }
        }
        document
    }
}

/// The name up to the end of its hash, if it begins with `start`.
fn hashed<'a>(name: &'a str, start: &str) -> Option<&'a str> {
    name.starts_with(start).then(|| name.get(..start.len() + HASH_CHARS)).flatten()
}

fn first_other(document: &str, start: &str, own: &str) -> Option<String> {
    let names = document.match_indices(start).filter_map(|(at, _)| {
        let name = hashed(document.get(at..)?, start)?;
        let is_hash = name.get(start.len()..)?.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_hash.then_some(name)
    });
    names.into_iter().find(|name| *name != own).map(str::to_owned)
}

fn compressed(kind: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-encoding: br\r\n\
         cross-origin-resource-policy: cross-origin\r\naccess-control-allow-origin: *\r\n"
    );
    whole(head, bytes)
}

fn whole(head: String, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}
