use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub fn porchlight_hash(secret: &str, id: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length is right");
    mac.update(id.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}
