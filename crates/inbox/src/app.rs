//! What the views hold: signals to read, and functions for what the agent does.

use std::collections::BTreeMap;
use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::storage::Outbox;
use porchlight_browser::{Api, Driver, Identity, client_id, page, time};
use porchlight_client::inbox::Filter;
use porchlight_client::{Command, Input, Link, Machine, Me, Place};
use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use porchlight_protocol::wire::Session;
use porchlight_protocol::{
    Act, Author, ClientId, Conversation, ConversationId, ErrorBody, ErrorCode, Member, Millis, Seq,
};
use web_sys::VisibilityState;

use crate::gate::Gate;
use crate::item::{ItemView, Owner};
use crate::lines::{LineKey, LineView};
use crate::listing::{Page, PageState};
use crate::route::Route;
use crate::shell::InboxShell;
use crate::text;

/// Characters left at which one is told of the limit.
const HINT_FROM: usize = 200;

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
    /// How much stands in the field.
    pub fill: RwSignal<Fill>,
    /// Grows when a draft was changed by something else than the field.
    pub restored: RwSignal<u32>,
    /// Why the last act in the open conversation was refused.
    pub trouble: RwSignal<Option<String>>,
    /// The agent is asked again before closing.
    pub asked: RwSignal<Option<Closing>>,
    /// The agent is asked before unsaved settings are left for this place.
    pub leaving: RwSignal<Option<Route>>,
    /// What a screen reader is told. One live region for the whole inbox.
    pub said: RwSignal<String>,
    /// The time, for what is shown as so long ago.
    pub now: RwSignal<Millis>,
    /// Settings with unsaved changes are on the screen.
    pub unsaved: StoredValue<Option<Memo<bool>>>,
    /// Who is signed in, and the way out.
    pub gate: Gate,
    driver: StoredValue<Option<Driver>, LocalStorage>,
    /// What has been listed of each folder.
    pub(crate) pages: StoredValue<BTreeMap<Filter, Page>>,
    /// The last of the open conversation that was in view.
    seen: StoredValue<Seen>,
    /// The closing that was asked for last.
    closing: StoredValue<Option<Closing>>,
}

/// The connection, as the agent is told of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkView {
    /// The machine's word.
    pub link: Link,
    /// The browser says that there is no network.
    pub offline: bool,
    /// What ended the connection for good.
    pub fault: Option<ErrorCode>,
}

/// How much is in the folders of open conversations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Not closed.
    pub open: usize,
    /// Of these, owned by nobody.
    pub unassigned: usize,
    /// Of these, owned by the agent.
    pub mine: usize,
    /// Conversations with unread messages among them.
    pub unread: usize,
}

/// A line of the list and its identity. What it shows is a signal of its own: an unchanged key is
/// never built anew.
#[derive(Clone)]
pub struct Item {
    /// The conversation.
    pub id: ConversationId,
    /// What is shown of it.
    pub view: ArcRwSignal<ItemView>,
}

/// A line of the transcript and its identity.
#[derive(Clone)]
pub struct Line {
    /// Its key.
    pub key: LineKey,
    /// What it shows.
    pub view: ArcRwSignal<LineView>,
}

/// What is known of the open conversation beside its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Talk {
    /// Which one.
    pub id: ConversationId,
    /// How much is there.
    pub state: TalkState,
    /// The conversation, as soon as it is known.
    pub conversation: Option<Conversation>,
    /// Whether it can be answered.
    pub mode: Mode,
    /// An act of the agent is on its way.
    pub busy: bool,
    /// Older messages exist.
    pub has_older: bool,
}

/// How much of a conversation is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TalkState {
    /// It is on its way.
    Loading,
    /// It could not be loaded; that is tried again by itself.
    Unreachable,
    /// There is no such conversation.
    Gone,
    /// It can be read.
    Ready,
}

/// Whether a conversation can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// It is the agent's own.
    Own,
    /// It must be claimed first.
    Locked,
    /// It is closed.
    Closed,
}

/// How much stands in the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// Nothing to send.
    Empty,
    /// Something to send.
    Fits,
    /// Something to send, and room for so many characters more.
    Left(usize),
    /// So many characters too many.
    Over(usize),
}

