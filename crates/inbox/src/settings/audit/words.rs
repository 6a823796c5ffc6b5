//! The texts of the audit log.

use porchlight_protocol::VisitorId;
use porchlight_protocol::audit::{Deed, Entry, Topic};
use porchlight_protocol::privacy::Retention;
use porchlight_protocol::rights::Role;

use crate::person::face::numbered;
use crate::settings::privacy;
use crate::words::{Pattern, Word, fill, say};

/// What a topic is called.
pub fn topic(topic: Topic) -> Word {
    match topic {
        Topic::Accounts => Word::AuditAccounts,
        Topic::Visitors => Word::AuditVisitors,
        Topic::Settings => Word::AuditSettings,
        Topic::Team => Word::AuditTeam,
        Topic::Bots => Word::AuditBots,
    }
}

/// Who has done it.
pub fn by(entry: &Entry) -> String {
    entry.by.as_ref().map_or_else(|| say(Word::AuditCommand), |by| by.name.clone())
}

/// What was done.
pub fn done(entry: &Entry) -> String {
    let (about, detail) = (entry.about.as_str(), entry.detail.as_str());
    let named = |pattern| fill(pattern, &[about]);
    let of_visitor = |pattern| fill(pattern, &[&visitor(about)]);
    let changed = |setting| fill(Pattern::AuditChanged, &[&say(setting)]);
    let switched = |setting| {
        let on = detail == "on";
        fill(
            if on { Pattern::AuditSwitchedOn } else { Pattern::AuditSwitchedOff },
            &[&say(setting)],
        )
    };
    match entry.deed {
        Deed::SignedIn if about.is_empty() => {
            fill(Pattern::AuditSignedIn, &[&say(Word::AccountUnknownBrowser)])
        }
        Deed::SignedIn => named(Pattern::AuditSignedIn),
        Deed::Renamed => named(Pattern::AuditRenamed),
        Deed::EmailChanged => say(Word::AuditEmailChanged),
        Deed::PasswordChanged => say(Word::AuditPasswordChanged),
        Deed::PictureSet => say(Word::AuditPictureSet),
        Deed::PictureRemoved => say(Word::AuditPictureRemoved),
        Deed::SecondFactorOn => say(Word::AuditSecondFactorOn),
        Deed::SecondFactorOff => say(Word::AuditSecondFactorOff),
        Deed::IdentityChanged => say(Word::AuditIdentityChanged),
        Deed::SecretAdded => say(Word::AuditSecretAdded),
        Deed::SecretRemoved => say(Word::AuditSecretRemoved),
        Deed::SessionsEnded => say(Word::AuditSessionsEnded),
        Deed::Exported => fill(Pattern::AuditExported, &[&visitor(about), &detail.to_uppercase()]),
        Deed::Erased => of_visitor(Pattern::AuditErased),
        Deed::Removed => of_visitor(Pattern::AuditRemoved),
        Deed::KeyRevoked => of_visitor(Pattern::AuditKeyRevoked),
        Deed::LinkMade => of_visitor(Pattern::AuditLinkMade),
        Deed::Blocked => match detail.parse() {
            Ok(seconds) => {
                let period = privacy::words::period(seconds);
                fill(Pattern::AuditBlockedNetwork, &[&visitor(about), &period])
            }
            Err(_) => of_visitor(Pattern::AuditBlocked),
        },
        Deed::NetworkUnblocked => of_visitor(Pattern::AuditNetworkUnblocked),
        Deed::Unblocked => of_visitor(Pattern::AuditUnblocked),
        Deed::ClosingChanged => changed(Word::SettingsTitle),
        Deed::LiveChatSwitched => switched(Word::LiveChatTitle),
        Deed::MessagesSwitched => switched(Word::LiveChatMessages),
        Deed::ReceiptsSwitched => switched(Word::LiveChatReceipts),
        Deed::HoursChanged => changed(Word::HoursTitle),
        Deed::QuestionsChanged => changed(Word::LiveChatAsk),
        Deed::TextsChanged => fill(Pattern::AuditChangedTo, &[&say(Word::TextsTitle), about]),
        Deed::RetentionChanged => {
            let kept = privacy::words::kept(Retention { days: detail.parse().ok() });
            fill(Pattern::AuditChangedTo, &[&say(Word::PrivacyKeep), &kept])
        }
        Deed::SecretRetires => say(Word::AuditSecretRetires),
        Deed::CollectingChanged => changed(Word::VisitorsCollect),
        Deed::MailChanged => changed(Word::MailTitle),
        Deed::SetUp => say(Word::AuditSetUp),
        Deed::SiteRenamed => named(Pattern::AuditSiteRenamed),
        Deed::PlanChanged => fill(Pattern::AuditPlanChanged, &[detail]),
        Deed::OriginsChanged => say(Word::AuditOriginsChanged),
        Deed::Invited => fill(Pattern::AuditInvited, &[&role(detail)]),
        Deed::InvitationTakenBack => fill(Pattern::AuditInvitationTakenBack, &[&role(detail)]),
        Deed::Joined => fill(Pattern::AuditJoined, &[&role(detail)]),
        Deed::AgentAdded => fill(Pattern::AuditAgentAdded, &[about, &role(detail)]),
        Deed::AgentRemoved => named(Pattern::AuditAgentRemoved),
        Deed::RoleChanged => fill(Pattern::AuditRoleChanged, &[about, &role(detail)]),
        Deed::Deactivated => named(Pattern::AuditDeactivated),
        Deed::Reactivated => named(Pattern::AuditReactivated),
        Deed::PasswordSet => named(Pattern::AuditPasswordSet),
        Deed::PersonRenamed => fill(Pattern::AuditPersonRenamed, &[about, detail]),
        Deed::SignedOut => named(Pattern::AuditSignedOut),
        Deed::BotAdded => named(Pattern::AuditBotAdded),
        Deed::BotRemoved => named(Pattern::AuditBotRemoved),
        // The places are filled in the order in which English has them.
        Deed::FlowPublished => fill(Pattern::AuditFlowPublished, &[detail, about]),
        Deed::FlowSwitchedOff => named(Pattern::AuditFlowSwitchedOff),
        Deed::GreetingChanged => named(Pattern::AuditGreetingChanged),
        Deed::Other => say(Word::AuditOther),
    }
}

