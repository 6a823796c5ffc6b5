//! The state of notifications.

use leptos::prelude::*;
use porchlight_browser::Timeout;
use porchlight_protocol::Member;

use super::notification::{BrowserNotifications, Permission};
use super::notifier::Notifier;
use super::quiet::Quiet;
use crate::frame::prefs::{self, NotificationPrefs};

/// How the agent is called.
#[derive(Clone, Copy)]
pub struct NotificationsState {
    /// The switches of the panel *Notifications*.
    pub prefs: RwSignal<NotificationPrefs>,
    /// *Do not disturb*, begun last. It may have ended: see [`App::quiet`](crate::app::App::quiet).
    pub quiet: RwSignal<Option<Quiet>>,
    /// True while that panel is shown.
    pub shown: RwSignal<bool>,
    /// The browser's permission for desktop notifications.
    pub permission: RwSignal<Permission>,
    /// A counter of the browser's answers to the request for it.
    pub asked_desktop: RwSignal<u32>,
    /// True while the browser locks the sound, until the first click or key.
    pub muted: RwSignal<bool>,
    pub(crate) notifier: StoredValue<Notifier>,
    pub(crate) timer: StoredValue<Option<Timeout>, LocalStorage>,
    pub(crate) browser: StoredValue<Option<BrowserNotifications>, LocalStorage>,
}

impl NotificationsState {
    /// The state at the start.
    pub fn begin(tab: u32, me: &Member) -> Self {
        Self {
            prefs: RwSignal::new(prefs::notifications(&me.id)),
            quiet: RwSignal::new(prefs::quiet(&me.id)),
            shown: RwSignal::new(false),
            permission: RwSignal::new(Permission::now()),
            asked_desktop: RwSignal::new(0),
            muted: RwSignal::new(true),
            notifier: StoredValue::new(Notifier::new(tab, me.clone())),
            timer: StoredValue::new_local(None),
            browser: StoredValue::new_local(None),
        }
    }
}
