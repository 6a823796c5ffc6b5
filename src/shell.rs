//! From the machine's changes to the screen. The only writer of what the server decides.

use std::rc::Rc;
use std::sync::Arc;

use porchlight_browser::{Shell, page, time};
use porchlight_client::machine::ThreadState;
use porchlight_client::{Change, Content, Delivery, Link, Machine, Place, Row, Writing};
use porchlight_protocol::closing::NoticePlace;
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::{Author, VisitorKey};

use crate::app::App;
use crate::screen::{HomeLine, LinkView, RowView, Warned};
use crate::text;
use crate::toast::Wish;

/// Milliseconds after which a message starts a new group, though its author is the same.
const GROUP_MS: i64 = 5 * 60_000;

/// Milliseconds to a closing from which on its last minute is told: a timer may be a little early.
const LAST_MINUTE_MS: u64 = 61_000;

/// Milliseconds to a closing from which on it is less than a minute. The machine counts minutes.
pub const LAST_HALF_MS: u64 = 30_000;

/// Keeps the screen of an [`App`] true to the machine.
pub struct WidgetShell {
    /// Whose screen.
    pub app: Rc<App>,
}

impl Shell for WidgetShell {
    fn changed(&self, machine: &Machine, changes: &[Change]) {
        let mut rows_changed = false;
        for change in changes {
            match change {
                Change::List | Change::Site => {}
                Change::Rows(place) => rows_changed |= self.shows(machine, place),
                Change::Named { client_id, id } => {
                    self.name(Place::New(client_id.clone()), Place::At(id.clone()));
                }
                Change::Link => self.show_link(machine),
                Change::Done { client_id, .. } => {
                    if self.app.pending.answered(client_id) == Some(Wish::KeepOpen) {
                        self.app.paint().say(text::KEPT_OPEN);
                    }
                }
                Change::Refused { place, client_id, error } => {
                    let wish = client_id.as_ref().and_then(|id| self.app.pending.answered(id));
                    if let Some(wish) = wish {
                        self.app.toast(text::not_done(wish), None);
                        continue;
                    }
                    if !self.shows(machine, place) {
                        // What is said where the text was would not be seen. What can be undone
                        // stays so.
                        let undo = self.app.undoable();
                        self.app.toast(text::refused(error.code), undo);
                        continue;
                    }
                    let mut screen = self.app.paint();
                    if let Some(thread) = &mut screen.thread {
                        thread.refused = Some(error.code);
                    }
                    screen.say(text::refused(error.code));
                }
            }
        }
        self.show_home(machine);
        let Some(place) = self.app.place() else { return };
        let gone = machine.thread_state(&place) == ThreadState::Gone;
        if gone || !machine.visitor_view(&place).listed {
            return self.app.go_home();
        }
        self.show_head(machine, &place);
        if rows_changed {
            self.show_rows(machine, &place);
        }
        self.app.read();
    }

    fn restore_draft(&self, place: Place, _: Writing, text: String) {
        self.app.add_to_draft(&place, &text);
        if self.app.place() == Some(place) {
            self.app.keeper.want_draft();
        }
    }

    fn key_minted(&self, key: &VisitorKey) {
        self.app.host.keep_key(key);
        self.app.paint().link.known = true;
    }

    fn key_forgotten(&self) {
        self.app.host.forget_key();
        self.app.paint().link.known = false;
    }
}

impl WidgetShell {
    /// True if this is the thread on the screen, under whatever name.
    fn shows(&self, machine: &Machine, place: &Place) -> bool {
        let shown = self.app.place();
        shown.is_some_and(|shown| machine.resolve(shown) == machine.resolve(place.clone()))
    }

    /// The same thread under its name: nothing on the screen is built anew, and what is being
    /// written in it stays.
    fn name(&self, new: Place, named: Place) {
        if self.app.place().as_ref() == Some(&new) {
            self.app.move_draft(&new, &named);
            if let Some(thread) = &mut self.app.paint().thread {
                thread.place = named;
            }
        }
        self.app.host.event("conversation-started");
    }

    fn show_link(&self, machine: &Machine) {
        let mut screen = self.app.paint();
        let before = screen.link;
        screen.link = LinkView {
            link: machine.link(),
            welcomed: machine.is_welcomed(),
            known: before.known,
            offline: !page::is_online(),
            ended: machine.fault().is_some(),
        };
        if screen.link.link == Link::Down && before.link == Link::Up {
            let offline = screen.link.offline;
            screen.said = if offline { text::STALE } else { text::RECONNECTING }.to_owned();
        } else if screen.link.link == Link::Up && before.link != Link::Up {
            screen.said.clear();
        }
    }

    /// Shows the conversation history.
    pub fn show_home(&self, machine: &Machine) {
        self.app.host.unread(machine.unread());
        self.app.host.active(machine.is_active());
        let locale = self.app.locale.borrow();
        let now = time::now();
        let mut screen = self.app.paint();
        let site = screen.site.clone();
        let line = |row: porchlight_client::home::HomeRow| HomeLine {
            name: row.with.map_or_else(|| site.clone(), |with| with.name),
            bot: row.bot,
            datetime: time::datetime(row.at),
            when: time::short(row.at, now, &locale),
            prefix: match (row.failed, row.own) {
                (true, _) => text::NOT_SENT,
                (false, true) => text::YOU,
                (false, false) => "",
            },
            preview: row.preview,
            unread: row.unread,
            marked_closed: row.marked_closed,
            can_close: row.can_close,
            place: row.place,
        };
        screen.home = machine.home().into_iter().map(|row| Arc::new(line(row))).collect();
        // What is back needs no Undo.
        let undo = screen.toast.as_ref().and_then(|toast| toast.undo.as_ref());
        if let Some(id) = undo
            && machine.visitor_view(&Place::At(id.clone())).listed
        {
            screen.toast = None;
        }
    }

