//! Proofs of who somebody is: what a shop's back end computes for its customers, and an authenticator app for an agent.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use totp_rs::{Builder, Secret};

/// The hash by which a shop proves the id of a customer, with a secret of its site.
pub fn hash(secret: &str, id: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(id.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The code that an authenticator app with this secret shows now.
pub fn code(secret: &str) -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let app = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap());
    app.build_noncompliant().generate(since.as_secs()).to_string()
}
