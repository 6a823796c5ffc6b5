//! The audit log of a site: who on the team did what, and to whom or what.
//!
//! An entry names visitors by their ids. It holds no text of theirs, no address and no secret.

use serde::Serialize;

use crate::event::Member;
use crate::{Millis, from_json};

/// What was done.
macro_rules! deeds {
    ($($(#[$doc:meta])* $topic:ident $name:ident = $text:literal;)*) => {
        /// What somebody did. Its name on the wire and in tables stays.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub enum Deed {
            $($(#[$doc])* $name,)*
            /// A deed that this version does not know, from a newer server. Parsed, never serialized.
            #[serde(skip_serializing)]
            Other,
        }

        impl Deed {
            /// All deeds.
            pub const ALL: &[Deed] = &[$(Deed::$name),*];

            /// The name on the wire and in tables.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Deed::$name => $text,)*
                    Deed::Other => "other",
                }
            }

            /// What it is about.
            pub const fn topic(self) -> Topic {
                match self {
                    $(Deed::$name => Topic::$topic,)*
                    Deed::Other => Topic::Settings,
                }
            }
        }

        from_json!(enum Deed { $($text => $name,)* _ => Other });
    };
}

deeds! {
    /// Signed in. `about` is the browser.
    Accounts SignedIn = "signed_in";
    /// Took another name, `about`.
    Accounts Renamed = "renamed";
    /// Took another e-mail address to sign in with.
    Accounts EmailChanged = "email_changed";
    /// Took another password.
    Accounts PasswordChanged = "password_changed";
    /// Set a picture of themselves.
    Accounts PictureSet = "picture_set";
    /// Removed the picture of themselves.
    Accounts PictureRemoved = "picture_removed";
    /// Set two-step sign-in up.
    Accounts SecondFactorOn = "second_factor_on";
    /// Switched two-step sign-in off.
    Accounts SecondFactorOff = "second_factor_off";
    /// Ended other sessions of their own.
    Accounts SessionsEnded = "sessions_ended";
    /// Exported the data of a visitor, `about`. `detail` is the format.
    Visitors Exported = "exported";
    /// Erased a visitor, `about`.
    Visitors Erased = "erased";
    /// Removed the conversations of a visitor, `about`.
    Visitors Removed = "removed";
    /// Revoked the key of a visitor, `about`.
    Visitors KeyRevoked = "key_revoked";
    /// Made a link that leads a visitor, `about`, back to a conversation: `detail`.
    Visitors LinkMade = "link_made";
    /// Blocked a visitor, `about`. `detail` is for how many seconds their network, too; empty: it was not.
    Visitors Blocked = "blocked";
    /// Unblocked a visitor, `about`.
    Visitors Unblocked = "unblocked";
    /// Ended the block of the network of a visitor, `about`, who stays blocked.
    Visitors NetworkUnblocked = "network_unblocked";
    /// Changed when conversations close.
    Settings ClosingChanged = "closing_changed";
    /// Switched live chat on or off: `detail`.
    Settings LiveChatSwitched = "live_chat_switched";
    /// Switched on or off that messages are taken while live chat is off: `detail`.
    Settings MessagesSwitched = "messages_switched";
    /// Switched read receipts on or off: `detail`.
    Settings ReceiptsSwitched = "receipts_switched";
    /// Changed the opening hours.
    Settings HoursChanged = "hours_changed";
    /// Changed what live chats ask: `detail` says when.
    Settings QuestionsChanged = "questions_changed";
    /// Changed the site's own texts in a language, `about`.
    Settings TextsChanged = "texts_changed";
    /// Changed for how many days, `detail`, closed conversations are kept; empty: for ever.
    Settings RetentionChanged = "retention_changed";
    /// Changed how it is proved who a visitor is.
    Settings IdentityChanged = "identity_changed";
    /// Made a secret by which it is proved, `about`.
    Settings SecretAdded = "secret_added";
    /// Removed a secret by which it is proved, `about`.
    Settings SecretRemoved = "secret_removed";
    /// Changed when a secret, `about`, retires: in `detail` hours; empty: not any more.
    Settings SecretRetires = "secret_retires";
    /// Changed what is collected of visitors. `detail` has the groups that are.
    Settings CollectingChanged = "collecting_changed";
    /// Changed when e-mail is sent.
    Settings MailChanged = "mail_changed";
    /// Set the server up, with this site.
    Settings SetUp = "set_up";
    /// Renamed the site to `about`.
    Settings SiteRenamed = "site_renamed";
    /// Changed the plan to `detail`.
    Settings PlanChanged = "plan_changed";
    /// Changed which pages may embed the chat.
    Settings OriginsChanged = "origins_changed";
    /// Invited somebody to a role, `detail`.
    Team Invited = "invited";
    /// Took an invitation to a role, `detail`, back.
    Team InvitationTakenBack = "invitation_taken_back";
    /// Accepted an invitation to a role, `detail`.
    Team Joined = "joined";
    /// Added an agent, `about`, in a role, `detail`.
    Team AgentAdded = "agent_added";
    /// Removed an agent, `about`.
    Team AgentRemoved = "agent_removed";
    /// Gave a person, `about`, another role, `detail`.
    Team RoleChanged = "role_changed";
    /// Deactivated a person, `about`.
    Team Deactivated = "deactivated";
    /// Reactivated a person, `about`.
    Team Reactivated = "reactivated";
    /// Set the password of a person, `about`.
    Team PasswordSet = "password_set";
    /// Gave a person, `about`, another name, `detail`.
    Team PersonRenamed = "person_renamed";
    /// Ended sessions of a person, `about`.
    Team SignedOut = "signed_out";
    /// Added a bot, `about`.
    Bots BotAdded = "bot_added";
    /// Removed a bot, `about`.
    Bots BotRemoved = "bot_removed";
    /// Published a flow of a bot, `about`. `detail` is its version.
    Bots FlowPublished = "flow_published";
    /// Switched the flow of a bot, `about`, off.
    Bots FlowSwitchedOff = "flow_switched_off";
    /// Changed where a bot, `about`, greets.
    Bots GreetingChanged = "greeting_changed";
}

/// What deeds are about: the log can be read for one of these alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Sign-ins, and what agents change of their own accounts.
    Accounts,
    /// Visitors: blocked, exported, erased.
    Visitors,
    /// The settings.
    Settings,
    /// The people of the team.
    Team,
    /// The bots.
    Bots,
}

