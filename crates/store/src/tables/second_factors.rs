//! Two-step sign-in: the secret that a person's authenticator app shares with the server, and recovery codes. (RFC 6238.)

use porchlight_protocol::second_factor::{self, SecondFactor};
use porchlight_protocol::{ErrorCode, MemberId, Millis};
use totp_rs::{Builder, Secret as Shared};

use crate::commit::Commit;
use crate::error::Result;
use crate::random::{self, Hash};
use crate::sql::{Sql, params};

/// A secret that an authenticator app shares with the server, of 160 bits, as RFC 4226 recommends it.
pub type Secret = [u8; 20];

/// The second factor of an account, if it is asked for.
pub(crate) fn of(sql: Sql<'_>, account: &MemberId) -> Result<Option<SecondFactor>> {
    sql.first(
        "SELECT f.confirmed_at, (SELECT count(*) FROM recovery_codes c \
             WHERE c.account = f.account) \
         FROM second_factors f WHERE f.account = $1 AND f.confirmed_at IS NOT NULL",
        params![account.as_str()],
        |row| Ok(SecondFactor { since: row.get(0)?, recovery_codes: row.get(1)? }),
    )
}

/// Keeps a secret that is not asked for yet, in the place of an earlier one of this kind. Refuses if another is in force.
pub(crate) fn begin(commit: &Commit<'_>, account: &MemberId, secret: &Secret) -> Result<()> {
    if of(commit.sql, account)?.is_some() {
        return Err(ErrorCode::SecondFactorOn.into());
    }
    commit.sql.execute(
        "INSERT INTO second_factors (account, secret) VALUES ($1, $2) \
         ON CONFLICT (account) DO UPDATE SET secret = $2, step = 0",
        params![account.as_str(), Shared::from(*secret).to_base32()],
    )?;
    Ok(())
}

/// Brings the secret that was [begun](begin) with into force, if this is a code of the app that has it.
pub(crate) fn confirm(
    commit: &Commit<'_>,
    account: &MemberId,
    code: &str,
    recovery: &[Hash],
) -> Result<()> {
    if of(commit.sql, account)?.is_some() {
        return Err(ErrorCode::SecondFactorOn.into());
    }
    if !is_code_of_app(commit, account, &second_factor::code(code))? {
        return Err(ErrorCode::SecondFactorWrong.into());
    }
    commit.sql.execute(
        "UPDATE second_factors SET confirmed_at = $1 WHERE account = $2",
        params![commit.now, account.as_str()],
    )?;
    set_recovery_codes(commit.sql, account, recovery)
}

/// Replaces the recovery codes. Refuses if no second factor is in force.
pub(crate) fn renew_recovery_codes(
    sql: Sql<'_>,
    account: &MemberId,
    recovery: &[Hash],
) -> Result<()> {
    of(sql, account)?.ok_or(ErrorCode::NotFound)?;
    set_recovery_codes(sql, account, recovery)
}

fn set_recovery_codes(sql: Sql<'_>, account: &MemberId, recovery: &[Hash]) -> Result<()> {
    forget_recovery_codes(sql, account)?;
    for code in recovery {
        sql.execute(
            "INSERT INTO recovery_codes (account, code) VALUES ($1, $2)",
            params![account.as_str(), code],
        )?;
    }
    Ok(())
}

fn forget_recovery_codes(sql: Sql<'_>, account: &MemberId) -> Result<()> {
    let query = "DELETE FROM recovery_codes WHERE account = $1";
    sql.execute(query, params![account.as_str()]).map(drop)
}

/// Forgets the second factor of an account. False if there was none in force.
pub(crate) fn remove(sql: Sql<'_>, account: &MemberId) -> Result<bool> {
    let was_on = of(sql, account)?.is_some();
    forget_recovery_codes(sql, account)?;
    let query = "DELETE FROM second_factors WHERE account = $1";
    sql.execute(query, params![account.as_str()])?;
    Ok(was_on)
}

/// Checks the second step of a sign-in: nothing is asked for without a second factor. A code that is
/// accepted counts once.
pub(crate) fn check(commit: &Commit<'_>, account: &MemberId, code: Option<&str>) -> Result<()> {
    if of(commit.sql, account)?.is_none() {
        return Ok(());
    }
    let code = second_factor::code(code.ok_or(ErrorCode::SecondFactorRequired)?);
    if is_code_of_app(commit, account, &code)? || is_recovery_code(commit.sql, account, &code)? {
        Ok(())
    } else {
        Err(ErrorCode::SecondFactorWrong.into())
    }
}

fn is_code_of_app(commit: &Commit<'_>, account: &MemberId, code: &str) -> Result<bool> {
    let query = "SELECT secret FROM second_factors WHERE account = $1";
    let secret: Option<String> =
        commit.sql.first(query, params![account.as_str()], |row| row.get(0))?;
    let Some(step) = secret.and_then(|secret| step(&secret, code, commit.now)) else {
        return Ok(false);
    };
    let accepted = commit.sql.execute(
        "UPDATE second_factors SET step = $1 WHERE account = $2 AND step < $1",
        params![step, account.as_str()],
    )?;
    Ok(accepted == 1)
}

/// The time step of a code of the app with this secret, if it is one of now, or of the step before or after.
fn step(secret: &str, code: &str, now: Millis) -> Option<i64> {
    let seconds = u64::try_from(now / 1000).ok()?;
    let secret = Shared::try_from_base32(secret).ok()?;
    let app = Builder::new().with_secret(secret).build_noncompliant();
    app.check(code, seconds).and_then(|step| i64::try_from(step).ok())
}

fn is_recovery_code(sql: Sql<'_>, account: &MemberId, code: &str) -> Result<bool> {
    let used = sql.execute(
        "DELETE FROM recovery_codes WHERE account = $1 AND code = $2",
        params![account.as_str(), &random::hash(code)],
    )?;
    Ok(used == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors of RFC 6238, appendix B, for SHA-1, in six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = &Shared::from(*b"12345678901234567890").to_base32();
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")]
        {
            let at = |seconds: Millis| step(secret, code, seconds * 1000);
            assert_eq!(at(seconds), Some(seconds / 30));
            assert_eq!(at(seconds + 30), Some(seconds / 30), "the step before counts");
            assert_eq!(at(seconds + 90), None);
        }
        for wrong in ["", "28708", "2870820", "x", "２８７０８２"] {
            assert_eq!(step(secret, wrong, 59_000), None, "{wrong}");
        }
    }
}
