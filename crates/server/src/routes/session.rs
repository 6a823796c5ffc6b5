//! Signing in and out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use porchlight_protocol::wire::{Session, SignIn};
use porchlight_protocol::{ErrorBody, ErrorCode};

use crate::app::App;
use crate::auth::{AgentChange, AgentClaim, ClientIp, csrf_of, session_cookie};
use crate::error::Result;
use crate::extract::JsonBody;
use crate::store::agents::{self, Agent};
use crate::{password, random};

type WithCookie<T> = ([(HeaderName, String); 1], T);

/// Signs an agent in. The session is in an HttpOnly cookie.
#[utoipa::path(
    post, path = "/api/v1/agent/session", tag = "session", operation_id = "sign_in",
    request_body = SignIn,
    responses(
        (status = 200, body = Session),
        (status = "4XX", body = ErrorBody, description = "`malformed`, `sign_in_failed`, `rate_limited` (with `retry_after_ms`), `origin_not_allowed`, `body_too_large`"),
    ),
)]
pub async fn sign_in(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    JsonBody(SignIn { email, password }): JsonBody<SignIn>,
) -> Result<WithCookie<Json<Session>>> {
    app.limits.sign_ins_ip.check(&ip)?;
    // An address that nobody can have is not kept in the counters.
    if email.len() > 320 || password.len() > password::BYTES_MAX {
        return Err(ErrorCode::SignInFailed.into());
    }
    let email = email.trim().to_lowercase();
    app.limits.sign_ins_email.check(&email)?;

    let login = app.store.read(move |sql| agents::by_email(sql, &email)).await?;
    let hash = login.as_ref().map(|login| login.password.clone());
    let right = password::verify(password, hash).await?;
    let login = login.filter(|_| right).ok_or(ErrorCode::SignInFailed)?;

    let token = random::token()?;
    let hash = random::hash(&token);
    let agent = app.store.write(move |commit| agents::sign_in(commit, &login, &hash)).await?;
    let cookie = session_cookie(Some(&token), app.own_origin().is_https());
    Ok(([(header::SET_COOKIE, cookie)], Json(session(agent, csrf_of(&token)))))
}

fn session(agent: Agent, csrf: String) -> Session {
    Session {
        agent: agent.member,
        role: agent.role,
        site: agent.site.key,
        site_name: agent.site.name,
        csrf,
    }
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/api/v1/agent/session", tag = "session", operation_id = "session",
    responses(
        (status = 200, body = Session),
        (status = 204, description = "nobody: to ask is no mistake"),
    ),
    security(("session" = [])),
)]
pub async fn get(State(app): State<App>, claim: Result<AgentClaim>) -> Result<Response> {
    let Ok(claim) = claim else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    let (token, now) = (claim.session, app.now());
    match app.store.read(move |sql| agents::authorise(sql, &token, now)).await {
        Ok(agent) => Ok(Json(session(agent, claim.csrf().to_owned())).into_response()),
        Err(error) if error.is(ErrorCode::SignInRequired) => {
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Err(error) => Err(error),
    }
}

/// Signs out, and closes the session's sockets.
#[utoipa::path(
    delete, path = "/api/v1/agent/session", tag = "session", operation_id = "sign_out",
    responses(
        (status = 204),
        (status = "4XX", body = ErrorBody, description = "`sign_in_required`, `csrf_token_invalid`, `origin_not_allowed`"),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn sign_out(
    State(app): State<App>,
    AgentChange(claim): AgentChange,
) -> Result<WithCookie<StatusCode>> {
    let token = claim.session;
    let site = app
        .store
        .write(move |commit| {
            let agent = agents::authorise(commit.sql, &token, commit.now)?;
            agents::sign_out(commit, &token)?;
            Ok(agent.site.id)
        })
        .await?;
    app.hub.sign_out(site, &token);
    let cookie = session_cookie(None, app.own_origin().is_https());
    Ok(([(header::SET_COOKIE, cookie)], StatusCode::NO_CONTENT))
}
