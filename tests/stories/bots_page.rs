//! Settings → Bots: an admin adds a bot, writes what it says, and switches it on and off.

use serde_json::json;

use porchlight_stories::{Inbox, Role, Story};

pub const FLOW: &str = "Flow (JSON)";
const WITH_LUMEN: &str = "Conversation with Lumen";

pub fn goes_to_bots(inbox: &Inbox) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Bots");
    inbox.page.sees(Role::Heading, "Bots");
}

fn adds_lumen(inbox: &Inbox) {
    goes_to_bots(inbox);
    inbox.page.says("This bot has no flow yet.");
    inbox.page.click(Role::Button, "Add a bot");
    inbox.page.focuses(Role::TextBox, "Name");
    inbox.page.write("Name", "Lumen");
    inbox.page.choose("Begin with", "Opening hours");
    inbox.page.click(Role::Button, "Add");
    inbox.page.focuses(Role::TextBox, FLOW);
    inbox.page.says("No problems");
}

/// Replaces what stands in the field, as somebody who pastes does.
pub fn pastes(inbox: &Inbox, flow: &str) {
    inbox.page.script::<serde_json::Value>(
        "const field = document.querySelector('#flow'); \
         field.value = arguments[0]; \
         field.dispatchEvent(new Event('input', { bubbles: true })); \
         return 0",
        json!([flow]),
    );
}

#[test]
fn an_admin_adds_a_bot_mends_its_flow_and_publishes_it() {
    let story = Story::begin();
    let inbox = story.inbox();
    adds_lumen(&inbox);
    inbox.page.says("We are here from Monday to Friday, from 9 to 17.");
    assert!(inbox.page.has(Role::Button, "Discard changes"));

    // What is wrong is told while one writes, and leads to its line.
    let flow = inbox.page.value(Role::TextBox, FLOW);
    pastes(&inbox, &flow.replace("\"then\": \"place\"", "\"then\": \"palace\""));
    inbox.page.says("2 problems");
    // Between isolates, which keep it whole in sentences from right to left.
    inbox.page.says("There is no step “\u{2068}palace\u{2069}”");
    inbox.page.click(Role::Button, "Publish");
    inbox.page.lacks_words("is published");
    inbox.page.click_with(Role::Button, "palace");
    inbox.page.focuses(Role::TextBox, FLOW);
    let selected: String = inbox.page.script(
        "const field = document.querySelector('#flow'); \
         return field.value.slice(field.selectionStart, field.selectionEnd)",
        json!([]),
    );
    assert_eq!(selected.trim(), "\"greet\": {");
    inbox.page.axe_finds_nothing();

    pastes(&inbox, &flow.replace("from 9 to 17", "from 9 to <b>18</b>"));
    inbox.page.says("No problems");
    inbox.page.says("from 9 to <b>18</b>.");
    inbox.page.click(Role::Button, "Publish");
    inbox.page.says("Version 1 is published. New conversations begin with it.");
    inbox.page.says("On, version 1");
    inbox.page.axe_finds_nothing();

    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, WITH_LUMEN);
    shop.sees_reply("Hello! How can I help?");
    shop.chat.click(Role::Button, "Opening hours");
    shop.sees_reply("from 9 to <b>18</b>.");

    inbox.page.click(Role::Button, "Switch off");
    inbox.page.says("Lumen is switched off");
    inbox.page.lacks_words("On, version 1");
    let other = story.shop();
    other.open_chat();
    other.is_home();
    other.chat.lacks(Role::Button, WITH_LUMEN);
    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Lumen is on again");
    inbox.page.says("On, version 1");
    other.reload();
    other.chat.sees(Role::Button, WITH_LUMEN);
    // It is as it was written, apart from white space around it.
    inbox.page.reload();
    inbox.page.sees(Role::TextBox, FLOW);
    let published = inbox.page.value(Role::TextBox, FLOW);
    assert_eq!(published, flow.trim_end().replace("from 9 to 17", "from 9 to <b>18</b>"));
}

#[test]
fn what_is_not_published_is_not_lost_by_a_click() {
    let story = Story::begin();
    story.forgives("422 (Unprocessable");
    let inbox = story.inbox();
    goes_to_bots(&inbox);
    inbox.page.click(Role::Button, "Add a bot");
    inbox.page.click(Role::Button, "Add");
    inbox.page.says("Write something first.");
    inbox.page.focuses(Role::TextBox, "Name");
    inbox.page.write("Name", "Lumen");
    inbox.page.click(Role::Button, "Add");
    inbox.page.focuses(Role::TextBox, FLOW);
    let flow = inbox.page.value(Role::TextBox, FLOW);

    inbox.page.click(Role::Link, "Inbox");
    inbox.is_asked("You have unsaved changes", "Keep editing");
    inbox.page.click(Role::Button, "Keep editing");
    inbox.page.click(Role::Button, "Discard changes");
    inbox.page.says("This bot has no flow yet.");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.focuses(Role::TextBox, FLOW);
    assert_eq!(inbox.page.value(Role::TextBox, FLOW), flow);
    inbox.page.click(Role::Button, "Discard changes");
    inbox.page.click(Role::Button, "Lead form");
    inbox.page.focuses(Role::TextBox, FLOW);
    inbox.page.says("Tell us what you need");
}

