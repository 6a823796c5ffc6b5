//! Networks fail, servers die, people open the same page twice. Nothing is lost, nothing is doubled.

use porchlight_stories::{Closing, Look, Role, Story, until};
use serde_json::json;

use crate::scene::is_large_enough_to_touch;

#[test]
fn what_is_written_without_a_network_arrives_once_when_it_is_back() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("I am on a train.");
    inbox.opens("I am on a train.");
    inbox.claim();

    shop.goes_offline();
    shop.visitor_writes("There is a tunnel.");
    shop.visitor_writes("A long one.");
    inbox.reply("I'll wait.");
    shop.chat.says("You’re offline");
    assert_eq!(shop.count("There is a tunnel."), 1);

    shop.comes_back();
    shop.is_sent("There is a tunnel.");
    shop.is_sent("A long one.");
    shop.sees_reply("I'll wait.");
    inbox.reads("A long one.");
    for words in ["I am on a train.", "There is a tunnel.", "A long one.", "I'll wait."] {
        assert_eq!((shop.count(words), inbox.count(words)), (1, 1), "{words}");
    }
    // Everybody sees the same order, and what one person wrote stands as they wrote it.
    let said = |lines: Vec<String>, words: &[&str]| -> Vec<String> {
        lines.into_iter().filter(|line| words.contains(&line.as_str())).collect()
    };
    let all = ["I am on a train.", "There is a tunnel.", "A long one.", "I'll wait."];
    assert_eq!(said(shop.thread(), &all), said(inbox.transcript(), &all));
    let own = ["I am on a train.", "There is a tunnel.", "A long one."];
    assert_eq!(said(inbox.transcript(), &own), own);
}

#[test]
fn what_is_written_before_a_reload_without_a_network_is_sent_after_it() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("First things first.");

    story.server.unplug();
    shop.visitor_writes("Written on a cut wire.");
    shop.chat.says("Not sent yet. We’ll keep trying.");
    is_large_enough_to_touch(&shop, &["Retry", "Discard"]);
    // It does not look like one that was refused.
    const EDGES: &str = "const message = document.querySelector('.msg--sending');
        const look = () => getComputedStyle(message.querySelector('.bubble')).borderTopColor;
        const waits = look();
        message.classList.replace('msg--sending', 'msg--failed');
        const failed = look();
        message.classList.replace('msg--failed', 'msg--sending');
        return [waits, failed]";
    let [waits, failed]: [String; 2] = shop.chat.script(EDGES, json!([]));
    assert_ne!(waits, failed);
    story.server.plug_in();
    shop.reload();

    shop.opens("Written on a cut wire.");
    shop.is_sent("Written on a cut wire.");
    assert_eq!(shop.count("Written on a cut wire."), 1);
}

#[test]
fn a_lost_answer_does_not_make_a_second_message() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Can you hear me?");
    inbox.opens("Can you hear me?");

    // The server writes it down, but nobody learns of it.
    story.server.forget_requests();
    story.server.lose_answers();
    shop.visitor_writes("I say this once.");
    until("the message to reach the server", || {
        let requests = story.server.requests();
        let told = requests
            .iter()
            .any(|request| request.starts_with("PUT") && request.contains("/events/"));
        if told { Ok(()) } else { Err(format!("it was asked {requests:?}")) }
    });
    story.server.plug_in();

    shop.is_sent("I say this once.");
    inbox.reads("I say this once.");
    assert_eq!((shop.count("I say this once."), inbox.count("I say this once.")), (1, 1));
    shop.reload();
    shop.opens("I say this once.");
    shop.is_sent("I say this once.");
    assert_eq!(shop.count("I say this once."), 1);
}

