//! Writes the machine's changes into the [`crate::screen::Screen`]; nothing else writes what the server decides.

use std::rc::Rc;
use std::sync::Arc;

use js_sys::Object;
use porchlight_browser::{Shell, dates, time};
use porchlight_client::machine::{RowKeys, ThreadState};
use porchlight_client::{Change, Delivery, Link, Machine, Place, Row, Sender, Writing};
use porchlight_protocol::closing::{LAST_HALF_MS, NoticePlace};
use porchlight_protocol::conversation::Kind;
use porchlight_protocol::text::is_blank;
use porchlight_protocol::{Author, ClientId, ConversationId, ErrorCode, VisitorKey};

use crate::announce::{News, Told, announce};
use crate::app::App;
use crate::app::closing::Wish;
use crate::screen::{HomeLine, LinkView, Newest, RowView, Thread, Warned};
use crate::text;
use crate::view::Template;
use crate::words::{Pattern, Word, fill, say};

/// Milliseconds after which a message starts a new group, though its author is the same.
const GROUP_MS: i64 = 5 * 60_000;

/// Milliseconds before a closing at which its last minute is announced: a minute, and a second for a
/// timer that fires early.
const LAST_MINUTE_MS: u64 = 61_000;

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
                // The site may show anew what the team has seen.
                Change::Site => rows_changed = true,
                Change::List
                | Change::Line(_)
                | Change::Standing(_)
                | Change::Typing(_)
                | Change::Welcomed => {}
                Change::Message { from, .. } => self.app.host.message(*from),
                Change::Rows(place) => rows_changed |= self.shows(machine, place),
                Change::Named { client_id, id } => {
                    self.name(client_id, id);
                }
                Change::Link => self.show_link(machine),
                Change::Done { client_id, .. } => {
                    if self.app.wishes.answered(client_id) == Some(Wish::KeepOpen) {
                        self.app.paint().say(&say(Word::ClosingKeptOpen));
                    }
                }
                Change::Refused { place, client_id, error } => {
                    let wish = client_id.as_ref().and_then(|id| self.app.wishes.answered(id));
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
                    screen.say(&say(text::refused(error.code)));
                }
            }
        }
        self.show_home(machine);
        if machine.is_welcomed() {
            self.app.return_to_place();
        }
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
        self.app.restore_draft(&place, &text);
        if self.app.place() == Some(place) {
            self.app.keeper.want_draft();
        }
    }

    fn propose_key(&self, key: &VisitorKey) {
        self.app.propose_key(key);
    }

    fn key_forgotten(&self) {
        self.app.forget_key();
    }
}

impl WidgetShell {
    /// True if this is the thread on the screen, under whatever name.
    fn shows(&self, machine: &Machine, place: &Place) -> bool {
        let shown = self.app.place();
        shown.is_some_and(|shown| machine.resolve(shown) == machine.resolve(place.clone()))
    }

    /// Gives the shown thread the id of its conversation. Its rows and field stay as they are.
    fn name(&self, client_id: &ClientId, id: &ConversationId) {
        self.app.name_draft(client_id, id);
        if self.app.place() == Some(Place::New(client_id.clone()))
            && let Some(thread) = &mut self.app.paint().thread
        {
            thread.place = Place::At(id.clone());
        }
        self.app.host.event("conversation-started", Object::new());
        self.app.host.message(Sender::Visitor);
    }

    fn show_link(&self, machine: &Machine) {
        let mut screen = self.app.paint();
        let before = screen.link;
        screen.link = LinkView {
            link: machine.link(),
            welcomed: machine.is_welcomed(),
            known: before.known,
            offline: machine.is_offline(),
            ended: machine.fault().is_some(),
            misplaced: machine.fault() == Some(ErrorCode::OriginNotAllowed),
        };
        if screen.link.link == Link::Down && before.link == Link::Up {
            let offline = screen.link.offline;
            screen.said = if offline { Template::Stale } else { Template::Reconnecting }.says();
        } else if screen.link.link == Link::Up && before.link != Link::Up {
            screen.said.clear();
        }
    }

