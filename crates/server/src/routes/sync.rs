//! `POST …/sync`: the welcome over HTTP, for visitors and agents alike, and its long poll.

use axum::Json;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::wire::{Hello, Welcome};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::{Credential, topic};
use crate::error::Result;
use crate::poll::poll;
use crate::welcome;

/// How long a sync may wait.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SyncQuery {
    /// Seconds to wait for a commit after the hello's `known`; 25 at most.
    pub wait: Option<u64>,
}

/// Answers a hello with a welcome. With `wait` and `known` only once the client lacks something, or when
/// the wait is over.
pub async fn sync(
    app: &App,
    credential: Credential,
    query: SyncQuery,
    hello: Hello,
) -> Result<Json<Welcome>> {
    let party = credential.party();
    let look = async |must_answer: bool| {
        let (app, credential, hello) = (app.clone(), credential.clone(), hello.clone());
        let (store, now) = (app.store.clone(), app.now());
        let welcome = store.read(move |sql| {
            let (site, actor) = credential.authorise(sql, now)?;
            if !must_answer && welcome::has_all(&app, sql, &site, &actor, &hello)? {
                return Ok(None);
            }
            welcome::welcome(&app, sql, &site, &actor, &hello).map(Some)
        });
        welcome.await
    };
    let wait = query.wait.unwrap_or(0);
    let welcome = if wait > 0 && hello.known.is_some() {
        let (asked, now) = (credential.clone(), app.now());
        let authorised = app.store.read(move |sql| asked.authorise(sql, now));
        let (site, actor) = authorised.await?;
        poll(app, wait, topic(&site, &actor), party, None, look).await?
    } else {
        look(true).await?
    };
    Ok(Json(welcome.ok_or(ErrorCode::Internal)?))
}
