//! Everything that is on the screen, ready to be shown. The views are a function of it.
//!
//! It is one value, not many signals: the views update in place what differs, and every type of signal
//! or closure would weigh more than half a kilobyte.

use std::sync::Arc;

use porchlight_client::{Link, Place, Row, RowKey};
use porchlight_protocol::ErrorCode;

use crate::host::Layout;
use crate::toast::Toast;

/// What is on the screen.
pub struct Screen {
    /// The site's name.
    pub site: String,
    /// How much of the screen is ours.
    pub layout: Layout,
    /// What a screen reader is told. One live region for the whole widget.
    pub said: String,
    /// The connection.
    pub link: LinkView,
    /// Home's lines.
    pub home: Vec<Arc<HomeLine>>,
    /// The thread that is shown; `None` for Home.
    pub thread: Option<Thread>,
    /// A new answer makes a sound. `None` where the page around makes none.
    pub sound: Option<bool>,
    /// What was just done, at the foot of the screen.
    pub toast: Option<Toast>,
}

impl Screen {
    /// Home, before anything is known.
    pub fn new(site: String) -> Self {
        Screen {
            site,
            layout: Layout::Panel,
            said: String::new(),
            link: LinkView {
                link: Link::Connecting,
                welcomed: false,
                known: true,
                offline: false,
                ended: false,
                misplaced: false,
            },
            home: Vec::new(),
            thread: None,
            sound: None,
            toast: None,
        }
    }

    /// Tells a screen reader. It hears only what differs from what it was told last.
    pub fn say(&mut self, what: &str) {
        let again = self.said == what;
        self.said = [what, if again { "\u{a0}" } else { "" }].concat();
    }
}

/// The connection, as the visitor is told of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkView {
    /// The machine's word.
    pub link: Link,
    /// The list is the server's, not just empty.
    pub welcomed: bool,
    /// The visitor has a history to wait for.
    pub known: bool,
    /// The browser says that there is no network.
    pub offline: bool,
    /// It has ended for good.
    pub ended: bool,
    /// The page was opened at an address that the server is not set up for.
    pub misplaced: bool,
}

/// A line of Home.
#[derive(PartialEq, Eq)]
pub struct HomeLine {
    /// What it opens.
    pub place: Place,
    /// Who it is with.
    pub name: String,
    /// A bot's conversation.
    pub bot: bool,
    /// When, as HTML writes it.
    pub datetime: String,
    /// When, as people write it.
    pub when: String,
    /// Stands before the preview: `You: `.
    pub prefix: &'static str,
    /// The last message, as one line.
    pub preview: String,
    /// Messages that the visitor has not read.
    pub unread: usize,
    /// The site wants it marked *Closed*.
    pub marked_closed: bool,
    /// It has a name by which it can be closed.
    pub can_close: bool,
}

/// The thread that is shown.
pub struct Thread {
    /// Which one.
    pub place: Place,
    /// Counts the threads that were shown.
    pub number: u32,
    /// Who it is with.
    pub name: String,
    /// A bot's conversation.
    pub bot: bool,
    /// Somebody is there.
    pub online: bool,
    /// The site wants it marked *Closed*.
    pub marked_closed: bool,
    /// It can be ended, as far as the visitor is told.
    pub can_end: bool,
    /// It closes by itself soon: the words that say when.
    pub warning: Option<String>,
    /// How much of that a screen reader was told.
    pub warned: Warned,
    /// The live chat field is there.
    pub field: bool,
    /// The notice, as a line of the log.
    pub notice_line: Option<String>,
    /// The notice, where the field was.
    pub notice_instead: Option<String>,
    /// A text that could not be sent waits for a new conversation.
    pub kept: bool,
    /// Its latest part is on the way.
    pub loading: bool,
    /// Older messages exist.
    pub has_older: bool,
    /// Messages could not be loaded, though it was tried for a while.
    pub failed: bool,
    /// Why the last thing the visitor did was refused.
    pub refused: Option<ErrorCode>,
    /// Its messages.
    pub rows: Vec<Arc<RowView>>,
    /// The day on which its days were named.
    pub today: i64,
    /// The first message that the visitor had not read when they came.
    pub mark: Option<RowKey>,
    /// Something new is below what is in view.
    pub below: bool,
}

/// How much a screen reader was told of a closing to come: twice is enough, each minute too often.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warned {
    /// Nothing.
    No,
    /// That it will close.
    OfClosing,
    /// That the last minute has begun.
    OfLastMinute,
}

/// A message: the machine's row, and its place among its neighbours.
#[derive(Clone, PartialEq, Eq)]
pub struct RowView {
    /// The number of its thread, so that rows of two threads never share a key.
    pub thread: u32,
    /// The machine's row.
    pub row: Row,
    /// The day that it belongs to.
    pub day: i64,
    /// The first of a day: the day's name.
    pub day_name: String,
    /// The time of the day.
    pub clock: String,
    /// When, as HTML writes it.
    pub datetime: String,
    /// The first of a group by the same author.
    pub starts_group: bool,
    /// The newest of the visitor's messages that was sent.
    pub last_sent: bool,
    /// It came while the thread was shown.
    pub is_new: bool,
    /// The first that the visitor had not read when the thread was opened.
    pub is_mark: bool,
}

impl RowView {
    /// Names it among all that was ever shown.
    pub fn key(&self) -> (u32, RowKey) {
        (self.thread, self.row.key)
    }
}

impl Thread {
    /// A thread of which nothing is known yet.
    pub fn new(place: Place, number: u32) -> Self {
        Thread {
            place,
            number,
            name: String::new(),
            bot: false,
            online: false,
            marked_closed: false,
            can_end: false,
            warning: None,
            warned: Warned::No,
            field: true,
            notice_line: None,
            notice_instead: None,
            kept: false,
            loading: false,
            has_older: false,
            failed: false,
            refused: None,
            rows: Vec::new(),
            today: 0,
            mark: None,
            below: false,
        }
    }
}

/// What names a place in the markup.
pub fn id_of(place: &Place) -> &str {
    match place {
        Place::New(client_id) => client_id.as_str(),
        Place::At(id) => id.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_is_heard_twice() {
        let mut screen = Screen::new("Lamp Shop".to_owned());
        let mut heard = Vec::new();
        for _ in 0..3 {
            screen.say("Conversation closed");
            heard.push(screen.said.clone());
        }
        assert!(heard.windows(2).all(|pair| pair.first() != pair.last()), "{heard:?}");
        assert!(heard.iter().all(|said| said.trim() == "Conversation closed"), "{heard:?}");
    }
}
