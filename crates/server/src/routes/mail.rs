//! Settings → E-mail, and who wants to be called by it.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use porchlight_protocol::mail::{MailPage, MailQueue, MailSettings, MailTested};
use porchlight_protocol::replace::Replace;
use porchlight_protocol::settings::Switch;
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::Credential;

use super::refusals::{ADMIN, AGENT, AGENT_CHANGE, BODY, CHANGE, MAIL, MAIL_TEST, SAVE, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, segment};
use crate::mail;

fn page(app: &App, settings: MailSettings) -> MailPage {
    MailPage { settings, from: app.mailer.as_ref().map(|mailer| mailer.from()) }
}

/// When the site sends e-mail, and whether this server can.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/mail", tag = "settings", operation_id = "mail_settings",
    responses(
        (status = 200, body = MailPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn settings(
    State(app): State<App>,
    credential: AgentCredential,
) -> Result<Json<MailPage>> {
    let settings = app.store.mail_settings(credential.session).await?;
    Ok(Json(page(&app, settings)))
}

/// Saves when the site sends e-mail, unless something else than what was `seen` is there by now.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/mail", tag = "settings", operation_id = "set_mail_settings",
    request_body = Replace<MailSettings>,
    responses(
        (status = 200, body = MailPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, ADMIN, MAIL, SAVE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_settings(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(settings): JsonBody<Replace<MailSettings>>,
) -> Result<Json<MailPage>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let settings = app.store.set_mail_settings(credential.session, settings).await?;
    wake(&app);
    Ok(Json(page(&app, settings)))
}

fn wake(app: &App) {
    if let Some(mailer) = &app.mailer {
        mailer.wake();
    }
}

/// Sends a test to the agent's own address, and waits for what the mail server says.
#[utoipa::path(
    post, path = "/api/v1/agent/settings/mail/test", tag = "settings", operation_id = "test_mail",
    responses(
        (status = 200, body = MailTested),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, ADMIN, MAIL_TEST])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn test(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
) -> Result<Json<MailTested>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.mail_tests.check(&credential.session)?;
    // Whether somebody may ask comes before whether it could be done.
    let Some(mailer) = &app.mailer else {
        app.store.mail_queue(credential.session).await?;
        return Err(ErrorCode::MailOff.into());
    };
    let (site, mail) = app.store.test_mail(credential.session).await?;
    let to = mail.to.clone();
    let problem = mail::test(&app, mailer, &site, mail).await?;
    Ok(Json(MailTested { to, problem }))
}

/// The latest mails of the site, and what became of them.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/mail/queue", tag = "settings", operation_id = "mail_queue",
    responses(
        (status = 200, body = MailQueue),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, ADMIN])),
    ),
    security(("session" = [])),
)]
pub async fn queue(State(app): State<App>, credential: AgentCredential) -> Result<Json<MailQueue>> {
    Ok(Json(app.store.mail_queue(credential.session).await?))
}

/// The mail in the path.
pub struct OfMail(String);

impl FromRequestParts<App> for OfMail {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let id = segment(parts, "queue").filter(|id| !id.is_empty());
        id.map(|id| OfMail(id.to_owned())).ok_or_else(|| ErrorCode::NotFound.into())
    }
}

/// Has a mail that was not sent tried now.
#[utoipa::path(
    post, path = "/api/v1/agent/settings/mail/queue/{id}/retry", tag = "settings", operation_id = "retry_mail",
    params(("id" = String, Path, description = "The mail's id")),
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE, ADMIN])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn retry(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    OfMail(id): OfMail,
) -> Result<StatusCode> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.retry_mail(credential.session, id).await?;
    wake(&app);
    Ok(StatusCode::NO_CONTENT)
}

/// Whether the agent is called by e-mail while nobody on the team is online.
#[utoipa::path(
    get, path = "/api/v1/agent/account/mail", tag = "session", operation_id = "wants_mail",
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT])),
    ),
    security(("session" = [])),
)]
pub async fn wanted(State(app): State<App>, credential: AgentCredential) -> Result<Json<Switch>> {
    Ok(Json(Switch { on: app.store.wants_mail(credential.session).await? }))
}

/// Says whether the agent is called by e-mail while nobody on the team is online.
#[utoipa::path(
    put, path = "/api/v1/agent/account/mail", tag = "session", operation_id = "set_wants_mail",
    request_body = Switch,
    responses(
        (status = 200, body = Switch),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_wanted(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(switch): JsonBody<Switch>,
) -> Result<Json<Switch>> {
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    app.store.set_wants_mail(credential.session, switch.on).await?;
    Ok(Json(switch))
}
