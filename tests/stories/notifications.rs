//! Notifications: an agent is notified of a visitor at once, and once.

use std::sync::Arc;

use porchlight_stories::{Browser, Crowd, Inbox, Look, Role, Story, until};
use serde_json::{Value, json};

/// Stands in for what the browser shows outside of its pages, and counts the sounds.
const SPY: &str = "
    const permission = arguments[0];
    window.shown = [];
    window.sounds = 0;
    window.Notification = class {
        static permission = 'default';
        static async requestPermission() {
            this.permission = permission;
            return permission;
        }
        constructor(title, options) {
            this.title = title;
            this.body = options.body;
            window.shown.push(this);
        }
        close() {}
    };
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) {
        window.sounds += 1;
        return start.apply(this, at);
    };";

/// Tones of one sound.
const TONES: u32 = 2;

/// The tab's agent switches desktop notifications on; the browser says this to it.
fn switches_notifications_on(inbox: &Inbox, permission: &str) {
    inbox.page.script::<Value>(SPY, json!([permission]));
    inbox.page.click(Role::Button, "Notifications");
    inbox.page.click(Role::Switch, "Desktop notifications");
}

fn closes_the_panel(inbox: &Inbox) {
    inbox.page.click(Role::Button, "Close notifications");
    inbox.page.lacks(Role::Button, "Close notifications");
}

/// Title and text of each notification that this tab has shown, and how often it has sounded.
fn notified(inbox: &Inbox) -> (Vec<(String, String)>, u32) {
    let script = "return [window.shown.map(({ title, body }) => [title, body]), window.sounds]";
    let (shown, tones): (Vec<(String, String)>, u32) = inbox.page.script(script, json!([]));
    (shown, tones / TONES)
}

/// Waits until the tab has shown so many notifications.
#[track_caller]
fn is_notified(inbox: &Inbox, times: usize) -> Vec<(String, String)> {
    until(&format!("{times} notifications"), || {
        let (shown, _) = notified(inbox);
        if shown.len() >= times { Ok(shown) } else { Err(format!("there were {shown:?}")) }
    })
}

#[test]
fn a_new_conversation_is_heard_and_leads_to_itself() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    switches_notifications_on(&inbox, "granted");
    assert!(inbox.page.is_on("Sound"));
    closes_the_panel(&inbox);
    shop.open_chat();
    shop.starts("Is it waterproof?");
    let shown = is_notified(&inbox, 1);
    let [(title, body)] = &shown[..] else { panic!("{shown:?}") };
    assert_eq!(title, "New conversation");
    assert!(body.starts_with("Visitor ") && body.ends_with(": Is it waterproof?"), "{body}");
    let sounded = || if notified(&inbox).1 == 1 { Ok(()) } else { Err("silence".to_owned()) };
    until("a sound", sounded);
    // Whoever looks at the tab alone sees it, too.
    let icon = "return [document.title, document.querySelector('link[rel=icon]').href]";
    let (title, icon_unread): (String, String) = inbox.page.script(icon, json!([]));
    assert!(title.starts_with("(1) "), "{title}");

    inbox.page.script::<Value>("window.shown[0].onclick(new Event('click'))", json!([]));
    inbox.reads("Is it waterproof?");
    until("the dot to go", || {
        let (title, now): (String, String) = inbox.page.script(icon, json!([]));
        let gone = !title.starts_with('(') && now.len() < icon_unread.len();
        if gone { Ok(()) } else { Err(title) }
    });
}

#[test]
fn what_is_in_view_is_quiet_and_what_is_not_is_heard() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    shop.open_chat();
    shop.starts("Is it waterproof?");
    inbox.takes("Is it waterproof?");
    switches_notifications_on(&inbox, "granted");
    closes_the_panel(&inbox);
    shop.visitor_writes("Or only splash-proof?");
    inbox.reads("Or only splash-proof?");
    // Somebody else is heard, and nothing before that was.
    Crowd::of(&story.server).asks(1..2);
    let shown = is_notified(&inbox, 1);
    assert_eq!(shown[0].0, "New conversation");
    assert!(shown[0].1.ends_with(": Question 1"), "{shown:?}");

    inbox.opens("Question 1");
    shop.visitor_writes("Hello?");
    let shown = is_notified(&inbox, 2);
    assert!(shown[1].0.starts_with("New message from Visitor "), "{shown:?}");
    assert_eq!(shown[1].1, "Hello?");

    // What the agent does not want to hear of is quiet.
    inbox.page.click(Role::Button, "Notifications");
    inbox.page.click(Role::Switch, "Messages in my conversations");
    closes_the_panel(&inbox);
    shop.visitor_writes("Anybody?");
    inbox.lists("Anybody?");
    Crowd::of(&story.server).asks(2..3);
    let shown = is_notified(&inbox, 3);
    assert!(shown[2].1.ends_with(": Question 2"), "{shown:?}");
}

