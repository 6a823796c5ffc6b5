//! What the views hold: signals to read, and functions for what the agent does.

mod converse;
mod go;

use std::collections::BTreeMap;
use std::rc::Rc;

use leptos::prelude::*;
use porchlight_browser::storage::Outbox;
use porchlight_browser::{Api, Driver, Identity, page, time};
use porchlight_client::inbox::Filter;
use porchlight_client::{Command, Input, Link, Machine, Me};
use porchlight_protocol::limits::MESSAGE_CHARS_MAX;
use porchlight_protocol::wire::Session;
use porchlight_protocol::{Conversation, ConversationId, ErrorCode, Member, Millis, Seq};

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
        let route = go::current();
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
