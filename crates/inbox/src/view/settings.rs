//! The pages of the settings, in a frame that is the same for all.

mod account;
mod audit;
mod bots;
mod closing;
mod copy;
mod frame;
mod guard;
mod hours;
mod language;
mod live_chat;
mod locked;
mod notice;
mod options;
mod period;
mod privacy;
mod problem;
mod savebar;
mod second_factor;
mod switch;
mod tabs;
mod team;
mod texts;

use leptos::prelude::*;

pub use account::{password_field, password_hint, value};
pub use copy::copy_field;

use crate::app::App;
use crate::settings_page::Page;

/// The view of a page.
pub fn settings(app: App, page: Page) -> AnyView {
    // For the tabs, which show what the agent may see.
    provide_context(app);
    match page {
        Page::Closing => closing::closing(app).into_any(),
        Page::LiveChat => live_chat::live_chat(app).into_any(),
        Page::Hours => hours::hours(app).into_any(),
        Page::Bots => bots::bots(app).into_any(),
        Page::Texts => texts::texts(app).into_any(),
        Page::Team => team::team(app).into_any(),
        Page::Privacy => privacy::privacy(app).into_any(),
        Page::Audit => audit::audit(app).into_any(),
        Page::Account => account::account(app).into_any(),
    }
}
