//! The people of a site: who they are, their roles, and whether they are active.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use porchlight_protocol::settings::Switch;
use porchlight_protocol::team::{Invitations, Invited, NewInvitation, NewRole, Person, Team};
use porchlight_protocol::text::TextError;
use porchlight_protocol::{ErrorBody, ErrorCode, MemberId};
use porchlight_store::{Credential, random};

use super::refusals::{ADMIN, AGENT, AGENT_CHANGE, BODY, CHANGE, INVITE, OWNERS, PERSON, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, segment};
use crate::presence;

/// The person in the path. An ill-formed id gets the same answer as an unknown one.
pub struct OfPerson(MemberId);

impl FromRequestParts<App> for OfPerson {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "team").and_then(|id| id.parse().ok());
        id.map(OfPerson).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// The invitation in the path, in the same way.
pub struct OfInvitation(MemberId);

impl FromRequestParts<App> for OfInvitation {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "invitations").and_then(|id| id.parse().ok());
        id.map(OfInvitation).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// The people of the site.
#[utoipa::path(
    get, path = "/api/v1/agent/team", tag = "team", operation_id = "team",
    responses(
        (status = 200, body = Team),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn team(State(app): State<App>, credential: AgentCredential) -> Result<Json<Team>> {
    let people = app.store.team(credential.session).await?;
    Ok(Json(Team { people }))
}

/// Changes a person's role, from their next request on. Owners alone make others owners, or take that back, and the last
/// owner stays one.
#[utoipa::path(
    put, path = "/api/v1/agent/team/{id}/role", tag = "team", operation_id = "set_role",
    params(("id" = String, Path, description = "The person's id")),
    request_body = NewRole,
    responses(
        (status = 200, body = Person),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, OWNERS, PERSON])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_role(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfPerson(id): OfPerson,
    JsonBody(NewRole { role }): JsonBody<NewRole>,
) -> Result<Json<Person>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    Ok(Json(app.store.set_role_of(credential.session, id, role.into()).await?))
}

/// Deactivates a person (`on` is false) or reactivates them. Who is deactivated can't sign in; their sessions end, at every
/// node within two seconds, and their conversations are unclaimed.
#[utoipa::path(
    put, path = "/api/v1/agent/team/{id}/active", tag = "team", operation_id = "set_active",
    params(("id" = String, Path, description = "The person's id")),
    request_body = Switch,
    responses(
        (status = 200, body = Person),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, OWNERS, PERSON])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_active(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfPerson(id): OfPerson,
    JsonBody(active): JsonBody<Switch>,
) -> Result<Json<Person>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let person = app.store.set_active(credential.session, id, active.on).await?;
    presence::look_now(&app).await;
    Ok(Json(person))
}

/// The open invitations.
#[utoipa::path(
    get, path = "/api/v1/agent/team/invitations", tag = "team", operation_id = "invitations",
    responses(
        (status = 200, body = Invitations),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, ADMIN])),
    ),
    security(("session" = [])),
)]
pub async fn invitations(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<Invitations>> {
    let invitations = app.store.invitations(credential.session).await?;
    Ok(Json(Invitations { invitations }))
}

/// Makes an invitation: a link that whoever has it can accept once, within 7 days. The answer alone holds the link.
#[utoipa::path(
    post, path = "/api/v1/agent/team/invitations", tag = "team", operation_id = "invite",
    request_body = NewInvitation,
    responses(
        (status = 201, body = Invited),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, INVITE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn invite(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(new): JsonBody<NewInvitation>,
) -> Result<(StatusCode, Json<Invited>)> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let new = new.checked().map_err(TextError::code)?;
    let token = random::token()?;
    let invitation = app.store.invite(credential.session, random::hash(&token), new).await?;
    // In the fragment, which no browser sends: neither logs nor referrers get it.
    let link = [app.own_origin().as_str(), "/dashboard/invite#", &token].concat();
    Ok((StatusCode::CREATED, Json(Invited { invitation, link })))
}

/// Takes an invitation back: its link leads nowhere from then on.
#[utoipa::path(
    delete, path = "/api/v1/agent/team/invitations/{id}", tag = "team", operation_id = "take_back_invitation",
    params(("id" = String, Path, description = "The invitation's id")),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, ADMIN, OWNERS])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn take_back(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfInvitation(id): OfInvitation,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.take_back_invitation(credential.session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
