//! Passwords: argon2id, one at a time per core so that sign-ins can't take all memory.

use std::sync::{LazyLock, OnceLock};

use anyhow::{Context, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Characters that a password has at least.
pub const CHARS_MIN: usize = 8;

/// Bytes that a password has at most. Longer ones can't be right and aren't hashed.
pub const BYTES_MAX: usize = 1024;

/// Each hash needs 19 MiB.
static PERMITS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(4));

/// The hash of a password, with its salt and parameters.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow!("the password can't be hashed: {error}"))?;
    Ok(hash.to_string())
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// The hash of a password that nobody has: checked for unknown e-mails, which so take as long.
fn nobodys() -> &'static str {
    static NOBODYS: OnceLock<String> = OnceLock::new();
    NOBODYS.get_or_init(|| hash("nobody has this password").unwrap_or_default())
}

/// True if the password is the one behind the hash. Takes as long without a hash.
pub async fn verify(password: String, hash: Option<String>) -> anyhow::Result<bool> {
    let _permit = PERMITS.acquire().await.context("no more sign-ins")?;
    let checked = tokio::task::spawn_blocking(move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| nobodys().to_owned());
        matches(&password, &hash) && known
    });
    checked.await.context("a password check did not finish")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_behind_the_hash_is_right() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse".into(), Some(hash.clone())).await.unwrap());
        assert!(!verify("battery staple".into(), Some(hash)).await.unwrap());
        assert!(!verify("nobody has this password".into(), None).await.unwrap());
    }
}
