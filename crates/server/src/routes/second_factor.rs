//! Two-step sign-in, as agents set it up for themselves.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use fast_qr::qr::{QRBuilder, QRCode};
use porchlight_protocol::second_factor::{
    self, AppCode, Confirmation, NewSecondFactor, RECOVERY_CODES, RecoveryCodes, Squares,
};
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::random;
use porchlight_store::second_factors::Secret;
use porchlight_store::{Credential, Hash};
use totp_rs::{Builder, Secret as Shared};

use super::account::{Confirmed, confirmed};
use super::refusals::{
    ACCOUNT_CONFIRMED, AGENT_CHANGE, BODY, SECOND_FACTOR, SECOND_FACTOR_CODE, refusals,
};
use crate::app::App;
use crate::auth::AgentChange;
use crate::error::{Error, Result};
use crate::extract::JsonBody;

/// Crockford's base 32: no two characters look alike.
const CHARACTERS: &str = "0123456789abcdefghjkmnpqrstvwxyz";

/// What authenticator apps call the account's provider.
const ISSUER: &str = "Porchlight";

/// Makes a secret for the agent's authenticator app. It is not asked for before a code of the app has been put.
#[utoipa::path(
    post, path = "/api/v1/agent/account/second-factor", tag = "session", operation_id = "begin_second_factor",
    request_body = Confirmation,
    responses(
        (status = 200, body = NewSecondFactor),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, SECOND_FACTOR])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn begin(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(Confirmation { password }): JsonBody<Confirmation>,
) -> Result<Json<NewSecondFactor>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let Confirmed { login, email, .. } = confirmed(&app, credential.session, password).await?;
    let secret: Secret = random::bytes()?;
    app.store.begin_second_factor(credential.session, login, secret).await?;
    Ok(Json(shown(secret, &email)?))
}

/// Asks for the second factor from the next sign-in on, if this is a code of the app that has learnt the secret.
#[utoipa::path(
    put, path = "/api/v1/agent/account/second-factor", tag = "session", operation_id = "confirm_second_factor",
    request_body = AppCode,
    responses(
        (status = 200, body = RecoveryCodes),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, SECOND_FACTOR_CODE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn confirm(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(AppCode { code }): JsonBody<AppCode>,
) -> Result<Json<RecoveryCodes>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let (codes, hashes) = recovery_codes()?;
    app.store.confirm_second_factor(credential.session, code, hashes).await?;
    Ok(Json(codes))
}

/// Replaces the agent's recovery codes: the former ones sign in no more.
#[utoipa::path(
    post, path = "/api/v1/agent/account/second-factor/recovery-codes", tag = "session",
    operation_id = "renew_recovery_codes",
    request_body = Confirmation,
    responses(
        (status = 200, body = RecoveryCodes),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ACCOUNT_CONFIRMED])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn renew_codes(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(Confirmation { password }): JsonBody<Confirmation>,
) -> Result<Json<RecoveryCodes>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let Confirmed { login, .. } = confirmed(&app, credential.session, password).await?;
    let (codes, hashes) = recovery_codes()?;
    app.store.renew_recovery_codes(credential.session, login, hashes).await?;
    Ok(Json(codes))
}

/// Switches the agent's second factor off, and forgets its secret and the recovery codes.
#[utoipa::path(
    delete, path = "/api/v1/agent/account/second-factor", tag = "session", operation_id = "drop_second_factor",
    request_body = Confirmation,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ACCOUNT_CONFIRMED])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn switch_off(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(Confirmation { password }): JsonBody<Confirmation>,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let Confirmed { agent, login, .. } = confirmed(&app, credential.session, password).await?;
    app.store.drop_second_factor(credential.session, login).await?;
    tracing::info!(agent = agent.member.id.as_str(), "an agent switched two-step sign-in off");
    Ok(StatusCode::NO_CONTENT)
}

/// A secret in the forms in which an app takes it.
fn shown(secret: Secret, email: &str) -> Result<NewSecondFactor> {
    // The label of an address has no colons.
    let account = email.replace(':', "");
    let app = Builder::new()
        .with_secret(secret.to_vec())
        .with_issuer(Some(ISSUER))
        .with_account_name(account)
        .build_noncompliant();
    let address = app.to_url().map_err(|_| ErrorCode::Internal)?;
    let picture = QRBuilder::new(address.as_bytes()).build().map_err(|_| ErrorCode::Internal)?;
    Ok(NewSecondFactor {
        secret: Shared::from(secret.to_vec()).to_base32(),
        picture: squares(&picture),
        address,
    })
}

/// The dark squares of a QR code, each row's runs as one rectangle.
fn squares(code: &QRCode) -> Squares {
    let mut path = String::new();
    for y in 0..code.size {
        let mut x = 0;
        while x < code.size {
            let dark = code[y].iter().skip(x).take_while(|square| square.value()).count();
            if dark > 0 {
                path.push_str(&format!("M{x} {y}h{dark}v1h-{dark}z"));
            }
            x += dark + 1;
        }
    }
    Squares { side: u32::try_from(code.size).unwrap_or(u32::MAX), path }
}

/// New recovery codes, and their hashes.
fn recovery_codes() -> Result<(RecoveryCodes, Vec<Hash>)> {
    let codes = (0..RECOVERY_CODES).map(|_| recovery_code());
    let codes = codes.collect::<Result<Vec<_>, Error>>()?;
    let hashes = codes.iter().map(|code| random::hash(&second_factor::code(code))).collect();
    Ok((RecoveryCodes { codes }, hashes))
}

/// 50 random bits as two groups of five characters.
fn recovery_code() -> Result<String> {
    let mut code = String::new();
    for (place, byte) in random::bytes::<10>()?.into_iter().enumerate() {
        if place == 5 {
            code.push('-');
        }
        code.extend(CHARACTERS.chars().nth(usize::from(byte % 32)));
    }
    Ok(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_shown_as_apps_take_it() {
        let shown = shown(*b"12345678901234567890", "ada:x@lantern.example").unwrap();
        assert_eq!(shown.secret, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        let address = &shown.address;
        assert!(
            address.starts_with("otpauth://totp/Porchlight:adax%40lantern.example?"),
            "{address}"
        );
        assert!(
            address.contains(&shown.secret) && address.contains("issuer=Porchlight"),
            "{address}"
        );
        assert!(shown.picture.side >= 21 && shown.picture.path.starts_with("M0 0h7v1h-7z"));
    }

    #[test]
    fn recovery_codes_are_hashed_as_they_are_compared() {
        let (RecoveryCodes { codes }, hashes) = recovery_codes().unwrap();
        assert_eq!((codes.len(), hashes.len()), (RECOVERY_CODES, RECOVERY_CODES));
        for (code, hash) in codes.iter().zip(hashes) {
            assert!(code.len() == 11 && code.as_bytes()[5] == b'-', "{code}");
            let typed = code.replace('-', " ").to_uppercase();
            assert_eq!(random::hash(&second_factor::code(&typed)), hash);
        }
    }
}
