//! The flows of a site's bots.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use porchlight_flow::Problem;
use porchlight_protocol::bots::{BotOfSite, Bots, FlowVersions, NewBot, PublishedFlow};
use porchlight_protocol::text::{self, TextError};
use porchlight_protocol::{ErrorBody, ErrorCode, MemberId};
use porchlight_store::{CheckedFlow, Credential};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};

use super::refusals::{
    ADMIN, AGENT, AGENT_CHANGE, BODY, BOTS, CHANGE, FLOW, FLOW_SEEN, TEXT, refusals,
};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, QueryOf, TextBody, segment};

/// A bot's flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowPage {
    /// Its version; absent if it is switched off, or the bot never had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
    /// The newest version, also if it is switched off; absent if the bot never had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    newest: Option<u64>,
    /// The flow as it was published last; absent if the bot never had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    flow: Option<Box<RawValue>>,
}

/// A version of a bot's flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionPage {
    /// Its number, from 1.
    version: u64,
    /// The flow as it was published.
    #[schema(value_type = Object)]
    flow: Box<RawValue>,
}

/// What whoever changes a flow has seen.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Seen {
    /// The newest version when the change began, or 0 if there was none: a newer one is refused with `flow_changed`.
    /// Without it, the change counts anyhow.
    after: Option<u64>,
}

/// The answer to a flow that can't be published.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefusedFlow {
    /// `flow_invalid`.
    code: ErrorCode,
    /// The error for people.
    message: String,
    /// All that is wrong with the flow, by line.
    problems: Vec<FlowProblem>,
}

/// Something that is wrong with a flow.
#[derive(Debug, Serialize, ToSchema)]
pub struct FlowProblem {
    /// The line of the body, from 1; absent if it is about the flow as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    /// The step that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
    /// What is wrong and what to do, in English.
    message: String,
    /// The same for programs: its kind as `problem`, with what belongs to it.
    #[schema(value_type = Object)]
    what: porchlight_flow::What,
}

impl FlowProblem {
    fn of(problem: Problem) -> Self {
        let message = problem.what.to_string();
        FlowProblem { line: problem.line, step: problem.step, message, what: problem.what }
    }
}

/// The bot in the path. An ill-formed id gets the same answer as an unknown one.
pub struct OfBot(pub MemberId);

impl FromRequestParts<App> for OfBot {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "bots").and_then(|id| id.parse().ok());
        id.map(OfBot).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// The version in the path, of the bot in it. An ill-formed one gets the same answer as an unknown one.
pub struct OfVersion(u64);

impl FromRequestParts<App> for OfVersion {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let version = segment(parts, "versions").and_then(|version| version.parse().ok());
        version.map(OfVersion).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// The bots of the site, and the version of each one's flow.
#[utoipa::path(
    get, path = "/api/v1/agent/bots", tag = "settings", operation_id = "bots",
    responses(
        (status = 200, body = Bots),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn bots(State(app): State<App>, credential: AgentCredential) -> Result<Json<Bots>> {
    let all = app.store.bots(credential.session).await?;
    let bots = all.into_iter().map(|bot| BotOfSite { bot: bot.member, version: bot.flow });
    Ok(Json(Bots { bots: bots.collect() }))
}

/// Adds a bot. It greets nobody before a flow of it is published, and has no token for the bot API.
#[utoipa::path(
    post, path = "/api/v1/agent/bots", tag = "settings", operation_id = "add_bot",
    request_body = NewBot,
    responses(
        (status = 201, body = BotOfSite),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, TEXT, BOTS])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn add_bot(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(NewBot { name }): JsonBody<NewBot>,
) -> Result<(StatusCode, Json<BotOfSite>)> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let name = text::name(&name).map_err(TextError::code)?;
    let bot = app.store.add_bot(credential.session, &name).await?;
    Ok((StatusCode::CREATED, Json(BotOfSite { bot, version: None })))
}

