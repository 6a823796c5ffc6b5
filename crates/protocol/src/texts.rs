//! Settings → Texts: what a site says in its own words, in place of the product's.
//!
//! A text has the key that it has in `words/<language>.json`, and each plural form of it is a text by itself, as
//! `closing.inMinutes_one`.

use serde::Serialize;

use crate::{Revision, from_json};

/// A text in the site's own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnText {
    /// The key of the text that it replaces.
    pub key: String,
    /// Plain text on one line, with the same places in double braces as the text that it replaces.
    pub text: String,
}

/// All of a site's own texts in one language. The body of `PUT …/settings/texts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OwnTexts {
    /// The texts. Those that are not here are the product's.
    pub texts: Vec<OwnText>,
}

/// A text of the chat, in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SiteText {
    /// Its key.
    pub key: String,
    /// What the product says.
    pub text: String,
    /// What the site says in its place; absent: the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<String>,
}

/// A language of the chat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextsLanguage {
    /// A BCP 47 tag, such as `en` or `pt-BR`.
    pub language: String,
    /// The number of texts that the site has in its own words.
    pub own: u64,
}

/// The page *Texts* in one language. The answer to `GET …/settings/texts`, and to a change of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TextsPage {
    /// The languages that there are texts in. English is the first.
    pub languages: Vec<TextsLanguage>,
    /// The language of these texts.
    pub language: String,
    /// The commit that changed the site's texts in this language last; 0 if there was none. A request to save
    /// carries it (optimistic locking).
    pub revision: Revision,
    /// Every text of the chat, sorted by key.
    pub texts: Vec<SiteText>,
}

from_json!(strict struct OwnText { key, text });
from_json!(strict struct OwnTexts { texts });
from_json!(struct SiteText { key, text, own: optional });
from_json!(struct TextsLanguage { language, own });
from_json!(struct TextsPage { languages: each, language, revision, texts: each });
