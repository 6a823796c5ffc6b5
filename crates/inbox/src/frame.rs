//! What stands around every page: who is signed in, the address, the rail, the keyboard, toasts, notifications, and whether the agent is there.

pub mod gate;
pub mod go;
pub mod help;
pub mod keyboard;
pub mod keys;
pub mod language;
pub mod notifications;
pub mod out;
pub mod pictures;
pub mod prefs;
pub mod presence;
pub mod questions;
pub mod route;
pub mod sites;
pub mod toast;
pub mod view;
