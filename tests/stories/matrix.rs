//! The three options are independent, and the first has one of its own: all combinations are meant, wherever the visitor is when
//! the conversation is closed.

use porchlight_stories::{Closing, Inbox, Role, Shop, Story, until};

use crate::scene::{NOTICE, NOTICES};

/// A combination, and what it comes to.
#[derive(Clone, Copy)]
struct Seen {
    hide_closed: bool,
    /// What is unread is kept.
    keep_unread: bool,
    disable_field: bool,
    notice: bool,
    /// It is still on Home after a reload. (Until then it always is.)
    listed_after_reload: bool,
    /// Home and the thread's head say *Closed*.
    marked_closed: bool,
    /// The live chat field is there, and a message opens the conversation again. If not, the server
    /// refuses messages.
    field: bool,
    /// The notice is shown.
    shown: Option<Where>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    InTheThread,
    InPlaceOfTheField,
}

/// The table of `docs/closing.md`, combined.
#[rustfmt::skip]
const TABLE: [Seen; 8] = [
    //    hide   disable notice   listed marked field  notice
    row([false, false, false], [true,  false, true ], None),
    row([false, false, true ], [true,  true,  true ], Some(Where::InTheThread)),
    row([false, true,  false], [true,  true,  false], None),
    row([false, true,  true ], [true,  true,  false], Some(Where::InPlaceOfTheField)),
    row([true,  false, false], [false, false, true ], None),
    row([true,  false, true ], [false, true,  true ], Some(Where::InTheThread)),
    row([true,  true,  false], [false, true,  false], None),
    row([true,  true,  true ], [false, true,  false], Some(Where::InPlaceOfTheField)),
];

const fn row(set: [bool; 3], seen: [bool; 3], shown: Option<Where>) -> Seen {
    let [hide_closed, disable_field, notice] = set;
    let [listed_after_reload, marked_closed, field] = seen;
    let keep_unread = false;
    Seen {
        hide_closed,
        keep_unread,
        disable_field,
        notice,
        listed_after_reload,
        marked_closed,
        field,
        shown,
    }
}

impl Seen {
    fn closing(&self) -> Closing {
        Closing {
            hide_closed: self.hide_closed,
            keep_unread: self.keep_unread,
            disable_field: self.disable_field,
            notices: if self.notice { NOTICES } else { &[] },
            ..Closing::default()
        }
    }

    /// The open thread of the closed conversation.
    #[track_caller]
    fn in_thread(&self, shop: &Shop) {
        let what = format!("{:?}", self.closing());
        if self.shown.is_some() {
            shop.chat.says(NOTICE);
        }
        shop.field_is_there(self.field);
        shop.chat.settle();
        shop.field_is_there(self.field);
        let in_thread = shop.thread().iter().any(|line| line == NOTICE);
        assert_eq!(in_thread, self.shown == Some(Where::InTheThread), "{what}");
        let anywhere = shop.chat.shows(NOTICE);
        assert_eq!(anywhere, self.shown.is_some(), "{what}");
    }

    /// Home, in a client that had the conversation on the screen.
    #[track_caller]
    fn on_home(&self, shop: &Shop, question: &str) {
        shop.home_lists(question, self.marked_closed);
        shop.chat.settle();
        shop.home_lists(question, self.marked_closed);
    }
}

/// Goes through a part of the table: sets what it says, lets a visitor ask something and an agent claim it, and
/// then lets happen what the story is about.
fn in_each(part: &[Seen], inbox: &Inbox, shop: &Shop, mut happens: impl FnMut(&Seen, &str)) {
    shop.open_chat();
    for (number, seen) in (1..).zip(part) {
        let question = format!("Question {number}");
        inbox.settings(seen.closing());
        shop.starts(&question);
        inbox.takes(&question);
        happens(seen, &question);
        if !shop.chat.has(Role::Button, "New conversation") {
            shop.goes_home();
        }
    }
}

#[test]
fn all_eight_with_the_thread_open() {
    let story = Story::begin();
    // A browser tells of every refusal; these are wanted.
    story.forgives("409 (Conflict)");
    let (inbox, shop) = (story.inbox(), story.shop());
    in_each(&TABLE, &inbox, &shop, |seen, question| {
        inbox.end_chat_and_close();
        seen.in_thread(&shop);

        // Where the field is, a message opens it again, and nothing tells of a closing any more.
        // Where it is not, whoever gets past that is refused by the server.
        if seen.field {
            let more = format!("{question}, once more");
            shop.visitor_writes(&more);
            shop.is_sent(&more);
            inbox.reads(&more);
            inbox.page.sees(Role::Button, "End Chat and Close");
            assert!(!shop.chat.shows(NOTICE));
            shop.goes_home();
            shop.home_lists(&more, false);
        } else {
            let (site, conversation) = (&story.server.site, inbox.conversation());
            let (status, refusal) = shop.says_elsewhere(site, &conversation, "Let me in");
            let refused = (409, Some("conversation_closed"));
            assert_eq!((status, refusal["code"].as_str()), refused, "{question}: {refusal}");
            shop.goes_home();
            seen.on_home(&shop, question);
        }
    });
}

