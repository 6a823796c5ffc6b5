//! Failed sign-ins, counted under keys: where all nodes see them, and after a restart too.
//!
//! For each key the *theoretical arrival time* of the generic cell rate algorithm is kept: the moment at which all
//! counted failures have expired, in milliseconds of steady time.

use porchlight_protocol::Millis;

use crate::error::{Error, Result};
use crate::random::Hash;
use crate::sql::{Sql, params};

/// Rows that are deleted in one job.
const FORGOTTEN_MAX: usize = 500;

/// A rate of failures: `burst` at once, then one more each period.
#[derive(Debug, Clone, Copy)]
pub struct FailureRate {
    /// Failures at once.
    pub burst: u32,
    /// The period after which one more is allowed.
    pub every_ms: Millis,
}

/// Counts one. Refuses if that is one too many, and counts nothing then.
pub(crate) fn count(sql: Sql<'_>, key: &Hash, rate: FailureRate, now: Millis) -> Result<()> {
    let FailureRate { burst, every_ms } = rate;
    let room_ms = every_ms.saturating_mul(i64::from(burst));
    let counted = sql.execute(
        "INSERT INTO sign_in_failures (key, over_at) VALUES ($1, $2) \
         ON CONFLICT (key) DO UPDATE SET over_at = \
             CASE WHEN sign_in_failures.over_at < $3 THEN $2 ELSE sign_in_failures.over_at + $4 END \
         WHERE sign_in_failures.over_at <= $5",
        params![key, now + every_ms, now, every_ms, now + room_ms - every_ms],
    )?;
    if counted == 1 {
        return Ok(());
    }
    let over_at: Millis =
        sql.value("SELECT over_at FROM sign_in_failures WHERE key = $1", params![key])?;
    let wait_ms = over_at + every_ms - now - room_ms;
    Err(Error::rate_limited(u64::try_from(wait_ms).unwrap_or_default().max(1)))
}

/// Takes one count back.
pub(crate) fn forgive(sql: Sql<'_>, key: &Hash, rate: FailureRate) -> Result<()> {
    sql.execute(
        "UPDATE sign_in_failures SET over_at = over_at - $1 WHERE key = $2",
        params![rate.every_ms, key],
    )?;
    Ok(())
}

/// Deletes counts that have expired, [`FORGOTTEN_MAX`] at most. True if none is left.
pub(crate) fn forget(sql: Sql<'_>, now: Millis) -> Result<bool> {
    let forgotten = sql.execute(
        "DELETE FROM sign_in_failures WHERE key IN \
         (SELECT key FROM sign_in_failures WHERE over_at <= $1 ORDER BY over_at LIMIT $2)",
        params![now, FORGOTTEN_MAX],
    )?;
    Ok(forgotten < FORGOTTEN_MAX)
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::sqlite::schema;

    #[test]
    fn failures_are_counted_until_they_expire() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        let sql = Sql::new(&connection);
        let (key, rate) = ([7; 32], FailureRate { burst: 3, every_ms: 100 });
        let wait = |now| match count(sql, &key, rate, now) {
            Ok(()) => None,
            Err(Error::Refused(body)) => body.retry_after_ms,
            Err(fault) => panic!("{fault:?}"),
        };
        assert_eq!([1_000, 1_000, 1_010].map(wait), [None; 3]);
        assert_eq!(wait(1_010), Some(90));
        assert_eq!(wait(1_099), Some(1), "a refused one is not counted");
        assert_eq!(wait(1_100), None);
        assert_eq!(wait(1_100), Some(100));
        forgive(sql, &key, rate).unwrap();
        assert_eq!(wait(1_100), None);
        assert!(count(sql, &[8; 32], rate, 1_100).is_ok(), "others have their own");
        // Long after, all are there again.
        assert_eq!([9_000, 9_000, 9_000].map(wait), [None; 3]);
        assert_eq!(wait(9_000), Some(100));
        assert!(forget(sql, 9_000).unwrap());
        assert_eq!(wait(9_000), Some(100), "it has not expired");
        assert!(forget(sql, 9_300).unwrap());
        assert_eq!(wait(9_000), None);
    }
}
