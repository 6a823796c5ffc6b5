//! The agents' inbox: sign-in, the list of conversations, one conversation, settings.
//!
//! A thin shell around [`porchlight_client::Machine`]: [`frame::gate`] knows who is signed in, [`sync`] turns the
//! machine's changes into signals, and the views read these. Whatever happens enters by a function call on
//! [`app::App`], never through a signal.
//!
//! Each feature is a folder with its model, what the agent does in it, its words, and its views (`view`).

mod app;
mod entry;
mod frame;
mod list;
mod person;
mod settings;
mod sync;
mod talk;
mod text;
mod ui;
mod words;

use leptos::prelude::*;

use crate::app::App;
use crate::frame::gate::{Gate, Stage};
use crate::frame::keyboard;

fn main() {
    mount_to_body(|| gate(Gate::open()));
}

/// The sign-in, or the inbox of the signed-in agent.
fn gate(gate: Gate) -> impl IntoView {
    keyboard::guard(gate);
    move || match gate.stage.get() {
        Stage::Opening => ().into_any(),
        Stage::Unreachable => {
            let retry = entry::view::unreachable_server(move || gate.retry());
            view! { <main class="signin">{retry}</main> }.into_any()
        }
        Stage::SignedOut { lost } => entry::signin::signin(gate, lost).into_any(),
        Stage::SettingUp => entry::setup::view::setup(entry::setup::Setup::open(gate)).into_any(),
        Stage::Invited => entry::join::view::join(entry::join::open(gate)).into_any(),
        Stage::SignedIn(session) => frame::view::frame(App::start(gate, *session)).into_any(),
    }
}
