//! The pages of the settings, in a frame that is the same for all.

pub mod account;
pub mod audit;
pub mod bots;
pub mod channel;
pub mod closing;
mod frame;
mod guard;
pub mod hours;
pub mod live_chat;
pub mod mail;
mod nav;
pub mod page;
pub mod privacy;
mod problem;
mod savebar;
pub mod setting;
pub mod state;
pub mod team;
pub mod texts;
pub mod visitors;

use leptos::prelude::*;

pub use crate::settings::account::view::{password_field, password_hint, value};
pub use crate::ui::copy::copy_field;

use crate::app::App;
use crate::settings::page::Page;

/// A page, and the links to all of them.
pub fn settings(app: App, page: Page) -> impl IntoView {
    view! { <div class="pages">{nav::nav(app, page)} {page_view(app, page)}</div> }
}

fn page_view(app: App, page: Page) -> AnyView {
    match page {
        Page::Closing => closing::view::closing(app).into_any(),
        Page::LiveChat => live_chat::view::live_chat(app).into_any(),
        Page::Hours => hours::view::hours(app).into_any(),
        Page::Mail => mail::view::mail(app).into_any(),
        Page::Bots => bots::view::bots(app).into_any(),
        Page::Texts => texts::view::texts(app).into_any(),
        Page::Team => team::view::team(app).into_any(),
        Page::Visitors => visitors::view::visitors(app).into_any(),
        Page::Privacy => privacy::view::privacy(app).into_any(),
        Page::Audit => audit::view::audit(app).into_any(),
        Page::Account => account::view::account(app).into_any(),
    }
}
