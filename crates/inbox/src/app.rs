//! What the views hold: signals to read, and functions for what the agent does.

mod converse;
mod go;
mod many;
mod notifications;
mod out;
mod state;
mod taken;
mod undo;
mod write;

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use porchlight_browser::storage::Outbox;
use porchlight_browser::{Api, Driver, Identity, Timeout, time};
use porchlight_client::inbox::Folders;
use porchlight_client::{Command, Input, Link, Machine, Me};
use porchlight_protocol::wire::Session;
use porchlight_protocol::{ClientId, ConversationId, Counts, Member, Millis, Sort};

use crate::bulk::Progress;
use crate::draft::Field;
use crate::gate::Gate;
use crate::listing::PageState;
use crate::notification::{BrowserNotifications, Permission};
use crate::notifier::Notifier;
use crate::prefs::{self, NotificationPrefs};
use crate::route::Route;
use crate::select::Selection;
use crate::shell::InboxShell;
use crate::text;
use many::Runs;
use porchlight_client::hold::Hold;
use state::Seen;
pub use state::{Closing, Fill, Item, Line, LinkView, Mode, Talk, TalkState, Toast};

/// How long the live region keeps its words: longer than any screen reader takes to come to them.
const SAID_STAYS: Duration = Duration::from_secs(12);

/// The inbox of the agent who is signed in, as the views know it. Only [`crate::shell`],
/// [`crate::listing`] and the functions here write to the signals.
#[derive(Clone, Copy)]
pub struct App {
    /// Who is signed in.
    pub session: StoredValue<Session>,
    /// Where the agent is.
    pub route: RwSignal<Route>,
    /// The connection.
    pub link: RwSignal<LinkView>,
    /// How much is in the folders.
    pub counts: RwSignal<Counts>,
    /// The folder that is listed.
    pub items: RwSignal<Vec<Item>>,
    /// The order of *Unassigned*.
    pub sort: RwSignal<Sort>,
    /// The row of the list that had the focus last: the way in for the Tab key.
    pub row: RwSignal<Option<ConversationId>>,
    /// How much of it is there.
    pub page: RwSignal<PageState>,
    /// What is known of the open conversation beside its lines.
    pub talk: RwSignal<Option<Talk>>,
    /// The open conversation's lines.
    pub lines: RwSignal<Vec<Line>>,
    /// The end of the transcript is in view.
    pub at_end: RwSignal<bool>,
    /// Something has come below what is in view.
    pub below: RwSignal<bool>,
    /// For whom the agent writes.
    pub field: RwSignal<Field>,
    /// How much stands in the field for the visitor.
    pub reply_fill: RwSignal<Fill>,
    /// How much stands in the field for notes.
    pub note_fill: RwSignal<Fill>,
    /// Grows when a draft was changed by something else than the field.
    pub restored: RwSignal<u32>,
    /// Why the last act in the open conversation was refused.
    pub trouble: RwSignal<Option<String>>,
    /// Why the field went while the agent was writing in it.
    pub taken: RwSignal<Option<String>>,
    /// The agent is asked again before closing.
    pub asked: RwSignal<Option<Closing>>,
    /// What is selected of the list.
    pub selection: RwSignal<Selection>,
    /// How far an act on the selected ones is, while it runs.
    pub progress: RwSignal<Option<Progress>>,
    /// Why the ones that are selected now were left out of the last such act.
    pub problems: RwSignal<Option<String>>,
    /// What has been done, and can be undone.
    pub toast: RwSignal<Option<Toast>>,
    /// The sheet of shortcuts is shown.
    pub help: RwSignal<bool>,
    /// The switches of the panel *Notifications*.
    pub notification_prefs: RwSignal<NotificationPrefs>,
    /// The panel is open.
    pub notifications_shown: RwSignal<bool>,
    /// The browser's permission for desktop notifications.
    pub permission: RwSignal<Permission>,
    /// Grows with each answer of the browser to the question for it.
    pub asked_desktop: RwSignal<u32>,
    /// The sound is locked: nobody has clicked or typed yet.
    pub muted: RwSignal<bool>,
    /// Keys without Ctrl or ⌘ act.
    pub single_keys: RwSignal<bool>,
    /// The agent is asked before unsaved settings are left for this place.
    pub leaving: RwSignal<Option<Route>>,
    /// The agent is asked before what they have not sent is removed with the session: so many texts.
    pub signing_out: RwSignal<Option<usize>>,
    /// What a screen reader is told. One live region for the whole inbox.
    pub said: RwSignal<String>,
    /// Grows when the site's plan or settings may have changed.
    pub site_changes: RwSignal<u32>,
    /// The time, for what is shown as so long ago.
    pub now: RwSignal<Millis>,
    /// Settings with unsaved changes are on the screen.
    pub unsaved: StoredValue<Option<Memo<bool>>>,
    /// Who is signed in, and the way out.
    pub gate: Gate,
    driver: StoredValue<Option<Driver>, LocalStorage>,
    notifier: StoredValue<Notifier>,
    notifier_timer: StoredValue<Option<Timeout>, LocalStorage>,
    browser_notifications: StoredValue<Option<BrowserNotifications>, LocalStorage>,
    /// What each folder holds.
    pub(crate) folders: StoredValue<Folders>,
    /// The counts will be asked for.
    pub(crate) counting: StoredValue<bool>,
    /// Whether somebody is at the rows of the list.
    pub(crate) hold: StoredValue<Hold>,
    /// It will be looked whether held rows may move.
    pub(crate) holding: StoredValue<bool>,
    /// The last of the open conversation that was in view.
    seen: StoredValue<Seen>,
    /// The closing that was asked for last.
    closing: StoredValue<Option<Closing>>,
    /// Closings of this agent that are on their way: the act or the text, and where.
    closings: StoredValue<Vec<(ClientId, ConversationId)>>,
    /// Acts on many conversations that are on their way.
    runs: StoredValue<Runs>,
    toasts: StoredValue<u32>,
    /// Counts what a screen reader was told, so that each is cleared in its own time.
    sayings: StoredValue<u32>,
    /// Something was asked for in the open conversation since this was looked at last.
    acted: StoredValue<bool>,
}

