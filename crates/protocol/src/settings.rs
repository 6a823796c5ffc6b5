//! The settings of the page *Close Conversations*, and the plans that include them.

use serde::Serialize;

use crate::closing::Policy;
use crate::limits::{
    AUTO_CLOSE_AFTER_S_MAX, AUTO_CLOSE_AFTER_S_MIN, NOTICE_LANGUAGES_MAX, WARN_BEFORE_S_MAX,
    WARN_BEFORE_S_MIN,
};
use crate::notice::{self, Notice};
use crate::text::{self, TextError};
use crate::{ErrorBody, ErrorCode, Revision, from_json};

/// A site's settings on the page *Close Conversations*. All are off by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosingSettings {
    /// Seconds without activity after which a conversation closes by itself; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_close_after_s: Option<u64>,
    /// True if conversations with bots have a period of their own.
    pub bots_apart: bool,
    /// That period, in seconds; absent: never. Stored without effect while `bots_apart` is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_auto_close_after_s: Option<u64>,
    /// Seconds before auto-close at which the visitor is warned; absent: no warning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub warn_before_s: Option<u64>,
    /// Closed conversations leave the visitor's Home when the page is loaded again.
    pub hide_closed: bool,
    /// Conversations with unread messages are hidden only once the visitor has read them and loads the page
    /// again. Stored while `hide_closed` is off, without effect.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub keep_unread: bool,
    /// The live chat field is removed when the conversation is closed, at once.
    pub disable_field: bool,
    /// A notice is shown as soon as the conversation is closed.
    pub notice: bool,
    /// The notice, one text per language; the first is the default. Stored without effect while `notice` is off.
    /// If empty, the notice is [`notice::DEFAULT_NOTICE`].
    pub notices: Vec<Notice>,
}

/// Why settings were refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsError {
    /// A period is out of range.
    Period {
        /// The name of its field.
        field: &'static str,
    },
    /// The warning is out of range, or not shorter than a period that is on.
    Warning,
    /// A language tag is ill-formed.
    Language {
        /// The text that was given.
        tag: String,
    },
    /// Two texts have the same language.
    LanguageRepeated {
        /// The language.
        language: String,
    },
    /// There are more than `NOTICE_LANGUAGES_MAX` languages.
    TooManyLanguages,
    /// A text is refused by [`crate::text::notice`].
    Notice {
        /// The language of the text.
        language: String,
        /// The reason.
        error: TextError,
    },
}

impl SettingsError {
    /// The error code on the wire.
    pub fn code(&self) -> ErrorCode {
        match self {
            SettingsError::Period { .. } => ErrorCode::PeriodOutOfRange,
            SettingsError::Warning => ErrorCode::WarningOutOfRange,
            SettingsError::Language { .. } => ErrorCode::LanguageInvalid,
            SettingsError::LanguageRepeated { .. } => ErrorCode::LanguageRepeated,
            SettingsError::TooManyLanguages => ErrorCode::TooManyLanguages,
            SettingsError::Notice { error, .. } => error.code(),
        }
    }

    /// The name of the field at fault, with the language for one of the notices.
    pub fn field(&self) -> String {
        match self {
            SettingsError::Period { field } => (*field).to_owned(),
            SettingsError::Warning => "warn_before_s".to_owned(),
            SettingsError::TooManyLanguages => "notices".to_owned(),
            SettingsError::Language { tag: language }
            | SettingsError::LanguageRepeated { language }
            | SettingsError::Notice { language, .. } => ["notices.", language].concat(),
        }
    }

    /// The error body on the wire.
    pub fn body(&self) -> ErrorBody {
        ErrorBody { field: Some(self.field()), ..self.code().body() }
    }
}

impl ClosingSettings {
    /// Seconds after which a conversation with a bot closes by itself.
    pub fn bots_close_after_s(&self) -> Option<u64> {
        if self.bots_apart { self.bot_auto_close_after_s } else { self.auto_close_after_s }
    }

    /// Cleans the texts and tags, or says why the settings are refused.
    pub fn checked(self) -> Result<Self, SettingsError> {
        let period = |field, period: Option<u64>| match period {
            Some(s) if !(AUTO_CLOSE_AFTER_S_MIN..=AUTO_CLOSE_AFTER_S_MAX).contains(&s) => {
                Err(SettingsError::Period { field })
            }
            _ => Ok(()),
        };
        period("auto_close_after_s", self.auto_close_after_s)?;
        period("bot_auto_close_after_s", self.bot_auto_close_after_s)?;
        if let Some(before) = self.warn_before_s {
            let in_range = (WARN_BEFORE_S_MIN..=WARN_BEFORE_S_MAX).contains(&before);
            let shorter = [self.auto_close_after_s, self.bots_close_after_s()]
                .iter()
                .flatten()
                .all(|after| before < *after);
            if !in_range || !shorter {
                return Err(SettingsError::Warning);
            }
        }
        if self.notices.len() > NOTICE_LANGUAGES_MAX {
            return Err(SettingsError::TooManyLanguages);
        }
        let mut notices: Vec<Notice> = Vec::with_capacity(self.notices.len());
        for Notice { language: tag, text } in self.notices {
            let Some(language) = notice::language(tag.trim()) else {
                return Err(SettingsError::Language { tag });
            };
            if notices.iter().any(|notice| notice.language == language) {
                return Err(SettingsError::LanguageRepeated { language });
            }
            match text::notice(&text) {
                Ok(text) => notices.push(Notice { language, text }),
                Err(error) => return Err(SettingsError::Notice { language, error }),
            }
        }
        Ok(ClosingSettings { notices, ..self })
    }

