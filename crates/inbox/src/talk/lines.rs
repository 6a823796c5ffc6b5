//! The lines of the transcript: the machine's rows in groups, with separators between days.

use porchlight_client::{Content, Delivery, Row, RowKey};
use porchlight_protocol::{Author, ClientId, Member, Millis};

use crate::talk::history;
use crate::words::{Word, say};

/// Milliseconds after which a message by the same author starts a new group.
const GROUP_MS: Millis = 5 * 60_000;

/// The key of a line in the keyed list: of a row, or of the day separator above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKey {
    /// The separator of the day that starts with this row.
    Day(RowKey),
    /// The row.
    Row(RowKey),
}

/// The content of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineView {
    /// A day separator.
    Day(Millis),
    /// An event other than a message or note.
    Event {
        /// The kind of event.
        mark: Mark,
        /// The text.
        text: String,
        /// The time.
        at: Millis,
    },
    /// A message, or a note.
    Message(MessageView),
}

/// The kind of an event, for its icon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The owner has changed.
    Person,
    /// The conversation was closed.
    Archive,
    /// The conversation was re-opened.
    Back,
    /// The visitor pressed *Keep it open*.
    Clock,
    /// The visitor removed it from their Home, or put it back.
    Home,
    /// An event that can't be shown.
    Unknown,
}

/// A message, or a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageView {
    /// True for a note, which the visitor does not receive.
    pub note: bool,
    /// The author.
    pub author: Author,
    /// True for the first message of a group.
    pub starts: bool,
    /// The time.
    pub at: Millis,
    /// The plain text.
    pub text: String,
    /// The delivery state.
    pub delivery: Delivery,
    /// The id for Retry and Discard.
    pub client_id: Option<ClientId>,
}

/// The lines of some rows of a transcript, from the day of the first. The row `above` them decides whether they continue
/// its group; `bot` is the one of the conversation; `day` returns the number of the day of a time.
pub fn lines(
    above: Option<&Row>,
    rows: impl Iterator<Item = Row>,
    bot: Option<&Member>,
    day: impl Fn(Millis) -> i64,
) -> Vec<(LineKey, LineView)> {
    let mut lines = Vec::new();
    let mut today = above.map(|row| day(row.at));
    let mut group = above.and_then(|row| match row.content {
        Content::Message { .. } => Some((row.author.clone(), row.at)),
        _ => None,
    });
    for row in rows {
        let its_day = day(row.at);
        let new_day = today != Some(its_day);
        if new_day {
            today = Some(its_day);
            group = None;
        }
        // A day stays in view while one reads on, so the first line in the document needs it, too.
        if new_day || lines.is_empty() {
            lines.push((LineKey::Day(row.key), LineView::Day(row.at)));
        }
        let event = |mark, text| LineView::Event { mark, text, at: row.at };
        let line = match row.content {
            Content::Message { text, delivery, client_id } => {
                let starts = group.as_ref().is_none_or(|(author, at)| {
                    !same(author, &row.author) || row.at - at > GROUP_MS
                });
                group = Some((row.author.clone(), row.at));
                let (author, at) = (row.author, row.at);
                let note = false;
                let message = MessageView { note, author, starts, at, text, delivery, client_id };
                LineView::Message(message)
            }
            Content::Note { text, delivery, client_id } => {
                // The next message shows its author again, so that it does not look like a part of this one.
                group = None;
                let (author, at) = (row.author, row.at);
                let (note, starts) = (true, true);
                let message = MessageView { note, author, starts, at, text, delivery, client_id };
                LineView::Message(message)
            }
            Content::Closed => event(Mark::Archive, history::closed(&row.author)),
            Content::Reopened => event(Mark::Back, history::reopened(&row.author)),
            Content::KeptOpen => event(Mark::Clock, history::kept_open(&row.author)),
            Content::Dismissed => event(Mark::Home, history::dismissed(&row.author)),
            Content::Restored => event(Mark::Home, history::restored(&row.author)),
            Content::Assigned(to) => {
                event(Mark::Person, history::assigned(&row.author, to.as_ref()))
            }
            Content::Erased => event(Mark::Unknown, say(Word::PrivacyErasedLine)),
            Content::HandedBack => event(Mark::Person, history::handed_back(&row.author, bot)),
            Content::Unreadable => event(Mark::Unknown, say(Word::HistoryUnreadable)),
            Content::Other => event(Mark::Unknown, say(Word::HistoryUnknown)),
        };
        if !matches!(line, LineView::Message(_)) {
            group = None;
        }
        lines.push((LineKey::Row(row.key), line));
    }
    lines
}

/// True if the lines that come into the document are news: they stand after the row that was the newest. Otherwise they
/// are older ones, or those that were scrolled to, which a screen reader must not read out.
pub fn are_news(before: &[LineKey], now: &[LineKey], newest: RowKey) -> bool {
    let known = now.iter().position(|key| *key == LineKey::Row(newest));
    let is_known = |key: &LineKey| matches!(key, LineKey::Day(_)) || before.contains(key);
    known.is_some_and(|known| now.iter().take(known).all(is_known))
}

