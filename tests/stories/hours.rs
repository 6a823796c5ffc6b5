//! Settings → Opening hours, and the note above the field outside of them.

use std::time::{SystemTime, UNIX_EPOCH};

use porchlight_stories::{Closing, Inbox, Role, Story};
use serde_json::json;

use crate::scene::mid_conversation;

const SWITCH: &str = "The chat has opening hours";
const SAVED: &str = "Saved. Open chats update at once.";
const AWAY: &str = "We’re away right now. Write to us, and we’ll answer when we’re back.";

fn goes_to_hours(inbox: &Inbox) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Opening hours");
    inbox.page.sees(Role::Heading, "Opening hours");
}

/// Sets a field for a time, which each language types in another way.
fn sets(inbox: &Inbox, label: &str, time: &str) {
    const SET: &str = r#"
const [label, time] = arguments;
const field = document.querySelector(`input[aria-label="${label}"]`);
field.value = time;
field.dispatchEvent(new Event("input", { bubbles: true }));
return field.value;
"#;
    let set: String = inbox.page.script(SET, json!([label, time]));
    assert_eq!(set, time);
}

#[test]
fn who_writes_outside_of_them_is_told_at_once_and_can_write() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Are you there?");
    shop.chat.lacks_words("We’re away");
    goes_to_hours(&inbox);
    inbox.page.click(Role::Switch, SWITCH);
    for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"] {
        inbox.page.click(Role::Button, &format!("Remove hours on {day}"));
        inbox.page.focuses(Role::Button, &format!("Add hours on {day}"));
    }
    inbox.page.click(Role::Button, "Save");
    inbox.page.says(SAVED);
    inbox.page.says("By these hours, the chat is closed now.");

    shop.chat.says(AWAY);
    shop.chat.says("Currently away");
    shop.visitor_writes("Then I wait.");
    inbox.goes_to_inbox();
    inbox.opens("Then I wait.");
    // Who has not written yet has it from the document.
    let other = story.shop();
    other.open_chat();
    other.chat.click(Role::Button, "New conversation");
    other.chat.says(AWAY);

    goes_to_hours(&inbox);
    inbox.page.click(Role::Switch, SWITCH);
    inbox.page.click(Role::Button, "Save");
    inbox.page.says(SAVED);
    shop.chat.lacks_words("We’re away");
    inbox.page.reload();
    assert!(!inbox.page.is_on(SWITCH), "it is kept");
}

#[test]
fn the_note_says_until_when() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Are you there?");
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    // 1 January 1970 was a Thursday.
    let days = ["thu", "fri", "sat", "sun", "mon", "tue", "wed"];
    let after_tomorrow = days[usize::try_from(since.as_secs() / 86_400 + 2).unwrap() % 7];
    let span = json!({ "day": after_tomorrow, "opens": "12:00", "closes": "13:00" });
    let hours = json!({ "on": true, "zone": "UTC", "week": [span], "closed_on": [] });
    assert_eq!(inbox.asks("PUT", "/settings/hours", &hours).0, 200);
    shop.chat.says("We’re away until");
    goes_to_hours(&inbox);
    inbox.page.says("By these hours, the chat is closed now. Open again:");
}

#[test]
fn what_cannot_be_kept_is_told_at_its_place_and_nothing_is_lost() {
    let story = Story::begin();
    let inbox = story.inbox();
    goes_to_hours(&inbox);
    inbox.page.says("The chat doesn’t say when you answer.");
    inbox.page.click(Role::Switch, SWITCH);
    sets(&inbox, "Tuesday, closes", "08:30");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("The closing time has to be after the opening time.");
    inbox.page.says("Not saved: one field needs your attention.");
    sets(&inbox, "Tuesday, closes", "12:30");
    inbox.page.lacks_words("The closing time has to be after the opening time.");
    inbox.page.click(Role::Button, "Add hours on Tuesday");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("Enter both times.");
    inbox.page.click(Role::Button, "Discard");
    inbox.page.says("Changes discarded.");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Unsaved changes");
    let second = "[id^=hours-opens]:not([id=hours-opens-0])";
    let fields = format!("return document.querySelectorAll('{second}').length");
    let fields: usize = inbox.page.script(&fields, json!([]));
    assert_eq!(fields, 5, "the second time of Tuesday is there again");

    // An agent who is no admin reads them.
    let ben = story.bens_inbox();
    goes_to_hours(&ben);
    ben.page.says("Only an admin of the site can change these settings.");
}

#[test]
fn hours_that_another_admin_has_saved_meanwhile_are_not_overwritten_unseen() {
    let story = Story::begin();
    story.forgives("409 (Conflict)");
    let inbox = story.inbox();
    goes_to_hours(&inbox);
    inbox.page.click(Role::Switch, SWITCH);
    let theirs = json!({ "on": true, "zone": "UTC", "week": [], "closed_on": [] });
    assert_eq!(inbox.asks("PUT", "/settings/hours", &theirs).0, 200);
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("Not saved: somebody else has changed this in the meantime.");
    inbox.page.sees(Role::Button, "Remove hours on Monday");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says(SAVED);
}
