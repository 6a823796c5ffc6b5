//! The closed notice: a text per language, and the choice of the text that a visitor sees.

use serde::Serialize;

use crate::conversation::{Conversation, Kind, Status};
use crate::event::Author;
use crate::from_json;
use crate::language::nearness;
use crate::limits::LANGUAGE_CHARS_MAX;

/// What a visitor sees as the notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The site's own text, with names for its variables.
    Own(String),
    /// The product's text, in the language of its other words: the site has set none.
    Default,
}

/// [`Shown::Default`] in English.
pub const DEFAULT_NOTICE: &str =
    "This conversation has been closed. Thank you for talking with us!";

/// A variable for the name of the agent or bot who was last in charge; for the site's name if there was none.
pub const AGENT_VARIABLE: &str = "{agent}";

/// A variable for the site's name.
pub const SITE_VARIABLE: &str = "{site}";

/// The notice in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notice {
    /// A BCP 47 tag in its usual case, such as `en` or `pt-BR`.
    pub language: String,
    /// Plain text. Addresses in it become links, `{agent}` and `{site}` become names.
    pub text: String,
}

/// A language tag in its usual case (`pt-BR`, `zh-Hant-TW`), or `None` if it is ill-formed. Checks the
/// grammar of RFC 5646 without extensions, private use and grandfathered tags, but not the registry.
pub fn language(tag: &str) -> Option<String> {
    if tag.len() > LANGUAGE_CHARS_MAX {
        return None;
    }
    let mut subtags = tag.split('-');
    let primary = subtags.next()?;
    if !matches!(primary.len(), 2 | 3) || !primary.bytes().all(|b| b.is_ascii_alphabetic()) {
        return None;
    }
    let mut written = primary.to_ascii_lowercase();
    let mut before = Subtag::Extended;
    for subtag in subtags {
        let this = Subtag::of(subtag)?;
        // In the order of the enum, with one script and one region at most.
        if this < before || this == before && matches!(this, Subtag::Script | Subtag::Region) {
            return None;
        }
        before = this;
        written.push('-');
        match this {
            Subtag::Region => written.push_str(&subtag.to_ascii_uppercase()),
            Subtag::Script => {
                let (first, rest) = subtag.split_at(1);
                written.push_str(&first.to_ascii_uppercase());
                written.push_str(&rest.to_ascii_lowercase());
            }
            Subtag::Extended | Subtag::Variant => written.push_str(&subtag.to_ascii_lowercase()),
        }
    }
    Some(written)
}

/// The subtags that may follow the language, in the order of RFC 5646.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Subtag {
    Extended,
    Script,
    Region,
    Variant,
}

impl Subtag {
    fn of(subtag: &str) -> Option<Subtag> {
        let bytes = subtag.as_bytes();
        let all = |is: fn(&u8) -> bool| bytes.iter().all(is);
        match bytes.len() {
            3 if all(u8::is_ascii_alphabetic) => Some(Subtag::Extended),
            4 if all(u8::is_ascii_alphabetic) => Some(Subtag::Script),
            2 if all(u8::is_ascii_alphabetic) => Some(Subtag::Region),
            3 if all(u8::is_ascii_digit) => Some(Subtag::Region),
            4 if bytes.first().is_some_and(u8::is_ascii_digit)
                && all(u8::is_ascii_alphanumeric) =>
            {
                Some(Subtag::Variant)
            }
            5..=8 if all(u8::is_ascii_alphanumeric) => Some(Subtag::Variant),
            _ => None,
        }
    }
}

/// The text for a visitor who reads `language`: the nearest of `notices` by [`nearness`]; if none is near,
/// or `language` is not a tag, the first, which is the site's default; if the list is empty,
/// `None`.
pub fn choose<'a>(notices: &'a [Notice], language: &str) -> Option<&'a str> {
    let mut nearest = (notices.first(), 0);
    for notice in notices {
        let near = nearness(language, &notice.language);
        if near > nearest.1 {
            nearest = (Some(notice), near);
        }
    }
    nearest.0.map(|notice| notice.text.as_str())
}

/// The notice with its variables replaced by names.
pub fn fill(text: &str, conversation: &Conversation, site: &str) -> String {
    let agent = in_charge(conversation).unwrap_or(site);
    let mut filled = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        rest = if let Some(after) = from.strip_prefix(AGENT_VARIABLE) {
            filled.push_str(agent);
            after
        } else if let Some(after) = from.strip_prefix(SITE_VARIABLE) {
            filled.push_str(site);
            after
        } else {
            filled.push('{');
            from.strip_prefix('{').unwrap_or_default()
        };
    }
    filled.push_str(rest);
    filled
}

/// The agent or bot who closed the conversation; else its owner; else its bot.
fn in_charge(conversation: &Conversation) -> Option<&str> {
    let closer = match &conversation.status {
        Status::Closed { by: Author::Agent(member) | Author::Bot(member), .. } => Some(member),
        _ => None,
    };
    let bot = match &conversation.kind {
        Kind::Bot(bot) => Some(bot),
        Kind::Live | Kind::Other => None,
    };
    closer.or(conversation.assignee.as_ref()).or(bot).map(|member| member.name.as_str())
}

from_json!(struct Notice { language, text });

#[cfg(test)]
mod tests {
    use super::*;

    fn notices(languages: &[&str]) -> Vec<Notice> {
        languages
            .iter()
            .map(|language| Notice {
                language: (*language).to_owned(),
                text: format!("in {language}"),
            })
            .collect()
    }

    #[test]
    fn a_tag_is_written_as_usual_or_is_none() {
        for (tag, written) in [
            ("en", "en"),
            ("PT-br", "pt-BR"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("SL-ROZAJ", "sl-rozaj"),
            ("sl-rozaj-BISKE-1994", "sl-rozaj-biske-1994"),
            ("ZH-cmn-hans-cn", "zh-cmn-Hans-CN"),
            ("gsw", "gsw"),
        ] {
            assert_eq!(language(tag).as_deref(), Some(written), "{tag}");
        }
        for tag in
            ["", "e", "english", "en_US", "en-", "-en", "en--US", "en-u", "p1", "日本", "en US"]
        {
            assert_eq!(language(tag), None, "{tag}");
        }
        for tag in ["en-12", "en-1a", "en-US-GB", "en-US-Latn", "en-Latn-Cyrl", "en-a1b", "en-éa"]
        {
            assert_eq!(language(tag), None, "{tag}");
        }
        assert_eq!(language(&format!("en{}", "-abcdefgh".repeat(4))), None);
    }

    #[test]
    fn a_language_falls_back_to_the_site_and_then_to_us() {
        let site = notices(&["de", "pt", "pt-BR"]);
        assert_eq!(choose(&site, "pt-BR"), Some("in pt-BR"));
        assert_eq!(choose(&site, "pt-br"), Some("in pt-BR"));
        assert_eq!(choose(&site, "pt-PT"), Some("in pt"));
        assert_eq!(choose(&site, "pt-Latn-AO"), Some("in pt"));
        assert_eq!(choose(&site, "pt_BR"), Some("in pt-BR"));
        assert_eq!(choose(&site, "de_DE.UTF-8"), Some("in de"));
        assert_eq!(choose(&site, "fr-FR"), Some("in de"));
        assert_eq!(choose(&site, ""), Some("in de"));
        assert_eq!(choose(&[], "pt-BR"), None);
    }
}