impl Fill {
    fn of(text: &str) -> Fill {
        let chars = text.trim().chars().count();
        match MESSAGE_CHARS_MAX.checked_sub(chars) {
            _ if chars == 0 => Fill::Empty,
            None => Fill::Over(chars - MESSAGE_CHARS_MAX),
            Some(left) if left <= HINT_FROM => Fill::Left(left),
            Some(_) => Fill::Fits,
        }
    }

    /// It can be sent.
    pub fn can_go(self) -> bool {
        matches!(self, Fill::Fits | Fill::Left(_))
    }
}

/// What was in view.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Seen {
    seq: Seq,
    line: Option<LineKey>,
}

/// A closing that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// What stands in the field is sent first.
    pub after_sending: bool,
    /// The last line that was in view then.
    line: Option<LineKey>,
}

impl App {
    /// The inbox of this agent. It connects at once.
    pub fn start(gate: Gate, session: Session) -> Self {
        let route = current();
        let app = App {
            session: StoredValue::new(session.clone()),
            route: RwSignal::new(route),
            link: RwSignal::new(LinkView { link: Link::Connecting, offline: false, fault: None }),
            counts: RwSignal::default(),
            items: RwSignal::default(),
            page: RwSignal::new(PageState::Loading),
            talk: RwSignal::new(None),
            lines: RwSignal::default(),
            at_end: RwSignal::new(true),
            below: RwSignal::new(false),
            fill: RwSignal::new(Fill::Empty),
            restored: RwSignal::new(0),
            trouble: RwSignal::new(None),
            asked: RwSignal::new(None),
            leaving: RwSignal::new(None),
            said: RwSignal::new(text::LOADING_LIST.to_owned()),
            now: RwSignal::new(time::now()),
            unsaved: StoredValue::new(None),
            gate,
            driver: StoredValue::new_local(None),
            pages: StoredValue::default(),
            seen: StoredValue::default(),
            closing: StoredValue::new(None),
        };
        let outbox = Outbox::new(session.agent.id.as_str());
        let api = Rc::new(Api::new(Identity::Agent { csrf: session.csrf }));
        let machine = Machine::new(Me::Agent(session.agent));
        let driver = Driver::new(machine, api, outbox, Box::new(InboxShell { app }));
        app.driver.set_value(Some(driver.clone()));
        driver.boot(true);
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

    // Going from place to place.

    /// Goes to a place. Unsaved settings are not left without asking.
    pub fn go(self, route: Route) {
        if self.route.with_untracked(|here| *here == route) {
            return;
        }
        if self.has_unsaved() {
            self.leaving.set(Some(route));
            return;
        }
        push(&route);
        self.show(route);
    }

    /// The back or forward button was used: the address has changed already.
    pub fn went(self) {
        let route = current();
        if self.has_unsaved() {
            self.route.with_untracked(push);
            self.leaving.set(Some(route));
            return;
        }
        self.show(route);
    }

    /// Leaves the settings without saving.
    pub fn leave(self) {
        self.unsaved.set_value(None);
        if let Some(route) = self.leaving.get_untracked() {
            self.leaving.set(None);
            self.go(route);
        }
    }

    /// Stays with the unsaved settings.
    pub fn stay(self) {
        self.leaving.set(None);
    }

    fn has_unsaved(self) -> bool {
        let unsaved = self.unsaved.get_value();
        unsaved.is_some_and(|unsaved| unsaved.try_get_untracked() == Some(true))
    }

    fn show(self, route: Route) {
        let before = self.route.get_untracked();
        if before.open() != route.open() {
            self.talk.set(None);
            self.lines.set(Vec::new());
            self.at_end.set(true);
            self.below.set(false);
            self.trouble.set(None);
            self.asked.set(None);
            self.seen.set_value(Seen::default());
        }
        if before.filter() != route.filter() {
            self.items.set(Vec::new());
        }
        self.route.set(route);
        self.arrived();
    }

    fn arrived(self) {
        if let Some(id) = self.open_id() {
            let text = self.draft(&id);
            self.fill.set(Fill::of(&text));
            self.command(Command::Open(Place::At(id)));
        }
        self.look(InboxShell::show_all);
        self.read();
        self.ensure_page();
    }

    // In the open conversation.

    fn act(self, act: Act) {
        let busy = self.talk.with_untracked(|talk| talk.as_ref().is_some_and(|talk| talk.busy));
        if let (Some(id), false) = (self.open_id(), busy) {
            self.trouble.set(None);
            self.command(Command::Act { id, client_id: client_id(), act });
        }
    }

    /// Claims the open conversation, or takes it over from whom the screen names.
    pub fn claim(self) {
        let from = self.talk.with_untracked(|talk| {
            talk.as_ref()?.conversation.as_ref()?.assignee.as_ref().map(|owner| owner.id.clone())
        });
        self.act(Act::Claim { from });
    }

    /// Opens the open conversation's log again after a closing.
    pub fn reopen(self) {
        self.act(Act::Reopen);
    }

    /// Closes the open conversation. If the visitor has written something that was not in view, the
    /// agent is asked first.
    pub fn close(self) {
        let Some(closing) = self.begin_closing(false) else { return };
        self.closing.set_value(Some(closing));
        self.act(Act::Close { seen: self.seen.get_value().seq });
    }

    /// Sends what stands in the field, and closes afterwards if that is wanted.
    pub fn send(self, then_close: bool) {
        let Some(id) = self.open_id() else { return };
        match self.fill.get_untracked() {
            Fill::Fits | Fill::Left(_) => {}
            Fill::Over(_) => return self.say(text::TOO_LONG),
            Fill::Empty => return,
        }
        if then_close {
            let Some(closing) = self.begin_closing(true) else { return };
            self.closing.set_value(Some(closing));
        }
        self.send_draft(id, then_close);
    }

    fn send_draft(self, id: ConversationId, then_close: bool) {
        let text = self.draft(&id);
        self.keep_draft(&id, "");
        self.restored.update(|restored| *restored += 1);
        self.trouble.set(None);
        self.at_end.set(true);
        let place = Place::At(id);
        self.command(Command::Send { place, client_id: client_id(), text, then_close });
    }

    /// The closing that the agent wants, unless there is news to be shown before it.
    fn begin_closing(self, after_sending: bool) -> Option<Closing> {
        let closing = Closing { after_sending, line: self.seen.get_value().line };
        if self.below.get_untracked() && !self.news(closing).is_empty() {
            self.asked.set(Some(closing));
            return None;
        }
        Some(closing)
    }

    /// What the visitor has written since the agent wanted to close. Tracks the lines.
    pub fn news(self, closing: Closing) -> Vec<String> {
        self.lines.with(|lines| {
            let after = lines.iter().position(|line| Some(line.key) == closing.line);
            let news = lines.iter().skip(after.map_or(0, |after| after + 1));
            news.filter_map(|line| match line.view.get() {
                LineView::Message(message) if message.author == Author::Visitor => {
                    Some(message.text)
                }
                _ => None,
            })
            .collect()
        })
    }

    /// Closes although the visitor has written in the meantime: the agent has read it now.
    pub fn close_anyway(self) {
        let Some(closing) = self.asked.get_untracked() else { return };
        self.asked.set(None);
        self.reached_end();
        let Some(id) = self.open_id() else { return };
        if closing.after_sending && self.fill.get_untracked().can_go() {
            self.closing.set_value(self.now_closing(true));
            self.send_draft(id, true);
        } else {
            self.closing.set_value(self.now_closing(false));
            self.act(Act::Close { seen: self.seen.get_value().seq });
        }
    }

    fn now_closing(self, after_sending: bool) -> Option<Closing> {
        Some(Closing { after_sending, line: self.seen.get_value().line })
    }

    /// Leaves the conversation open.
    pub fn keep_open(self) {
        self.asked.set(None);
        self.reached_end();
        self.restored.update(|restored| *restored += 1);
    }

    /// The server said no to something that the agent did.
    pub(crate) fn refused(self, place: &Place, error: &ErrorBody) {
        if error.code == ErrorCode::CsrfTokenInvalid {
            return self.gate.lost();
        }
        if self.open_id().map(Place::At).as_ref() != Some(place) {
            return;
        }
        match (error.code, self.closing.get_value()) {
            (ErrorCode::NewMessages, Some(closing)) => self.asked.set(Some(closing)),
            _ => {
                let words = text::refused(error);
                self.say(words.clone());
                self.trouble.set(Some(words));
            }
        }
    }

    /// Takes note of what was refused.
    pub fn dismiss(self) {
        self.trouble.set(None);
    }

    /// Sends a message again that could not be sent.
    pub fn retry(self, client_id: ClientId) {
        self.command(Command::Retry(client_id));
    }

    /// Gives up a message that could not be sent.
    pub fn discard(self, client_id: ClientId) {
        self.command(Command::Discard(client_id));
    }

    /// Loads what stands before the loaded part.
    pub fn load_older(self) {
        if let Some(id) = self.open_id() {
            self.command(Command::LoadOlder(id));
        }
    }

    /// The transcript was scrolled.
    pub fn scrolled(self, at_end: bool) {
        if self.at_end.get_untracked() != at_end {
            self.at_end.set(at_end);
        }
        if at_end {
            self.reached_end();
        }
    }

    fn reached_end(self) {
        self.at_end.set(true);
        self.below.set(false);
        self.look(|_, machine| self.note_seen(machine));
        self.read();
    }

    /// Remembers what is in view, for a closing that says what the agent saw.
    pub(crate) fn note_seen(self, machine: &Machine) {
        if let Some(id) = self.open_id() {
            let seq = machine.seen(&Place::At(id));
            let line = self.lines.with_untracked(|lines| lines.last().map(|line| line.key));
            self.seen.set_value(Seen { seq, line });
        }
    }

    /// What is in view was read, if there is somebody to read it.
    pub fn read(self) {
        let seen = self.at_end.get_untracked()
            && document().visibility_state() == VisibilityState::Visible;
        if let (true, Some(id)) = (seen, self.open_id()) {
            self.command(Command::Read(id));
        }
    }

    /// What was typed in a conversation and not sent.
    pub fn draft(self, id: &ConversationId) -> String {
        let drafts = self.gate.drafts.get_value();
        drafts.borrow().get(&self.me().id, id)
    }

    /// Keeps what stands in the field.
    pub fn keep_draft(self, id: &ConversationId, text: &str) {
        self.gate.drafts.get_value().borrow_mut().keep(&self.me().id, id, text);
        self.measure(text);
    }

    /// Puts a text back into the field, before what stands there.
    pub(crate) fn restore_draft(self, id: &ConversationId, text: &str) {
        let me = self.me().id;
        self.gate.drafts.get_value().borrow_mut().restore(&me, id, text);
        if self.open_id().as_ref() == Some(id) {
            self.measure(&self.draft(id));
            self.restored.update(|restored| *restored += 1);
        }
    }

    fn measure(self, text: &str) {
        let fill = Fill::of(text);
        if self.fill.get_untracked() != fill {
            self.fill.set(fill);
        }
    }

    // Around it.

    /// Tells a screen reader.
    pub fn say(self, what: impl Into<String>) {
        self.said.set(what.into());
    }

    /// Tries to connect, and what failed, now.
    pub fn reconnect(self) {
        self.dispatch(Input::Network { online: page::is_online() });
    }

    /// Loads the inbox again, as a new page.
    pub fn reload(self) {
        let _ = window().location().reload();
    }

    /// Signs out.
    pub fn sign_out(self) {
        let csrf = self.session.with_value(|session| session.csrf.clone());
        self.gate.sign_out(csrf, move || {
            if !self.is_over() {
                self.say(text::SIGN_OUT_FAILED);
                self.trouble.set(Some(text::SIGN_OUT_FAILED.to_owned()));
            }
        });
    }

    /// Time has passed.
    pub fn tick(self) {
        self.now.set(time::now());
    }
}

impl Talk {
    /// Who looks after it.
    pub fn owner(&self, me: &Member) -> Owner {
        self.conversation.as_ref().map_or(Owner::Nobody, |known| Owner::of(known, me))
    }
}

fn current() -> Route {
    let location = window().location();
    let path = location.pathname().unwrap_or_default();
    Route::parse(&path, &location.search().unwrap_or_default())
}

fn push(route: &Route) {
    if let Ok(history) = window().history() {
        let _ = history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&route.href()));
    }
}
