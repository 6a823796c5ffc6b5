//! The state of the inbox: signals that the views read, and functions for what the agent does.

mod state;

use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use porchlight_browser::storage::Outbox;
use porchlight_browser::{Api, Driver, Identity, Timeout, time};
use porchlight_client::inbox::Folders;
use porchlight_client::window::Window;
use porchlight_client::{Command, Input, Link, Machine, Me, RowKey};
use porchlight_protocol::person::VisitorRecord;
use porchlight_protocol::privacy::Standing;
use porchlight_protocol::rights::Right;
use porchlight_protocol::team::Person;
use porchlight_protocol::wire::Session;
use porchlight_protocol::{ClientId, ConversationId, Counts, Member, Millis, Sort, VisitorId};
use web_sys::Blob;

pub use crate::app::state::{
    Closing, Fill, Item, Line, LinkView, Mode, Talk, TalkState, Toast, Undo,
};
pub(crate) use crate::app::state::{Handing, Seen};
use crate::frame::gate::Gate;
use crate::frame::notifications::notification::{BrowserNotifications, Permission};
use crate::frame::notifications::notifier::Notifier;
use crate::frame::pictures::Pictures;
use crate::frame::prefs::{self, NotificationPrefs};
use crate::frame::presence::idle::Idle;
use crate::frame::route::Route;
use crate::list::bulk::Progress;
use crate::list::bulk::run::Runs;
use crate::list::density::Density;
use crate::list::listing::PageState;
use crate::list::select::Selection;
use crate::person::face::Face;
pub use crate::person::sidebar::Sidebar;
pub use crate::person::standing::path as visitor_path;
use crate::sync::InboxShell;
use crate::talk::draft::Field;
use crate::talk::keep::Keeper;
use crate::words::{Word, say};
use porchlight_client::hold::Hold;

/// How long the live region keeps its text: longer than any screen reader takes to reach it.
const SAID_STAYS: Duration = Duration::from_secs(12);

