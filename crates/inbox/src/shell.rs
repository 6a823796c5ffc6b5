//! From the machine's changes to signals. The only writer of what the server decides.

use std::collections::BTreeMap;

use leptos::prelude::*;
use porchlight_browser::{Shell, time};
use porchlight_client::inbox::Filter;
use porchlight_client::machine::ThreadState;
use porchlight_client::{Change, Link, Machine, Place, Writing};
use porchlight_protocol::{Conversation, ConversationId, ErrorCode};

use crate::app::{App, Counts, Item, Line, LinkView, Mode, Talk, TalkState};
use crate::draft::Field;
use crate::item::ItemView;
use crate::lines::{self, LineKey, LineView};
use crate::text;

/// Keeps the signals of an [`App`] true to the machine.
pub struct InboxShell {
    /// Whose signals.
    pub app: App,
}

impl Shell for InboxShell {
    fn changed(&self, machine: &Machine, changes: &[Change]) {
        // After a sign-out the old machine may still hear of something.
        if self.app.is_over() {
            return;
        }
        for change in changes {
            match change {
                Change::List => {
                    self.show_list(machine);
                    self.show_talk(machine);
                    self.app.show_closings(machine);
                }
                Change::Rows(place) => {
                    if self.is_open(place) {
                        self.show_talk(machine);
                        self.show_lines(machine);
                        self.app.read();
                    }
                }
                Change::Link => {
                    self.show_link(machine);
                    // A welcome tells what time it is.
                    self.app.tick();
                }
                Change::Done { client_id, .. } => {
                    self.app.show_closings(machine);
                    self.app.done(client_id);
                }
                Change::Refused { place, client_id, error } => {
                    self.app.refused(place, client_id.as_ref(), error);
                }
                // When it closes by itself may be another time now.
                Change::Site => {
                    self.show_talk(machine);
                    self.app.site_changes.update(|changes| *changes += 1);
                }
                Change::Named { .. } | Change::Message { .. } => {}
            }
        }
    }

    fn restore_draft(&self, place: Place, writing: Writing, text: String) {
        if let (Place::At(id), false) = (place, self.app.is_over()) {
            self.app.restore_draft(&id, Field::of(writing), &text);
        }
    }
}

impl InboxShell {
    /// Shows everything anew, as after going to another place.
    pub fn show_all(&self, machine: &Machine) {
        self.show_list(machine);
        self.show_talk(machine);
        self.show_lines(machine);
    }

    fn is_open(&self, place: &Place) -> bool {
        let Place::At(id) = place else { return false };
        self.app.route.with_untracked(|route| route.open() == Some(id))
    }

    fn show_link(&self, machine: &Machine) {
        let app = self.app;
        let before = app.link.get_untracked();
        let link = LinkView {
            link: machine.link(),
            offline: machine.is_offline(),
            fault: machine.fault(),
        };
        put(app.link, link);
        match (before.link, link.link) {
            (_, Link::Down) if before.link != Link::Down => {
                app.say(if link.offline { text::OFFLINE } else { text::LINK_DOWN });
            }
            (Link::Down, Link::Up) => app.say(text::LINK_UP),
            (_, Link::Up) if before.link != Link::Up => app.say(""),
            _ => {}
        }
        match link.fault {
            Some(ErrorCode::SignInRequired | ErrorCode::CsrfTokenInvalid) => app.gate.lost(),
            Some(ErrorCode::VersionMismatch) => app.say(text::OUTDATED),
            _ => {}
        }
        if before.link != Link::Up && link.link == Link::Up {
            // What was closed while nobody told us is not in the welcome.
            app.renew_pages();
        }
        self.show_list(machine);
        self.show_talk(machine);
    }

    /// Shows the folder that is listed, and how much is in the others.
    pub fn show_list(&self, machine: &Machine) {
        let app = self.app;
        let open = machine.folder(Filter::Open);
        put(
            app.counts,
            Counts {
                open: open.len(),
                unassigned: machine.folder(Filter::Unassigned).len(),
                mine: machine.folder(Filter::Mine).len(),
                unread: open.iter().filter(|known| !known.team_read.unread.is_empty()).count(),
            },
        );
        let filter = app.route.with_untracked(|route| route.filter());
        self.show_items(machine.folder(filter));
        app.show_page(machine);
    }

