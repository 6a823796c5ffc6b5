//! Settings → Bots: the bots of the site, and what they say and ask.

mod edited;
pub mod flows;
pub mod greeting;
pub mod outline;
pub mod problems;
pub mod trial;
mod versions;
pub mod view;

use std::cell::RefCell;
use std::collections::BTreeMap;

use leptos::prelude::*;
use porchlight_browser::{Method, Timeout, words};
use porchlight_client::Failure;
use porchlight_flow::Template;
use porchlight_protocol::bots::{BotOfSite, Bots, NewBot, PublishedFlow};
use porchlight_protocol::rights::Right;
use porchlight_protocol::{ErrorCode, Member, MemberId};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
pub use crate::settings::bots::edited::{Edited, line_at};
pub use crate::settings::bots::versions::Versions;
use crate::text;
use crate::words::say;

/// The path in the API.
const PATH: &str = "/bots";

/// Debounce: milliseconds after the last edit until the flow is checked.
const CHECK_AFTER_MS: u64 = 250;

/// The flows that were looked at, by bot.
type Flows = BTreeMap<MemberId, Edited>;

thread_local! {
    /// The flows of an admin whose session was lost, restored after the next sign-in, and the bot that was shown.
    static KEPT: RefCell<Option<(MemberId, Flows, Option<MemberId>)>> = const { RefCell::new(None) };
}

/// The state of the last request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saving {
    /// No request since the last edit.
    Idle,
    /// Something is loaded, added or switched off.
    Busy,
    /// The flow is published.
    Publishing,
    /// Published, as this version.
    Published(u64),
    /// The field of this bot was reset; this stood in it.
    Discarded(MemberId, String),
    /// A version was put into the field of this bot.
    Restored(Restored),
    /// Somebody else has published this version meanwhile, so it was not done.
    Overtaken(Deed, u64),
    /// Failed, for this reason.
    Failed(String),
}

/// A version that was put into a bot's field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The bot.
    pub bot: MemberId,
    /// The version.
    pub version: u64,
    /// What stood in the field.
    pub before: String,
}

/// What an admin does with a flow that somebody else may change at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Publishes it.
    Publish,
    /// Switches it off.
    SwitchOff,
}

/// The state of the page. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct BotsPage {
    /// The bots, once they have been loaded.
    pub list: RwSignal<Option<Vec<BotOfSite>>>,
    /// The bot that is shown.
    pub shown: RwSignal<Option<MemberId>>,
    /// The flow of each bot that was looked at.
    pub flows: RwSignal<Flows>,
    /// The versions of the shown bot's flow.
    pub versions: RwSignal<Versions>,
    /// True if a flow has changes that are not published.
    pub unsaved: Memo<bool>,
    /// The state of the last request.
    pub state: RwSignal<Saving>,
    /// True while a bot is being added.
    pub adding: RwSignal<bool>,
    /// Why the last bot was not added.
    pub refused: RwSignal<Option<String>>,
    /// True if the agent is an admin.
    pub may_change: bool,
    /// The inbox.
    pub app: App,
    check_timer: StoredValue<Option<Timeout>, LocalStorage>,
}

impl BotsPage {
    /// The page, which requests the bots.
    pub fn open(app: App) -> Self {
        let me = app.me().id;
        let kept = KEPT.take().filter(|(whose, ..)| *whose == me);
        let (flows, shown) = kept.map(|(_, flows, shown)| (flows, shown)).unwrap_or_default();
        let flows = RwSignal::new(flows);
        let page = BotsPage {
            list: RwSignal::new(None),
            shown: RwSignal::new(shown),
            flows,
            versions: RwSignal::new(Versions::default()),
            unsaved: Memo::new(move |_| flows.with(|all| all.values().any(Edited::is_changed))),
            state: RwSignal::new(Saving::Idle),
            adding: RwSignal::new(false),
            refused: RwSignal::new(None),
            may_change: app.session.with_value(|session| session.role.may(Right::ManageBots)),
            app,
            check_timer: StoredValue::new_local(None),
        };
        page.load();
        // An undo switches a flow on again.
        Effect::new(move |before: Option<()>| {
            app.settings.flows_changed.track();
            if before.is_some() {
                page.load_list();
            }
        });
        page
    }

    /// The flow of the shown bot, once it has been loaded.
    pub fn flow<T>(self, look: impl FnOnce(&Edited) -> T) -> Option<T> {
        self.flows.with(|all| self.shown.with(|id| all.get(id.as_ref()?).map(look)))
    }

    /// The shown bot.
    pub fn bot(self) -> Option<Member> {
        let shown = self.shown.get()?;
        let find = |all: &Vec<BotOfSite>| all.iter().find(|it| it.bot.id == shown).cloned();
        self.list.with(|list| list.as_ref().and_then(find)).map(|it| it.bot)
    }

