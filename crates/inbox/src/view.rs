//! The views: they read signals and call functions of [`App`] and [`Gate`], nothing else.

mod composer;
mod desk;
mod dialog;
mod entry;
pub(crate) mod focus;
mod frame;
mod help;
mod icon;
mod item;
mod keyboard;
mod language;
mod list;
mod log;
mod menu;
mod message;
mod more;
mod notifications;
mod parts;
mod person;
mod pick;
mod presence;
mod preview;
mod settings;
mod sheet;
mod sites;
mod standing;
mod talk;
mod toast;

use leptos::prelude::*;

use crate::app::App;
use crate::entry::{join, setup};
use crate::gate::{Gate, Stage};

/// The sign-in, or the inbox of the signed-in agent.
pub fn gate(gate: Gate) -> impl IntoView {
    keyboard::guard(gate);
    move || match gate.stage.get() {
        Stage::Opening => ().into_any(),
        Stage::Unreachable => {
            let retry = entry::unreachable_server(move || gate.retry());
            view! { <main class="signin">{retry}</main> }.into_any()
        }
        Stage::SignedOut { lost } => entry::signin::signin(gate, lost).into_any(),
        Stage::SettingUp => entry::setup::setup(setup::Setup::open(gate)).into_any(),
        Stage::Invited => entry::join::join(join::open(gate)).into_any(),
        Stage::SignedIn(session) => frame::frame(App::start(gate, *session)).into_any(),
    }
}
