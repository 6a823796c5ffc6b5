//! The sidebar beside a conversation: who the visitor is, who told it, and what agents note down.

use porchlight_stories::{Inbox, Look, Role, Story, until};
use serde_json::json;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

const TITLE: &str = "About the visitor";

/// Shows the sidebar of the open conversation.
fn looks_up_the_visitor(inbox: &Inbox) {
    inbox.page.click(Role::Button, TITLE);
    inbox.page.sees(Role::Heading, TITLE);
    inbox.page.sees(Role::Heading, "Contact");
}

/// Changes a fact: `button` begins, `field` takes it.
fn notes(inbox: &Inbox, button: &str, field: &str, text: &str) {
    inbox.page.click(Role::Button, button);
    inbox.page.focuses(Role::TextBox, field);
    inbox.page.rewrite(field, text);
    inbox.page.press(ENTER);
}

#[test]
fn an_agent_notes_who_the_visitor_is_and_everybody_sees_it() {
    let story = Story::begin();
    let (inbox, bens) = (story.inbox(), story.bens_inbox());
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lantern in stock?");
    inbox.opens("Is the lantern in stock?");
    looks_up_the_visitor(&inbox);
    inbox.page.says("Nothing is known of this visitor yet.");
    inbox.page.axe_finds_nothing();

    // Who gives up is where they were.
    inbox.page.click(Role::Button, "Add a name");
    inbox.page.focuses(Role::TextBox, "Name");
    inbox.page.press(ESCAPE);
    inbox.page.focuses(Role::Button, "Add a name");

    notes(&inbox, "Add a name", "Name", "Mia Sommer");
    inbox.page.says("Noted by Ada");
    inbox.page.focuses(Role::Button, "Edit: Name");
    inbox.lists("Mia Sommer");
    inbox.page.sees_with(Role::Heading, "Mia Sommer Open");
    until("the title", || {
        let title: String = inbox.page.script("return document.title", json!([]));
        if title.contains("Mia Sommer") { Ok(()) } else { Err(title) }
    });
    inbox.page.axe_finds_nothing();
    bens.lists("Mia Sommer");

    // Another field, which refuses what can't be.
    notes(&inbox, "Add an email address", "Email", "mia");
    inbox.page.says("This isn’t an email address.");
    inbox.page.axe_finds_nothing();
    inbox.page.rewrite("Email", "mia@example.org");
    inbox.page.press(ENTER);
    inbox.page.sees(Role::Button, "Edit: Email");

    // A colleague who has the conversation open sees it come, and what is taken back go.
    bens.opens("Is the lantern in stock?");
    looks_up_the_visitor(&bens);
    bens.page.says("mia@example.org");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.sees(Role::Button, "Add an email address");
    bens.page.sees(Role::Button, "Add an email address");

    // What else is worth knowing has a name that the agent chooses.
    inbox.page.click(Role::Button, "Add a detail");
    inbox.page.focuses(Role::TextBox, "What it is");
    inbox.page.write("What it is", "Order number");
    inbox.page.write("Value", "0012");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Save");
    inbox.page.focuses(Role::Button, "Edit: Order number");
    bens.page.says("0012");
    inbox.page.click(Role::Button, "Edit: Order number");
    inbox.page.click(Role::Button, "Remove");
    inbox.page.lacks(Role::Button, "Edit: Order number");
    bens.page.lacks(Role::Button, "Edit: Order number");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.sees(Role::Button, "Edit: Order number");

    // The column is there until the agent hides it, by a key, too.
    inbox.page.reload();
    inbox.page.sees(Role::Heading, TITLE);
    inbox.page.says("Mia Sommer");
    inbox.page.press("i");
    inbox.page.lacks(Role::Heading, TITLE);
    inbox.page.reload();
    inbox.reads("Is the lantern in stock?");
    inbox.page.lacks(Role::Heading, TITLE);
    inbox.page.sees_with(Role::Heading, "Mia Sommer Open");
}