    /// What is in force on a site with this plan, and `since` when.
    pub fn policy(&self, plan: Plan, since: impl Into<Since>) -> Policy {
        let since = since.into();
        if !plan.includes_closing() {
            return Policy::default();
        }
        Policy {
            live_closes_after_s: self.auto_close_after_s,
            bot_closes_after_s: self.bots_close_after_s(),
            warn_before_s: self.warn_before_s,
            hide_closed_since: self.hide_closed.then_some(since.hides_closed),
            keep_unread: self.hide_closed && self.keep_unread,
            hide_unread_since: (self.hide_closed && !self.keep_unread)
                .then_some(since.hides_unread)
                .filter(|hides_unread| *hides_unread > since.hides_closed),
            disable_field: self.disable_field,
            notices: self.notice.then(|| self.notices.clone()),
            live_chat_off: false,
            read_receipts: false,
            away: Vec::new(),
        }
    }
}

/// A switch of Settings → Live chat: live chat itself, or read receipts. It is no part of the closing settings, and of
/// every plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Switch {
    /// True if it is on.
    pub on: bool,
}

/// The commits that brought hiding into force. The store has them beside the settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Since {
    /// The one that switched hiding on.
    pub hides_closed: Revision,
    /// The one that switched keeping unread conversations off last.
    pub hides_unread: Revision,
}

impl From<Revision> for Since {
    /// Hiding that came into force with this commit, without `keep_unread` ever since.
    fn from(hides_closed: Revision) -> Self {
        Since { hides_closed, hides_unread: 0 }
    }
}

impl Since {
    /// The commits after commit `revision` replaced the policy `before`; `keep_unread` is of the new policy.
    /// Hiding has the same commit for as long as it is in force.
    pub fn after(self, before: &Policy, keep_unread: bool, revision: Revision) -> Since {
        let ends_keeping = before.keep_unread && !keep_unread;
        Since {
            hides_closed: before.hide_closed_since.unwrap_or(revision),
            hides_unread: if ends_keeping { revision } else { self.hides_unread },
        }
    }
}

/// A site's plan, in ascending order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// The chat and the inbox.
    Starter,
    /// With the page *Close Conversations*. The default for new sites.
    Professional,
    /// Everything.
    Enterprise,
}

impl Plan {
    /// Every plan, in ascending order.
    pub const ALL: [Plan; 3] = [Plan::Starter, Plan::Professional, Plan::Enterprise];

    /// The plan's name on the wire and in commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Plan::Starter => "starter",
            Plan::Professional => "professional",
            Plan::Enterprise => "enterprise",
        }
    }

    /// True if the plan includes the page *Close Conversations* and its settings.
    pub fn includes_closing(self) -> bool {
        self >= Plan::Professional
    }
}

/// The page *Close Conversations*. The answer to `GET …/settings/closing`, and to a change of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosingPage {
    /// The site's plan. If it does not include closing, the settings are kept and have no effect.
    pub plan: Plan,
    /// The commit that changed plan or settings last. A request to save carries it, so that it can't overwrite
    /// settings that its sender has not seen (optimistic locking).
    pub revision: Revision,
    /// The settings.
    pub settings: ClosingSettings,
}

/// The effect of saving these settings now. The answer to `POST …/settings/closing/effect`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosingEffect {
    /// The number of conversations that are open now.
    pub open: u64,
    /// Of the open ones, those that would close by themselves at some time.
    pub timed: u64,
    /// Of the open ones, those that would close at once, because they are due already.
    pub due: u64,
    /// Conversations that are closed now and still on their visitor's Home, as far as the site's
    /// settings decide it: the ones that hiding, the field and the notice are about.
    pub closed: u64,
}

from_json!(strict struct ClosingSettings {
    auto_close_after_s: optional, bots_apart: optional, bot_auto_close_after_s: optional,
    warn_before_s: optional, hide_closed, keep_unread: optional, disable_field, notice, notices: optional,
});
// An unknown plan is treated as one that includes closing; the server refuses what it does not include.
from_json!(enum Plan {
    "starter" => Starter, "professional" => Professional, "enterprise" => Enterprise,
    _ => Professional,
});
from_json!(struct ClosingPage { plan, revision, settings });
from_json!(strict struct Switch { on });
from_json!(struct ClosingEffect { open, timed, due, closed });
