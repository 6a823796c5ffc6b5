//! Settings → Live chat: whether visitors can write to the team.

use porchlight_protocol::settings::LiveChat;

use crate::app::App;
use crate::setting::Setting;

/// The path in the API.
const PATH: &str = "/settings/live-chat";

/// The setting, which asks what is saved.
pub fn open(app: App) -> Setting<LiveChat> {
    Setting::open(app, PATH)
}
