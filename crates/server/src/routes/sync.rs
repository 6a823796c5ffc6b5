//! `POST …/sync`: the welcome over HTTP, for visitors and agents alike, and its long poll.

use std::sync::Arc;

use axum::Json;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::wire::{Hello, Welcome};
use porchlight_store::Credential;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::app::App;
use crate::auth::client;
use crate::error::Result;
use crate::poll::poll;

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
    let online = |app: &App| {
        let hub = Arc::clone(&app.hub);
        move |site| hub.online(site)
    };
    let wait = query.wait.unwrap_or(0);
    if wait == 0 || hello.known.is_none() {
        let (welcome, _) = app.store.welcome(credential.clone(), hello, online(app)).await?;
        app.note_seen(credential);
        return Ok(Json(welcome));
    }
    let client = client(&credential, &app.store.authorise(credential.clone()).await?);
    let look = async |must_answer: bool| {
        let (credential, hello) = (credential.clone(), hello.clone());
        Ok(if must_answer {
            Some(app.store.welcome(credential, hello, online(app)).await?.0)
        } else {
            app.store.news(credential, hello, online(app)).await?
        })
    };
    let welcome = poll(app, wait, client, None, look).await?;
    Ok(Json(welcome.ok_or(ErrorCode::Internal)?))
}
