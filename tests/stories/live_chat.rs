//! Settings → Live chat: whether visitors can write to the team.

use porchlight_stories::{Closing, Inbox, Role, Story};

use crate::scene::mid_conversation;

const SWITCH: &str = "Visitors can write to the team";
const SAVED: &str = "Saved. Open chats update at once.";

fn turns(inbox: &Inbox) {
    inbox.page.click(Role::Switch, SWITCH);
    inbox.page.says(SAVED);
}

#[test]
fn the_field_goes_everywhere_at_once_and_comes_back_with_what_was_half_written() {
    let story = Story::begin();
    story.forgives("409 (Conflict");
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Are you there?");
    let other = story.shop();
    other.open_chat();
    shop.drafts("And what about");
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Live chat");
    inbox.page.sees(Role::Heading, "Live chat");
    turns(&inbox);

    shop.live_chat_is_off();
    // Who has not written yet is told of it by the document, or by the answer to their first message.
    other.chat.click(Role::Button, "New conversation");
    other.visitor_writes("Hello?");
    other.live_chat_is_off();
    other.chat.sees(Role::Button, "Retry");
    other.reload();
    other.chat.lacks(Role::Button, "New conversation");

    inbox.page.reload();
    assert!(!inbox.page.is_on(SWITCH), "it is kept");
    turns(&inbox);
    shop.field_is_there(true);
    shop.draft_is("And what about");
    other.reload();
    other.chat.sees(Role::Button, "New conversation");
}

#[test]
fn a_bot_is_there_until_a_person_takes_over() {
    let story = Story::begin();
    story.server.publishes(&crate::bots::flow());
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Live chat");
    turns(&inbox);
    let shop = story.shop();
    shop.open_chat();
    shop.chat.lacks(Role::Button, "New conversation");
    shop.chat.click(Role::Button, "Conversation with Wick");
    shop.sees_reply("What is it about?");
    shop.field_is_there(true);
    shop.chat.click(Role::Button, "Something else");
    shop.sees_reply("A person will be with you.");
    shop.live_chat_is_off();
}
