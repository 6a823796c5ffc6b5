//! The sidebar beside a conversation: what is known of the visitor, and what agents change of it.

pub mod call;
pub mod face;
pub mod part;
pub mod sidebar;
pub mod standing;
pub mod state;
pub mod told;
pub mod view;
pub mod visitors;
pub mod zone;

use leptos::prelude::*;
use porchlight_client::Failure;
use porchlight_protocol::person::VisitorRecord;
use porchlight_protocol::rights::Right;
use porchlight_protocol::wire::Listing;
use porchlight_protocol::{Conversation, ConversationId, ErrorCode, Revision, VisitorId};
use wasm_bindgen_futures::spawn_local;

use crate::app::App;
use crate::person::part::{Part, Problem, Written};
use crate::settings::setting::Saving;
use crate::text;
use crate::words::{Pattern, Word, fill, say};

/// Earlier conversations on a page of the sidebar.
const PAGE: usize = 10;

/// The path of a visitor's record in the API.
pub fn path(id: &VisitorId) -> String {
    ["/visitors/", id.as_str()].concat()
}

/// What became of the last change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing yet.
    None,
    /// The request is in flight.
    Busy,
    /// It was not done, for this reason.
    Refused(String),
}

/// The visitor's conversations, the newest activity first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Earlier {
    /// Those that are loaded.
    pub listed: Vec<Conversation>,
    /// The cursor of the next page, if there is one.
    pub next: Option<Revision>,
}

/// The state of the sidebar. Only the functions here write to its signals.
#[derive(Clone, Copy)]
pub struct PersonPanel {
    /// The visitor.
    pub id: StoredValue<VisitorId>,
    /// The record, once it has been loaded.
    pub record: RwSignal<Option<VisitorRecord>>,
    /// The state of its last load.
    pub state: RwSignal<Saving>,
    /// The visitor's conversations, once they have been loaded.
    pub earlier: RwSignal<Option<Earlier>>,
    /// The state of their last load.
    pub earlier_state: RwSignal<Saving>,
    /// The part that is being changed.
    pub editing: RwSignal<Option<Part>>,
    /// What became of the change.
    pub outcome: RwSignal<Outcome>,
    /// The value of that part as the agent has seen it last.
    seen: StoredValue<Written>,
    /// True if the agent may change the record.
    pub may_edit: bool,
    /// The inbox.
    pub app: App,
}

impl PersonPanel {
    /// The sidebar of this visitor, which requests what it shows.
    pub fn open(app: App, id: VisitorId) -> Self {
        let panel = PersonPanel {
            id: StoredValue::new(id),
            record: RwSignal::new(None),
            state: RwSignal::new(Saving::Idle),
            earlier: RwSignal::new(None),
            earlier_state: RwSignal::new(Saving::Idle),
            editing: RwSignal::new(None),
            outcome: RwSignal::new(Outcome::None),
            seen: StoredValue::default(),
            may_edit: app.session.with_value(|session| session.role.may(Right::EditVisitors)),
            app,
        };
        panel.load();
        panel.load_earlier();
        panel.follow();
        panel
    }

    /// Follows changes: of this agent, which the server has answered, and of others, of whom the inbox is told.
    fn follow(self) {
        let app = self.app;
        Effect::new(move |_| {
            let told = app.visitors.changed_record.get();
            let id = self.id.get_value();
            if let Some(record) = told.filter(|record| record.id == id) {
                self.took(record);
            }
        });
        let newest = Memo::new(move |_| app.talk.with(|talk| talk.as_ref()?.named.clone()));
        Effect::new(move |_| {
            let revision = newest.with(|name| name.as_ref().map_or(0, |name| name.revision));
            let known = self.record.with_untracked(|it| it.as_ref().map(|it| it.revision));
            if known.is_some_and(|known| known < revision) {
                self.load();
            }
        });
        // What was said and closed meanwhile shows when the agent goes from one conversation to another.
        Effect::new(move |before: Option<Option<ConversationId>>| {
            let open = app.route.with(|route| route.open().cloned());
            if before.is_some_and(|before| before != open) {
                self.load_earlier();
            }
            open
        });
        // After a gap in the connection nobody has told what changed meanwhile.
        Effect::new(move |before: Option<u32>| {
            let welcomes = app.welcomes.get();
            if before.is_some_and(|before| before != welcomes) {
                self.load();
                self.load_earlier();
            }
            welcomes
        });
    }

    fn is_over(self) -> bool {
        self.record.is_disposed()
    }