impl App {
    /// The inbox of this agent. It connects at once.
    pub fn start(gate: Gate, session: Session) -> Self {
        let route = go::current();
        let app = App {
            session: StoredValue::new(session.clone()),
            route: RwSignal::new(route),
            link: RwSignal::new(LinkView { link: Link::Connecting, offline: false, fault: None }),
            counts: RwSignal::default(),
            items: RwSignal::default(),
            sort: RwSignal::new(prefs::sort(&session.agent.id)),
            row: RwSignal::new(None),
            page: RwSignal::new(PageState::Loading),
            talk: RwSignal::new(None),
            lines: RwSignal::default(),
            at_end: RwSignal::new(true),
            below: RwSignal::new(false),
            field: RwSignal::new(Field::Reply),
            reply_fill: RwSignal::new(Fill::Empty),
            note_fill: RwSignal::new(Fill::Empty),
            restored: RwSignal::new(0),
            trouble: RwSignal::new(None),
            taken: RwSignal::new(None),
            asked: RwSignal::new(None),
            selection: RwSignal::default(),
            progress: RwSignal::new(None),
            problems: RwSignal::new(None),
            toast: RwSignal::new(None),
            help: RwSignal::new(false),
            notification_prefs: RwSignal::new(prefs::notifications(&session.agent.id)),
            notifications_shown: RwSignal::new(false),
            permission: RwSignal::new(Permission::now()),
            asked_desktop: RwSignal::new(0),
            muted: RwSignal::new(true),
            single_keys: RwSignal::new(prefs::single_keys(&session.agent.id)),
            leaving: RwSignal::new(None),
            signing_out: RwSignal::new(None),
            said: RwSignal::new(text::LOADING_LIST.to_owned()),
            site_changes: RwSignal::new(0),
            now: RwSignal::new(time::now()),
            unsaved: StoredValue::new(None),
            gate,
            driver: StoredValue::new_local(None),
            notifier: StoredValue::new(Notifier::new(tab(), session.agent.clone())),
            notifier_timer: StoredValue::new_local(None),
            browser_notifications: StoredValue::new_local(None),
            folders: StoredValue::new(Folders::new(session.agent.clone())),
            counting: StoredValue::default(),
            hold: StoredValue::default(),
            holding: StoredValue::default(),
            seen: StoredValue::default(),
            closing: StoredValue::new(None),
            closings: StoredValue::default(),
            runs: StoredValue::default(),
            toasts: StoredValue::default(),
            sayings: StoredValue::default(),
            acted: StoredValue::new(false),
        };
        let channel = ["porchlight:", session.agent.id.as_str()].concat();
        let browser = BrowserNotifications::open(&channel, move |text| {
            if !app.is_over() {
                app.receive_from_tabs(&text);
            }
        });
        app.browser_notifications.set_value(Some(browser));
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
        app
    }

    /// The views of this inbox are gone: somebody else's may stand there.
    pub(crate) fn is_over(self) -> bool {
        self.route.is_disposed()
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

    /// Looks into the machine and shows what is there. Nothing may be dispatched meanwhile.
    pub(crate) fn look(self, look: impl FnOnce(&InboxShell, &Machine)) {
        if let Some(driver) = self.driver.try_get_value().flatten() {
            driver.read(|machine| look(&InboxShell { app: self }, machine));
        }
    }

    fn command(self, command: Command) {
        self.dispatch(Input::Command(command));
    }

    fn open_id(self) -> Option<ConversationId> {
        self.route.with_untracked(|route| route.open().cloned())
    }

    /// Tells a screen reader. After a while nothing stands there any more, for who reads the page line
    /// by line, or copies it.
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

    /// Tries to connect, and what failed, now.
    pub fn reconnect(self) {
        self.dispatch(Input::Command(Command::TryNow));
    }

    /// Loads the inbox again, as a new page.
    pub fn reload(self) {
        let _ = window().location().reload();
    }

    /// Shows the sheet of shortcuts, or puts it away.
    pub fn show_help(self, shown: bool) {
        self.help.set(shown);
    }

    /// Lets keys without Ctrl or ⌘ act, or not.
    pub fn set_single_keys(self, on: bool) {
        prefs::set_single_keys(&self.me().id, on);
        self.single_keys.set(on);
    }

    /// Time has passed.
    pub fn tick(self) {
        self.now.set(time::now());
    }
}

/// A number for this tab among the agent's.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is within range")]
fn tab() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}
