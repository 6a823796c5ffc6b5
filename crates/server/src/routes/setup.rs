//! First-run set-up: the first site and its owner, for whoever has the address that the server has printed.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use porchlight_protocol::settings::Plan;
use porchlight_protocol::team::{self, SetUp, SetUpToken};
use porchlight_protocol::text::{self, TextError};
use porchlight_protocol::wire::Session;
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::requests::Joining;
use porchlight_store::sites::NewSite;
use porchlight_store::{Origin, random};

use super::refusals::{ACCEPT, BODY, INVITED, SET_UP, TEXT, refusals};
use super::session::begun;
use crate::app::App;
use crate::auth::{ClientIp, browser_of};
use crate::error::Result;
use crate::extract::JsonBody;
use crate::password;

/// Whether the secret in the printed address still sets the server up.
#[utoipa::path(
    post, path = "/api/v1/agent/setup/check", tag = "session", operation_id = "check_setup",
    request_body = SetUpToken,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[BODY, INVITED])),
    ),
)]
pub async fn check(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    JsonBody(SetUpToken { token }): JsonBody<SetUpToken>,
) -> Result<StatusCode> {
    app.limits.invitations_ip.check(&ip)?;
    app.store.check_setup(random::hash(&token)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes the first site and its owner, and signs the owner in. Of several who do it at once, one succeeds.
#[utoipa::path(
    post, path = "/api/v1/agent/setup", tag = "session", operation_id = "set_up",
    request_body = SetUp,
    responses(
        (status = 200, body = Session),
        (status = "default", body = ErrorBody, description = refusals(&[BODY, INVITED, TEXT, ACCEPT, SET_UP])),
    ),
)]
pub async fn set_up(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    JsonBody(asked): JsonBody<SetUp>,
) -> Result<Response> {
    app.limits.invitations_ip.check(&ip)?;
    let token = random::hash(&asked.token);
    // Before the work that a password costs.
    app.store.check_setup(token).await?;
    let site_name = text::name(&asked.site_name).map_err(TextError::code)?;
    let origin: Origin = asked.address.parse().map_err(|_| ErrorCode::AddressInvalid)?;
    let name = text::name(&asked.name).map_err(TextError::code)?;
    let email = team::email(&asked.email).ok_or(ErrorCode::EmailInvalid)?;
    password::must_be_strong(&asked.password, &[&email, &name, &site_name])?;
    let password = password::hash_in_turn(asked.password).await?;
    let session = random::token()?;
    let site = NewSite::named(&site_name, Plan::Professional, &[origin])?;
    let owner = Joining { email: email.clone(), name, password };
    let device = browser_of(&headers);
    let agent = app.store.set_up(token, site, owner, random::hash(&session), device).await?;
    tracing::info!(agent = agent.member.id.as_str(), from = %ip, "the server was set up");
    let login = app.store.login(email).await?.ok_or(ErrorCode::SignInRequired)?;
    begun(&app, agent, &login, &session)
}
