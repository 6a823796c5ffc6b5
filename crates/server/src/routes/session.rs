//! Sign-in, session and sign-out.

use std::net::IpAddr;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Response};
use porchlight_protocol::team::GoToSite;
use porchlight_protocol::wire::{Session, SignIn};
use porchlight_protocol::{ErrorBody, ErrorCode};
use porchlight_store::agents::Login;
use porchlight_store::{Agent, Credential, FailureRate, Hash, random};

use super::refusals::{AGENT_CHANGE, BODY, CHANGE, GO_TO_SITE, SIGN_IN, refusals};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential, ClientIp, browser_of, csrf_of, device};
use crate::error::Result;
use crate::extract::JsonBody;
use crate::password;

/// Signs an agent in. The session is in an HttpOnly cookie. Agents with a second factor are asked for its code by the refusal
/// `second_factor_required`, which tells that the password was right.
#[utoipa::path(
    post, path = "/api/v1/agent/session", tag = "session", operation_id = "sign_in",
    request_body = SignIn,
    responses(
        (status = 200, body = Session),
        (status = "default", body = ErrorBody, description = refusals(&[BODY, SIGN_IN])),
    ),
)]
pub async fn sign_in(
    State(app): State<App>,
    ClientIp(ip): ClientIp,
    headers: HeaderMap,
    JsonBody(SignIn { email, password, code }): JsonBody<SignIn>,
) -> Result<Response> {
    // An address that nobody can have is not kept in the counters.
    if email.len() > 320 || password.len() > password::BYTES_MAX {
        app.limits.sign_ins_ip.check(&ip)?;
        return Err(ErrorCode::SignInFailed.into());
    }
    let email = email.trim().to_lowercase();
    let attempt = Attempt::of(&email, ip);
    let login = app.store.login(email).await?;
    let known = match &login {
        Some(login) => known_device(&app, &headers, login).await?,
        None => None,
    };
    attempt.count(&app, known.as_ref()).await?;

    let hash = login.as_ref().map(|login| login.password.clone());
    let right = password::verify(password, hash, known.is_some()).await?;
    let agent = login.as_ref().map_or("-", |login| login.id.as_str());
    app.metrics.sign_ins.ended(right);
    if !right {
        tracing::info!(agent, from = %ip, known = known.is_some(), "a sign-in failed");
    }
    let login = login.filter(|_| right).ok_or(ErrorCode::SignInFailed)?;
    let token = random::token()?;
    let (hash, browser) = (random::hash(&token), browser_of(&headers));
    let agent = app.store.sign_in(login.clone(), hash, browser, code).await;
    // A wrong code counts as a wrong password does: who knows the password must not guess it.
    if !agent.as_ref().is_err_and(|error| error.is(ErrorCode::SecondFactorWrong)) {
        attempt.forgive(&app, known.as_ref()).await?;
    }
    let agent = agent?;
    let (id, known) = (agent.member.id.as_str(), known.is_some());
    tracing::info!(agent = id, from = %ip, known, "an agent signed in");
    begun(&app, agent, &login, &token)
}

/// The answer that begins a session: the session, and its cookies.
pub(super) fn begun(app: &App, agent: Agent, login: &Login, token: &str) -> Result<Response> {
    let cookies = AppendHeaders([
        (header::SET_COOKIE, app.cookies().set_session(Some(token))),
        (header::SET_COOKIE, app.cookies().set_device(&device::made_known(login)?)),
    ]);
    Ok((cookies, Json(session(agent, csrf_of(token)))).into_response())
}

