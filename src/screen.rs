//! The view model: everything that is on the screen, ready to be rendered. The views are a function of it.
//!
//! It is one value, not many signals: the views update in place what differs, and every type of signal
//! or closure would weigh more than half a kilobyte.

use std::sync::Arc;

use porchlight_client::window::Window;
use porchlight_client::{Link, Place, Row, RowKey};
use porchlight_protocol::ErrorCode;

use crate::host::Layout;
use crate::toast::Toast;
use crate::view::Template;
use crate::words::Word;

/// What is on the screen.
pub struct Screen {
    /// The site's name.
    pub site: String,
    /// Panel, sheet or page.
    pub layout: Layout,
    /// The text of the live region, the only one in the widget.
    pub said: String,
    /// The connection.
    pub link: LinkView,
    /// Home's lines.
    pub home: Vec<Arc<HomeLine>>,
    /// The thread that is shown; `None` for Home.
    pub thread: Option<Thread>,
    /// The site has switched live chat off: nothing leads to the team.
    pub live_off: bool,
    /// The sound switch; `None` where the host page plays no sound.
    pub sound: Option<bool>,
    /// The toast at the foot of the screen.
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
            live_off: false,
            sound: None,
            toast: None,
        }
    }

    /// Announces a text. A live region is read only when its text changes, so a repeated text gets a space.
    pub fn say(&mut self, what: &str) {
        let again = self.said == what;
        self.said = [what, if again { "\u{a0}" } else { "" }].concat();
    }
}

/// The state of the connection, as the visitor sees it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LinkView {
    /// The machine's link.
    pub link: Link,
    /// A welcome has come: an empty list is empty on the server too.
    pub welcomed: bool,
    /// The visitor has a key, so there may be a history.
    pub known: bool,
    /// The browser says that there is no network.
    pub offline: bool,
    /// The machine has a fault: it does not connect again.
    pub ended: bool,
    /// The page's origin is not one that the server allows.
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
    /// Stands before the preview: `You:`.
    pub prefix: Option<Word>,
    /// The last message, as one line.
    pub preview: String,
    /// Messages that the visitor has not read.
    pub unread: usize,
    /// The site wants it marked *Closed*.
    pub marked_closed: bool,
    /// The server knows it, so it can be closed.
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
    /// The team is online.
    pub online: bool,
    /// The site wants it marked *Closed*.
    pub marked_closed: bool,
    /// The header has the button *End*.
    pub can_end: bool,
    /// Says that the site is away by its opening hours, and until when.
    pub away: Option<String>,
    /// Says who of the team types.
    pub typing: Option<String>,
    /// The warning before it closes by itself.
    pub warning: Option<String>,
    /// How much of the warning was announced.
    pub warned: Warned,
    /// The live chat field is there.
    pub field: bool,
    /// The notice, as a line of the log.
    pub notice_line: Option<String>,
    /// The notice, where the field was.
    pub notice_instead: Option<String>,
    /// A refused text is kept for a new conversation.
    pub kept: bool,
    /// Its newest messages are being loaded.
    pub loading: bool,
    /// Older messages exist.
    pub has_older: bool,
    /// Messages could not be loaded, though it was tried for a while.
    pub failed: bool,
    /// Why the last thing the visitor did was refused.
    pub refused: Option<ErrorCode>,
    /// Which of its messages are in the document.
    pub window: Window,
    /// Those.
    pub rows: Vec<Arc<RowView>>,
    /// The heights of the spacers before and behind them, in pixels.
    pub spacers_px: (i32, i32),
    /// What comes into the document has just been said. Otherwise it is what was scrolled to, which a screen reader must
    /// not read out as news.
    pub live: bool,
    /// The newest of its messages, whether or not it is in the document.
    pub newest: Option<Newest>,
    /// The day on which its days were named.
    pub today: i64,
    /// The first message that the visitor had not read when they came.
    pub mark: Option<RowKey>,
    /// New messages are below the visible part of the log.
    pub below: bool,
}

/// The newest message of a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Newest {
    /// Its key.
    pub key: RowKey,
    /// The visitor wrote it.
    pub mine: bool,
}

/// How much of a warning was announced: each minute would be too often.
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
    /// The first of a day, or in the document: the day's name.
    pub day_name: String,
    /// The time of the day.
    pub clock: String,
    /// When, as HTML writes it.
    pub datetime: String,
    /// The first of a group by the same author.
    pub starts_group: bool,
    /// Below the newest of the visitor's messages that was sent: that it was, or that the team has seen it.
    pub sent: Option<Template>,
    /// It came while the thread was shown.
    pub is_new: bool,
    /// The first that the visitor had not read when the thread was opened.
    pub is_mark: bool,
}

impl RowView {
    /// Its key in the keyed list.
    pub fn key(&self) -> (u32, RowKey) {
        (self.thread, self.row.key)
    }
}

impl Thread {
    /// A thread before its rows have been loaded; every other field has its default.
    pub fn new(place: Place, number: u32) -> Self {
        Thread {
            place,
            number,
            name: String::new(),
            bot: false,
            online: false,
            marked_closed: false,
            can_end: false,
            away: None,
            typing: None,
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
            window: Window::default(),
            rows: Vec::new(),
            spacers_px: (0, 0),
            live: true,
            newest: None,
            today: 0,
            mark: None,
            below: false,
        }
    }
}

/// The id of a place in the markup's `data-id`.
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
