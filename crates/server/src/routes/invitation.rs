//! What an invited person does, who has no session yet: their credential is the secret in the link.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use porchlight_protocol::team::{self, Accept, InvitationSeen, InvitationToken};
use porchlight_protocol::text::{self, TextError};
use porchlight_protocol::wire::Session;
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::requests::Joining;
use porchlight_store::{Credential, random};

use super::refusals::{ACCEPT, AGENT_CHANGE, BODY, INVITED, JOIN, TEXT, refusals};
use super::session::begun;
use crate::app::App;
use crate::auth::{AgentChange, ClientIp, browser_of};
use crate::error::Result;
use crate::extract::JsonBody;
use crate::password;

/// What an invitation is for, by the secret in its link. A POST, so that the secret is in no address.
#[utoipa::path(
    post, path = "/api/v1/agent/invitation", tag = "session", operation_id = "invitation",
    request_body = InvitationToken,
    responses(
        (status = 200, body = InvitationSeen),
        (status = "default", body = ErrorBody, description = refusals(&[BODY, INVITED])),
    ),
)]
pub async fn invitation(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    JsonBody(InvitationToken { token }): JsonBody<InvitationToken>,
) -> Result<Json<InvitationSeen>> {
    app.limits.invitations_ip.check(&ip)?;
    Ok(Json(app.store.invitation(random::hash(&token)).await?))
}

/// Accepts an invitation: makes the account, and signs in. Of several who accept the same one, one succeeds.
#[utoipa::path(
    post, path = "/api/v1/agent/invitation/accept", tag = "session", operation_id = "accept_invitation",
    request_body = Accept,
    responses(
        (status = 200, body = Session),
        (status = "default", body = ErrorBody, description = refusals(&[BODY, INVITED, TEXT, ACCEPT])),
    ),
)]
pub async fn accept(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    JsonBody(Accept { token, name, email, password }): JsonBody<Accept>,
) -> Result<Response> {
    app.limits.invitations_ip.check(&ip)?;
    let invited = random::hash(&token);
    // Before the work that a password costs.
    let seen = app.store.invitation(invited).await?;
    let name = text::name(&name).map_err(TextError::code)?;
    let email = team::email(&email).ok_or(ErrorCode::EmailInvalid)?;
    password::must_be_strong(&password, &[&email, &name, &seen.site_name])?;
    let password = password::hash_in_turn(password).await?;
    let session = random::token()?;
    let joining = Joining { email: email.clone(), name, password };
    let device = browser_of(&headers);
    let agent = app.store.accept(invited, joining, random::hash(&session), device).await?;
    let id = agent.member.id.as_str();
    tracing::info!(agent = id, from = %ip, "an agent joined by an invitation");
    let login = app.store.login(email).await?.ok_or(ErrorCode::SignInRequired)?;
    begun(&app, agent, &login, &session)
}

/// Accepts an invitation as the person who is signed in: they become an agent of its site, too, and go there. Of several who
/// accept the same one, one succeeds.
#[utoipa::path(
    post, path = "/api/v1/agent/invitation/join", tag = "session", operation_id = "join_by_invitation",
    request_body = InvitationToken,
    responses(
        (status = 200, body = Session),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, INVITED, JOIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn join(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    AgentChange(credential): AgentChange,
    JsonBody(InvitationToken { token }): JsonBody<InvitationToken>,
) -> Result<Response> {
    app.limits.invitations_ip.check(&ip)?;
    let old = credential.session;
    app.prove(&Credential::Agent(old)).await?;
    let session = random::token()?;
    let (invited, hash) = (random::hash(&token), random::hash(&session));
    let (left, agent, login) = app.store.accept_as(invited, old, hash).await?;
    let id = agent.member.id.as_str();
    tracing::info!(agent = id, from = %ip, "a person joined by an invitation, with their account");
    app.hub.sign_out(left, &old);
    begun(&app, agent, &login, &session)
}
