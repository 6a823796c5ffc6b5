//! The views: they read signals and call functions of [`App`] and [`Gate`], nothing else.

mod composer;
mod desk;
mod dialog;
pub(crate) mod focus;
mod frame;
mod help;
mod icon;
mod item;
mod join;
mod keyboard;
mod language;
mod list;
mod log;
mod menu;
mod message;
mod notifications;
mod parts;
mod pick;
mod presence;
mod preview;
mod settings;
mod setup;
mod sheet;
mod signin;
mod standing;
mod talk;
mod toast;

use leptos::prelude::*;

use crate::app::App;
use crate::gate::{Gate, Stage};
use crate::join::Join;
use crate::setup::Setup;
use crate::words::{Word, say};
use parts::blank;

/// The sign-in, or the inbox of the signed-in agent.
pub fn gate(gate: Gate) -> impl IntoView {
    keyboard::guard(gate);
    move || match gate.stage.get() {
        Stage::Opening => ().into_any(),
        Stage::Unreachable => unreachable_server(gate).into_any(),
        Stage::SignedOut { lost } => signin::signin(gate, lost).into_any(),
        Stage::SettingUp => setup::setup(Setup::open(gate)).into_any(),
        Stage::Invited => join::join(Join::open(gate)).into_any(),
        Stage::SignedIn(session) => frame::frame(App::start(gate, *session)).into_any(),
    }
}

fn unreachable_server(gate: Gate) -> impl IntoView {
    view! {
        <main class="signin">
            <div class="signin__card blank" role="alert">
                {blank(icon::OFF, Word::FrameNotLoaded, Word::LinkUnreachable)}
                <button class="btn" type="button" on:click=move |_| gate.retry()>
                    {say(Word::ActRetry)}
                </button>
            </div>
        </main>
    }
}