    /// Shows a bot.
    pub fn show(self, bot: MemberId) {
        self.shown.set(Some(bot));
        self.forget();
        self.load_flow();
    }

    /// Requests what is not there: the bots, or the flow of the shown one.
    pub fn load(self) {
        if self.list.with_untracked(Option::is_none) { self.load_list() } else { self.load_flow() }
    }

    fn load_list(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get::<Bots>(PATH).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(Bots { bots }) => {
                    self.flows.update(|all| {
                        for it in &bots {
                            if let Some(flow) = all.get_mut(&it.bot.id) {
                                flow.version = it.version;
                            }
                        }
                    });
                    let is_there = |id: &MemberId| bots.iter().any(|it| it.bot.id == *id);
                    if !self.shown.with_untracked(|shown| shown.as_ref().is_some_and(is_there)) {
                        // The one that greets.
                        let first = bots.iter().find(|it| it.version.is_some()).or(bots.first());
                        self.shown.set(first.map(|it| it.bot.id.clone()));
                    }
                    self.list.set(Some(bots));
                    self.state.set(Saving::Idle);
                    self.load_flow();
                }
                Err(failure) => self.failed(failure),
            }
        });
    }

    fn load_flow(self) {
        let Some(bot) = self.shown.get_untracked() else { return };
        self.load_versions();
        if self.flows.with_untracked(|all| all.contains_key(&bot)) {
            return;
        }
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.text(&path(&bot)).await;
            if self.is_over() {
                return;
            }
            match answer.and_then(read_flow) {
                Ok(flow) => {
                    self.flows.update(|all| {
                        all.entry(bot).or_insert(flow);
                    });
                    self.state.set(Saving::Idle);
                }
                Err(failure) => self.failed(failure),
            }
        });
    }

    /// Shows the fields for another bot, or hides them.
    pub fn add(self, shown: bool) {
        self.refused.set(None);
        self.adding.set(shown);
    }

    /// Adds a bot, with a template to begin with. Calls `done` once it is there.
    pub fn add_bot(self, name: String, template: Template, done: impl Fn() + 'static) {
        if self.is_busy() {
            return;
        }
        let Some(api) = self.app.api() else { return };
        self.refused.set(None);
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.send::<_, BotOfSite>(Method::POST, PATH, &NewBot { name }).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(added) => {
                    let id = added.bot.id.clone();
                    self.list.update(|list| list.get_or_insert_default().push(added));
                    self.flows.update(|all| drop(all.insert(id.clone(), Edited::default())));
                    self.shown.set(Some(id));
                    self.begin(template);
                    self.adding.set(false);
                    self.state.set(Saving::Idle);
                    done();
                }
                Err(failure) => {
                    self.failed(failure);
                    if let Saving::Failed(why) = self.state.get_untracked() {
                        self.refused.set(Some(why));
                        self.state.set(Saving::Idle);
                    }
                }
            }
        });
    }

    /// Begins the shown bot's flow with a template, in the agent's language.
    pub fn begin(self, template: Template) {
        let language = words::language();
        self.change(|flow| flow.begin(template.in_language(&language), &language));
        self.forget();
    }

    /// Writes into the field.
    pub fn write(self, text: String) {
        self.change(|flow| flow.text = text);
        self.forget();
        let check = move || {
            if !self.is_over() {
                self.check();
            }
        };
        self.check_timer.set_value(Some(Timeout::after(CHECK_AFTER_MS, check)));
    }

    fn check(self) {
        self.check_timer.set_value(None);
        // All: another bot may be shown by now.
        self.flows.update(|all| {
            for flow in all.values_mut() {
                flow.check(&words::language());
            }
        });
    }

    /// Publishes the shown flow, if it has no problems.
    pub fn publish(self) {
        if self.is_busy() || !self.may_change {
            return;
        }
        self.check();
        let Some(bot) = self.shown.get_untracked() else { return };
        let sent = self.flows.with_untracked(|all| {
            let flow = all.get(&bot).filter(|flow| flow.can_be_published());
            flow.map(|flow| (flow.text.clone(), flow.newest))
        });
        let (Some((sent, newest)), Some(api)) = (sent, self.app.api()) else { return };
        self.state.set(Saving::Publishing);
        spawn_local(async move {
            let json = sent.clone();
            let path = path_after(&bot, newest);
            let answer = api.send_text::<PublishedFlow>(Method::PUT, &path, json).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(PublishedFlow { version }) => {
                    self.took(&bot, Some(version));
                    self.flows.update(|all| {
                        if let Some(flow) = all.get_mut(&bot) {
                            flow.published(sent, version);
                        }
                    });
                    self.state.set(Saving::Published(version));
                    self.load_versions();
                }
                Err(failure) => self.not_done(bot, Deed::Publish, failure),
            }
        });
    }

    /// Switches the shown flow off. The toast offers to undo it.
    pub fn switch_off(self) {
        if self.is_busy() || !self.may_change {
            return;
        }
        let (Some(bot), Some(api)) = (self.bot(), self.app.api()) else { return };
        let seen = self.flow(|flow| (flow.saved.clone(), flow.newest));
        let Some((saved, newest)) = seen else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.tell(Method::DELETE, &path_after(&bot.id, newest), &()).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(()) => {
                    self.took(&bot.id, None);
                    self.state.set(Saving::Idle);
                    self.load_versions();
                    self.app.switched_off(bot, saved, newest);
                }
                Err(failure) => self.not_done(bot.id, Deed::SwitchOff, failure),
            }
        });
    }

    /// Resets the field to what was published last. It can be restored.
    pub fn discard(self) {
        let Some(bot) = self.shown.get_untracked() else { return };
        let mut discarded = None;
        self.change(|flow| discarded = Some(flow.discard(&words::language())));
        if let Some(text) = discarded {
            self.state.set(Saving::Discarded(bot, text));
        }
    }

    /// Takes back that the field was reset, or that a version was put into it.
    pub fn undo(self) {
        let (Saving::Discarded(bot, text) | Saving::Restored(Restored { bot, before: text, .. })) =
            self.state.get_untracked()
        else {
            return;
        };
        self.shown.set(Some(bot));
        self.change(|flow| flow.begin(text, &words::language()));
        self.state.set(Saving::Idle);
    }

    /// The page is left. If the session was lost, unsaved changes are kept.
    pub fn gone(self) {
        let given_up = self.app.settings.unsaved.try_get_value().flatten().is_none();
        if !given_up && self.unsaved.try_get_untracked() == Some(true) {
            let (flows, shown) = (self.flows.get_untracked(), self.shown.get_untracked());
            KEPT.set(Some((self.app.me().id, flows, shown)));
        }
    }

    fn change(self, change: impl FnOnce(&mut Edited)) {
        let Some(bot) = self.shown.get_untracked() else { return };
        self.flows.update(|all| {
            if let Some(flow) = all.get_mut(&bot) {
                change(flow);
            }
        });
    }

    /// The server has published a version of a bot's flow, or switched it off.
    fn took(self, bot: &MemberId, version: Option<u64>) {
        self.flows.update(|all| {
            if let Some(flow) = all.get_mut(bot) {
                flow.version = version;
            }
        });
        self.list.update(|list| {
            for it in list.iter_mut().flatten().filter(|it| it.bot.id == *bot) {
                it.version = version;
            }
        });
    }

    /// Forgets what became of the last request. Not at each key: what is told of it would be told again.
    fn forget(self) {
        if !self.is_busy() && self.state.with_untracked(|state| *state != Saving::Idle) {
            self.state.set(Saving::Idle);
        }
    }

    fn is_busy(self) -> bool {
        self.state.with_untracked(|state| matches!(state, Saving::Busy | Saving::Publishing))
    }

    fn is_over(self) -> bool {
        self.list.is_disposed()
    }

    /// A deed was not done. If somebody else has published meanwhile, the field keeps what was written, and stands beside
    /// what is published now.
    fn not_done(self, bot: MemberId, deed: Deed, failure: Failure) {
        match &failure {
            Failure::Refused(error) if error.code == ErrorCode::FlowChanged => {}
            _ => return self.failed(failure),
        }
        let Some(api) = self.app.api() else { return };
        spawn_local(async move {
            let answer = api.text(&path(&bot)).await;
            if self.is_over() {
                return;
            }
            match answer.and_then(read_flow) {
                Ok(theirs) => {
                    let newest = theirs.newest;
                    self.took(&bot, theirs.version);
                    self.flows.update(|all| {
                        if let Some(flow) = all.get_mut(&bot) {
                            flow.overtaken(theirs, &words::language());
                        }
                    });
                    self.state.set(Saving::Overtaken(deed, newest));
                    self.load_versions();
                }
                Err(failure) => self.failed(failure),
            }
        });
    }

    fn failed(self, failure: Failure) {
        let failure = self.app.gate.unless_lost(failure);
        self.state.set(match failure {
            Some(failure) => Saving::Failed(say(text::failure(&failure))),
            None => Saving::Idle,
        });
    }
}

fn read_flow(answer: String) -> Result<Edited, Failure> {
    Edited::of(&answer, &words::language()).ok_or_else(unreadable)
}

/// The failure of an answer that can't be read.
fn unreadable() -> Failure {
    Failure::Refused(ErrorCode::Internal.bare())
}

/// The path by which somebody changes a bot's flow who has seen this version as the newest.
pub fn path_after(bot: &MemberId, newest: u64) -> String {
    [&path(bot), "?after=", &newest.to_string()].concat()
}

/// The path of a bot's flow.
pub fn path(bot: &MemberId) -> String {
    [PATH, "/", bot.as_str(), "/flow"].concat()
}
