//! The address that a request comes from, for rate limits.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::app::App;
use crate::error::Error;
use crate::limits::network;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The network address that limits count by.
#[derive(Debug, Clone, Copy)]
pub struct ClientIp(pub IpAddr);

impl FromRequestParts<App> for ClientIp {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let ip = if app.config().behind_proxy {
            let forwarded = forwarded(&parts.headers);
            if forwarded.is_none() && !is_the_proxys_own(parts) {
                app.notices.proxy_unreadable();
            }
            forwarded.or(peer)
        } else {
            if parts.headers.contains_key(FORWARDED_FOR) {
                app.notices.proxy_unannounced();
            }
            peer
        };
        Ok(ClientIp(network(ip.unwrap_or(IpAddr::from([0, 0, 0, 0])))))
    }
}

/// The network of a visitor, by which it can be blocked. `None` if it may be that of many: the server's own machine, or a
/// private address, which a proxy may have that does not say whom it forwards.
#[derive(Debug, Clone, Copy)]
pub struct VisitorNetwork(pub Option<IpAddr>);

impl FromRequestParts<App> for VisitorNetwork {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
        let ip = match (app.config().behind_proxy, parts.headers.contains_key(FORWARDED_FOR)) {
            (true, _) => forwarded(&parts.headers),
            (false, false) => peer,
            (false, true) => None,
        };
        Ok(VisitorNetwork(ip.map(network).filter(|ip| is_ones_own(*ip))))
    }
}

/// True for an address of the Internet.
fn is_ones_own(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => {
            !v4.is_private() && !v4.is_loopback() && !v4.is_link_local() && !v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            // The /64 of a loopback address is `::`.
            !v6.is_unspecified() && !v6.is_unique_local() && !v6.is_unicast_link_local()
        }
    }
}

/// True for a health check, which a proxy asks for in nobody's name.
fn is_the_proxys_own(parts: &Parts) -> bool {
    matches!(parts.uri.path(), "/healthz" | "/readyz") && !parts.headers.contains_key(FORWARDED_FOR)
}

/// The client's address from the proxy: the last entry, since clients can forge the others.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all(FORWARDED_FOR).iter().next_back()?.to_str().ok()?;
    address(last.rsplit(',').next()?)
}

/// Parses an address as proxies write it: some add the port, some brackets or quotes.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    if let Ok(ip) = text.parse() {
        return Some(ip);
    }
    if let Ok(with_port) = text.parse::<SocketAddr>() {
        return Some(with_port.ip());
    }
    let bare = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?.0,
        None => text,
    };
    // A zone names an interface of the proxy's, not another address.
    let bare = bare.split_once('%').map_or(bare, |(ip, _)| ip);
    bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_may_be_a_proxys_is_nobodys_own() {
        let own = |text: &str| is_ones_own(network(text.parse().unwrap()));
        for ip in ["203.0.113.5", "172.32.0.1", "2001:db8:1:2::5", "::ffff:203.0.113.5"] {
            assert!(own(ip), "{ip}");
        }
        for ip in
            ["127.0.0.1", "::1", "0.0.0.0", "10.1.2.3", "192.168.0.7", "fd00::1", "fe80::1", "::"]
        {
            assert!(!own(ip), "{ip}");
        }
    }

    #[test]
    fn an_address_is_read_in_each_spelling_that_proxies_have() {
        let v4 = "203.0.113.5".parse().ok();
        let v6 = "2001:db8::5".parse().ok();
        for (text, ip) in [
            ("203.0.113.5", v4),
            (" 203.0.113.5 ", v4),
            ("203.0.113.5:4711", v4),
            ("\"203.0.113.5:4711\"", v4),
            ("2001:db8::5", v6),
            ("[2001:db8::5]", v6),
            ("[2001:db8::5]:4711", v6),
            ("\"[2001:db8::5]:4711\"", v6),
            ("2001:db8::5%eth0", v6),
            ("[2001:db8::5%eth0]:4711", v6),
            ("unknown", None),
            ("_hidden", None),
            ("203.0.113.5:port", None),
            ("203.0.113.5:99999", None),
            ("", None),
            ("[", None),
        ] {
            assert_eq!(address(text), ip, "{text:?}");
        }
    }
}
