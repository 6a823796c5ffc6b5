//! The cookies of an agent's browser: the session and the known device.
//!
//! Browsers share cookies between the ports of a host, so their names tell the servers of one host
//! apart.

use axum::http::{HeaderMap, header};
use porchlight_protocol::id;
use porchlight_protocol::language::LANGUAGE_COOKIE;
use porchlight_store::agents::SESSION_MS;
use porchlight_store::{Origin, random};

/// How long a device is known after its last sign-in, in seconds: a year.
const DEVICE_S: i64 = 365 * 24 * 60 * 60;

/// The names of this server's cookies.
#[derive(Debug)]
pub struct Cookies {
    secure: bool,
    session: String,
    device: String,
    /// The session's former name, which all servers of a host shared.
    old_session: &'static str,
}

impl Cookies {
    /// The names for the server with this public URL.
    pub fn of(own: &Origin) -> Self {
        let secure = own.is_https();
        // The prefix makes browsers insist on Secure, Path=/ and no Domain.
        let prefix = if secure { "__Host-" } else { "" };
        let [a, b, c, d, ..] = random::hash(own.as_str());
        let server = id::hex(&[a, b, c, d]);
        Cookies {
            secure,
            session: format!("{prefix}porchlight_session_{server}"),
            device: format!("{prefix}porchlight_device_{server}"),
            old_session: if secure { "__Host-porchlight_session" } else { "porchlight_session" },
        }
    }

    /// The name of the session's cookie.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The session's token, and whether it came under the old name.
    pub fn session_of<'h>(&self, headers: &'h HeaderMap) -> Option<(&'h str, bool)> {
        let new = value(headers, &self.session).map(|token| (token, false));
        new.or_else(|| value(headers, self.old_session).map(|token| (token, true)))
    }

    /// The device's cookie.
    pub fn device_of<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        value(headers, &self.device)
    }

    /// The `Set-Cookie` that sets the session's token, or with `None` removes it.
    pub fn set_session(&self, token: Option<&str>) -> String {
        let seconds = if token.is_some() { SESSION_MS / 1000 } else { 0 };
        self.set(&self.session, token.unwrap_or_default(), seconds)
    }

    /// The `Set-Cookie` that removes the cookie with the former name.
    pub fn drop_old_session(&self) -> String {
        self.set(self.old_session, "", 0)
    }

    /// The `Set-Cookie` that makes the device known.
    pub fn set_device(&self, seal: &str) -> String {
        self.set(&self.device, seal, DEVICE_S)
    }

    fn set(&self, name: &str, value: &str, seconds: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}")
    }
}

/// The language that an agent has chosen, if it is one: a cookie may hold anything.
pub fn language_of(headers: &HeaderMap) -> Option<&str> {
    value(headers, LANGUAGE_COOKIE)
}

fn value<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}
