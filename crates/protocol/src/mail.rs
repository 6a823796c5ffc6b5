//! E-mail that goes out: when a team is called, when a visitor who has gone is written to, and what the team sees of it.
//!
//! `docs/mail.md` says it in words.

use serde::Serialize;

use crate::limits::LANGUAGE_CHARS_MAX;
use crate::person::{Teller, VisitorRecord};
use crate::{ErrorCode, Millis, from_json, notice};

/// Minutes after which a team is called, at most: a day.
pub const CALL_MINUTES_MAX: u32 = 24 * 60;

/// How long the visitor has time to read an answer, in milliseconds, before it is mailed: two minutes. What the team writes
/// within this time is in the same mail.
pub const PAUSE_MS: Millis = 2 * 60 * 1_000;

/// How long a team that was called is not called again while something that waited then still waits, in milliseconds.
pub const CALLED_MS: Millis = 4 * 60 * 60 * 1_000;

/// Mails that one site sends in an hour, at most. Further ones wait.
pub const MAILS_PER_HOUR_MAX: u64 = 500;

/// How long it is tried to send a mail, in milliseconds: two days.
pub const TRIED_MS: Millis = 2 * 24 * 60 * 60 * 1_000;

/// The waits before the second try, the third one, and so on, in minutes; the last one repeats.
const RETRY_MINUTES: [Millis; 6] = [1, 5, 15, 30, 60, 120];

/// Mails that the team sees at once.
pub const MAILS_SHOWN_MAX: usize = 50;

/// Characters of what a mail server has answered that are kept.
pub const PROBLEM_CHARS_MAX: usize = 300;

/// When a site sends e-mail. The body of `PUT …/settings/mail`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailSettings {
    /// After so many minutes without an answer, while nobody on the team is online, the team is told of what waits; 0: it
    /// is not. A day at most.
    pub call_minutes: u32,
    /// Visitors who have gone get the team's answers by e-mail, if an address of theirs is known.
    pub answers: bool,
    /// The language of mails to the team, a BCP 47 tag.
    pub language: String,
}

impl Default for MailSettings {
    fn default() -> Self {
        MailSettings { call_minutes: 10, answers: true, language: "en".to_owned() }
    }
}

impl MailSettings {
    /// The settings, or why they are refused.
    pub fn checked(self) -> Result<Self, ErrorCode> {
        if self.call_minutes > CALL_MINUTES_MAX {
            return Err(ErrorCode::CallMinutesOutOfRange);
        }
        let fits = self.language.len() <= LANGUAGE_CHARS_MAX;
        let language = notice::language(&self.language).filter(|_| fits);
        Ok(MailSettings { language: language.ok_or(ErrorCode::LanguageInvalid)?, ..self })
    }

    /// Whether the team is called now, of whom nobody is online, or when it may have to be.
    pub fn call(&self, now: Millis, called: Option<Millis>, waits: &[Millis]) -> Call {
        if self.call_minutes == 0 {
            return Call::Never;
        }
        let after = Millis::from(self.call_minutes) * 60_000;
        // Nobody is told twice of the same alone.
        let news = waits.iter().filter(|since| called.is_none_or(|called| **since > called));
        let Some(first) = news.min() else { return Call::Never };
        let open = called.filter(|called| waits.iter().any(|since| since <= called));
        let from = open.map_or(0, |called| called + CALLED_MS);
        match (first + after).max(from) {
            at if at <= now => Call::Now,
            at => Call::At(at),
        }
    }
}

/// Whether a team is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Now.
    Now,
    /// Then, if nothing happens until then.
    At(Millis),
    /// Not before something else waits.
    Never,
}

/// The address at which a visitor may be written to: one that they, the site's page, its back end or a bot's question has told.
/// Not one that an agent has typed: whose it is, nobody has said.
pub fn address_of(record: &VisitorRecord) -> Option<&str> {
    let told = record.email.as_ref()?;
    match told.by {
        Teller::Agent { .. } | Teller::Other => None,
        Teller::Page | Teller::Bot | Teller::Visitor | Teller::Proof => Some(&told.value),
    }
}

/// How long after the `tries`th try a mail is tried again, in milliseconds; `None` if it is given up, because it was planned
/// so long ago.
pub fn retry_after(tries: u32, planned_ago: Millis) -> Option<Millis> {
    let at = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = RETRY_MINUTES.get(at).or(RETRY_MINUTES.last())?;
    let wait = minutes * 60_000;
    (planned_ago.saturating_add(wait) <= TRIED_MS).then_some(wait)
}

/// What a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailKind {
    /// It tries whether mail is sent.
    Test,
    /// It calls somebody of the team.
    Waiting,
    /// It brings a visitor the team's answers.
    Answer,
    /// Something that this version does not know.
    Other,
}

impl MailKind {
    /// The name on the wire and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            MailKind::Test => "test",
            MailKind::Waiting => "waiting",
            MailKind::Answer => "answer",
            MailKind::Other => "other",
        }
    }
}

/// What has become of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// It is to be sent.
    Planned,
    /// The mail server has taken it.
    Sent,
    /// The mail server has refused it for good, or it was tried for two days.
    Failed,
    /// Something that this version does not know.
    Other,
}

impl MailState {
    /// The name on the wire and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            MailState::Planned => "planned",
            MailState::Sent => "sent",
            MailState::Failed => "failed",
            MailState::Other => "other",
        }
    }
}

