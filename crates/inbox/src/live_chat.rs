//! Settings → Live chat: whether visitors can write to the team.

use leptos::prelude::*;
use porchlight_browser::Method;
use porchlight_client::Failure;
use porchlight_protocol::ErrorCode;
use porchlight_protocol::settings::LiveChat;
use porchlight_protocol::wire::Role;
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::text;
use crate::words::{Word, say};

/// The path in the API.
const PATH: &str = "/settings/live-chat";

/// The state of the last load or save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// No save yet.
    Idle,
    /// The request is in flight.
    Busy,
    /// Saved.
    Saved,
    /// Failed, for this reason.
    Failed(String),
}

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct LiveChatPage {
    /// True if live chat is on, as it is saved; `None` before that is known.
    pub on: RwSignal<Option<bool>>,
    /// The state of the last load or save.
    pub state: RwSignal<Saving>,
    /// True if the agent is an admin.
    pub may_change: bool,
    app: App,
}

impl LiveChatPage {
    /// The page, which asks what is saved.
    pub fn open(app: App) -> Self {
        let page = LiveChatPage {
            on: RwSignal::new(None),
            state: RwSignal::new(Saving::Idle),
            may_change: app.session.with_value(|session| session.role == Role::Admin),
            app,
        };
        page.load();
        page
    }

    /// Asks what is saved.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get::<LiveChat>(PATH).await;
            self.answered(answer, Saving::Idle);
        });
    }

    /// Switches live chat on or off, at once.
    pub fn switch(self, on: bool) {
        let Some(api) = self.app.api().filter(|_| self.may_change) else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.send::<_, LiveChat>(Method::PUT, PATH, &LiveChat { on }).await;
            self.answered(answer, Saving::Saved);
        });
    }

    fn answered(self, answer: Result<LiveChat, Failure>, state: Saving) {
        if self.on.is_disposed() {
            return;
        }
        let why = match answer {
            Ok(LiveChat { on }) => {
                self.on.set(Some(on));
                return self.state.set(state);
            }
            Err(Failure::Refused(error)) => match error.code {
                ErrorCode::SignInRequired | ErrorCode::CsrfTokenInvalid => {
                    self.state.set(Saving::Idle);
                    return self.app.gate.lost();
                }
                code => text::error_code(code),
            },
            Err(_) => Word::LinkUnreachable,
        };
        self.state.set(Saving::Failed(say(why)));
        // The switch stands where it did.
        self.on.update(|_| {});
    }
}