#[test]
fn two_agents_who_note_at_once_learn_of_each_other() {
    let story = Story::begin();
    let (inbox, bens) = (story.inbox(), story.bens_inbox());
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lantern in stock?");
    for inbox in [&inbox, &bens] {
        inbox.opens("Is the lantern in stock?");
        looks_up_the_visitor(inbox);
    }
    bens.page.click(Role::Button, "Add a name");
    bens.page.write("Name", "Mia S.");
    notes(&inbox, "Add a name", "Name", "Mia Sommer");
    bens.page.sees_with(Role::Heading, "Mia Sommer Open");
    // What Ben writes is still there, and nothing of Ada's is lost unseen.
    bens.page.click(Role::Button, "Save");
    bens.page.says("Somebody else has changed it in the meantime: Mia Sommer.");
    assert_eq!(bens.page.value(Role::TextBox, "Name"), "Mia S.");
    bens.page.click(Role::Button, "Save");
    bens.page.says("Noted by Ben");
    inbox.page.sees_with(Role::Heading, "Mia S. Open");
}

#[test]
fn what_the_visitor_asked_before_is_one_click_away() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Do you repair lanterns?");
    inbox.takes("Do you repair lanterns?");
    looks_up_the_visitor(&inbox);
    inbox.page.says("This is the only one.");
    inbox.reply("We do.");
    shop.sees_reply("We do.");
    inbox.end_chat_and_close();
    shop.goes_home();
    shop.starts("And what does it cost?");
    inbox.opens("And what does it cost?");
    inbox.page.click_with(Role::Link, "We do. Closed");
    inbox.reads("Do you repair lanterns?");
    inbox.page.sees_with(Role::Link, "And what does it cost? Open");
    inbox.page.axe_finds_nothing();

    // What can't be loaded says so, and can be asked for again.
    inbox.leaves();
    story.server.hang_up_on("/api/v1/agent/visitors/");
    inbox.opens("And what does it cost?");
    inbox.page.says("We couldn’t load the details");
    inbox.page.axe_finds_nothing();
    story.server.hang_up_on_nobody();
    inbox.page.click(Role::Button, "Retry");
    inbox.page.sees(Role::Heading, "Contact");
}

#[test]
fn on_a_phone_it_is_a_sheet_that_the_back_button_closes() {
    let story = Story::begin();
    let inbox = story.inbox_on(Look::PHONE);
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lantern in stock?");
    inbox.opens("Is the lantern in stock?");
    inbox.page.lacks(Role::Heading, "Contact");
    inbox.page.click(Role::Button, TITLE);
    inbox.page.sees(Role::Dialog, TITLE);
    inbox.page.sees(Role::Heading, "Contact");
    inbox.page.axe_finds_nothing();
    notes(&inbox, "Add a name", "Name", "Mia Sommer");
    inbox.page.says("Noted by Ada");
    // The undo is within reach.
    inbox.page.click(Role::Button, "Undo");
    inbox.page.sees(Role::Button, "Add a name");
    notes(&inbox, "Add a name", "Name", "Mia Sommer");
    inbox.page.says("Noted by Ada");

    // Escape in a field leaves the field, and outside of one the sheet.
    inbox.page.click(Role::Button, "Edit: Name");
    inbox.page.focuses(Role::TextBox, "Name");
    inbox.page.press(ESCAPE);
    inbox.page.focuses(Role::Button, "Edit: Name");
    inbox.page.press(ESCAPE);
    inbox.page.lacks(Role::Dialog, TITLE);
    inbox.page.focuses(Role::Button, TITLE);
    inbox.page.sees_with(Role::Heading, "Mia Sommer Open");

    // The back button closes the sheet, and then the conversation.
    inbox.page.click(Role::Button, TITLE);
    inbox.page.sees(Role::Dialog, TITLE);
    inbox.page.script::<i32>("history.back(); return 0", json!([]));
    inbox.page.lacks(Role::Dialog, TITLE);
    inbox.page.focuses(Role::Button, TITLE);
    inbox.page.script::<i32>("history.back(); return 0", json!([]));
    inbox.page.sees(Role::Heading, "Conversations");
    inbox.lists("Mia Sommer");
}
