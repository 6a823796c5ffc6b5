//! Settings → Texts.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use porchlight_protocol::texts::{OwnText, OwnTexts, SiteText, TextsLanguage, TextsPage};
use porchlight_protocol::{ErrorBody, ErrorCode, Revision};
use porchlight_store::{Credential, requests::OwnTextsPage};
use porchlight_words::{CHAT, Language};
use serde::Deserialize;
use utoipa::IntoParams;

use super::refusals::{
    ADMIN, AGENT, AGENT_CHANGE, BODY, OWN_TEXTS, QUERY, SAVE, TEXTS_LANGUAGE, refusals,
};
use crate::app::App;
use crate::auth::{AgentChange, AgentCredential};
use crate::error::{Error, Result};
use crate::extract::{JsonBody, QueryOf};

/// Which texts.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TextsQuery {
    /// The language: one of the page's `languages`.
    language: String,
}

/// Which texts are saved.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SaveQuery {
    /// The language: one of the page's `languages`.
    language: String,
    /// The `revision` of the page that was changed. If there is a newer one, nothing is saved. Absent: whatever is
    /// there is replaced.
    seen: Option<Revision>,
}

fn language(tag: &str) -> Result<&'static Language> {
    let found = CHAT.languages.iter().find(|language| language.tag == tag);
    Ok(found.ok_or(ErrorCode::LanguageUnknown)?)
}

/// Every text that visitors read in a language, and what the site says in its place.
#[utoipa::path(
    get, path = "/api/v1/agent/settings/texts", tag = "settings", operation_id = "texts",
    params(TextsQuery),
    responses(
        (status = 200, body = TextsPage),
        (status = "default", body = ErrorBody, description = refusals(&[AGENT, QUERY, TEXTS_LANGUAGE])),
    ),
    security(("session" = [])),
)]
pub async fn texts(
    State(app): State<App>,
    credential: AgentCredential,
    QueryOf(query): QueryOf<TextsQuery>,
) -> Result<Json<TextsPage>> {
    let language = language(&query.language)?;
    Ok(Json(page(language, app.store.own_texts(credential.session, language.tag).await?)))
}

/// Replaces the site's own texts in a language. Visitors read them with the next load of the chat.
#[utoipa::path(
    put, path = "/api/v1/agent/settings/texts", tag = "settings", operation_id = "set_texts",
    params(SaveQuery), request_body = OwnTexts,
    responses(
        (status = 200, body = TextsPage),
        (status = "default", body = ErrorBody,
            description = refusals(&[AGENT_CHANGE, BODY, QUERY, ADMIN, TEXTS_LANGUAGE, OWN_TEXTS, SAVE])),
    ),
    security(("session" = [], "csrf" = [])),
)]
pub async fn set_texts(
    State(app): State<App>,
    AgentChange(credential): AgentChange,
    QueryOf(query): QueryOf<SaveQuery>,
    JsonBody(OwnTexts { texts }): JsonBody<OwnTexts>,
) -> Result<Json<TextsPage>> {
    let language = language(&query.language)?;
    app.prove(&Credential::Agent(credential.session)).await?;
    app.limits.team_acts.check(&credential.session)?;
    let own = checked(language, texts)?;
    let saved = app.store.set_own_texts(credential.session, language.tag, own, query.seen).await?;
    Ok(Json(page(language, saved)))
}

/// The texts by key, cleaned; those that say what the product says are left out.
fn checked(language: &Language, texts: Vec<OwnText>) -> Result<BTreeMap<String, String>> {
    let mut own = BTreeMap::new();
    for OwnText { key, text } in texts {
        let refused = |code: ErrorCode| {
            Error::refused(ErrorBody { field: Some(format!("texts.{key}")), ..code.body() })
        };
        let text = language.own_text(&key, &text).map_err(|error| refused(error.code()))?;
        if own.insert(key.clone(), text).is_some() {
            return Err(refused(ErrorCode::TextRepeated));
        }
    }
    own.retain(|key, text| language.entry(key) != Some(text.as_str()));
    Ok(own)
}

fn page(language: &Language, saved: OwnTextsPage) -> TextsPage {
    let mut own = saved.own.texts;
    let texts = language.entries().map(|(key, text)| {
        let own = own.remove(&key);
        SiteText { key, text: text.to_owned(), own }
    });
    let languages = CHAT.languages.iter().map(|language| TextsLanguage {
        language: language.tag.to_owned(),
        own: saved.counts.get(language.tag).copied().unwrap_or_default(),
    });
    TextsPage {
        languages: languages.collect(),
        language: language.tag.to_owned(),
        revision: saved.own.revision,
        texts: texts.collect(),
    }
}