/// A mail, as admins see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailSeen {
    /// Its id.
    pub id: String,
    /// What it is for.
    pub kind: MailKind,
    /// What has become of it.
    pub state: MailState,
    /// To whom; absent while nobody has looked up the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How often it was tried.
    pub tries: u32,
    /// Why the last try has failed: the mail server's own words, or what this server says of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// When it was planned.
    pub at: Millis,
    /// When it is tried next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Millis>,
}

/// The settings, and whether this server can send mail at all. The answer to `GET …/settings/mail`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailPage {
    /// The settings.
    pub settings: MailSettings,
    /// From which address the server sends; absent if its operator has not set up how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}

/// The latest mails of a site. The answer to `GET …/settings/mail/queue`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailQueue {
    /// The mails, the newest first.
    pub mails: Vec<MailSeen>,
    /// True if the site has sent as many as it may in an hour, so that further ones wait.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// What became of a test. The answer to `POST …/settings/mail/test`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailTested {
    /// To whom it was sent.
    pub to: String,
    /// Why it was not taken; absent if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

from_json!(strict struct MailSettings { call_minutes, answers, language });
from_json!(enum MailKind { "test" => Test, "waiting" => Waiting, "answer" => Answer, _ => Other });
from_json!(enum MailState { "planned" => Planned, "sent" => Sent, "failed" => Failed, _ => Other });
from_json!(struct MailSeen {
    id, kind, state, to: optional, tries, problem: optional, at, next: optional
});
from_json!(struct MailPage { settings, from: optional });
from_json!(
    struct MailQueue {
        mails: each,
        held: optional,
    }
);
from_json!(struct MailTested { to, problem: optional });

#[cfg(test)]
mod tests {
    use super::*;
    use crate::VisitorId;
    use crate::person::Told;

    const MINUTE: Millis = 60_000;

    fn after(call_minutes: u32) -> MailSettings {
        MailSettings { call_minutes, ..MailSettings::default() }
    }

    #[test]
    fn a_team_is_called_once_somebody_has_waited() {
        let settings = after(10);
        assert_eq!(settings.call(0, None, &[]), Call::Never);
        assert_eq!(settings.call(0, None, &[0, 5]), Call::At(10 * MINUTE));
        assert_eq!(settings.call(10 * MINUTE, None, &[0]), Call::Now);
        assert_eq!(after(0).call(10 * MINUTE, None, &[0]), Call::Never);
    }

    #[test]
    fn it_is_not_called_again_for_what_it_was_told() {
        let (settings, called) = (after(10), Some(20 * MINUTE));
        let now = 1_000 * MINUTE;
        assert_eq!(settings.call(now, called, &[0]), Call::Never, "however long that waits");
        let both = [0, 21 * MINUTE];
        assert_eq!(settings.call(31 * MINUTE, called, &both), Call::At(20 * MINUTE + CALLED_MS));
        assert_eq!(settings.call(20 * MINUTE + CALLED_MS, called, &both), Call::Now);
        // What waited then was answered.
        assert_eq!(settings.call(31 * MINUTE, called, &[21 * MINUTE]), Call::Now);
    }

    #[test]
    fn a_mail_is_tried_ever_less_often_and_for_two_days() {
        assert_eq!(retry_after(1, 0), Some(MINUTE));
        assert_eq!(retry_after(2, 0), Some(5 * MINUTE));
        assert_eq!(retry_after(100, 0), Some(120 * MINUTE));
        let (mut tries, mut at) = (1, 0);
        while let Some(wait) = retry_after(tries, at) {
            (tries, at) = (tries + 1, at + wait);
        }
        assert!(at <= TRIED_MS && at > TRIED_MS - 121 * MINUTE, "{at}");
        assert!((25..35).contains(&tries), "{tries}");
    }

    #[test]
    fn settings_are_of_a_day_and_of_a_language() {
        assert!(after(CALL_MINUTES_MAX).checked().is_ok());
        let refused = after(CALL_MINUTES_MAX + 1).checked();
        assert_eq!(refused, Err(ErrorCode::CallMinutesOutOfRange));
        let of = |language: &str| MailSettings { language: language.to_owned(), ..after(1) };
        assert_eq!(of("pt-br").checked().unwrap().language, "pt-BR");
        for wrong in ["", "\r\nBcc: x", &"x".repeat(1_000)] {
            assert_eq!(of(wrong).checked(), Err(ErrorCode::LanguageInvalid), "{wrong:?}");
        }
    }

    #[test]
    fn nobody_is_written_to_at_an_address_that_an_agent_has_typed() {
        let mut record = VisitorRecord::new(VisitorId::from_bytes([1; 16]), 0);
        assert_eq!(address_of(&record), None);
        let tellers = [Teller::Page, Teller::Bot, Teller::Visitor, Teller::Proof];
        for by in tellers {
            record.email = Some(Told { value: "mia@shop.example".to_owned(), by, at: 0 });
            assert_eq!(address_of(&record), Some("mia@shop.example"));
        }
        for by in [Teller::Agent { name: "Ada".to_owned() }, Teller::Other] {
            record.email = Some(Told { value: "mia@shop.example".to_owned(), by, at: 0 });
            assert_eq!(address_of(&record), None);
        }
    }
}
