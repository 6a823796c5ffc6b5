//! Origins: scheme, host and port of a page, in the spelling of browsers.

use std::fmt;
use std::str::FromStr;

use anyhow::{Context, ensure};
use url::{Host, Url};

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

    /// The origin for WebSockets: `ws://…` or `wss://…`.
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
        let written = text.trim();
        let lower = written.to_ascii_lowercase();
        let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
        let rest =
            rest.with_context(|| format!("{text:?}: an origin starts with http:// or https://"))?;
        ensure!(!rest.is_empty() && !rest.starts_with('/'), "{text:?} names no host");
        ensure!(
            !rest.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\'),
            "{text:?} is not an address"
        );
        let url = Url::parse(written)
            .map_err(|error| anyhow::anyhow!("{text:?} is not an address: {error}"))?;
        ensure!(
            url.username().is_empty() && url.password().is_none() && !rest.contains('@'),
            "{text:?}: an origin has no user name"
        );
        ensure!(
            url.path() == "/" && url.query().is_none() && url.fragment().is_none(),
            "{text:?}: an origin has no path; https://shop.example is one"
        );
        ensure!(url.port() != Some(0), "{text:?}: there is no port 0");
        if let Some(Host::Domain(host)) = url.host() {
            ensure!(
                is_host(host),
                "{text:?}: a host is letters, digits, dots and hyphens (no wildcards), such as \
                 shop.example"
            );
        }
        let https = url.scheme() == "https";
        Ok(Origin { https, text: url.origin().ascii_serialization() })
    }
}

/// True for a host name: labels of RFC 1123, underscores allowed.
fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    host.len() <= 253 && host.split('.').all(is_label)
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
            ("http://[0:0::1]:8788", "http://[::1]:8788"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
            ("https://BÜCHER.example:8443", "https://xn--bcher-kva.example:8443"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
            ("http://localhost:65535", "http://localhost:65535"),
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
            "http://localhost:99999",
            "http://localhost:0",
            "http://localhost:-1",
            "http://localhost:http",
            "https://",
            "https:///shop.example",
            "https://.",
            "https://-",
            "https://-shop.example",
            "https://shop-.example",
            "https://shop..example",
            "https://.shop.example",
            "https://@shop.example",
            "https://shop.example?",
            "https://shop.example#top",
            "https://sh op.example",
            "https://shop.example\\evil",
            "https://256.256.256.256",
            "https://[::1",
            "null",
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
