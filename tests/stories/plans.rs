//! The page *Close Conversations* and its effect belong to the Professional plan and higher.

use porchlight_stories::{Closing, Role, Story};

use crate::scene::{NOTICE, NOTICES, mid_conversation};

const ALL: Closing = Closing {
    hide_closed: true,
    keep_unread: true,
    disable_field: true,
    notices: NOTICES,
    auto_close_after_s: None,
    bot_auto_close_after_s: None,
    warn_before_s: None,
};

#[test]
fn below_professional_the_page_is_locked_and_nothing_that_is_stored_takes_effect() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    let (inbox, shop) = mid_conversation(&story, ALL, "Do you have gift cards?");
    inbox.end_chat_and_close();
    shop.field_is_there(false);

    // What is stored stays stored, but has no effect any more: at once, for who has it open.
    story.server.goes_on_plan("starter");
    shop.field_is_there(true);
    assert!(!shop.chat.shows(NOTICE));
    shop.reload();
    shop.home_lists("Do you have gift cards?", false);
    shop.opens("Do you have gift cards?");
    shop.field_is_there(true);
    shop.visitor_writes("And may I write?");
    shop.is_sent("And may I write?");

    // The page shows what is stored, and why it can't be changed.
    inbox.goes_to_settings();
    inbox.page.sees(Role::Heading, "Closing options are part of the Professional plan");
    let command = format!("porchlight site plan {} professional", story.server.site);
    assert_eq!(inbox.page.value(Role::TextBox, "Command"), command);
    assert!(inbox.page.is_on("Disable the live chat field after a conversation is closed"));
    assert!(
        !inbox
            .page
            .is_enabled(Role::Switch, "Disable the live chat field after a conversation is closed")
    );
    let (status, refusal) = inbox.tries_settings(Closing::default());
    assert_eq!((status, refusal["code"].as_str()), (403, Some("plan_required")));

    // A higher plan brings it back, while everybody is there.
    inbox.goes_to_inbox();
    inbox.opens("And may I write?");
    inbox.end_chat_and_close();
    shop.chat.settle();
    shop.field_is_there(true);
    story.server.goes_on_plan("professional");
    shop.field_is_there(false);
    shop.chat.says(NOTICE);
    inbox.goes_to_settings();
    inbox.page.lacks_with(Role::Heading, "Professional plan");
    assert!(
        inbox
            .page
            .is_enabled(Role::Switch, "Disable the live chat field after a conversation is closed")
    );
}

#[test]
fn the_page_is_unlocked_while_one_waits_before_it() {
    let story = Story::begin();
    story.server.goes_on_plan("starter");
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.page.sees(Role::Heading, "Closing options are part of the Professional plan");
    inbox.page.click(Role::Button, "Check again");
    inbox.page.settle();
    inbox.page.sees(Role::Heading, "Closing options are part of the Professional plan");

    story.server.goes_on_plan("enterprise");
    inbox.page.lacks_with(Role::Heading, "Professional plan");
    inbox.turns_on("Hide closed conversations from the visitor’s Home");
    inbox.saves();
}