/// The known device that the request comes from, by its cookie or by a session that has not ended.
async fn known_device(app: &App, headers: &HeaderMap, login: &Login) -> Result<Option<Hash>> {
    if let Some(shown) = app.cookies().device_of(headers)
        && let Some(device) = device::known(shown, login)
    {
        return Ok(Some(device));
    }
    let Some(credential) = AgentCredential::from_headers(headers, app.cookies()) else {
        return Ok(None);
    };
    match app.store.own_login(credential.session).await {
        Ok((_, own, _)) => Ok((own.account == login.account).then_some(credential.session)),
        Err(error) if error.is(ErrorCode::SignInRequired) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// A sign-in attempt, as the rate limits count it.
struct Attempt {
    ip: IpAddr,
    email: Hash,
    pair: Hash,
}

impl Attempt {
    fn of(email: &str, ip: IpAddr) -> Self {
        let pair = random::hash_parts(&[email.as_bytes(), ip.to_string().as_bytes()]);
        Attempt { ip, email: random::hash(email), pair }
    }

    /// The counters of the attempt. Known devices share none with strangers.
    fn counters(&self, app: &App, known: Option<&Hash>) -> Vec<(Hash, FailureRate)> {
        let limits = &app.limits;
        match known {
            Some(device) => vec![limits.sign_ins_known.of(*device)],
            None => vec![limits.sign_ins_pair.of(self.pair), limits.sign_ins_email.of(self.email)],
        }
    }

    /// Counts the attempt before its outcome is known.
    async fn count(&self, app: &App, known: Option<&Hash>) -> Result<()> {
        if known.is_none() {
            app.limits.sign_ins_ip.check(&self.ip)?;
        }
        Ok(app.store.count_sign_in(self.counters(app, known)).await?)
    }

    /// Takes the count back after the right password.
    async fn forgive(&self, app: &App, known: Option<&Hash>) -> Result<()> {
        Ok(app.store.forgive_sign_in(self.counters(app, known)).await?)
    }
}

fn session(agent: Agent, csrf: String) -> Session {
    Session {
        agent: agent.member,
        role: agent.role,
        site: agent.site.key,
        site_name: agent.site.name,
        csrf,
        presence: agent.presence,
    }
}

/// The session of the agent who is signed in.
#[utoipa::path(
    get, path = "/api/v1/agent/session", tag = "session", operation_id = "session",
    responses(
        (status = 200, body = Session),
        (status = 204, description = "nobody: to ask is no mistake"),
        (status = "default", body = ErrorBody, description = refusals(&[])),
    ),
    security(("session" = [])),
)]
pub async fn get(State(app): State<App>, credential: Result<AgentCredential>) -> Result<Response> {
    let Ok(credential) = credential else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    match app.store.agent(credential.session).await {
        Ok(agent) => {
            let answer = Json(session(agent, credential.csrf().to_owned()));
            let Some(token) = &credential.renamed else { return Ok(answer.into_response()) };
            let cookies = AppendHeaders([
                (header::SET_COOKIE, app.cookies().set_session(Some(token))),
                (header::SET_COOKIE, app.cookies().drop_old_session()),
            ]);
            Ok((cookies, answer).into_response())
        }
        Err(error) if error.is(ErrorCode::SignInRequired) => {
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Goes to another site of the same person, without a password: the session ends, and another one begins there. A site of which
/// they are no agent is answered as one that does not exist.
#[utoipa::path(
    post, path = "/api/v1/agent/session/site", tag = "session", operation_id = "go_to_site",
    request_body = GoToSite,
    responses(
        (status = 200, body = Session),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, BODY, GO_TO_SITE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn go_to_site(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    JsonBody(GoToSite { site }): JsonBody<GoToSite>,
) -> Result<Response> {
    let old = credential.session;
    app.prove(&Credential::Agent(old)).await?;
    app.limits.team_acts.check(&old)?;
    let token = random::token()?;
    let (left, agent, login) = app.store.switch_site(old, site, random::hash(&token)).await?;
    app.hub.sign_out(left, &old);
    begun(&app, agent, &login, &token)
}

/// Signs out, and closes the session's sockets.
#[utoipa::path(
    delete, path = "/api/v1/agent/session", tag = "session", operation_id = "sign_out",
    responses(
        (status = 204),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT_CHANGE, CHANGE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn sign_out(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
) -> Result<Response> {
    let token = credential.session;
    app.prove(&Credential::Agent(token)).await?;
    let site = app.store.sign_out(token).await?;
    app.hub.sign_out(site, &token);
    let mut cookies = vec![(header::SET_COOKIE, app.cookies().set_session(None))];
    if credential.renamed.is_some() {
        cookies.push((header::SET_COOKIE, app.cookies().drop_old_session()));
    }
    Ok((AppendHeaders(cookies), StatusCode::NO_CONTENT).into_response())
}
