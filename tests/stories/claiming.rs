//! An agent claims a conversation before answering it.

use porchlight_stories::{Role, Story};

#[test]
fn an_agent_claims_before_replying() {
    let story = Story::begin();
    let ada = story.inbox();
    let ben = story.bens_inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Hello, is anybody there?");

    // Who has not claimed can't write, and is told why.
    ada.opens("Hello, is anybody there?");
    ben.opens("Hello, is anybody there?");
    ada.page.says("Claim this conversation to reply");
    ada.page.lacks(Role::TextBox, "Message");
    ada.page.lacks(Role::Button, "End Chat and Close");

    ada.claim();
    ada.page.sees(Role::Button, "End Chat and Close");
    ada.page.lacks(Role::Button, "Claim");

    // The other one sees at once whose it is, and can take it over.
    ben.page.says("Assigned to Ada");
    ben.page.says("Claim this conversation to reply");
    ben.page.lacks(Role::TextBox, "Message");
    ben.page.click(Role::Button, "Take over");
    ben.page.says("Assigned to you");
    ada.page.says("Assigned to Ben");
    ada.page.lacks(Role::TextBox, "Message");
}

#[test]
fn folders_hold_what_they_say() {
    let story = Story::begin();
    let ada = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("A question about lamps");

    ada.folder("Unassigned");
    ada.lists("A question about lamps");
    ada.folder("Mine");
    ada.page.says("You have no open conversations");

    ada.folder("Unassigned");
    ada.opens("A question about lamps");
    ada.claim();
    ada.page.says("Nobody is waiting");
    ada.folder("Mine");
    ada.lists("A question about lamps");

    ada.end_chat_and_close();
    ada.page.says("You have no open conversations");
    ada.folder("Open");
    ada.page.says("All done");
    ada.folder("Closed");
    ada.lists("A question about lamps");
    ada.folder("All");
    ada.lists("A question about lamps");
}

#[test]
fn a_row_that_two_folders_have_goes_on_in_both() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    shop.open_chat();
    shop.starts("Is the lamp in stock?");
    inbox.lists("Is the lamp in stock?");
    inbox.folder("Unassigned");
    inbox.lists("Is the lamp in stock?");
    shop.visitor_writes("The copper one, I mean.");
    inbox.lists("The copper one, I mean.");
    inbox.folder("All");
    shop.visitor_writes("Or the oak one.");
    inbox.lists("Or the oak one.");
}
