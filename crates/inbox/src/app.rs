//! The state of the inbox: signals that the views read, and functions for what the agent does.

mod state;

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use porchlight_browser::storage::Outbox;
use porchlight_browser::{Api, Driver, Identity, time};
use porchlight_client::{Command, Input, Link, Machine, Me};
use porchlight_protocol::rights::Right;
use porchlight_protocol::wire::Session;
use porchlight_protocol::{ConversationId, Member, Millis};

pub use crate::app::state::{
    Closing, Fill, Item, Line, LinkView, Mode, Talk, TalkState, Toast, Undo,
};
pub(crate) use crate::app::state::{Handing, Seen};
use crate::frame::gate::Gate;
use crate::frame::notifications::notification::BrowserNotifications;
use crate::frame::notifications::state::NotificationsState;
use crate::frame::pictures::Pictures;
use crate::frame::prefs;
use crate::frame::presence::idle::Idle;
use crate::frame::route::Route;
use crate::list::density::Density;
use crate::list::state::ListState;
pub use crate::person::standing::path as visitor_path;
use crate::person::state::VisitorsState;
use crate::settings::state::SettingsState;
use crate::sync::InboxShell;
use crate::talk::state::{ActsState, ComposerState, Transcript};
use crate::words::{Word, say};

/// How long the live region keeps its text: longer than any screen reader takes to reach it.
const SAID_STAYS: Duration = Duration::from_secs(12);

/// The state of the inbox of the signed-in agent, by what shows it. Only [`crate::sync`], [`crate::list::listing`] and
/// the functions of `App` write to the signals.
#[derive(Clone, Copy)]
pub struct App {
    /// The session: the agent and the site.
    pub session: StoredValue<Session>,
    /// The place that the URL shows.
    pub route: RwSignal<Route>,
    /// The connection.
    pub link: RwSignal<LinkView>,
    /// The open conversation, apart from its lines.
    pub talk: RwSignal<Option<Talk>>,
    /// The list: its folder, rows and selection.
    pub list: ListState,
    /// The open conversation's transcript.
    pub transcript: Transcript,
    /// The field under it.
    pub composer: ComposerState,
    /// What the agent does with the open conversation.
    pub acts: ActsState,
    /// How the agent is called.
    pub notifications: NotificationsState,
    /// The settings, and what changes them from elsewhere.
    pub settings: SettingsState,
    /// What is known of visitors, and where it is shown.
    pub visitors: VisitorsState,
    /// The toast about the last act, with its undo.
    pub toast: RwSignal<Option<Toast>>,
    /// True while the sheet of shortcuts is shown.
    pub help: RwSignal<bool>,
    /// True if the agent has said to be away.
    pub away: RwSignal<bool>,
    /// True while the choice of languages is shown.
    pub languages_shown: RwSignal<bool>,
    /// True if shortcuts without Ctrl or ⌘ are on.
    pub single_keys: RwSignal<bool>,
    /// The number of unsent texts, while the agent is asked to confirm the sign-out that removes them.
    pub signing_out: RwSignal<Option<usize>>,
    /// The text of the live region. There is one for the whole inbox.
    pub said: RwSignal<String>,
    /// A counter of welcomes.
    pub welcomes: RwSignal<u32>,
    /// True if the agent has other sites, too.
    pub has_sites: RwSignal<bool>,
    /// The agent's name.
    pub name: RwSignal<String>,
    /// The pictures of the team's agents.
    pub pictures: RwSignal<Pictures>,
    /// The current time, for relative times such as `5 min`.
    pub now: RwSignal<Millis>,
    /// The sign-in state, for the sign-out.
    pub gate: Gate,
    pub(crate) driver: StoredValue<Option<Driver>, LocalStorage>,
    /// Whether the inbox is idle.
    pub(crate) idle: StoredValue<Idle>,
    pub(crate) toasts: StoredValue<u32>,
    /// A counter of announcements, so that a timer clears only its own.
    pub(crate) sayings: StoredValue<u32>,
}

