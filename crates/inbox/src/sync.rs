//! [`InboxShell`] applies the machine's changes to the signals. Nothing else writes signals that show the
//! server's state.

use std::collections::BTreeMap;

use leptos::prelude::*;
use porchlight_browser::{Shell, time};
use porchlight_client::inbox::Moves;
use porchlight_client::machine::{RowKeys, ThreadState};
use porchlight_client::{Change, Link, Machine, Place, Writing};
use porchlight_protocol::conversation::Status;
use porchlight_protocol::{Author, Conversation, ConversationId, Counts, ErrorCode};

use crate::app::{App, Item, Line, LinkView, Mode, Talk, TalkState};
use crate::list::item::ItemView;
use crate::talk::draft::Field;
use crate::talk::keep;
use crate::talk::lines::{self, LineKey, LineView};
use crate::words::Word;
use porchlight_client::hold::{self, Hold};

/// Updates the signals of an [`App`] from the machine.
pub struct InboxShell {
    /// The signals.
    pub app: App,
}

impl Shell for InboxShell {
    fn changed(&self, machine: &Machine, changes: &[Change]) {
        // After a sign-out, the old machine may still get events.
        if self.app.is_over() {
            return;
        }
        let moves = self.app.list.folders.try_update_value(|it| it.changed(machine, changes));
        self.show_moves(machine, &moves.unwrap_or_default());
        self.app.ensure_names(machine, changes);
        self.app.update_notifier(machine, changes);
        let Shows { link, talk, lines, closings, site, page } = self.shows(changes);
        if link {
            self.show_link(machine);
            // A welcome has the server's time.
            self.app.tick();
        }
        if talk {
            self.show_talk(machine);
        }
        if lines {
            self.show_lines(machine);
            self.app.read();
        }
        if closings {
            self.app.show_closings(machine);
        }
        for change in changes {
            match change {
                Change::Done { id, client_id } => self.app.done(id, client_id),
                Change::Standing(_) => {
                    self.app
                        .visitors
                        .standings
                        .update(|standings| *standings = standings.wrapping_add(1));
                }
                Change::Refused { place, client_id, error } => {
                    self.app.refused(place, client_id.as_ref(), error);
                }
                _ => {}
            }
        }
        if site {
            self.app.settings.site_changes.update(|changes| *changes += 1);
        }
        if page {
            self.app.welcomes.update(|welcomes| *welcomes = welcomes.wrapping_add(1));
            self.app.ensure_page();
        }
    }

    fn restore_draft(&self, place: Place, writing: Writing, text: String) {
        if let (Place::At(id), false) = (place, self.app.is_over()) {
            self.app.restore_draft(&id, Field::of(writing), &text);
        }
    }
}

/// What a burst of changes makes necessary, once for all of them.
#[derive(Default)]
struct Shows {
    link: bool,
    talk: bool,
    lines: bool,
    closings: bool,
    site: bool,
    page: bool,
}

impl InboxShell {
    fn shows(&self, changes: &[Change]) -> Shows {
        let mut shows = Shows::default();
        for change in changes {
            match change {
                Change::List => (shows.talk, shows.closings) = (true, true),
                Change::Typing(_) => shows.talk = true,
                Change::Rows(place) if self.is_open(place) => {
                    (shows.talk, shows.lines) = (true, true);
                }
                Change::Link => (shows.link, shows.talk) = (true, true),
                Change::Done { .. } => shows.closings = true,
                // The time of auto-close may have changed.
                Change::Site => (shows.site, shows.talk) = (true, true),
                Change::Welcomed => shows.page = true,
                _ => {}
            }
        }
        shows
    }

