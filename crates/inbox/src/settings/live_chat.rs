//! Settings → Live chat: whether visitors can write to the team, and whether they see what the team has seen.

pub mod view;

use porchlight_protocol::settings::Switch;

use crate::app::App;
use crate::settings::setting::Setting;

/// The settings of the page. Each is saved as it is switched.
#[derive(Clone, Copy)]
pub struct LiveChat {
    /// Visitors can write to the team.
    pub field: Setting<Switch>,
    /// Visitors see when the team has seen their last message.
    pub receipts: Setting<Switch>,
}

impl LiveChat {
    /// The settings, which ask what is saved.
    pub fn open(app: App) -> Self {
        LiveChat {
            field: Setting::open(app, "/settings/live-chat"),
            receipts: Setting::open(app, "/settings/read-receipts"),
        }
    }

    /// Both.
    pub fn all(self) -> [Setting<Switch>; 2] {
        [self.field, self.receipts]
    }

    /// Saves one of them. The bar then tells of this one alone.
    pub fn save(self, setting: Setting<Switch>, on: bool) {
        self.all().into_iter().for_each(Setting::rest);
        setting.save(Switch { on });
    }
}
