//! Who a visitor is: what a page tells, and how its back end proves it.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use porchlight_protocol::person::{
    ComeBack, Identified, Identify, IdentityPage, IdentitySettings, NewSecret, RetireSecret,
    Returned,
};
use porchlight_protocol::proof::{CheckProof, ProofChecked};
use porchlight_protocol::{ErrorBody, ErrorCode, MemberId};
use porchlight_store::{Credential, VisitorCredential};

use super::refusals::{
    ADMIN, AGENT, AGENT_CHANGE, BODY, CHANGE, DETAILS, IDENTIFY, IDENTITY, RETURN, SECRET, VISITOR,
    refusals,
};
use super::visitor::surroundings;
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential, ClientIp};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, segment};

/// The secret in the path. An ill-formed id gets the same answer as an unknown one.
pub struct OfSecret(MemberId);

impl FromRequestParts<App> for OfSecret {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "secrets").and_then(|id| id.parse().ok());
        id.map(OfSecret).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// Takes what a page tells of its visitor. Without `hash` or `jwt` it is a claim, which agents see as such and which opens
/// nothing. With one, the site's back end proves it; if the site knows the person from other devices, the key opens that
/// visitor's conversations from now on, and `anew` is true. A key that nobody has used before makes a new visitor.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/visitor", tag = "visitor", operation_id = "identify",
    params(("site" = String, Path, description = "The site's key")),
    request_body = Identify,
    responses(
        (status = 200, body = Identified),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, BODY, DETAILS, IDENTIFY])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn identify(
    State(app): State<App>,
    credential: VisitorCredential,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    JsonBody(identify): JsonBody<Identify>,
) -> Result<Json<Identified>> {
    app.limits.identifies.check(&ip)?;
    app.limits.visitor_acts.check(&credential.key)?;
    let key = credential.key;
    match app.prove(&Credential::Visitor(credential.clone())).await {
        // It makes a visitor, as a start does.
        Err(error) if error.is(ErrorCode::VisitorKeyInvalid) => app.limits.starts.check(&ip)?,
        proved => proved?,
    }
    let identified = app.store.identify(credential, identify, surroundings(&headers)).await?;
    app.limits.proven.note(&key);
    Ok(Json(identified))
}

/// Lets a browser come back to a conversation by the secret of a link that leads there. A key that nobody has used before
/// becomes one of the visitor's, whose conversations it opens from now on. Each link does that once: `link_used` is the answer
/// to another new key. A key of the visitor gets the conversation as long as the link holds.
#[utoipa::path(
    put, path = "/api/v1/sites/{site}/visitor/return", tag = "visitor", operation_id = "come_back",
    params(("site" = String, Path, description = "The site's key")),
    request_body = ComeBack,
    responses(
        (status = 200, body = Returned),
        (status = "default", body = ErrorBody, description = refusals(&[VISITOR, BODY, RETURN])),
    ),
    security(("visitor_key" = [])),
)]
pub async fn come_back(
    State(app): State<App>,
    credential: VisitorCredential,
    ClientIp(ip): ClientIp,
    JsonBody(ComeBack { link }): JsonBody<ComeBack>,
) -> Result<Json<Returned>> {
    app.limits.identifies.check(&ip)?;
    app.limits.visitor_acts.check(&credential.key)?;
    let key = credential.key;
    let returned = app.store.come_back(credential, &link).await?;
    app.limits.proven.note(&key);
    Ok(Json(returned))
}

/// How the site's back end proves who a visitor is.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/identity", tag = "settings", operation_id = "identity",
    responses(
        (status = 200, body = IdentityPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn identity(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<IdentityPage>> {
    Ok(Json(app.store.identity(credential.session).await?))
}

/// Saves how the site's back end proves who a visitor is, from the next proof on.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/identity", tag = "settings", operation_id = "set_identity",
    request_body = IdentitySettings,
    responses(
        (status = 200, body = IdentityPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, IDENTITY])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_identity(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(settings): JsonBody<IdentitySettings>,
) -> Result<Json<IdentityPage>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.set_identity(credential.session, settings).await?))
}

/// Makes a secret, which is shown in this answer and never again. Proofs by the others hold still, until they are removed.
#[utoipa::path(
    post, path = "/api/v1/agent/settings/identity/secrets", tag = "settings", operation_id = "add_secret",
    responses(
        (status = 201, body = NewSecret),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, ADMIN, SECRET])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn add_secret(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
) -> Result<(StatusCode, Json<NewSecret>)> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let made = app.store.add_secret(credential.session).await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// Says when a secret retires, if it does. Until then that can be taken back, by a body without `in_hours`.
#[utoipa::path(
    patch, path = "/api/v1/agent/settings/identity/secrets/{id}", tag = "settings", operation_id = "retire_secret",
    params(("id" = String, Path, description = "The secret's id")),
    request_body = RetireSecret,
    responses(
        (status = 200, body = IdentityPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn retire_secret(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfSecret(id): OfSecret,
    JsonBody(retire): JsonBody<RetireSecret>,
) -> Result<Json<IdentityPage>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.retire_secret(credential.session, id, retire).await?))
}

/// Says what a hash or a JWT is worth now, and what is wrong with it. Nothing of it is stored or logged.
#[utoipa::path(
    post, path = "/api/v1/agent/settings/identity/check", tag = "settings", operation_id = "check_proof",
    request_body = CheckProof,
    responses(
        (status = 200, body = ProofChecked),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn check_proof(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(given): JsonBody<CheckProof>,
) -> Result<Json<ProofChecked>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.check_proof(credential.session, given).await?))
}

/// Removes a secret: proofs by it hold no longer.
#[utoipa::path(
    delete, path = "/api/v1/agent/settings/identity/secrets/{id}", tag = "settings", operation_id = "remove_secret",
    params(("id" = String, Path, description = "The secret's id")),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn remove_secret(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfSecret(id): OfSecret,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.remove_secret(credential.session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
