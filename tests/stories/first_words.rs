//! A visitor comes, writes and is answered.

use porchlight_stories::{Role, Story};

#[test]
fn a_visitor_writes_and_is_answered() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();

    shop.open_chat();
    shop.starts("Do you ship to Norway?");

    inbox.opens("Do you ship to Norway?");
    inbox.claim();
    inbox.reply("We do, and it is free from 100 euros.");

    shop.sees_reply("We do, and it is free from 100 euros.");
    shop.chat.sees(Role::Heading, "Ada");
}