#[test]
fn an_agent_reads_what_a_bot_says_and_changes_nothing() {
    let story = Story::begin();
    // A browser tells of every refusal; this one is wanted.
    story.forgives("403 (Forbidden)");
    let ada = story.inbox();
    adds_lumen(&ada);
    ada.page.click(Role::Button, "Publish");
    ada.page.says("On, version 1");
    let ben = story.bens_inbox();
    goes_to_bots(&ben);
    ben.page.says("We are here from Monday to Friday");
    ben.page.says("Only an admin of the site can change these settings.");
    ben.page.click_with(Role::Button, "Version 1");
    ben.page.says("\"flow\": 1,");
    for name in ["Add a bot", "Publish", "Switch off", "Discard changes", "Restore"] {
        ben.page.lacks(Role::Button, name);
    }
    let is_read_only: bool =
        ben.page.script("return document.querySelector('#flow').readOnly", json!([]));
    assert!(is_read_only);
    let (status, _) = ben.asks("POST", "/bots", &json!({"name": "Wick"}));
    assert_eq!(status, 403);
}

#[test]
fn older_versions_come_back_and_nobody_publishes_over_what_they_have_not_seen() {
    let story = Story::begin();
    // A browser tells of every refusal; these are wanted.
    story.forgives("409 (Conflict)");
    let inbox = story.inbox();
    adds_lumen(&inbox);
    let first = inbox.page.value(Role::TextBox, FLOW);
    let open = |hours: &str| first.trim_end().replace("from 9 to 17", hours);
    inbox.page.lacks(Role::Heading, "Versions");
    inbox.page.click(Role::Button, "Publish");
    inbox.page.says("On, version 1");
    pastes(&inbox, &open("from 10 to 18"));
    inbox.page.says("from 10 to 18.");
    inbox.page.click(Role::Button, "Publish");
    inbox.page.says("On, version 2");

    // The first one is looked at, and comes into the editor. It can be taken back.
    inbox.page.sees(Role::Heading, "Versions");
    inbox.page.lacks_words("from 9 to 17.");
    inbox.page.click_with(Role::Button, "Version 1");
    inbox.page.says("from 9 to 17.");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Restore");
    inbox.page.focuses(Role::TextBox, FLOW);
    inbox.page.says("Version 1 is in the editor.");
    assert_eq!(inbox.page.value(Role::TextBox, FLOW), open("from 9 to 17"));
    inbox.page.says("On, version 2");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.focuses(Role::TextBox, FLOW);
    assert_eq!(inbox.page.value(Role::TextBox, FLOW), open("from 10 to 18"));
    inbox.page.click(Role::Button, "Restore");
    inbox.page.click(Role::Button, "Publish");
    inbox.page.says("On, version 3");

    // Another admin is faster.
    pastes(&inbox, &open("on Sundays"));
    inbox.page.says("on Sundays.");
    inbox.publishes("Lumen", &open("at night"));
    inbox.page.click(Role::Button, "Publish");
    inbox
        .page
        .says("Not published: version 4 was published in the meantime. Your text is still here.");
    assert_eq!(inbox.page.value(Role::TextBox, FLOW), open("on Sundays"));
    inbox.page.says("On, version 4");
    inbox.page.click(Role::Button, "See version 4");
    inbox.page.focuses_with(Role::Button, "Version 4");
    inbox.page.says("at night.");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Publish mine");
    inbox.page.says("Version 5 is published. New conversations begin with it.");

    // What somebody else has published is not switched off unseen. A field without changes follows.
    inbox.publishes("Lumen", &open("in summer"));
    inbox.page.click(Role::Button, "Switch off");
    inbox.page.says("Not switched off: version 6 was published in the meantime.");
    inbox.page.lacks_words("Unsaved changes");
    assert!(inbox.page.value(Role::TextBox, FLOW).contains("in summer."));
    inbox.page.click(Role::Button, "Switch off");
    inbox.page.says("Lumen is switched off");

    // Nor does an undo publish over something newer.
    inbox.publishes("Lumen", &open("in winter"));
    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Somebody else has published a newer version of this flow.");
    inbox.page.reload();
    inbox.page.says("On, version 7");
    inbox.page.says("in winter.");
}