#[test]
fn who_does_not_want_to_be_disturbed_is_not_until_they_end_it() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    switches_notifications_on(&inbox, "granted");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "For an hour");
    inbox.page.says("Until ");
    inbox.page.axe_finds_nothing();
    // The tab can be silent of it, too.
    inbox.page.click(Role::Switch, "Title and icon of the tab");
    closes_the_panel(&inbox);
    shop.open_chat();
    shop.starts("Is it waterproof?");
    inbox.lists("Is it waterproof?");
    let title: String = inbox.page.script("return document.title", json!([]));
    assert!(!title.starts_with('('), "{title}");

    // What came meanwhile is not made up for.
    inbox.page.click(Role::Button, "Notifications");
    inbox.page.click(Role::Button, "End now");
    inbox.page.sees(Role::Button, "Until I end it");
    closes_the_panel(&inbox);
    Crowd::of(&story.server).asks(1..2);
    let shown = is_notified(&inbox, 1);
    assert!(shown[0].1.ends_with(": Question 1"), "{shown:?}");
}

/// The agent opens the inbox in one more tab.
fn one_more_tab(story: &Story, browser: &Arc<Browser>) -> Inbox {
    let tab = Inbox::visit(browser, &story.server.origin(), Look::DESK);
    tab.page.sees(Role::Heading, "Conversations");
    tab
}

#[test]
fn five_tabs_of_one_agent_notify_once_and_two_agents_twice() {
    let story = Story::begin();
    let (ada, ben) = (story.somebody("Ada"), story.bens_inbox());
    let door = Inbox::visit(&ada, &story.server.origin(), Look::DESK);
    door.sign_in(porchlight_stories::ADA, porchlight_stories::PASSWORD);
    let mut tabs = vec![door];
    while tabs.len() < 5 {
        tabs.push(one_more_tab(&story, &ada));
    }
    for tab in tabs.iter().chain([&ben]) {
        switches_notifications_on(tab, "granted");
        closes_the_panel(tab);
    }
    let all = || tabs.iter().map(|tab| notified(tab).0.len()).sum::<usize>();
    for times in 1..=3 {
        Crowd::of(&story.server).asks(times..times + 1);
        let times = times as usize;
        until(&format!("notification {times}"), || {
            let all = all();
            if all >= times { Ok(()) } else { Err(format!("{all} so far")) }
        });
        assert_eq!(is_notified(&ben, times).len(), times, "Ben's own");
        // A second tab would have notified together with the one before.
        assert_eq!(all(), times);
    }
}

#[test]
fn twenty_at_once_are_one_notification() {
    let story = Story::begin();
    let inbox = story.inbox();
    switches_notifications_on(&inbox, "granted");
    closes_the_panel(&inbox);
    let crowd = Crowd::of(&story.server);
    std::thread::scope(|scope| {
        for number in 1..=20 {
            let crowd = &crowd;
            scope.spawn(move || crowd.asks(number..number + 1));
        }
    });
    let number = |title: &str| match title.split_once(" new conversations") {
        Some((number, _)) => number.parse().unwrap(),
        None => 1,
    };
    until("twenty to be notified of", || {
        let (shown, _) = notified(&inbox);
        let count: u32 = shown.iter().map(|(title, _)| number(title)).sum();
        if count == 20 { Ok(()) } else { Err(format!("{count} of {shown:?}")) }
    });
    // A machine that is busy may take longer than a burst lasts.
    let (shown, sounds) = notified(&inbox);
    assert!(shown.len() <= 3 && sounds as usize <= shown.len(), "{shown:?}, {sounds} sounds");
}

#[test]
fn a_browser_that_shows_no_notifications_says_why() {
    let story = Story::begin();
    let inbox = story.inbox();
    switches_notifications_on(&inbox, "denied");
    inbox.page.says("Your browser blocks notifications from this page.");
    assert!(!inbox.page.is_on("Desktop notifications"));
    closes_the_panel(&inbox);

    inbox.page.script::<Value>("delete window.Notification; return null", json!([]));
    inbox.page.click(Role::Button, "Notifications");
    inbox.page.says("This browser has no desktop notifications.");
    assert!(!inbox.page.is_enabled(Role::Switch, "Desktop notifications"));
    closes_the_panel(&inbox);
    // The sound comes all the same.
    Crowd::of(&story.server).asks(1..2);
    until("a sound", || if notified(&inbox).1 == 1 { Ok(()) } else { Err("silence".to_owned()) });
}

#[test]
fn before_the_first_click_the_browser_mutes_the_sound_and_the_button_says_so() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.page.reload();
    inbox.page.sees(Role::Heading, "Conversations");
    let tooltip = || -> String {
        let title = "return [...document.querySelectorAll('.rail button')]
            .find((it) => it.innerText === 'Notifications').title";
        inbox.page.script(title, json!([]))
    };
    assert_eq!(tooltip(), "Your browser plays no sounds until you click or type in this page");
    // That it can't sound is no fault.
    Crowd::of(&story.server).asks(1..2);
    inbox.lists("Question 1");
    inbox.page.click(Role::Button, "Notifications");
    inbox.page.sees(Role::Button, "Play the sound");
    assert_eq!(tooltip(), "");
}