impl App {
    /// The state for this agent. Connects at once.
    pub fn start(gate: Gate, session: Session) -> Self {
        let route = crate::frame::go::current();
        let talk = RwSignal::new(None::<Talk>);
        let app = App {
            session: StoredValue::new(session.clone()),
            route: RwSignal::new(route),
            link: RwSignal::new(LinkView { link: Link::Connecting, offline: false, fault: None }),
            talk,
            toast: RwSignal::new(None),
            help: RwSignal::new(false),
            away: RwSignal::new(session.presence.away),
            languages_shown: RwSignal::new(false),
            single_keys: RwSignal::new(prefs::single_keys(&session.agent.id)),
            signing_out: RwSignal::new(None),
            said: RwSignal::new(say(Word::ListLoading)),
            welcomes: RwSignal::new(0),
            has_sites: RwSignal::new(false),
            name: RwSignal::new(session.agent.name.clone()),
            pictures: RwSignal::default(),
            now: RwSignal::new(time::now()),
            gate,
            driver: StoredValue::new_local(None),
            idle: StoredValue::new(Idle::new(time::local(), session.presence.idle)),
            toasts: StoredValue::default(),
            sayings: StoredValue::default(),
            list: ListState::begin(&session.agent),
            transcript: Transcript::new(),
            composer: ComposerState::new(),
            acts: ActsState::new(),
            notifications: NotificationsState::begin(tab(), &session.agent),
            settings: SettingsState::new(),
            visitors: VisitorsState::begin(&session.agent, talk),
        };
        let channel = ["porchlight:", session.agent.id.as_str()].concat();
        let browser = BrowserNotifications::open(&channel, move |text| {
            if !app.is_over() {
                app.receive_from_tabs(&text);
            }
        });
        app.notifications.browser.set_value(Some(browser));
        let outbox = Outbox::new(session.agent.id.as_str());
        let api = Rc::new(Api::new(Identity::Agent { csrf: session.csrf }));
        let machine = Machine::new(Me::Agent(session.agent));
        let driver = Driver::new(machine, api, outbox, Box::new(InboxShell { app }));
        app.driver.set_value(Some(driver.clone()));
        driver.boot(true);
        if let Some(id) = app.open_id() {
            app.take_up_drafts(&id);
        }
        app.arrived();
        app.touched();
        app
    }

    /// True if the views of this inbox have been disposed of, such as after a sign-out.
    pub(crate) fn is_over(self) -> bool {
        self.route.is_disposed()
    }

    /// The agent has got another name.
    pub fn renamed(self, name: &str) {
        self.session.update_value(|session| name.clone_into(&mut session.agent.name));
        self.name.set(name.to_owned());
    }

    /// True if the agent has this right.
    pub fn may(self, right: Right) -> bool {
        self.session.with_value(|session| session.role.may(right))
    }

    pub(crate) fn me(self) -> Member {
        self.session.with_value(|session| session.agent.clone())
    }

    pub(crate) fn api(self) -> Option<Rc<Api>> {
        self.driver.with_value(|driver| driver.as_ref().map(|driver| driver.api().clone()))
    }

    pub(crate) fn dispatch(self, input: Input) {
        if let Some(driver) = self.driver.try_get_value().flatten() {
            driver.dispatch(input);
        }
    }

    /// Calls `look` with the machine, to update signals. `look` must not dispatch.
    pub(crate) fn look(self, look: impl FnOnce(&InboxShell, &Machine)) {
        if let Some(driver) = self.driver.try_get_value().flatten() {
            driver.read(|machine| look(&InboxShell { app: self }, machine));
        }
    }

    pub(crate) fn command(self, command: Command) {
        self.dispatch(Input::Command(command));
    }

    pub(crate) fn open_id(self) -> Option<ConversationId> {
        self.route.with_untracked(|route| route.open().cloned())
    }

    /// Announces a text in the live region. Cleared after a while, so that it is not read or copied with the
    /// page.
    pub fn say(self, what: impl Into<String>) {
        let what = what.into();
        let number = self.sayings.get_value().wrapping_add(1);
        self.sayings.set_value(number);
        let clears = !what.is_empty();
        self.said.set(what);
        let clear = move || {
            if self.sayings.try_get_value() == Some(number) {
                self.said.try_set(String::new());
            }
        };
        if clears {
            set_timeout(clear, SAID_STAYS);
        }
    }

    /// Announces one of the inbox's own words.
    pub fn say_word(self, what: Word) {
        self.say(say(what));
    }

    /// Reconnects and retries failed requests at once, without back-off.
    pub fn reconnect(self) {
        self.dispatch(Input::Command(Command::TryNow));
    }

    /// Reloads the page.
    pub fn reload(self) {
        let _ = window().location().reload();
    }

    /// Shows or hides the sheet of shortcuts.
    pub fn show_help(self, shown: bool) {
        self.help.set(shown);
    }

    /// Shows or hides the choice of languages.
    pub fn show_languages(self, shown: bool) {
        self.languages_shown.set(shown);
    }

    /// Chooses the language of the inbox, and loads the page anew: its words come with its document. Drafts and
    /// unsent messages are in the browser's storage by then; unsaved settings ask before.
    pub fn choose_language(self, tag: &str) {
        prefs::set_language(tag);
        self.reload();
    }

    /// Switches shortcuts without Ctrl or ⌘ on or off.
    pub fn set_single_keys(self, on: bool) {
        prefs::set_single_keys(&self.me().id, on);
        self.single_keys.set(on);
    }

    /// Chooses the room of the list's rows.
    pub fn set_density(self, density: Density) {
        prefs::set_density(&self.me().id, density);
        self.list.density.set(density);
    }

    /// Follows the room that another tab has chosen.
    pub(crate) fn density_changed(self, slot: &str) {
        let me = self.me().id;
        if slot == prefs::density_slot(&me) {
            self.list.density.set(prefs::density(&me));
        }
    }

    /// Updates the time, and what follows from it.
    pub fn tick(self) {
        self.now.set(time::now());
        self.look_at_idleness();
    }
}

/// A random number that identifies this tab among the agent's.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within range")]
fn tab() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}