impl Topic {
    /// All topics.
    pub const ALL: [Topic; 5] =
        [Topic::Accounts, Topic::Visitors, Topic::Settings, Topic::Team, Topic::Bots];

    /// The name on the wire and in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Topic::Accounts => "accounts",
            Topic::Visitors => "visitors",
            Topic::Settings => "settings",
            Topic::Team => "team",
            Topic::Bots => "bots",
        }
    }

    /// The topic of this name.
    pub fn named(name: &str) -> Option<Topic> {
        Topic::ALL.into_iter().find(|topic| topic.as_str() == name)
    }
}

/// An entry of the audit log. Immutable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Entry {
    /// The number of the entry, by which the next page begins.
    pub id: u64,
    /// When it was done.
    pub at: Millis,
    /// Who did it, with the name of that time; absent for a command on the server, and for the server itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Member>,
    /// What was done.
    pub deed: Deed,
    /// To whom or what: see [`Deed`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// What else there is to say of it: see [`Deed`].
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

/// A page of the audit log. The answer to `GET …/audit`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditPage {
    /// The entries, the newest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins: its `before`. Absent if this is the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

from_json!(struct Entry { id, at, by: optional, deed, about: optional, detail: optional });
from_json!(
    struct AuditPage {
        entries: each,
        next: optional,
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_has_one_name() {
        for deed in Deed::ALL {
            let written = serde_json::to_string(deed).unwrap();
            assert_eq!(written, format!("{:?}", deed.as_str()));
            assert_eq!(serde_json::from_str::<Deed>(&written).unwrap(), *deed);
        }
        assert_eq!(serde_json::from_str::<Deed>("\"danced\"").unwrap(), Deed::Other);
        for topic in Topic::ALL {
            assert_eq!(Topic::named(topic.as_str()), Some(topic));
            assert!(Deed::ALL.iter().any(|deed| deed.topic() == topic));
        }
    }
}
