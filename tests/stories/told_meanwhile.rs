//! What one side is told of the other between two messages: who types, and what was seen.

use porchlight_stories::{Closing, Inbox, Role, Story};

use crate::scene::mid_conversation;

const VISITOR_TYPES: &str = "The visitor is typing";
const RECEIPTS: &str = "Visitors see when their messages were seen";
const SAVED: &str = "Saved. Open chats update at once.";

/// Switches receipts on or off, which they were not before.
fn switches_receipts(inbox: &Inbox, on: bool) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Live chat");
    assert_eq!(inbox.page.is_on(RECEIPTS), !on);
    inbox.page.click(Role::Switch, RECEIPTS);
    inbox.page.says(SAVED);
}

#[test]
fn who_types_is_seen_by_the_other_side_until_they_have_written_or_stopped() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Is it in stock?");
    inbox.page.lacks_words(VISITOR_TYPES);
    shop.chat.write("Message", "And in bl");
    inbox.page.says(VISITOR_TYPES);
    shop.chat.lacks_words("typing");
    // Nobody hears what they have not sent.
    inbox.page.lacks_words("And in bl");
    shop.chat.write("Message", "ue?");
    shop.chat.click(Role::Button, "Send");
    inbox.reads("And in blue?");
    inbox.page.lacks_words(VISITOR_TYPES);

    inbox.page.write("Message", "Let me loo");
    shop.chat.says("Ada is typing");
    shop.chat.lacks_words("Let me loo");
    // Who stops is not waited for.
    shop.chat.lacks_words("Ada is typing");
    inbox.page.write("Message", "k");
    shop.chat.says("Ada is typing");
    inbox.reply("I’ll ask.");
    shop.sees_reply("I’ll ask.");
    shop.chat.lacks_words("Ada is typing");
}

#[test]
fn of_a_note_only_the_team_learns() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "A discount?");
    let ben = story.bens_inbox();
    ben.opens("A discount?");
    story.server.forget_requests();
    inbox.notes("No discount for this one.");
    let told = story.server.requests();
    assert!(!told.iter().any(|request| request.ends_with("/typing")), "{told:?}");
    inbox.page.click(Role::Tab, "Reply");
    inbox.page.write("Message", "We");
    ben.page.says("Ada is typing");
    shop.chat.says("Ada is typing");
    inbox.page.lacks_words("is typing");
}

#[test]
fn visitors_see_what_was_seen_where_the_site_says_so_and_agents_always() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Is it in stock?");
    shop.is_sent("Is it in stock?");
    shop.chat.lacks_words("Seen");
    inbox.page.lacks_words("Seen by the visitor");
    switches_receipts(&inbox, true);
    shop.chat.says("Seen");

    // While nobody has the conversation on the screen, what comes is not seen.
    shop.visitor_writes("In blue?");
    shop.is_sent("In blue?");
    shop.chat.lacks_words("Seen");
    inbox.goes_to_inbox();
    inbox.opens("In blue?");
    shop.chat.says("Seen");
    inbox.reply("Yes.");
    shop.sees_reply("Yes.");
    inbox.page.says("Seen by the visitor");
    shop.close_chat();
    inbox.reply("Since today.");
    inbox.page.lacks_words("Seen by the visitor");
    shop.open_chat();
    inbox.page.says("Seen by the visitor");

    switches_receipts(&inbox, false);
    shop.chat.lacks_words("Seen");
}