    /// Updates all signals, as after going to another place.
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
                app.say_word(if link.offline { Word::LinkOffline } else { Word::LinkDown });
            }
            (Link::Down, Link::Up) => app.say_word(Word::LinkUp),
            (_, Link::Up) if before.link != Link::Up => app.say(""),
            _ => {}
        }
        match link.fault {
            Some(ErrorCode::SignInRequired | ErrorCode::CsrfTokenInvalid) => app.gate.lost(),
            Some(ErrorCode::VersionMismatch) => app.say_word(Word::LinkOutdated),
            _ => {}
        }
        app.show_page(machine);
    }

    /// Updates the lists.
    fn show_moves(&self, machine: &Machine, moves: &Moves) {
        let app = self.app;
        if !moves.lines.is_empty() {
            let me = app.me();
            app.list.items.with_untracked(|items| {
                for id in &moves.lines {
                    let row = items.iter().find(|item| item.id == *id);
                    if let (Some(row), Some(known)) = (row, machine.conversation(id)) {
                        keep(Some(&row.view), ItemView::of(known, machine.names(), &me));
                    }
                }
            });
        }
        if moves.folders.contains(&app.filter()) {
            self.show_items(machine);
        }
        if !moves.lines.is_empty() || !moves.folders.is_empty() {
            self.show_counts();
            app.show_page(machine);
            app.ensure_counts();
        }
    }

    /// Updates the listed folder, and the counts.
    pub fn show_list(&self, machine: &Machine) {
        self.show_items(machine);
        self.show_counts();
        self.app.show_page(machine);
    }

    fn show_counts(&self) {
        let counts = self.app.list.folders.with_value(|folders| folders.counts());
        // The revision is not shown. With it, the signal would change with every commit.
        put(self.app.list.counts, Counts { revision: 0, ..counts });
    }

    /// Updates the ids of the list. The content of each item is a signal of its own.
    fn show_items(&self, machine: &Machine) {
        let app = self.app;
        let wanted: Vec<ConversationId> =
            app.list.folders.with_value(|folders| folders.list(app.listing()).cloned().collect());
        let stood = app.listed();
        if wanted == stood {
            return app.list.hold.update_value(Hold::settles);
        }
        let listed = if stood.is_empty() { wanted } else { self.hold(machine, &stood, wanted) };
        if listed == stood {
            return;
        }
        let me = app.me();
        let signals = |items: &Vec<Item>| -> BTreeMap<ConversationId, ArcRwSignal<ItemView>> {
            items.iter().map(|it| (it.id.clone(), it.view.clone())).collect()
        };
        let rows = app.list.items.with_untracked(signals);
        let former = app.list.former.with_value(signals);
        let row = |id: &ConversationId| {
            let view = match rows.get(id) {
                Some(view) => view.clone(),
                // The element of a row that the folder before had, too, stays: with its signal.
                None => {
                    let known = machine.conversation(id)?;
                    keep(former.get(id), ItemView::of(known, machine.names(), &me))
                }
            };
            Some(Item { id: id.clone(), view })
        };
        app.list.former.set_value(Vec::new());
        app.list.items.set(listed.iter().filter_map(row).collect());
        app.prune_selection(&listed);
    }

    /// The order to show: the current one while rows are held, else the wanted one.
    fn hold(
        &self,
        machine: &Machine,
        stood: &[ConversationId],
        wanted: Vec<ConversationId>,
    ) -> Vec<ConversationId> {
        let app = self.app;
        let waits = app.list.hold.try_update_value(|hold| hold.waits(time::now())).flatten();
        let Some(wait_ms) = waits else { return wanted };
        app.look_again(wait_ms);
        let me = app.me();
        hold::held(stood, &wanted, |id| {
            let Some(known) = machine.conversation(id) else { return true };
            let by_me = match &known.status {
                Status::Closed { by: Author::Agent(by), .. } => by.id == me.id,
                _ => known.is_owned_by(&me),
            };
            by_me && !app.filter().holds(known, &me)
        })
    }

    /// Updates the open conversation, apart from its lines.
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
            Talk {
                state,
                mode,
                busy,
                has_older,
                older_failed,
                hides_unread: machine.policy().hides_unread(),
                named: conversation
                    .as_ref()
                    .and_then(|known| machine.names().get(&known.visitor).cloned()),
                typing: machine.typing(&id).cloned(),
                seen: conversation.as_ref().is_some_and(is_seen),
                closes_at: machine.closes_at(&id),
                conversation,
                id,
            }
        });
        put(app.talk, talk);
    }

    /// Updates the lines of the open conversation that are in the window.
    pub fn show_lines(&self, machine: &Machine) {
        let app = self.app;
        let Some(id) = app.route.with_untracked(|route| route.open().cloned()) else { return };
        let place = Place::At(id);
        keep::hold(app);
        let RowKeys { all, ends_with_mine, .. } = machine.row_keys(&place);
        let (before, newest) = (app.transcript.newest.get_untracked(), all.last().copied());
        if before.is_some() && before != newest {
            if ends_with_mine {
                app.transcript.at_end.set(true);
            } else if !app.transcript.at_end.get_untracked() {
                app.transcript.below.set(true);
            }
        }
        put(app.transcript.newest, newest);
        let at_end = app.transcript.at_end.get_untracked();
        let shown = app.transcript.window.try_update_value(|window| {
            window.set(all, at_end);
            (window.shown(), window.spacers_px())
        });
        let (shown, spacers_px) = shown.unwrap_or_default();
        put(app.transcript.spacers_px, spacers_px);
        let above = shown.start.saturating_sub(1);
        let mut rows = machine.rows_in(&place, above..shown.end).into_iter();
        let above = if above < shown.start { rows.next() } else { None };

        let old = app.transcript.lines.read_untracked().clone();
        let known: BTreeMap<LineKey, &ArcRwSignal<LineView>> =
            old.iter().map(|line| (line.key, &line.view)).collect();
        let bot = match &place {
            Place::At(id) => machine.conversation(id).and_then(Conversation::bot),
            _ => None,
        };
        let lines: Vec<Line> = lines::lines(above.as_ref(), rows, bot, time::day)
            .into_iter()
            .map(|(key, view)| Line { key, view: keep(known.get(&key).copied(), view) })
            .collect();
        let keys = |lines: &[Line]| lines.iter().map(|line| line.key).collect::<Vec<_>>();
        let (keys_before, keys) = (keys(&old), keys(&lines));
        if keys != keys_before {
            if let Some(before) = before {
                put(app.transcript.live, lines::are_news(&keys_before, &keys, before));
            }
            app.transcript.lines.set(lines);
        }
        if at_end {
            app.note_seen(machine);
        }
    }
}

/// True if the last words are the team's, and the visitor has read all of them.
fn is_seen(conversation: &Conversation) -> bool {
    let last = conversation.last.as_ref();
    last.is_some_and(|last| last.author.member().is_some())
        && conversation.visitor_read.unread.is_empty()
}

/// The existing signal of a row, updated, or a new one.
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

/// Sets a signal, if the value differs.
fn put<T: PartialEq + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if *signal.read_untracked() != value {
        signal.set(value);
    }
}