/// The state of the inbox of the signed-in agent. Only [`crate::sync`], [`crate::list::listing`] and the functions
/// here write to the signals.
#[derive(Clone, Copy)]
pub struct App {
    /// The session: the agent and the site.
    pub session: StoredValue<Session>,
    /// The place that the URL shows.
    pub route: RwSignal<Route>,
    /// The connection.
    pub link: RwSignal<LinkView>,
    /// The counts of the folders.
    pub counts: RwSignal<Counts>,
    /// The items of the listed folder.
    pub items: RwSignal<Vec<Item>>,
    /// The order of *Unassigned*.
    pub sort: RwSignal<Sort>,
    /// The room of the list's rows.
    pub density: RwSignal<Density>,
    /// The row that had the focus last: the roving tab stop of the list.
    pub row: RwSignal<Option<ConversationId>>,
    /// The loading state of the listed folder.
    pub page: RwSignal<PageState>,
    /// The open conversation, apart from its lines.
    pub talk: RwSignal<Option<Talk>>,
    /// The open conversation's lines that are in the document.
    pub lines: RwSignal<Vec<Line>>,
    /// The heights of the spacers before and behind them, in pixels.
    pub spacers_px: RwSignal<(i32, i32)>,
    /// The open conversation's newest row, in the document or not.
    pub newest: RwSignal<Option<RowKey>>,
    /// True if the lines that came into the document last are news, and not what was scrolled to.
    pub live: RwSignal<bool>,
    /// True if the end of the transcript is in view.
    pub at_end: RwSignal<bool>,
    /// True if a new line is below the part in view.
    pub below: RwSignal<bool>,
    /// The shown field: reply or note.
    pub field: RwSignal<Field>,
    /// The fill level of the reply field.
    pub reply_fill: RwSignal<Fill>,
    /// The fill level of the note field.
    pub note_fill: RwSignal<Fill>,
    /// A counter of changes to drafts that did not come from the field.
    pub restored: RwSignal<u32>,
    /// Why the last act in the open conversation was refused.
    pub trouble: RwSignal<Option<String>>,
    /// Why the field was removed while the agent was writing in it.
    pub taken: RwSignal<Option<String>>,
    /// The closing that the agent has to confirm.
    pub asked: RwSignal<Option<Closing>>,
    /// The selected conversations.
    pub selection: RwSignal<Selection>,
    /// The progress of a bulk act, while it runs.
    pub progress: RwSignal<Option<Progress>>,
    /// Why the last bulk act failed for the conversations that are still selected.
    pub problems: RwSignal<Option<String>>,
    /// The toast about the last act, with its undo.
    pub toast: RwSignal<Option<Toast>>,
    /// Where what is known of the visitor is shown.
    pub sidebar: RwSignal<Sidebar>,
    /// True while the sheet of shortcuts is shown.
    pub help: RwSignal<bool>,
    /// True if the agent has said to be away.
    pub away: RwSignal<bool>,
    /// The switches of the panel *Notifications*.
    pub notification_prefs: RwSignal<NotificationPrefs>,
    /// True while that panel is shown.
    pub notifications_shown: RwSignal<bool>,
    /// True while the choice of languages is shown.
    pub languages_shown: RwSignal<bool>,
    /// The browser's permission for desktop notifications.
    pub permission: RwSignal<Permission>,
    /// A counter of the browser's answers to the request for it.
    pub asked_desktop: RwSignal<u32>,
    /// True while the browser locks the sound, until the first click or key.
    pub muted: RwSignal<bool>,
    /// True if shortcuts without Ctrl or ⌘ are on.
    pub single_keys: RwSignal<bool>,
    /// The place to go to after the agent has confirmed to leave unsaved settings.
    pub leaving: RwSignal<Option<Route>>,
    /// The number of unsent texts, while the agent is asked to confirm the sign-out that removes them.
    pub signing_out: RwSignal<Option<usize>>,
    /// The text of the live region. There is one for the whole inbox.
    pub said: RwSignal<String>,
    /// A counter of possible changes to the site's plan or settings.
    pub site_changes: RwSignal<u32>,
    /// A counter of flows that were switched on again elsewhere than on their page.
    pub flows_changed: RwSignal<u32>,
    /// The person of the team whom a change, or its undo, has concerned last.
    pub changed_person: RwSignal<Option<Person>>,
    /// The record that a change, or its undo, has concerned last.
    pub changed_record: RwSignal<Option<VisitorRecord>>,
    /// A counter of welcomes.
    pub welcomes: RwSignal<u32>,
    /// True if the agent has other sites, too.
    pub has_sites: RwSignal<bool>,
    /// A counter of visitors who were blocked, unblocked or erased, by whomever.
    pub standings: RwSignal<u32>,
    /// The face of the open conversation's visitor.
    pub face: Memo<Option<Face>>,
    /// What the server has said last of a visitor's standing.
    pub standing: RwSignal<Option<(VisitorId, Standing)>>,
    /// The agent's name.
    pub name: RwSignal<String>,
    /// The pictures of the team's agents.
    pub pictures: RwSignal<Pictures>,
    /// The current time, for relative times such as `5 min`.
    pub now: RwSignal<Millis>,
    /// True if the shown settings have unsaved changes.
    pub unsaved: StoredValue<Option<Memo<bool>>>,
    /// The sign-in state, for the sign-out.
    pub gate: Gate,
    pub(crate) driver: StoredValue<Option<Driver>, LocalStorage>,
    pub(crate) notifier: StoredValue<Notifier>,
    pub(crate) notifier_timer: StoredValue<Option<Timeout>, LocalStorage>,
    pub(crate) browser_notifications: StoredValue<Option<BrowserNotifications>, LocalStorage>,
    /// The contents of the folders.
    pub(crate) folders: StoredValue<Folders>,
    /// True while a request for the counts is scheduled.
    pub(crate) counting: StoredValue<bool>,
    /// The rows of the folder before, until another one is listed: see `InboxShell::show_items`.
    pub(crate) former: StoredValue<Vec<Item>>,
    /// Whether the list's rows keep their places, because the pointer or the focus is on them.
    pub(crate) hold: StoredValue<Hold>,
    /// True while a check of `hold` is scheduled.
    pub(crate) holding: StoredValue<bool>,
    /// Which of the open conversation's rows are in the document.
    pub(crate) window: StoredValue<Window>,
    /// Keeps the place that is read in the transcript, and the focus in it.
    pub(crate) keeper: StoredValue<Keeper, LocalStorage>,
    /// The last event of the open conversation that was in view.
    pub(crate) seen: StoredValue<Seen>,
    /// The last closing that the agent asked for.
    pub(crate) closing: StoredValue<Option<Closing>>,
    /// Closings of this agent in flight: the `client_id` of the act or text, and the conversation.
    pub(crate) closings: StoredValue<Vec<(ClientId, ConversationId)>>,
    /// The last hand-back to a bot, while it is in flight.
    pub(crate) handing: StoredValue<Option<Handing>>,
    /// Bulk acts in flight.
    pub(crate) runs: StoredValue<Runs>,
    /// The visitors whose names are being asked for.
    pub(crate) asked_names: StoredValue<Vec<VisitorId>>,
    /// Whether the inbox is idle.
    pub(crate) idle: StoredValue<Idle>,
    pub(crate) toasts: StoredValue<u32>,
    /// A counter of announcements, so that a timer clears only its own.
    pub(crate) sayings: StoredValue<u32>,
    /// True if the agent has acted in the open conversation since the last check.
    pub(crate) acted: StoredValue<bool>,
    /// The agent's picture that was removed last, for the undo.
    pub(crate) removed_picture: StoredValue<Option<Blob>, LocalStorage>,
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
            counts: RwSignal::default(),
            items: RwSignal::default(),
            sort: RwSignal::new(prefs::sort(&session.agent.id)),
            density: RwSignal::new(prefs::density(&session.agent.id)),
            row: RwSignal::new(None),
            page: RwSignal::new(PageState::Loading),
            talk,
            lines: RwSignal::default(),
            spacers_px: RwSignal::default(),
            newest: RwSignal::default(),
            live: RwSignal::new(true),
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
            sidebar: RwSignal::new(Sidebar::begin(&session.agent.id)),
            help: RwSignal::new(false),
            away: RwSignal::new(session.presence.away),
            notification_prefs: RwSignal::new(prefs::notifications(&session.agent.id)),
            notifications_shown: RwSignal::new(false),
            languages_shown: RwSignal::new(false),
            permission: RwSignal::new(Permission::now()),
            asked_desktop: RwSignal::new(0),
            muted: RwSignal::new(true),
            single_keys: RwSignal::new(prefs::single_keys(&session.agent.id)),
            leaving: RwSignal::new(None),
            signing_out: RwSignal::new(None),
            said: RwSignal::new(say(Word::ListLoading)),
            site_changes: RwSignal::new(0),
            flows_changed: RwSignal::new(0),
            changed_person: RwSignal::new(None),
            changed_record: RwSignal::new(None),
            welcomes: RwSignal::new(0),
            has_sites: RwSignal::new(false),
            standings: RwSignal::new(0),
            face: Memo::new(move |_| talk.with(|talk| talk.as_ref()?.face())),
            standing: RwSignal::new(None),
            name: RwSignal::new(session.agent.name.clone()),
            pictures: RwSignal::default(),
            now: RwSignal::new(time::now()),
            unsaved: StoredValue::new(None),
            gate,
            driver: StoredValue::new_local(None),
            notifier: StoredValue::new(Notifier::new(tab(), session.agent.clone())),
            notifier_timer: StoredValue::new_local(None),
            browser_notifications: StoredValue::new_local(None),
            folders: StoredValue::new(Folders::new(session.agent.clone())),
            counting: StoredValue::default(),
            former: StoredValue::default(),
            hold: StoredValue::default(),
            holding: StoredValue::default(),
            window: StoredValue::default(),
            keeper: StoredValue::new_local(Keeper::default()),
            seen: StoredValue::default(),
            closing: StoredValue::new(None),
            closings: StoredValue::default(),
            handing: StoredValue::default(),
            runs: StoredValue::default(),
            asked_names: StoredValue::default(),
            idle: StoredValue::new(Idle::new(time::local(), session.presence.idle)),
            toasts: StoredValue::default(),
            sayings: StoredValue::default(),
            acted: StoredValue::new(false),
            removed_picture: StoredValue::new_local(None),
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
        self.density.set(density);
    }

    /// Follows the room that another tab has chosen.
    pub(crate) fn density_changed(self, slot: &str) {
        let me = self.me().id;
        if slot == prefs::density_slot(&me) {
            self.density.set(prefs::density(&me));
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