    /// Shows the conversation history.
    pub fn show_home(&self, machine: &Machine) {
        self.app.offer_bot();
        // What is about to be marked as read is not worth a word at the launcher.
        let reading = self.app.reading().and_then(|id| machine.conversation(&id));
        let in_view = reading.map_or(0, |conversation| conversation.visitor_read.unread.len());
        self.app.host.unread(machine.unread().saturating_sub(in_view));
        self.app.host.active(machine.is_active());
        let locale = self.app.dates.borrow();
        let now = time::now();
        let site = self.app.screen.borrow().site.clone();
        let line = |row: porchlight_client::home::HomeRow| HomeLine {
            name: row.with.map_or_else(|| site.clone(), |with| with.name),
            bot: row.bot,
            datetime: dates::datetime(row.at),
            when: dates::short(row.at, now, &locale),
            prefix: match (row.delivery, row.own) {
                (Delivery::Failed(_), _) => Some(Word::HomeNotSent),
                (Delivery::Waiting, _) => Some(Word::HomeNotSentYet),
                (_, true) => Some(Word::HomeYou),
                (_, false) => None,
            },
            preview: row.preview,
            unread: row.unread,
            marked_closed: row.marked_closed,
            can_close: row.can_close,
            place: row.place,
        };
        let lines = machine.home().into_iter().map(|row| Arc::new(line(row))).collect();
        let lines = self.app.place_lines(lines);
        let mut screen = self.app.paint();
        screen.home = lines;
        screen.live_off = machine.policy().live_chat_off;
        // What is back needs no Undo.
        let undo = screen.toast.as_ref().and_then(|toast| toast.undo.as_ref());
        if let Some(id) = undo
            && machine.visitor_view(&Place::At(id.clone())).listed
        {
            screen.toast = None;
        }
    }

    /// Renders what changes with time.
    pub fn show_times(&self, machine: &Machine) {
        self.show_home(machine);
        self.show_thread(machine);
    }

    /// Shows the thread that is open.
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
        let bot_answers = bot.is_some() && owner.is_none();
        let away = machine.away(time::local()).filter(|_| view.field && !bot_answers);
        let away = away.map(|away| text::away(away, time::now(), &self.app.dates.borrow()));
        let typist = conversation.and_then(|(known, _)| machine.typing(&known.id)?.member());
        let kept = !view.field && !is_blank(&self.app.draft(place));
        let closing_ms = machine.closing_in(place, time::local());
        if let Some(ms @ LAST_HALF_MS..LAST_MINUTE_MS) = closing_ms {
            self.app.look_later(ms - LAST_HALF_MS);
        }

