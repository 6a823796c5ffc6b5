//! What a site sets on its page *Close Conversations*, and whether its plan lets it take effect.

use serde::Serialize;

use crate::closing::Policy;
use crate::limits::{
    AUTO_CLOSE_AFTER_S_MAX, AUTO_CLOSE_AFTER_S_MIN, NOTICE_LANGUAGES_MAX, WARN_BEFORE_S_MAX,
    WARN_BEFORE_S_MIN,
};
use crate::notice::{self, Notice};
use crate::text::{self, TextError};
use crate::{ErrorBody, ErrorCode, Revision, from_json};

/// What a site has set on its page *Close Conversations*. All off by default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosingSettings {
    /// Seconds after which a conversation in which nothing happens closes by itself; absent: never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_close_after_s: Option<u64>,
    /// Conversations with bots have a period of their own.
    pub bots_apart: bool,
    /// That period, in seconds; absent: never. Kept while `bots_apart` is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot_auto_close_after_s: Option<u64>,
    /// Seconds before it closes by itself at which the visitor is told of it; absent: not told.
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
    /// A notice is shown when the conversation is closed, at once.
    pub notice: bool,
    /// What it says, one text for each language; the first is for everybody else. Kept while the
    /// notice is off. Without any it says [`notice::DEFAULT_NOTICE`].
    pub notices: Vec<Notice>,
}

/// Why settings were not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettingsError {
    /// A period is out of range.
    Period {
        /// The field that holds it.
        field: &'static str,
    },
    /// The warning is out of range, or not shorter than a period that is on.
    Warning,
    /// That is no language tag.
    Language {
        /// What was given.
        tag: String,
    },
    /// Two texts for one language.
    LanguageRepeated {
        /// Which one.
        language: String,
    },
    /// More than `NOTICE_LANGUAGES_MAX` languages.
    TooManyLanguages,
    /// A text can't be a notice.
    Notice {
        /// Its language.
        language: String,
        /// Why not.
        error: TextError,
    },
}

impl SettingsError {
    /// The code that it has on the wire.
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

    /// The field that it is about, with the language where it is about one text of several.
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

    /// As it stands on the wire.
    pub fn body(&self) -> ErrorBody {
        ErrorBody { field: Some(self.field()), ..self.code().body() }
    }
}

impl ClosingSettings {
    /// Seconds after which a conversation with a bot closes by itself.
    pub fn bots_close_after_s(&self) -> Option<u64> {
        if self.bots_apart { self.bot_auto_close_after_s } else { self.auto_close_after_s }
    }

    /// The settings with their texts and tags cleaned, or why they can't be taken.
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
        }
    }
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

/// What a site has paid for, from less to more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// The chat and the inbox.
    Starter,
    /// Closing as the site wants it, too. What a self-hosted site is created on.
    Professional,
    /// Everything.
    Enterprise,
}

impl Plan {
    /// Every plan, from less to more.
    pub const ALL: [Plan; 3] = [Plan::Starter, Plan::Professional, Plan::Enterprise];

    /// The plan as it stands on the wire and in commands.
    pub fn as_str(self) -> &'static str {
        match self {
            Plan::Starter => "starter",
            Plan::Professional => "professional",
            Plan::Enterprise => "enterprise",
        }
    }

    /// The page *Close Conversations* and its effect belong to it.
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
    /// The commit that changed one or the other last. Who saves tells it, so that nobody
    /// overwrites what they have not seen.
    pub revision: Revision,
    /// What is set.
    pub settings: ClosingSettings,
}

/// What settings would do if they were saved now. The answer to `POST …/settings/closing/effect`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ClosingEffect {
    /// Conversations that are open now.
    pub open: u64,
    /// Of these, the ones that would close by themselves at some time.
    pub timed: u64,
    /// Of these, the ones that are due already: they would close at once.
    pub due: u64,
    /// Conversations that are closed now and still on their visitor's Home, as far as the site's
    /// settings decide it: the ones that hiding, the field and the notice are about.
    pub closed: u64,
}

from_json!(strict struct ClosingSettings {
    auto_close_after_s: optional, bots_apart: optional, bot_auto_close_after_s: optional,
    warn_before_s: optional, hide_closed, keep_unread: optional, disable_field, notice, notices: optional,
});
// A plan that this version does not know is taken for one that includes what it knows: the server
// refuses what is not.
from_json!(enum Plan {
    "starter" => Starter, "professional" => Professional, "enterprise" => Enterprise,
    _ => Professional,
});
from_json!(struct ClosingPage { plan, revision, settings });
from_json!(struct ClosingEffect { open, timed, due, closed });