/// A bot's flow: the published one, or if it is switched off, the one before.
#[utoipa::path(
    get, path = "/api/v1/agent/bots/{id}/flow", tag = "settings", operation_id = "flow",
    params(("id" = String, Path, description = "The bot's id")),
    responses(
        (status = 200, body = FlowPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn flow(
    State(app): State<App>,
    credential: AgentCredential,
    OfBot(bot): OfBot,
) -> Result<Json<FlowPage>> {
    let found = app.store.flow_of(credential.session, bot).await?;
    let version = found.as_ref().filter(|found| found.is_on).map(|found| found.flow.version);
    let newest = found.as_ref().map(|found| found.flow.version);
    let flow = found.map(|found| RawValue::from_string(found.flow.json)).transpose()?;
    Ok(Json(FlowPage { version, newest, flow }))
}

/// The versions of a bot's flow: the newest ones, and those that conversations go by.
#[utoipa::path(
    get, path = "/api/v1/agent/bots/{id}/flow/versions", tag = "settings", operation_id = "flow_versions",
    params(("id" = String, Path, description = "The bot's id")),
    responses(
        (status = 200, body = FlowVersions),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn versions(
    State(app): State<App>,
    credential: AgentCredential,
    OfBot(bot): OfBot,
) -> Result<Json<FlowVersions>> {
    Ok(Json(app.store.flow_versions(credential.session, bot).await?))
}

/// A version of a bot's flow.
#[utoipa::path(
    get, path = "/api/v1/agent/bots/{id}/flow/versions/{version}", tag = "settings", operation_id = "flow_version",
    params(
        ("id" = String, Path, description = "The bot's id"),
        ("version" = u64, Path, description = "The number of the version"),
    ),
    responses(
        (status = 200, body = VersionPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn version(
    State(app): State<App>,
    credential: AgentCredential,
    OfBot(bot): OfBot,
    OfVersion(version): OfVersion,
) -> Result<Json<VersionPage>> {
    let found = app.store.flow_version(credential.session, bot, version).await?;
    let flow = RawValue::from_string(found.json)?;
    Ok(Json(VersionPage { version: found.version, flow }))
}

/// Publishes a bot's flow: new conversations with the bot begin with it, and those that have begun go on with theirs. The
/// body is the flow.
#[utoipa::path(
    put, path = "/api/v1/agent/bots/{id}/flow", tag = "settings", operation_id = "publish_flow",
    params(("id" = String, Path, description = "The bot's id"), Seen),
    request_body(content = Object, content_type = "application/json"),
    responses(
        (status = 200, body = PublishedFlow),
        (status = 422, body = RefusedFlow, description = "`flow_invalid`: with all that is wrong with the flow"),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, FLOW, FLOW_SEEN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn publish(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfBot(bot): OfBot,
    QueryOf(seen): QueryOf<Seen>,
    TextBody(json): TextBody,
) -> Result<Response> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let flow = match CheckedFlow::read(&json) {
        Ok(flow) => flow,
        Err(problems) => return Ok(refused(problems)),
    };
    let version = app.store.publish_flow(credential.session, bot, flow, seen.after).await?;
    Ok(Json(PublishedFlow { version }).into_response())
}

/// The answer to a flow with problems.
pub(super) fn refused(problems: Vec<Problem>) -> Response {
    let code = ErrorCode::FlowInvalid;
    let problems = problems.into_iter().map(FlowProblem::of).collect();
    let body = RefusedFlow { code, message: code.message().to_owned(), problems };
    let mut response = (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response();
    // For what counts refusals on the way out.
    response.extensions_mut().insert(code);
    response
}

/// Switches a bot's flow off: new conversations begin without it, and those that have begun go on.
#[utoipa::path(
    delete, path = "/api/v1/agent/bots/{id}/flow", tag = "settings", operation_id = "switch_off_flow",
    params(("id" = String, Path, description = "The bot's id"), Seen),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, ADMIN, FLOW_SEEN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn switch_off(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfBot(bot): OfBot,
    QueryOf(seen): QueryOf<Seen>,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.switch_off_flow(credential.session, bot, seen.after).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The JSON Schema of flows, for editors.
pub async fn schema() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/schema+json")], porchlight_flow::SCHEMA)
}