    /// Shows what changes while time passes.
    pub fn show_times(&self, machine: &Machine) {
        self.show_home(machine);
        if let Some(place) = self.app.place() {
            self.show_head(machine, &place);
        }
    }

    /// Shows a thread for the first time.
    pub fn show_thread(&self, machine: &Machine) {
        if let Some(place) = self.app.place() {
            self.show_head(machine, &place);
            self.show_rows(machine, &place);
        }
    }

    fn show_head(&self, machine: &Machine, place: &Place) {
        let view = machine.visitor_view(place);
        let conversation = match machine.resolve(place.clone()) {
            Place::At(id) => machine.conversation(&id).map(|known| (known, machine.has_older(&id))),
            Place::New(_) => None,
        };
        let owner = conversation.and_then(|(known, _)| known.assignee.as_ref());
        let bot = match conversation.map(|(known, _)| &known.kind) {
            Some(Kind::Bot(bot)) => Some(bot),
            _ => None,
        };
        let name = owner.or(bot).map(|member| member.name.clone());
        let kept = !view.field && !self.app.draft(place).is_empty();
        let closing_ms = machine.closing_in(place, time::now());
        if let Some(ms @ LAST_HALF_MS..LAST_MINUTE_MS) = closing_ms {
            self.app.look_later(ms - LAST_HALF_MS);
        }

        let mut screen = self.app.paint();
        let site = screen.site.clone();
        let notice = |at| {
            let shown = view.notice == Some(at);
            if shown { machine.notice(place, &self.app.locale.borrow(), &site) } else { None }
        };
        let (line, instead) = (notice(NoticePlace::Thread), notice(NoticePlace::Field));
        let Some(thread) = &mut screen.thread else { return };
        // Whoever opens a thread reads what has happened in it; it is not news.
        let known = !thread.name.is_empty();
        let was_told = !thread.field || thread.notice_line.is_some();
        let is_told = !view.field || line.is_some();
        let closes = known && is_told && (!was_told || thread.field && !view.field);
        thread.name = name.unwrap_or(site);
        thread.bot = bot.is_some() && owner.is_none();
        thread.online = machine.is_team_online();
        thread.marked_closed = view.marked_closed;
        thread.can_end = matches!(place, Place::At(_)) && !view.marked_closed;
        if !thread.field && view.field {
            self.app.keeper.want_draft();
        }
        thread.field = view.field;
        thread.notice_line = line;
        thread.notice_instead = instead;
        thread.kept = kept;
        thread.loading = machine.thread_state(place) == ThreadState::Loading;
        thread.has_older = conversation.is_some_and(|(_, has_older)| has_older);
        thread.warning = closing_ms.map(text::closes_in);
        let warned = match closing_ms {
            None => Warned::No,
            Some(LAST_MINUTE_MS..) => Warned::OfClosing,
            Some(_) => Warned::OfLastMinute,
        };
        let warns = warned > thread.warned && self.app.is_seen();
        let stays = warned == Warned::No && thread.warned != Warned::No;
        if warns || stays {
            thread.warned = warned;
        }
        if closes {
            let notice = thread.notice_instead.as_ref().or(thread.notice_line.as_ref());
            screen.said = notice.map_or(text::IS_CLOSED, String::as_str).to_owned();
        } else if was_told && !is_told || stays {
            // What was said of the closing is not true any more.
            let opened = was_told && conversation.is_some_and(|(known, _)| !known.is_closed());
            screen.said = if opened { text::IS_OPEN } else { "" }.to_owned();
        } else if warns {
            screen.said = thread.warning.clone().unwrap_or_default();
        }
    }

    fn show_rows(&self, machine: &Machine, place: &Place) {
        let now = time::now();
        let locale = self.app.locale.borrow();
        let mut rows = machine.rows(place);
        rows.retain(|row| matches!(row.content, Content::Message { .. }));
        let last_sent = rows.iter().rev().find(|row| row.mine && is_sent(row)).map(|row| row.key);

        let mut screen = self.app.paint();
        let Some(thread) = &mut screen.thread else { return };
        let known = std::mem::take(&mut thread.rows);
        let newest_known = known.last().map(|view| view.row.at);
        let mut old = known.iter().peekable();
        let mut before: Option<Arc<RowView>> = None;
        for row in rows {
            // Both lists are in the order of the thread, so one pass finds most of what is there.
            let entry = match old.peek() {
                Some(next) if next.row.key == row.key => old.next(),
                _ => known.iter().find(|view| view.row.key == row.key),
            };
            let day = entry.map_or_else(|| time::day(row.at), |entry| entry.day);
            let new_day = before.as_ref().is_none_or(|before| before.day != day);
            let starts_group = new_day || before.as_ref().is_none_or(|it| parted(&it.row, &row));
            let is_last_sent = Some(row.key) == last_sent;
            let view = match entry {
                Some(entry)
                    if entry.row == row
                        && entry.starts_group == starts_group
                        && entry.last_sent == is_last_sent
                        && entry.day_name.is_empty() != new_day =>
                {
                    entry.clone()
                }
                _ => Arc::new(RowView {
                    thread: thread.number,
                    day,
                    day_name: match new_day {
                        true => time::day_name(row.at, now, &locale),
                        false => String::new(),
                    },
                    clock: time::clock(row.at, &locale),
                    datetime: time::datetime(row.at),
                    starts_group,
                    last_sent: is_last_sent,
                    is_new: match entry {
                        Some(entry) => entry.is_new,
                        None => newest_known.is_some_and(|newest| row.at >= newest),
                    },
                    row,
                }),
            };
            thread.rows.push(view.clone());
            before = Some(view);
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
