//! The pages of the settings: their order, addresses and titles.

use porchlight_protocol::rights::Right;

use crate::words::Word;

/// The address of the settings, which shows [`Page::FIRST`].
const SETTINGS: &str = "/dashboard/chat/settings";

/// A page of the settings. Its view is chosen in `settings.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Settings → Close Conversations.
    Closing,
    /// Settings → Live chat.
    LiveChat,
    /// Settings → Opening hours.
    Hours,
    /// Settings → E-mail.
    Mail,
    /// Settings → Bots.
    Bots,
    /// Settings → Texts.
    Texts,
    /// Settings → Team.
    Team,
    /// Settings → Visitors.
    Visitors,
    /// Settings → Privacy.
    Privacy,
    /// Settings → Audit log.
    Audit,
    /// Settings → Your account.
    Account,
}

/// What a page is called.
#[derive(Clone, Copy)]
pub struct Names {
    /// The last part of the address.
    pub path: &'static str,
    /// The title: of the tab, of the page, and of the document.
    pub title: Word,
    /// The line below the title.
    pub sub: Option<Word>,
    /// The words while the page is loaded.
    pub loading: Word,
    /// The words if the page could not be loaded.
    pub not_loaded: Word,
}

impl Page {
    /// All pages, in the order of their links: what visitors meet, what is known of them, the team, oneself.
    pub const ALL: [Page; 11] = [
        Page::Closing,
        Page::LiveChat,
        Page::Hours,
        Page::Mail,
        Page::Bots,
        Page::Texts,
        Page::Visitors,
        Page::Privacy,
        Page::Team,
        Page::Audit,
        Page::Account,
    ];

    /// The page to which *Settings* leads.
    pub const FIRST: Page = Page::ALL[0];

    /// What the page is called.
    pub fn names(self) -> Names {
        match self {
            Page::Closing => Names {
                path: "closing",
                title: Word::SettingsTitle,
                sub: Some(Word::SettingsSub),
                loading: Word::SettingsLoading,
                not_loaded: Word::SettingsNotLoaded,
            },
            Page::LiveChat => Names {
                path: "live-chat",
                title: Word::LiveChatTitle,
                sub: Some(Word::LiveChatSub),
                loading: Word::SettingsLoading,
                not_loaded: Word::SettingsNotLoaded,
            },
            Page::Hours => Names {
                path: "hours",
                title: Word::HoursTitle,
                sub: Some(Word::HoursSub),
                loading: Word::HoursLoading,
                not_loaded: Word::HoursNotLoaded,
            },
            Page::Mail => Names {
                path: "mail",
                title: Word::MailTitle,
                sub: Some(Word::MailSub),
                loading: Word::SettingsLoading,
                not_loaded: Word::SettingsNotLoaded,
            },
            Page::Bots => Names {
                path: "bots",
                title: Word::BotsTitle,
                sub: Some(Word::BotsSub),
                loading: Word::BotsLoading,
                not_loaded: Word::BotsNotLoaded,
            },
            Page::Texts => Names {
                path: "texts",
                title: Word::TextsTitle,
                sub: Some(Word::TextsSub),
                loading: Word::TextsLoading,
                not_loaded: Word::TextsNotLoaded,
            },
            Page::Team => Names {
                path: "team",
                title: Word::TeamTitle,
                sub: Some(Word::TeamSub),
                loading: Word::TeamLoading,
                not_loaded: Word::TeamNotLoaded,
            },
            Page::Visitors => Names {
                path: "visitors",
                title: Word::VisitorsTitle,
                sub: Some(Word::VisitorsSub),
                loading: Word::SettingsLoading,
                not_loaded: Word::SettingsNotLoaded,
            },
            Page::Privacy => Names {
                path: "privacy",
                title: Word::PrivacyTitle,
                sub: Some(Word::PrivacySub),
                loading: Word::SettingsLoading,
                not_loaded: Word::SettingsNotLoaded,
            },
            Page::Audit => Names {
                path: "audit",
                title: Word::AuditTitle,
                sub: Some(Word::AuditSub),
                loading: Word::AuditLoading,
                not_loaded: Word::AuditNotLoaded,
            },
            Page::Account => Names {
                path: "account",
                title: Word::AccountTitle,
                sub: Some(Word::AccountSub),
                loading: Word::SettingsLoading,
                not_loaded: Word::SettingsNotLoaded,
            },
        }
    }

    /// The right that it takes to see the page; `None` if everybody on the team may.
    pub fn needs(self) -> Option<Right> {
        (self == Page::Audit).then_some(Right::SeeAudit)
    }

    /// Whether a group of pages begins with this one: a gap stands before its link.
    pub fn begins_group(self) -> bool {
        matches!(self, Page::Visitors | Page::Team | Page::Account)
    }

    /// The page at an address without a slash at its end.
    pub fn at(address: &str) -> Option<Page> {
        match address.strip_prefix(SETTINGS)? {
            "" => Some(Page::FIRST),
            rest => {
                Page::ALL.into_iter().find(|page| rest.strip_prefix('/') == Some(page.names().path))
            }
        }
    }

    /// The address of the page.
    pub fn href(self) -> String {
        [SETTINGS, "/", self.names().path].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_has_an_address_of_its_own() {
        for page in Page::ALL {
            assert_eq!(Page::at(&page.href()), Some(page));
        }
        assert_eq!(Page::at(SETTINGS), Some(Page::FIRST));
        assert_eq!(Page::Closing.href(), "/dashboard/chat/settings/closing");
    }

    #[test]
    fn an_address_beside_them_is_no_page() {
        for address in ["settings/else", "settings/", "settings/closing/more", "settingsclosing"] {
            assert_eq!(Page::at(&["/dashboard/chat/", address].concat()), None, "{address}");
        }
    }
}
