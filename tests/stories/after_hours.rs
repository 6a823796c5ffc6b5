//! What visitors leave while nobody is there: a message that comes first in the morning, and a wish to be called.

use std::time::{SystemTime, UNIX_EPOCH};

use porchlight_stories::{Inbox, Role, Story};
use serde_json::json;

/// The site opens on the day after tomorrow, and offers to call back. Returns the name of that day.
pub fn closes_until_after_tomorrow(inbox: &Inbox) -> &'static str {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // 1 January 1970 was a Thursday.
    let (day, name) = match (since.as_secs() / 86_400 + 2) % 7 {
        0 => ("thu", "Thursday"),
        1 => ("fri", "Friday"),
        2 => ("sat", "Saturday"),
        3 => ("sun", "Sunday"),
        4 => ("mon", "Monday"),
        5 => ("tue", "Tuesday"),
        _ => ("wed", "Wednesday"),
    };
    let span = json!({ "day": day, "opens": "09:00", "closes": "17:00" });
    let hours = json!({ "on": true, "zone": "UTC", "week": [span], "closed_on": [] });
    assert_eq!(inbox.asks("PUT", "/settings/hours", &hours).0, 200);
    let questions = json!({ "when": "away", "asks": [], "call_back": true });
    assert_eq!(inbox.asks("PUT", "/settings/questions", &questions).0, 200);
    name
}

#[test]
fn what_was_left_comes_first_in_the_morning_and_who_wants_a_call_is_called() {
    let story = Story::begin();
    let inbox = story.inbox();
    let day = closes_until_after_tomorrow(&inbox);
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lamp in stock?");
    shop.chat.says("Shall we call you back?");
    shop.chat.click(Role::Button, &format!("{day} 09:00–13:00"));
    shop.chat.says("At which phone number can we reach you?");
    shop.visitor_writes("+49 30 901820");
    shop.chat.says(&format!("We’ll call you: {day} 09:00–13:00"));
    shop.chat.axe_finds_nothing();

    // In the morning somebody else writes, and comes after it.
    let off = json!({ "on": false, "zone": "UTC", "week": [], "closed_on": [] });
    assert_eq!(inbox.asks("PUT", "/settings/hours", &off).0, 200);
    let other = story.shop();
    other.open_chat();
    other.starts("Good morning");
    inbox.folder("Unassigned");
    inbox.lists("Good morning");
    let first = "return document.querySelector('.items .row').innerText";
    let first: String = inbox.page.script(first, json!([]));
    assert!(first.contains("Left a message"), "{first}");
    inbox.page.says("Call back:");
    inbox.opens("+49 30 901820");
    inbox.page.says("Phone number known");
    inbox.page.says("+4930901820");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Called");
    inbox.page.says("Called back");
    inbox.page.lacks_words("Call back:");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Call back:");
    // To answer ends the mark; to claim does not.
    inbox.claim();
    inbox.page.says("Left a message");
    inbox.reply("It is.");
    inbox.page.lacks_words("Left a message");
    shop.chat.says("It is.");
}

#[test]
fn with_live_chat_off_messages_are_taken() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Live chat");
    inbox.page.click(Role::Switch, "Take messages while live chat is off");
    inbox.page.says("Saved. Open chats update at once.");
    inbox.page.click(Role::Switch, "Visitors can write to the team");
    inbox.page.says("Visitors can leave messages.");
    inbox.page.axe_finds_nothing();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Do you ship to Norway?");
    shop.chat.says("We’re away");
    inbox.goes_to_inbox();
    inbox.lists("Do you ship to Norway?");
    inbox.page.says("Left a message");
}
