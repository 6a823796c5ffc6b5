//! From the machine's changes to signals. The only writer of what the server decides.

use leptos::prelude::*;
use porchlight_browser::{Shell, page, time};
use porchlight_client::machine::ThreadState;
use porchlight_client::{Change, Content, Delivery, Link, Machine, Place, Row};
use porchlight_protocol::closing::NoticePlace;
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::{Author, VisitorKey};

use crate::app::{App, LinkView, RowEntry, RowView, Thread};
use crate::text;

/// Milliseconds after which a message starts a new group, though its author is the same.
const GROUP_MS: i64 = 5 * 60_000;

/// Keeps the signals of an [`App`] true to the machine.
pub struct WidgetShell {
    /// Whose signals.
    pub app: App,
}

impl Shell for WidgetShell {
    fn changed(&self, machine: &Machine, changes: &[Change]) {
        for change in changes {
            match change {
                Change::List | Change::Site => {}
                Change::Rows(place) => self.show_rows_of(machine, place),
                Change::Named { client_id, id } => {
                    let named = Place::New(client_id.clone());
                    if self.app.place.with_untracked(|shown| shown.as_ref() == Some(&named)) {
                        // The same thread under its name: nothing on the screen is built anew.
                        self.app.place.set(Some(Place::At(id.clone())));
                    }
                    self.app.with_host(|host| host.event("conversation-started"));
                }
                Change::Link => self.show_link(machine),
                Change::Refused { place, error } => {
                    let shown = self.app.place.get_untracked();
                    if shown == Some(machine.resolve(place.clone())) {
                        self.app.thread.update(|thread| thread.refused = Some(error.code));
                    }
                    self.app.say(text::refused(error.code));
                }
            }
        }
        self.show_home(machine);
        if let Some(place) = self.app.place.get_untracked() {
            if machine.thread_state(&place) == ThreadState::Gone
                || !machine.visitor_view(&place).listed
            {
                self.app.go_home();
            } else {
                self.show_head(machine, &place);
                self.app.read();
            }
        }
    }

    fn restore_draft(&self, place: Place, text: String) {
        let kept = self.app.draft(&place);
        let joined = if kept.is_empty() { text } else { [&text, "\n", &kept].concat() };
        self.app.keep_draft(&place, &joined);
        self.app.restored.update(|restored| *restored += 1);
    }

    fn key_minted(&self, key: &VisitorKey) {
        self.app.with_host(|host| host.keep_key(key));
        self.app.link.update(|link| link.known = true);
    }

    fn key_forgotten(&self) {
        self.app.with_host(crate::host::Host::forget_key);
        self.app.link.update(|link| link.known = false);
    }
}

impl WidgetShell {
    fn show_link(&self, machine: &Machine) {
        let known = self.app.link.with_untracked(|link| link.known);
        let view = LinkView {
            link: machine.link(),
            welcomed: machine.is_welcomed(),
            known,
            offline: !page::is_online(),
            fault: machine.fault(),
        };
        if view.link == Link::Down && self.app.link.with_untracked(|link| link.link) == Link::Up {
            self.app.say(if view.offline { text::STALE } else { text::RECONNECTING });
        }
        set(self.app.link, view);
    }

    fn show_home(&self, machine: &Machine) {
        let unread = machine.unread();
        self.app.with_host(|host| {
            host.unread(unread);
            host.active(machine.is_active());
        });
        set(self.app.home, machine.home());
    }

    /// Shows a thread for the first time.
    pub fn show_thread(&self, machine: &Machine, place: &Place) {
        self.show_head(machine, place);
        self.show_rows_of(machine, place);
    }

