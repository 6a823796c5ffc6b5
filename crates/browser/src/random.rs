//! Randomness, by the browser's own generator.

use porchlight_protocol::{ClientId, VisitorKey};

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Some(crypto) = web_sys::window().and_then(|window| window.crypto().ok()) {
        // It fails only for more than 65,536 bytes.
        let _ = crypto.get_random_values_with_u8_array(&mut bytes);
    }
    bytes
}

/// A fresh name for an act.
pub fn client_id() -> ClientId {
    ClientId::from_bytes(bytes())
}

/// A fresh key for a visitor.
pub fn visitor_key() -> VisitorKey {
    VisitorKey::from_bytes(bytes())
}

/// Uniform over all of `u32`.
pub fn dice() -> u32 {
    u32::from_le_bytes(bytes())
}