#[test]
fn a_server_that_is_killed_goes_on_where_it_was() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let inbox = story.inbox();
    inbox.settings(Closing { disable_field: true, ..Closing::default() });
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Before the crash.");
    inbox.opens("Before the crash.");
    inbox.claim();
    inbox.reply("I am here.");
    shop.sees_reply("I am here.");

    story.server.kill();
    shop.visitor_writes("During the crash.");
    inbox.reply("Something is wrong with our server.");
    story.server.start_again();

    // Both come back by themselves, the agent still signed in.
    shop.is_sent("During the crash.");
    shop.sees_reply("Something is wrong with our server.");
    inbox.reads("During the crash.");
    for words in [
        "Before the crash.",
        "I am here.",
        "During the crash.",
        "Something is wrong with our server.",
    ] {
        assert_eq!((shop.count(words), inbox.count(words)), (1, 1), "{words}");
    }

    // And nobody's act is forgotten: it is still theirs to close. (Which of the two that were written
    // during the crash came first is anybody's guess, so something is said that is the last for sure.)
    inbox.reply("We are back.");
    shop.sees_reply("We are back.");
    inbox.end_chat_and_close();
    shop.field_is_there(false);
    shop.reload();
    shop.opens("We are back.");
    shop.field_is_there(false);
}

#[test]
fn who_closes_while_the_server_is_down_is_told_and_closes_once() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let inbox = story.inbox();
    inbox.settings(Closing { disable_field: true, ..Closing::default() });
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Thanks, bye!");
    inbox.takes("Thanks, bye!");

    story.server.kill();
    inbox.page.click(Role::Button, "End Chat and Close");
    inbox.page.says("The server couldn’t be reached");
    story.server.start_again();
    inbox.page.lacks_with(Role::Button, "Connecting");
    inbox.page.click(Role::Button, "End Chat and Close");
    inbox.sees_closed();
    shop.field_is_there(false);
    let lines = inbox.transcript();
    let closings = lines.iter().filter(|line| line.contains("closed this conversation"));
    assert_eq!(closings.count(), 1, "{lines:?}");
}

#[test]
fn two_tabs_show_the_same_conversation() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Which glass is thicker?");
    inbox.opens("Which glass is thicker?");
    inbox.claim();

    let second = shop.in_a_second_tab();
    second.open_chat();
    second.opens("Which glass is thicker?");

    inbox.reply("The seeded one.");
    shop.sees_reply("The seeded one.");
    second.sees_reply("The seeded one.");

    second.visitor_writes("I'll take that one.");
    shop.sees_reply("I'll take that one.");
    shop.visitor_writes("In green, please.");
    second.sees_reply("In green, please.");
    inbox.reads("In green, please.");
    for words in ["I'll take that one.", "In green, please."] {
        let counts = (shop.count(words), second.count(words), inbox.count(words));
        assert_eq!(counts, (1, 1, 1), "{words}");
    }
}

#[test]
fn a_visitor_who_writes_first_in_two_tabs_stays_one_visitor() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    let second = shop.in_a_second_tab();
    shop.open_chat();
    second.open_chat();

    shop.starts("From the first tab.");
    second.home_lists("From the first tab.", false);
    second.starts("From the second tab.");
    shop.goes_home();
    shop.home_lists("From the second tab.", false);
    shop.home_lists("From the first tab.", false);
    inbox.lists("From the first tab.");
    inbox.lists("From the second tab.");
}

#[test]
fn a_page_without_its_chat_server_is_as_good_as_ever() {
    let story = Story::begin();
    story.forgives("net::ERR_");
    story.server.unplug();
    let page = story.somebody("visitor").window(Look::DESK);
    page.go(story.shop_address());
    page.sees(Role::Button, "Put in the bag");
    page.lacks(Role::Button, "Open chat");
}

#[test]
fn a_chat_that_does_not_open_says_so_and_can_be_tried_again() {
    let story = Story::begin();
    story.forgives("net::ERR_");
    story.forgives("does not answer");
    let shop = story.shop();

    story.server.unplug();
    shop.page.click(Role::Button, "Open chat");
    shop.page.announces("Opening chat");
    shop.page.announces("Chat can’t be reached right now.");

    story.server.plug_in();
    shop.page.click(Role::Button, "Retry");
    shop.is_home();
    shop.starts("There you are.");
}
