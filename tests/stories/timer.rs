//! Conversations that close by themselves.

use porchlight_stories::{Bot, Closing, Role, Story};

use crate::scene::{is_large_enough_to_touch, mid_conversation};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;

#[test]
fn what_came_due_while_the_server_was_down_is_closed_when_it_is_back() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let closing = Closing {
        auto_close_after_s: Some(HOUR),
        notices: &[("en", "{agent} of {site} had to go.")],
        ..Closing::default()
    };
    let (inbox, shop) = mid_conversation(&story, closing, "I am thinking about it.");

    story.server.kill();
    story.server.lets_pass(2 * 60 * 60);
    story.server.start_again();

    inbox.sees_closed();
    inbox.page.says("Closed automatically");
    inbox.folder("Open");
    inbox.page.says("All done");
    inbox.folder("Closed");
    inbox.lists("Closed automatically");
    shop.chat.says("Ada of Lantern & Oak had to go.");

    // It is closed once, and as open to the visitor as any.
    let closings = inbox.transcript().iter().filter(|line| line.contains("automatically")).count();
    assert_eq!(closings, 1, "{:?}", inbox.transcript());
    shop.visitor_writes("I'll take it.");
    shop.is_sent("I'll take it.");
    inbox.reads("I'll take it.");
    inbox.page.sees(Role::Button, "End Chat and Close");
}

#[test]
fn a_visitor_who_is_warned_keeps_it_open() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let closing = Closing {
        auto_close_after_s: Some(HOUR),
        warn_before_s: Some(10 * MINUTE),
        ..Closing::default()
    };
    let (inbox, shop) = mid_conversation(&story, closing, "Let me ask my neighbour.");
    shop.chat.settle();
    assert!(!shop.chat.shows("will close in"));

    // Fifty-five minutes later.
    story.server.kill();
    story.server.lets_pass(55 * 60);
    story.server.start_again();
    shop.reload();
    shop.opens("Let me ask my neighbour.");
    shop.chat.says("This conversation will close in 5 minutes");
    shop.chat.tells("This conversation will close in 5 minutes");
    shop.field_is_there(true);
    is_large_enough_to_touch(&shop, &["Keep it open"]);
    // The agent is told in passing.
    inbox.page.reload();
    inbox.page.says("Closes in");

    shop.chat.click(Role::Button, "Keep it open");
    shop.chat.lacks(Role::Button, "Keep it open");
    shop.chat.settle();
    assert!(!shop.chat.shows("will close in"));
    shop.reload();
    shop.opens("Let me ask my neighbour.");
    shop.chat.settle();
    assert!(!shop.chat.shows("will close in"));
    inbox.page.sees(Role::Button, "End Chat and Close");
    inbox.reads("The visitor kept this conversation open");
}

#[test]
fn a_warned_conversation_closes_before_everybodys_eyes() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let closing = Closing {
        auto_close_after_s: Some(2 * MINUTE),
        warn_before_s: Some(MINUTE),
        disable_field: true,
        ..Closing::default()
    };
    let (inbox, shop) = mid_conversation(&story, closing, "One moment please.");

    story.server.kill();
    story.server.lets_pass(105);
    story.server.start_again();
    shop.reload();
    shop.opens("One moment please.");
    shop.chat.says("This conversation will close in less than a minute");
    shop.field_is_there(true);

    shop.field_is_there(false);
    shop.chat.lacks(Role::Button, "Keep it open");
    assert!(!shop.chat.shows("will close in"));
    inbox.sees_closed();
    inbox.page.says("Closed automatically");
}

#[test]
fn a_new_period_holds_at_once_for_what_has_been_quiet_for_longer() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "This is from yesterday.");
    story.server.kill();
    story.server.lets_pass(24 * 60 * 60);
    story.server.start_again();
    shop.goes_home();
    shop.starts("And this is from today.");

    // Without a period nothing closes, however old it is.
    inbox.lists("And this is from today.");
    inbox.page.sees(Role::Button, "End Chat and Close");
    inbox.settings(Closing { auto_close_after_s: Some(12 * HOUR), ..Closing::default() });
    inbox.sees_closed();
    inbox.lists("And this is from today.");
    inbox.folder("Closed");
    inbox.lists("This is from yesterday.");
    inbox.lists_no("And this is from today.");
}

/// A key as the widget makes them: 256 bits.
const KEY: &str = "b07b07b07b07b07b07b07b07b07b07b07b07b07b07b07b07b07b07b07b07b07b";

#[test]
fn conversations_with_bots_have_a_period_of_their_own() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let inbox = story.inbox();
    inbox.settings(Closing {
        auto_close_after_s: Some(24 * HOUR),
        bot_auto_close_after_s: Some(HOUR),
        ..Closing::default()
    });
    Bot::of(&story.server).is_asked(KEY, "When do you open?", "At nine.");
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is somebody there?");
    inbox.lists("At nine.");
    inbox.lists("Is somebody there?");

    story.server.kill();
    story.server.lets_pass(2 * 60 * 60);
    story.server.start_again();

    inbox.lists_no("At nine.");
    inbox.lists("Is somebody there?");
    inbox.folder("Closed");
    inbox.lists("At nine.");
    inbox.lists_no("Is somebody there?");
}
