//! Two-step sign-in: the secret that an agent's authenticator app shares with the server, and recovery codes. (RFC 6238.)

use porchlight_protocol::second_factor::{self, SecondFactor};
use porchlight_protocol::{ErrorCode, MemberId, Millis};
use totp_rs::{Builder, Secret as Shared};

use crate::commit::Commit;
use crate::error::Result;
use crate::random::{self, Hash};
use crate::sql::{Sql, params};
use crate::store::SiteId;

/// A secret that an authenticator app shares with the server, of 160 bits, as RFC 4226 recommends it.
pub type Secret = [u8; 20];

/// The second factor of an agent, if it is asked for.
pub(crate) fn of(sql: Sql<'_>, site: SiteId, agent: &MemberId) -> Result<Option<SecondFactor>> {
    sql.first(
        "SELECT f.confirmed_at, (SELECT count(*) FROM recovery_codes c \
             WHERE c.site = f.site AND c.agent = f.agent) \
         FROM second_factors f WHERE f.site = $1 AND f.agent = $2 AND f.confirmed_at IS NOT NULL",
        params![site, agent.as_str()],
        |row| Ok(SecondFactor { since: row.get(0)?, recovery_codes: row.get(1)? }),
    )
}

/// Keeps a secret that is not asked for yet, in the place of an earlier one of this kind. Refuses if another is in force.
pub(crate) fn begin(
    commit: &Commit<'_>,
    site: SiteId,
    agent: &MemberId,
    secret: &Secret,
) -> Result<()> {
    if of(commit.sql, site, agent)?.is_some() {
        return Err(ErrorCode::SecondFactorOn.into());
    }
    commit.sql.execute(
        "INSERT INTO second_factors (site, agent, secret) VALUES ($1, $2, $3) \
         ON CONFLICT (site, agent) DO UPDATE SET secret = $3, step = 0",
        params![site, agent.as_str(), Shared::from(*secret).to_base32()],
    )?;
    Ok(())
}

/// Brings the secret that was [begun](begin) with into force, if this is a code of the app that has it.
pub(crate) fn confirm(
    commit: &Commit<'_>,
    site: SiteId,
    agent: &MemberId,
    code: &str,
    recovery: &[Hash],
) -> Result<()> {
    if of(commit.sql, site, agent)?.is_some() {
        return Err(ErrorCode::SecondFactorOn.into());
    }
    if !is_code_of_app(commit, site, agent, &second_factor::code(code))? {
        return Err(ErrorCode::SecondFactorWrong.into());
    }
    commit.sql.execute(
        "UPDATE second_factors SET confirmed_at = $1 WHERE site = $2 AND agent = $3",
        params![commit.now, site, agent.as_str()],
    )?;
    set_recovery_codes(commit.sql, site, agent, recovery)
}

/// Replaces the recovery codes. Refuses if no second factor is in force.
pub(crate) fn renew_recovery_codes(
    sql: Sql<'_>,
    site: SiteId,
    agent: &MemberId,
    recovery: &[Hash],
) -> Result<()> {
    of(sql, site, agent)?.ok_or(ErrorCode::NotFound)?;
    set_recovery_codes(sql, site, agent, recovery)
}

fn set_recovery_codes(
    sql: Sql<'_>,
    site: SiteId,
    agent: &MemberId,
    recovery: &[Hash],
) -> Result<()> {
    forget_recovery_codes(sql, site, agent)?;
    for code in recovery {
        sql.execute(
            "INSERT INTO recovery_codes (site, agent, code) VALUES ($1, $2, $3)",
            params![site, agent.as_str(), code],
        )?;
    }
    Ok(())
}

fn forget_recovery_codes(sql: Sql<'_>, site: SiteId, agent: &MemberId) -> Result<()> {
    let query = "DELETE FROM recovery_codes WHERE site = $1 AND agent = $2";
    sql.execute(query, params![site, agent.as_str()]).map(drop)
}

/// Forgets the second factor of an agent. False if there was none in force.
pub(crate) fn remove(sql: Sql<'_>, site: SiteId, agent: &MemberId) -> Result<bool> {
    let was_on = of(sql, site, agent)?.is_some();
    forget_recovery_codes(sql, site, agent)?;
    let query = "DELETE FROM second_factors WHERE site = $1 AND agent = $2";
    sql.execute(query, params![site, agent.as_str()])?;
    Ok(was_on)
}

/// Checks the second step of a sign-in, at a held site: nothing is asked for without a second factor. A code that is
/// accepted counts once.
pub(crate) fn check(
    commit: &Commit<'_>,
    site: SiteId,
    agent: &MemberId,
    code: Option<&str>,
) -> Result<()> {
    if of(commit.sql, site, agent)?.is_none() {
        return Ok(());
    }
    let code = second_factor::code(code.ok_or(ErrorCode::SecondFactorRequired)?);
    if is_code_of_app(commit, site, agent, &code)?
        || is_recovery_code(commit.sql, site, agent, &code)?
    {
        Ok(())
    } else {
        Err(ErrorCode::SecondFactorWrong.into())
    }
}

fn is_code_of_app(commit: &Commit<'_>, site: SiteId, agent: &MemberId, code: &str) -> Result<bool> {
    let query = "SELECT secret FROM second_factors WHERE site = $1 AND agent = $2";
    let secret: Option<String> =
        commit.sql.first(query, params![site, agent.as_str()], |row| row.get(0))?;
    let Some(step) = secret.and_then(|secret| step(&secret, code, commit.now)) else {
        return Ok(false);
    };
    let accepted = commit.sql.execute(
        "UPDATE second_factors SET step = $1 WHERE site = $2 AND agent = $3 AND step < $1",
        params![step, site, agent.as_str()],
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

fn is_recovery_code(sql: Sql<'_>, site: SiteId, agent: &MemberId, code: &str) -> Result<bool> {
    let used = sql.execute(
        "DELETE FROM recovery_codes WHERE site = $1 AND agent = $2 AND code = $3",
        params![site, agent.as_str(), &random::hash(code)],
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