fn same(a: &Author, b: &Author) -> bool {
    match (a.member(), b.member()) {
        (Some(a), Some(b)) => a.id == b.id,
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use porchlight_protocol::MemberId;

    fn ada() -> Author {
        Author::Agent(Member { id: MemberId::from_bytes([1; 16]), name: "Ada".to_owned() })
    }

    fn said(key: u64, author: Author, at: Millis) -> Row {
        let content = Content::Message {
            text: "hello".to_owned(),
            delivery: Delivery::Sent,
            client_id: None,
        };
        Row { key: RowKey(key), author, mine: false, at, content, choices: Vec::new() }
    }

    fn event(key: u64, author: Author, at: Millis, content: Content) -> Row {
        Row { key: RowKey(key), author, mine: false, at, content, choices: Vec::new() }
    }

    fn day(at: Millis) -> i64 {
        at / 86_400_000
    }

    fn check(rows: Vec<Row>, expected: &[&str]) {
        let shape: Vec<String> = lines(None, rows.into_iter(), None, day)
            .into_iter()
            .map(|(_, line)| match line {
                LineView::Day(_) => "day".to_owned(),
                LineView::Event { text, .. } => text,
                LineView::Message(message) if message.note => "note".to_owned(),
                LineView::Message(message) if message.starts => "first".to_owned(),
                LineView::Message(_) => "next".to_owned(),
            })
            .collect();
        assert_eq!(shape, expected);
    }

    #[test]
    fn messages_of_one_author_within_minutes_are_a_group() {
        let rows = vec![
            said(2, Author::Visitor, 0),
            said(4, Author::Visitor, 1_000),
            said(6, ada(), 2_000),
            said(8, ada(), 2_000 + GROUP_MS + 1),
        ];
        check(rows, &["day", "first", "next", "first", "first"]);
    }

    #[test]
    fn a_day_and_a_happening_end_a_group() {
        let rows = vec![
            said(2, ada(), 0),
            event(4, ada(), 10, Content::Closed),
            said(6, ada(), 20),
            said(8, ada(), 86_400_000),
        ];
        check(rows, &["day", "first", "Ada closed this conversation", "first", "day", "first"]);
    }

    #[test]
    fn a_note_is_a_part_of_no_group() {
        let text = "A regular.".to_owned();
        let content = Content::Note { text, delivery: Delivery::Sent, client_id: None };
        let rows = vec![said(2, ada(), 0), event(4, ada(), 10, content), said(6, ada(), 20)];
        check(rows, &["day", "first", "note", "first"]);
    }

    #[test]
    fn what_the_visitor_does_is_told() {
        let rows = [Content::Closed, Content::Reopened, Content::KeptOpen]
            .into_iter()
            .chain([Content::Dismissed, Content::Restored])
            .zip(1..)
            .map(|(content, key)| event(2 * key, Author::Visitor, 0, content))
            .collect();
        check(
            rows,
            &[
                "day",
                "Closed by the visitor",
                "Re-opened by the visitor",
                "The visitor kept this conversation open",
                "The visitor removed this conversation from their Home",
                "The visitor put this conversation back on their Home",
            ],
        );
    }

    #[test]
    fn what_cant_be_shown_says_so() {
        let rows = vec![
            event(2, Author::Withheld, 0, Content::Unreadable),
            event(4, Author::Other, 0, Content::Other),
        ];
        check(rows, &["day", &say(Word::HistoryUnreadable), &say(Word::HistoryUnknown)]);
    }

    #[test]
    fn lines_are_the_same_wherever_the_window_begins() {
        let note = Content::Note {
            text: "A regular.".to_owned(),
            delivery: Delivery::Sent,
            client_id: None,
        };
        let rows = [
            said(2, Author::Visitor, 0),
            said(4, Author::Visitor, 10),
            event(6, ada(), 20, note),
            said(8, ada(), 30),
            said(10, ada(), 40),
            event(12, ada(), 50, Content::Closed),
            said(14, ada(), 60),
            said(16, ada(), 86_400_000),
            said(18, ada(), 86_400_000 + GROUP_MS + 1),
        ];
        let all = lines(None, rows.iter().cloned(), None, day);
        for first in 1..rows.len() {
            let some = lines(rows.get(first - 1), rows.iter().skip(first).cloned(), None, day);
            let rows = |lines: &[(LineKey, LineView)]| -> Vec<(LineKey, LineView)> {
                let rows = lines.iter().filter(|(key, _)| matches!(key, LineKey::Row(_)));
                rows.cloned().collect()
            };
            let all = rows(&all);
            assert_eq!(rows(&some), all[first..], "from {first}");
            assert!(matches!(some[0].1, LineView::Day(_)), "from {first}");
        }
    }

    #[test]
    fn only_what_stands_after_the_newest_row_is_news() {
        let rows = |keys: &[u64]| -> Vec<LineKey> {
            keys.iter().map(|key| LineKey::Row(RowKey(*key))).collect()
        };
        let check = |before: &[u64], now: &[u64], newest| {
            are_news(&rows(before), &rows(now), RowKey(newest))
        };
        assert!(check(&[4, 6, 8], &[4, 6, 8, 10, 12], 8));
        assert!(check(&[4, 6, 8], &[6, 8, 10], 8), "the window has moved");
        let (before, mut now) = (rows(&[4, 6, 8]), rows(&[6, 8, 10]));
        now.insert(0, LineKey::Day(RowKey(6)));
        assert!(are_news(&before, &now, RowKey(8)), "it begins with the day of another row");
        assert!(!check(&[4, 6, 8], &[2, 4, 6, 8], 8), "older ones came");
        assert!(!check(&[4, 6, 8], &[2, 4, 6, 8, 10], 8), "both came");
        assert!(!check(&[4, 6, 8], &[6, 8, 10], 20), "it was scrolled");
        assert!(!check(&[4, 6, 8], &[30, 32], 20), "the end is far away");
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_two_lines_of_one_key() {
        let rows = vec![said(2, ada(), 86_400_000), said(4, ada(), 0), said(6, ada(), 86_400_000)];
        let mut keys: Vec<LineKey> =
            lines(None, rows.into_iter(), None, day).into_iter().map(|(key, _)| key).collect();
        let all = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), all);
    }
}
