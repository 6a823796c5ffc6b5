//! What agents see and change of their own accounts.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use porchlight_protocol::team::{self, Account, NewEmail, NewName, NewPassword, SitesOfMine};
use porchlight_protocol::text::{self, TextError};
use porchlight_protocol::{ErrorBody, ErrorCode, Member};
use porchlight_store::agents::Login;
use porchlight_store::{Agent, Credential, Hash};

use super::refusals::{
    ACCOUNT_EMAIL, ACCOUNT_PASSWORD, AGENT, AGENT_CHANGE, BODY, CHANGE, TEXT, refusals,
};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential, device};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, segment};
use crate::{password, presence};

/// The session in the path.
pub struct OfSession(String);

impl FromRequestParts<App> for OfSession {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "sessions").filter(|id| !id.is_empty());
        id.map(|id| OfSession(id.to_owned())).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// The agent's own account, with the browsers in which they are signed in.
#[utoipa::path(
    get, path = "/api/v1/agent/account", tag = "session", operation_id = "account",
    responses(
        (status = 200, body = Account),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn account(State(app): State<App>, credential: AgentCredential) -> Result<Json<Account>> {
    Ok(Json(app.store.account(credential.session).await?))
}

/// The sites of which the person is an active agent, with their roles and how many conversations wait there.
#[utoipa::path(
    get, path = "/api/v1/agent/account/sites", tag = "session", operation_id = "sites_of_mine",
    responses(
        (status = 200, body = SitesOfMine),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn sites(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<SitesOfMine>> {
    Ok(Json(SitesOfMine { sites: app.store.sites_of(credential.session).await? }))
}

/// Changes the agent's name. What they wrote keeps the former one.
#[utoipa::path(
    put, path = "/api/v1/agent/account/name", tag = "session", operation_id = "set_name",
    request_body = NewName,
    responses(
        (status = 200, body = Member),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, TEXT])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_name(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(NewName { name }): JsonBody<NewName>,
) -> Result<Json<Member>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let name = text::name(&name).map_err(TextError::code)?;
    Ok(Json(app.store.rename_self(credential.session, name).await?))
}

/// Changes the address that the agent signs in with. Their password confirms it.
#[utoipa::path(
    put, path = "/api/v1/agent/account/email", tag = "session", operation_id = "set_email",
    request_body = NewEmail,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ACCOUNT_EMAIL])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_email(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(NewEmail { email, password }): JsonBody<NewEmail>,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let email = team::email(&email).ok_or(ErrorCode::EmailInvalid)?;
    let confirmed = confirmed(&app, credential.session, password).await?;
    app.store.set_own_email(credential.session, confirmed.login, email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the agent's password. The former one confirms it, and all other sessions of the agent end.
#[utoipa::path(
    put, path = "/api/v1/agent/account/password", tag = "session", operation_id = "set_password",
    request_body = NewPassword,
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ACCOUNT_PASSWORD])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_password(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(NewPassword { current, new }): JsonBody<NewPassword>,
) -> Result<impl IntoResponse> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let Confirmed { agent, login, email } = confirmed(&app, credential.session, current).await?;
    password::must_be_strong(&new, &[&email, &agent.member.name, &agent.site.name])?;
    let hash = password::hash_in_turn(new).await?;
    let login = app.store.set_own_password(credential.session, login, hash).await?;
    presence::look_now(&app).await;
    tracing::info!(agent = login.id.as_str(), "an agent changed their password");
    // The device was known by the former password.
    let known = app.cookies().set_device(&device::made_known(&login)?);
    Ok((AppendHeaders([(header::SET_COOKIE, known)]), StatusCode::NO_CONTENT))
}

/// Ends another session of the agent. Its inbox closes within two seconds.
#[utoipa::path(
    delete, path = "/api/v1/agent/account/sessions/{id}", tag = "session", operation_id = "end_session",
    params(("id" = String, Path, description = "The session's id")),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn end_session(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfSession(id): OfSession,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.end_own_session(credential.session, id).await?;
    presence::look_now(&app).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all other sessions of the agent.
#[utoipa::path(
    delete, path = "/api/v1/agent/account/sessions", tag = "session", operation_id = "end_other_sessions",
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn end_other_sessions(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.end_other_sessions(credential.session).await?;
    presence::look_now(&app).await;
    Ok(StatusCode::NO_CONTENT)
}

/// An agent who has shown their password again.
pub(super) struct Confirmed {
    pub agent: Agent,
    pub login: Login,
    pub email: String,
}

/// Checks the password of a session's agent. Counts the tries, so that whoever finds an open inbox can't guess it.
pub(super) async fn confirmed(app: &App, session: Hash, password: String) -> Result<Confirmed> {
    let (agent, login, email) = app.store.own_login(session).await?;
    let counters = vec![app.limits.sign_ins_known.of(session)];
    app.store.count_sign_in(counters.clone()).await?;
    if password.len() > password::BYTES_MAX
        || !password::verify(password, Some(login.password.clone()), true).await?
    {
        return Err(ErrorCode::PasswordWrong.into());
    }
    app.store.forgive_sign_in(counters).await?;
    Ok(Confirmed { agent, login, email })
}