fn visitor(id: &str) -> String {
    id.parse::<VisitorId>().map_or_else(|_| id.to_owned(), |id| numbered(&id))
}

fn role(name: &str) -> String {
    let found = Role::ALL.into_iter().find(|role| role.as_str() == name);
    found.map_or_else(|| name.to_owned(), |role| say(crate::text::role(role)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(deed: Deed, about: &str, detail: &str) -> Entry {
        let (about, detail) = (about.to_owned(), detail.to_owned());
        Entry { id: 1, at: 0, by: None, deed, about, detail }
    }

    #[test]
    fn what_was_done_is_told_with_whom_and_what() {
        let visitor = VisitorId::from_bytes([0x3f; 16]);
        for (deed, about, detail, words) in [
            (Deed::Blocked, visitor.as_str(), "", "Blocked Visitor 3F3F"),
            (
                Deed::Blocked,
                visitor.as_str(),
                "604800",
                "Blocked Visitor 3F3F and their network: 7 days",
            ),
            (Deed::Exported, visitor.as_str(), "html", "Exported Visitor 3F3F as HTML"),
            (Deed::LiveChatSwitched, "", "off", "Switched off: Live chat"),
            (Deed::RetentionChanged, "", "365", "Changed: Keep closed conversations, 1 year"),
            (Deed::RetentionChanged, "", "", "Changed: Keep closed conversations, For ever"),
            (Deed::RoleChanged, "Ben", "admin", "Changed the role of Ben: Admin"),
            (Deed::FlowPublished, "Wick", "3", "Published version 3 of the flow of Wick"),
            (Deed::SignedIn, "", "", "Signed in: Unknown browser"),
        ] {
            assert_eq!(done(&entry(deed, about, detail)), words);
        }
        assert_eq!(by(&entry(Deed::Erased, "", "")), "Command line");
    }

    #[test]
    fn no_deed_is_without_words() {
        for deed in Deed::ALL {
            assert!(!done(&entry(*deed, "", "")).is_empty(), "{deed:?}");
        }
    }
}
