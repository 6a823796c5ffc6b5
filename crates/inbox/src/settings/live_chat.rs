//! Settings → Live chat: whether visitors can write to the team, and whether they see what the team has seen.

pub mod own;
mod own_view;
pub mod questions;
pub mod view;

use leptos::prelude::*;
use porchlight_protocol::questions::Questions;
use porchlight_protocol::replace::Replace;
use porchlight_protocol::settings::Switch;

use crate::app::App;
use crate::settings::live_chat::own::Own;
use crate::settings::setting::Setting;

/// The settings of the page. Each is saved as it is switched.
#[derive(Clone, Copy)]
pub struct LiveChat {
    /// Visitors can write to the team.
    pub field: Setting<Switch>,
    /// Visitors can leave messages while live chat is off.
    pub messages: Setting<Switch>,
    /// Visitors see when the team has seen their last message.
    pub receipts: Setting<Switch>,
    /// What live chats ask.
    pub questions: Setting<Questions>,
    /// Those of the site's own.
    pub own: Own,
}

impl LiveChat {
    /// The settings, which ask what is saved.
    pub fn open(app: App) -> Self {
        LiveChat {
            field: Setting::open(app, "/settings/live-chat"),
            messages: Setting::open(app, "/settings/messages"),
            receipts: Setting::open(app, "/settings/read-receipts"),
            questions: Setting::open(app, "/settings/questions"),
            own: Own::new(),
        }
    }

    /// The switches.
    pub fn switches(self) -> [Setting<Switch>; 3] {
        [self.field, self.messages, self.receipts]
    }

    /// True once all of it is known.
    pub fn is_there(self) -> bool {
        self.switches().into_iter().all(Setting::is_there) && self.questions.is_there()
    }

    /// True if something of it can't be loaded, or was not saved.
    pub fn has_failed(self) -> bool {
        self.switches().into_iter().any(Setting::has_failed) || self.questions.has_failed()
    }

    /// Asks what is saved.
    pub fn load(self) {
        self.switches().into_iter().for_each(Setting::load);
        self.questions.load();
    }

    /// Saves a switch. The bar then tells of this one alone.
    pub fn save(self, setting: Setting<Switch>, on: bool) {
        self.rest();
        setting.save(Switch { on });
    }

    /// Saves other questions than those that are saved, in whose place they come.
    pub fn ask(self, change: impl FnOnce(Questions) -> Questions) {
        let Some(seen) = self.questions.saved.get_untracked() else { return };
        self.rest();
        self.questions.save(Replace { value: change(seen.clone()), seen: Some(seen) });
    }

    fn rest(self) {
        self.switches().into_iter().for_each(Setting::rest);
        self.questions.rest();
    }
}