    fn show_head(&self, machine: &Machine, place: &Place) {
        let view = machine.visitor_view(place);
        let policy = machine.policy();
        let notice = |at| (view.notice == Some(at)).then(|| policy.notice.clone()).flatten();
        let conversation = match machine.resolve(place.clone()) {
            Place::At(id) => machine.conversation(&id).map(|known| (known, machine.has_older(&id))),
            Place::New(_) => None,
        };
        let bot = conversation.and_then(|(conversation, _)| match &conversation.kind {
            Kind::Bot(bot) => Some(bot.name.clone()),
            Kind::Live => None,
        });
        let owner = conversation.and_then(|(conversation, _)| conversation.assignee.as_ref());
        let name = owner.map(|owner| owner.name.clone()).or_else(|| bot.clone());
        let before = self.app.thread.get_untracked();
        let thread = Thread {
            name: name.unwrap_or_else(|| self.app.config.with_value(|config| config.name.clone())),
            bot: bot.is_some() && owner.is_none(),
            online: machine.is_team_online(),
            marked_closed: view.marked_closed,
            field: view.field,
            notice_line: notice(NoticePlace::Thread),
            notice_instead: notice(NoticePlace::Field),
            loading: machine.thread_state(place) == ThreadState::Loading,
            has_older: conversation.is_some_and(|(_, has_older)| has_older),
            refused: before.refused,
        };
        if before.field && !thread.field {
            let notice = thread.notice_instead.clone();
            self.app.say(notice.unwrap_or_else(|| text::IS_CLOSED.to_owned()));
        }
        set(self.app.thread, thread);
    }

    fn show_rows_of(&self, machine: &Machine, place: &Place) {
        let Some(shown) = self.app.place.get_untracked() else { return };
        if machine.resolve(shown.clone()) != machine.resolve(place.clone()) {
            return;
        }
        let now = time::now();
        let locale = self.app.locale.get_untracked();
        let number = self.app.shown.get_value();
        let rows = machine.rows(&shown);
        let last_sent = rows.iter().rev().find(|row| row.mine && is_sent(row)).map(|row| row.key);
        let known = self.app.rows.get_untracked();
        let newest_known = known.last().map(|entry| entry.state.with_untracked(|view| view.row.at));
        let mut entries = Vec::with_capacity(rows.len());
        let mut before: Option<Row> = None;
        let mut old = known.iter().peekable();
        for row in rows {
            let new_day =
                before.as_ref().is_none_or(|before| time::day(before.at) != time::day(row.at));
            let view = RowView {
                starts_group: new_day || before.as_ref().is_none_or(|before| parted(before, &row)),
                day: new_day.then(|| time::day_name(row.at, now, &locale)),
                last_sent: Some(row.key) == last_sent,
                is_new: newest_known.is_some_and(|newest| row.at >= newest),
                row: row.clone(),
            };
            let key = (number, row.key);
            // Both lists are in the order of the thread, so one pass finds what is there already.
            let entry = known.iter().find(|entry| entry.key == key);
            let entry = match old.peek() {
                Some(next) if next.key == key => old.next(),
                _ => entry,
            };
            entries.push(match entry {
                Some(entry) => {
                    let same = entry.state.with_untracked(|shown| {
                        RowView { is_new: shown.is_new, ..view.clone() } == *shown
                    });
                    if !same {
                        let is_new = entry.state.with_untracked(|shown| shown.is_new);
                        entry.state.set(RowView { is_new, ..view });
                    }
                    entry.clone()
                }
                None => RowEntry { key, state: ArcRwSignal::new(view) },
            });
            before = Some(row);
        }
        let same =
            entries.len() == known.len() && entries.iter().zip(&known).all(|(a, b)| a.key == b.key);
        if !same {
            self.app.rows.set(entries);
        }
    }
}

fn is_sent(row: &Row) -> bool {
    matches!(row.content, Content::Message { delivery: Delivery::Sent, .. })
}

fn parted(before: &Row, row: &Row) -> bool {
    let same_author = match (&before.author, &row.author) {
        (Author::Agent(a), Author::Agent(b)) | (Author::Bot(a), Author::Bot(b)) => a.id == b.id,
        (a, b) => a == b,
    };
    !same_author || row.at - before.at > GROUP_MS
}

/// Wakes the views only if there is something to see.
fn set<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.with_untracked(|known| *known != value) {
        signal.set(value);
    }
}