    fn show_items(&self, folder: Vec<&Conversation>) {
        let app = self.app;
        let me = app.me();
        let old = app.items.read_untracked().clone();
        let known: BTreeMap<_, _> = old.iter().map(|item| (&item.id, &item.view)).collect();
        let items: Vec<Item> = folder
            .into_iter()
            .map(|conversation| {
                let view = ItemView::of(conversation, &me);
                let view = keep(known.get(&conversation.id).copied(), view);
                Item { id: conversation.id.clone(), view }
            })
            .collect();
        if !items.iter().map(|item| &item.id).eq(old.iter().map(|item| &item.id)) {
            let listed: Vec<ConversationId> = items.iter().map(|item| item.id.clone()).collect();
            app.items.set(items);
            app.prune_selection(&listed);
        }
    }

    /// Shows what is known of the open conversation beside its lines.
    pub fn show_talk(&self, machine: &Machine) {
        let app = self.app;
        let id = app.route.with_untracked(|route| route.open().cloned());
        let talk = id.map(|id| {
            let conversation = machine.conversation(&id).cloned();
            let state = match machine.thread_state(&Place::At(id.clone())) {
                ThreadState::Ready => TalkState::Ready,
                ThreadState::Gone => TalkState::Gone,
                ThreadState::Failed => TalkState::Unreachable,
                ThreadState::Loading if machine.link() == Link::Down => TalkState::Unreachable,
                ThreadState::Loading => TalkState::Loading,
            };
            let mode = match &conversation {
                Some(known) if known.is_closed() => Mode::Closed,
                Some(known) if known.is_owned_by(&app.me()) => Mode::Own,
                _ => Mode::Locked,
            };
            let (busy, has_older) = (machine.is_busy(&id), machine.has_older(&id));
            let older_failed = machine.has_older_failed(&id);
            let closes_at = machine.closes_at(&id);
            Talk { id, state, conversation, mode, busy, has_older, older_failed, closes_at }
        });
        put(app.talk, talk);
    }

    /// Shows the open conversation's lines.
    pub fn show_lines(&self, machine: &Machine) {
        let app = self.app;
        let Some(id) = app.route.with_untracked(|route| route.open().cloned()) else { return };
        let rows = machine.rows(&Place::At(id));
        let mine = rows.last().is_some_and(|row| row.mine);
        let old = app.lines.read_untracked().clone();
        let known: BTreeMap<LineKey, &ArcRwSignal<LineView>> =
            old.iter().map(|line| (line.key, &line.view)).collect();
        let lines: Vec<Line> = lines::lines(rows, time::day)
            .into_iter()
            .map(|(key, view)| Line { key, view: keep(known.get(&key).copied(), view) })
            .collect();
        let (last_before, last) =
            (old.last().map(|line| line.key), lines.last().map(|line| line.key));
        if last_before.is_some() && last_before != last {
            if mine {
                app.at_end.set(true);
            } else if !app.at_end.get_untracked() {
                app.below.set(true);
            }
        }
        if !lines.iter().map(|line| line.key).eq(old.iter().map(|line| line.key)) {
            app.lines.set(lines);
        }
        if app.at_end.get_untracked() {
            app.note_seen(machine);
        }
    }
}

/// The signal that a row has already, with what it shows now.
fn keep<T: PartialEq + Send + Sync + 'static>(
    known: Option<&ArcRwSignal<T>>,
    view: T,
) -> ArcRwSignal<T> {
    match known {
        None => ArcRwSignal::new(view),
        Some(signal) => {
            if *signal.read_untracked() != view {
                signal.set(view);
            }
            signal.clone()
        }
    }
}

/// Sets a signal if that changes something.
fn put<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if *signal.read_untracked() != value {
        signal.set(value);
    }
}