#[test]
fn all_eight_with_home_open() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    in_each(&TABLE, &inbox, &shop, |seen, question| {
        shop.goes_home();
        shop.home_lists(question, false);
        inbox.end_chat_and_close();
        seen.on_home(&shop, question);
        shop.opens(question);
        seen.in_thread(&shop);
    });
}

#[test]
fn all_eight_in_a_second_tab() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    let second = shop.in_a_second_tab();
    second.open_chat();
    in_each(&TABLE, &inbox, &shop, |seen, question| {
        // One tab has the thread open, the other one Home.
        second.home_lists(question, false);
        inbox.end_chat_and_close();
        seen.in_thread(&shop);
        seen.on_home(&second, question);
        second.opens(question);
        seen.in_thread(&second);
        second.goes_home();
    });
}

#[test]
fn all_eight_for_who_was_offline_at_the_closing() {
    let story = Story::begin();
    story.forgives("net::ERR_INTERNET_DISCONNECTED");
    let (inbox, shop) = (story.inbox(), story.shop());
    in_each(&TABLE, &inbox, &shop, |seen, question| {
        shop.goes_offline();
        shop.chat.says("You’re offline");
        inbox.end_chat_and_close();
        // Nobody can know of it there.
        shop.field_is_there(true);
        assert!(!shop.chat.shows(NOTICE));

        shop.comes_back();
        seen.in_thread(&shop);
        // To come back is no reload: nothing that was on the screen is gone.
        shop.goes_home();
        seen.on_home(&shop, question);
    });
}

#[test]
fn all_eight_after_a_reload() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    in_each(&TABLE, &inbox, &shop, |seen, question| {
        inbox.end_chat_and_close();
        seen.in_thread(&shop);
        shop.reload();
        if seen.listed_after_reload {
            seen.on_home(&shop, question);
            shop.opens(question);
            seen.in_thread(&shop);
        } else {
            shop.home_lacks(question);
        }
    });
}

const ANSWER: &str = "It ships on Friday.";

/// The answer comes with the closing while the visitor looks at Home.
fn is_answered_and_closed_unread(inbox: &Inbox, shop: &Shop) {
    shop.goes_home();
    inbox.send_and_close(ANSWER);
    shop.line(ANSWER);
}

#[test]
fn all_four_that_hide_with_an_answer_that_nobody_has_read() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    in_each(&TABLE[4..], &inbox, &shop, |seen, _| {
        is_answered_and_closed_unread(&inbox, &shop);
        shop.reload();
        shop.home_lacks(ANSWER);
        assert!(!seen.listed_after_reload);
    });
}

#[test]
fn all_four_that_keep_it_until_it_is_read() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    let keeping: Vec<Seen> =
        TABLE[4..].iter().map(|seen| Seen { keep_unread: true, ..*seen }).collect();
    in_each(&keeping, &inbox, &shop, |seen, _| {
        is_answered_and_closed_unread(&inbox, &shop);
        for _ in 0..2 {
            shop.reload();
            let line = shop.line(ANSWER);
            assert!(line.ends_with("1 unread"), "{line}");
            assert_eq!(line.contains("Closed"), seen.marked_closed, "{line}");
        }
        shop.opens(ANSWER);
        seen.in_thread(&shop);
        shop.goes_home();
        seen.on_home(&shop, ANSWER);
        shop.reload();
        shop.home_lacks(ANSWER);
    });
}

#[test]
fn the_four_that_hide_nothing_when_the_server_is_killed_at_the_closing() {
    the_server_is_killed_at_the_closing(&TABLE[..4]);
}

#[test]
fn the_four_that_hide_when_the_server_is_killed_at_the_closing() {
    the_server_is_killed_at_the_closing(&TABLE[4..]);
}

/// Four at a time: who loses the server again and again waits longer each time.
fn the_server_is_killed_at_the_closing(part: &[Seen]) {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let (inbox, shop) = (story.inbox(), story.shop());
    in_each(part, &inbox, &shop, |seen, question| {
        // The server writes the closing down, and dies before anybody learns of it.
        let before = story.server.events();
        story.server.lose_answers();
        inbox.page.click(Role::Button, "End Chat and Close");
        until("the closing to be in the log", || {
            let events = story.server.events();
            if events > before { Ok(()) } else { Err(format!("it has {events} events")) }
        });
        story.server.kill();
        story.server.plug_in();
        story.server.start_again();

        inbox.sees_closed();
        seen.in_thread(&shop);
        shop.goes_home();
        seen.on_home(&shop, question);
    });
}
