//! The agents' inbox: sign-in, the list of conversations, one conversation, settings.
//!
//! A thin shell around [`porchlight_client::Machine`]: [`gate`] knows who is signed in, [`shell`]
//! turns the machine's changes into signals, [`view`] shows them. Whatever happens enters by a
//! function call on [`app::App`], never through a signal.

mod account;
mod app;
mod audit;
mod bots;
mod bulk;
mod channel;
mod closing;
mod density;
mod draft;
mod entry;
mod gate;
mod hours;
mod idle;
mod item;
mod keep;
mod keys;
mod lines;
mod listing;
mod live_chat;
mod notification;
mod notifier;
mod person;
mod prefs;
mod privacy;
mod route;
mod select;
mod setting;
mod settings_page;
mod shell;
mod sites;
mod team;
mod text;
mod texts;
mod typing;
mod view;
mod words;

use leptos::prelude::*;

fn main() {
    mount_to_body(|| view::gate(gate::Gate::open()));
}
