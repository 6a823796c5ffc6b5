//! Origins: scheme, host and port of a page, in the one spelling that browsers use.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, bail, ensure};
use axum::http::Uri;

/// An origin such as `https://shop.example` or `http://127.0.0.1:8788`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    text: String,
}

impl Origin {
    /// As browsers write it in the `Origin` header.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True for `https`.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The same place for WebSockets: `ws://…` or `wss://…`.
    pub fn websocket(&self) -> String {
        self.text.replacen("http", "ws", 1)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for Origin {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let uri: Uri = text.parse().with_context(|| format!("{text:?} is not an address"))?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => bail!("{text:?}: an origin starts with http:// or https://"),
        };
        let authority = uri.authority().with_context(|| format!("{text:?} names no host"))?;
        ensure!(!authority.as_str().contains('@'), "{text:?}: an origin has no user name");
        ensure!(
            matches!(uri.path(), "" | "/") && uri.query().is_none(),
            "{text:?}: an origin has no path; https://shop.example is one"
        );
        let host = authority.host().to_ascii_lowercase();
        ensure!(
            !host.is_empty()
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]_".contains(&b)),
            "{text:?}: a host is letters, digits, dots and hyphens (no wildcards)"
        );
        let scheme = if https { "https" } else { "http" };
        let port = match authority.port_u16() {
            Some(443) if https => None,
            Some(80) if !https => None,
            port => port,
        };
        let text = match port {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        };
        Ok(Origin { https, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_spelling() {
        for (text, origin) in [
            ("https://Shop.Example", "https://shop.example"),
            ("https://shop.example:443/", "https://shop.example"),
            ("http://127.0.0.1:8788", "http://127.0.0.1:8788"),
            ("http://[::1]:80", "http://[::1]"),
        ] {
            assert_eq!(text.parse::<Origin>().unwrap().as_str(), origin);
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "shop.example",
            "ftp://shop.example",
            "https://shop.example/page",
            "https://*.shop.example",
            "https://me@shop.example",
            "https://shop.example; script-src *",
            "javascript:alert(1)",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn sockets_live_at_the_same_place() {
        let origin: Origin = "https://chat.example".parse().unwrap();
        assert_eq!(origin.websocket(), "wss://chat.example");
    }
}