        let mut screen = self.app.paint();
        let site = screen.site.clone();
        let notice = |at| {
            let shown = view.notice == Some(at);
            let notice = || machine.notice(place, &self.app.locale.borrow(), &site);
            if shown { notice().map(text::notice) } else { None }
        };
        let (line, instead) = (notice(NoticePlace::Thread), notice(NoticePlace::Field));
        let Some(thread) = &mut screen.thread else { return };
        let before = told(thread, thread.warned);
        thread.name = name.unwrap_or(site);
        thread.bot = bot_answers;
        thread.online = machine.is_team_online() && away.is_none();
        thread.away = away;
        thread.typing = typist.map(|agent| fill(Pattern::ThreadTyping, &[&agent.name]));
        thread.marked_closed = view.marked_closed;
        thread.can_end = matches!(place, Place::At(_)) && !view.marked_closed;
        if !thread.field && view.field {
            self.app.keeper.want_draft();
        }
        thread.field = view.field;
        thread.notice_line = line;
        thread.notice_instead = instead;
        thread.kept = kept;
        let state = machine.thread_state(place);
        thread.loading = state == ThreadState::Loading;
        thread.has_older = conversation.is_some_and(|(_, has_older)| has_older);
        thread.failed = state == ThreadState::Failed
            || conversation.is_some_and(|(known, _)| machine.has_older_failed(&known.id));
        thread.warning = closing_ms.map(text::closes_in);
        let warned = match closing_ms {
            None => Warned::No,
            Some(LAST_MINUTE_MS..) => Warned::OfClosing,
            Some(_) => Warned::OfLastMinute,
        };
        let seen = self.app.is_seen();
        let news = announce(before, told(thread, warned), seen);
        if warned == Warned::No || warned > thread.warned && seen {
            thread.warned = warned;
        }
        let said = match news {
            None => return,
            Some(News::Closed) => {
                let notice = thread.notice_instead.as_ref().or(thread.notice_line.as_ref());
                notice.cloned().unwrap_or_else(|| say(Word::ClosingIsClosed))
            }
            Some(News::Opened) if conversation.is_some_and(|(known, _)| !known.is_closed()) => {
                say(Word::ClosingIsOpen)
            }
            Some(News::Opened | News::Stays) => String::new(),
            Some(News::Warning) => thread.warning.clone().unwrap_or_default(),
        };
        screen.said = said;
    }

    /// Shows the rows of the thread that are in its window.
    pub fn show_rows(&self, machine: &Machine, place: &Place) {
        let now = time::now();
        let locale = self.app.dates.borrow();
        let RowKeys { all, last_sent, last_seen, ends_with_mine } = machine.row_keys(place);
        let seeks_mark = self.app.keeper.wants_mark();

        let mut screen = self.app.paint();
        let Some(thread) = &mut screen.thread else { return };
        let last = all.last().copied();
        thread.live = self.app.at_end.get();
        let window = &mut thread.window;
        window.set(all, thread.live);
        // What came after the newest that was known has come before the visitor's eyes.
        let newest_known = thread.newest.and_then(|newest| window.place(newest.key));
        thread.newest = last.map(|key| Newest { key, mine: ends_with_mine });
        if seeks_mark {
            // It may be older than what is loaded.
            window.reach(thread.mark.and_then(|mark| window.place(mark)).unwrap_or(0));
        }
        let shown = thread.window.shown();
        thread.spacers_px = thread.window.spacers_px();
        // The row before the first one decides whether that starts a day or a group.
        let first = shown.start.saturating_sub(1);
        let rows = machine.rows_in(place, first..shown.end);

        let today = time::day(now);
        let same_day = thread.today == today;
        thread.today = today;
        let mark = thread.mark;
        let known = std::mem::take(&mut thread.rows);
        let mut old = known.iter().peekable();
        let mut before: Option<Arc<RowView>> = None;
        for (at, row) in (first..).zip(rows) {
            // Both lists are in the order of the thread, so one pass finds most of what is there.
            let entry = match old.peek() {
                Some(next) if next.row.key == row.key => old.next(),
                _ => known.iter().find(|view| view.row.key == row.key),
            };
            let day = entry.map_or_else(|| time::day(row.at), |entry| entry.day);
            let new_day = before.as_ref().is_none_or(|before| before.day != day);
            // It stays in view while one reads on, so the first row in the document needs it, too.
            let names_day = new_day || at == shown.start;
            let is_mark = mark == Some(row.key);
            let starts_group =
                new_day || is_mark || before.as_ref().is_none_or(|it| parted(&it.row, &row));
            let sent = (Some(row.key) == last_sent).then_some(if last_seen {
                Template::Seen
            } else {
                Template::Sent
            });
            let view = match entry {
                Some(entry)
                    if entry.row == row
                        && entry.starts_group == starts_group
                        && entry.sent == sent
                        && entry.is_mark == is_mark
                        && (same_day || !names_day)
                        && entry.day_name.is_empty() != names_day =>
                {
                    entry.clone()
                }
                _ => Arc::new(RowView {
                    thread: thread.number,
                    day,
                    day_name: match names_day {
                        true => dates::day_name(row.at, now, &locale),
                        false => String::new(),
                    },
                    clock: dates::clock(row.at, &locale),
                    datetime: dates::datetime(row.at),
                    starts_group,
                    sent,
                    is_new: match entry {
                        Some(entry) => entry.is_new,
                        None => newest_known.is_some_and(|newest| at > newest),
                    },
                    is_mark,
                    row,
                }),
            };
            if at >= shown.start {
                thread.rows.push(view.clone());
            }
            before = Some(view);
        }
    }
}

fn told(thread: &Thread, warned: Warned) -> Told {
    Told {
        known: !thread.name.is_empty(),
        field: thread.field,
        notice: thread.notice_line.is_some(),
        warned,
    }
}

fn parted(before: &Row, row: &Row) -> bool {
    let same_author = match (&before.author, &row.author) {
        (Author::Agent(a), Author::Agent(b)) | (Author::Bot(a), Author::Bot(b)) => a.id == b.id,
        (a, b) => a == b,
    };
    !same_author || row.at - before.at > GROUP_MS
}
