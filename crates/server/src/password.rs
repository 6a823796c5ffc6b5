//! Passwords: argon2id in a few buffers that are made once, so that sign-ins can't take all memory.

use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};
use std::thread;

use anyhow::{Context, anyhow};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher, Version};
use porchlight_protocol::{ErrorBody, ErrorCode};
use subtle::ConstantTimeEq;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::{Error, Result};
use crate::strength;

pub use porchlight_protocol::limits::PASSWORD_CHARS_MIN as CHARS_MIN;

/// The maximum length of a password in bytes. Longer ones can't be right and are not hashed.
pub const BYTES_MAX: usize = 1024;

/// Passwords that are checked in parallel, if the machine has as many cores. Each check needs 19 MiB.
const AT_ONCE_MAX: usize = 4;

/// Checks that may be queued: a second or two of work.
const WAITING_MAX: usize = 50;

/// Places in the queue that are reserved for known devices.
const WAITING_KNOWN_MAX: usize = 10;

/// When to try again if the queue is full, in milliseconds.
const RETRY_AFTER_MS: u64 = 2_000;

/// The buffers and the queue that all checks share.
struct Desk {
    at_once: Semaphore,
    strangers: Semaphore,
    known: Semaphore,
    /// Idle buffers. The allocator would keep each freed one and map a new one for the next check.
    buffers: Mutex<Vec<Vec<Block>>>,
}

static DESK: LazyLock<Desk> = LazyLock::new(|| {
    let at_once = thread::available_parallelism().map_or(1, usize::from).min(AT_ONCE_MAX);
    Desk {
        at_once: Semaphore::new(at_once),
        strangers: Semaphore::new(WAITING_MAX),
        known: Semaphore::new(WAITING_KNOWN_MAX),
        buffers: Mutex::default(),
    }
});

/// The hash of a password, with its salt and parameters.
pub fn hash(password: &str) -> anyhow::Result<String> {
    let hash: PasswordHash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow!("the password can't be hashed: {error}"))?;
    Ok(hash.to_string())
}

/// Refuses a new password that is too short, too long, or easy to guess. `hints` are what an attacker would try first. The
/// refusal says what would help.
pub fn must_be_strong(password: &str, hints: &[&str]) -> Result<()> {
    let weak = |message: String| {
        Err(Error::refused(ErrorBody { message, ..ErrorCode::PasswordWeak.body() }))
    };
    if password.chars().count() < CHARS_MIN {
        return weak(format!("A password has at least {CHARS_MIN} characters."));
    }
    if password.len() > BYTES_MAX {
        return weak("The password is too long.".to_owned());
    }
    match strength::weakness(password, hints) {
        None => Ok(()),
        Some(why) => weak(format!("This password is too easy to guess. {why}")),
    }
}

/// The hash of a password, on one of the threads that check passwords: not more at once than they may be.
pub async fn hash_in_turn(password: String) -> Result<String> {
    let permit = DESK.at_once.acquire().await.context("no more sign-ins")?;
    let hashed = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        hash(&password)
    });
    Ok(hashed.await.context("a password was not hashed")??)
}

/// True if the password is the one behind the hash. Works in `buffer`, which it grows if it must.
fn matches(password: &str, hash: &str, buffer: &mut Vec<Block>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash) else { return false };
    let (Some(salt), Some(expected)) = (parsed.salt, parsed.hash) else { return false };
    let version = parsed.version.map_or(Ok(Version::default()), Version::try_from);
    let algorithm = Algorithm::try_from(parsed.algorithm.as_str());
    let (Ok(version), Ok(algorithm), Ok(params)) = (version, algorithm, Params::try_from(&parsed))
    else {
        return false;
    };
    if buffer.len() < params.block_count() {
        buffer.resize(params.block_count(), Block::default());
    }
    let mut computed = vec![0; expected.as_bytes().len()];
    let argon2 = Argon2::new(algorithm, version, params);
    argon2
        .hash_password_into_with_memory(password.as_bytes(), &salt, &mut computed, buffer)
        .is_ok_and(|()| computed.ct_eq(expected.as_bytes()).into())
}

/// A hash that no password has: unknown e-mails are checked against it, so that they take as long as known ones.
fn nobodys() -> &'static str {
    static NOBODYS: OnceLock<String> = OnceLock::new();
    NOBODYS.get_or_init(|| hash("nobody has this password").unwrap_or_default())
}

/// True if the password is the one behind the hash. Takes as long without a hash. Checks for `known` devices have
/// reserved places in the queue. Refuses with `rate_limited` if the queue is full.
pub async fn verify(password: String, hash: Option<String>, known: bool) -> Result<bool> {
    let queue = if known { &DESK.known } else { &DESK.strangers };
    let _place: SemaphorePermit<'_> =
        queue.try_acquire().map_err(|_| Error::rate_limited(RETRY_AFTER_MS))?;
    let permit = DESK.at_once.acquire().await.context("no more sign-ins")?;
    let checked = tokio::task::spawn_blocking(move || {
        // Held until the check is done, even if the request was cancelled.
        let _permit = permit;
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| nobodys().to_owned());
        let spare = buffers().pop();
        let mut buffer = spare.unwrap_or_default();
        let right = matches(&password, &hash, &mut buffer) && known;
        buffers().push(buffer);
        right
    });
    Ok(checked.await.context("a password check did not finish")?)
}

fn buffers() -> std::sync::MutexGuard<'static, Vec<Vec<Block>>> {
    DESK.buffers.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_behind_the_hash_is_right() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify("correct horse".into(), Some(hash.clone()), false).await.unwrap());
        assert!(verify("correct horse".into(), Some(hash.clone()), true).await.unwrap());
        assert!(!verify("battery staple".into(), Some(hash), false).await.unwrap());
        assert!(!verify("nobody has this password".into(), None, false).await.unwrap());
        assert!(!verify("x".into(), Some("no hash".into()), false).await.unwrap());
        assert!(buffers().len() <= AT_ONCE_MAX);
    }

    #[test]
    fn hashes_of_other_strengths_are_read_too() {
        let mut buffer = Vec::new();
        for (m_cost, t_cost) in [(64, 1), (128, 3), (32, 2)] {
            let params = Params::new(m_cost, t_cost, 1, None).unwrap();
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let hash: PasswordHash = argon2.hash_password(b"correct horse").unwrap();
            assert!(matches("correct horse", &hash.to_string(), &mut buffer));
            assert!(!matches("battery staple", &hash.to_string(), &mut buffer));
        }
    }
}
