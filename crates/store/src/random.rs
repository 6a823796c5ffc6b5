//! Randomness and hashes. The store holds secrets only as hashes, but for those of `tables/secrets.rs`.

use anyhow::Context;
use porchlight_protocol::PictureId;
use sha2::{Digest, Sha256};

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// Random bytes from the operating system.
pub fn bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).context("the system gives no random bytes")?;
    Ok(bytes)
}

/// 256 random bits in hexadecimal: a token.
pub fn token() -> anyhow::Result<String> {
    Ok(porchlight_protocol::id::hex(&bytes::<32>()?))
}

/// 64 random bits in hexadecimal: a name that nobody else has by chance.
pub fn name() -> anyhow::Result<String> {
    Ok(porchlight_protocol::id::hex(&bytes::<8>()?))
}

/// The hash under which a secret is stored. A secret of 256 random bits needs no salt.
pub fn hash(secret: &str) -> Hash {
    Sha256::digest(secret.as_bytes()).into()
}

/// The id of a picture with these bytes: the beginning of their hash, which nobody finds a second time by chance.
pub fn picture_id(bytes: &[u8]) -> PictureId {
    let hash: Hash = Sha256::digest(bytes).into();
    let mut id = [0; 16];
    id.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    PictureId::from_bytes(id)
}

/// The hash of several parts, with their lengths, so that different splits differ.
pub fn hash_parts(parts: &[&[u8]]) -> Hash {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