    /// Requests the record.
    pub fn load(self) {
        let Some(api) = self.app.api() else { return };
        self.state.set(Saving::Busy);
        spawn_local(async move {
            let answer = api.get::<VisitorRecord>(&path(&self.id.get_value())).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(record) => {
                    self.state.set(Saving::Idle);
                    self.app.names(vec![record.as_name()]);
                    self.took(record);
                }
                Err(failure) => {
                    if let Some(why) = self.app.why(failure) {
                        self.state.set(Saving::Failed(why));
                    }
                }
            }
        });
    }

    /// Takes a record over, unless a later one is shown.
    fn took(self, record: VisitorRecord) {
        let later = |shown: &Option<VisitorRecord>| {
            shown.as_ref().is_some_and(|shown| shown.revision > record.revision)
        };
        if !self.record.with_untracked(later) {
            self.record.set(Some(record));
        }
    }

    /// Requests the newest of the visitor's conversations.
    pub fn load_earlier(self) {
        self.ask_earlier(None);
    }

    /// Requests the next page of them.
    pub fn load_more(self) {
        let next = self.earlier.with_untracked(|it| it.as_ref().and_then(|it| it.next));
        if next.is_some() {
            self.ask_earlier(next);
        }
    }

    fn ask_earlier(self, before: Option<Revision>) {
        if self.earlier_state.with_untracked(|state| *state == Saving::Busy) {
            return;
        }
        let Some(api) = self.app.api() else { return };
        self.earlier_state.set(Saving::Busy);
        spawn_local(async move {
            let mut path = path(&self.id.get_value());
            path.push_str("/conversations?limit=");
            path.push_str(&PAGE.to_string());
            if let Some(before) = before {
                path.push_str("&before=");
                path.push_str(&before.to_string());
            }
            let answer = api.get::<Listing>(&path).await;
            if self.is_over() {
                return;
            }
            match answer {
                Ok(listing) => {
                    let mut earlier = match before {
                        Some(_) => self.earlier.get_untracked().unwrap_or_default(),
                        None => Earlier::default(),
                    };
                    earlier.listed.extend(listing.conversations);
                    earlier.next = listing.next;
                    self.earlier.set(Some(earlier));
                    self.earlier_state.set(Saving::Idle);
                }
                Err(failure) => {
                    if let Some(why) = self.app.why(failure) {
                        self.earlier_state.set(Saving::Failed(why));
                    }
                }
            }
        });
    }

    /// Begins to change a part.
    pub fn begin(self, part: Part) {
        let now = self.record.with_untracked(|it| it.as_ref().map(|it| part.written(it)));
        self.seen.set_value(now.unwrap_or_default());
        self.outcome.set(Outcome::None);
        self.editing.set(Some(part));
    }

    /// Gives the change up.
    pub fn give_up(self) {
        self.outcome.set(Outcome::None);
        self.editing.set(None);
    }

    /// Saves what was written. Calls `done` once nothing is left to do.
    pub fn save(self, part: &Part, written: &Written, done: impl FnOnce() + 'static) {
        if self.outcome.with_untracked(|outcome| *outcome == Outcome::Busy) {
            return;
        }
        let Some(record) = self.record.get_untracked() else { return };
        let now = part.written(&record);
        if self.seen.with_value(|seen| *seen != now) {
            // Somebody else has changed it under the field. Whoever saves again means it.
            let words = fill(Pattern::PersonOvertaken, &[&or_none(&now.value)]);
            self.seen.set_value(now);
            return self.outcome.set(Outcome::Refused(words));
        }
        let edit = match part.edit(written, &record) {
            Ok(Some(edit)) => edit,
            Ok(None) => {
                self.give_up();
                return done();
            }
            Err(problem) => return self.outcome.set(Outcome::Refused(why(problem, part))),
        };
        self.outcome.set(Outcome::Busy);
        self.app.edit_visitor(record, edit, move |answer| {
            if self.is_over() {
                return;
            }
            match answer {
                Ok(()) => {
                    self.give_up();
                    done();
                }
                Err(failure) => self.refused(failure),
            }
        });
    }

    /// What was written stays in the field. If somebody else has changed the record, it is shown as it is now.
    fn refused(self, failure: Failure) {
        let code = match &failure {
            Failure::Refused(error) => Some(error.code),
            Failure::Network => None,
        };
        if code == Some(ErrorCode::RecordChanged) {
            self.load();
        }
        let why = self.app.why(failure);
        self.outcome.set(why.map_or(Outcome::None, Outcome::Refused));
    }
}

fn or_none(value: &str) -> String {
    if value.is_empty() { say(Word::PersonRemoved) } else { value.to_owned() }
}

fn why(problem: Problem, part: &Part) -> String {
    say(match problem {
        Problem::Refused(ErrorCode::AttributeInvalid) if *part != Part::New => {
            Word::ErrorTextTooLong
        }
        Problem::Refused(code) => text::error_code(code),
        Problem::Twice => Word::PersonTwice,
        Problem::Nothing => Word::ErrorTextEmpty,
    })
}
