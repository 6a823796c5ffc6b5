//! Visitors close conversations themselves: on Home, and in the thread.

use porchlight_stories::{Closing, Role, Story};

use crate::scene::{NOTICES, mid_conversation};

#[test]
fn what_visitors_close_leaves_their_home_at_once() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Do you sell wicks?");
    shop.goes_home();
    shop.starts("And oil?");
    shop.goes_home();

    shop.puts_away("Do you sell wicks?");

    shop.chat.says("Conversation closed");
    shop.home_lacks("Do you sell wicks?");
    shop.home_lists("And oil?", false);
    // The agent, who has it open, sees it at once, and finds it among what is closed.
    inbox.sees_closed();
    inbox.folder("Open");
    inbox.lists_no("Do you sell wicks?");
    inbox.folder("Closed");
    inbox.lists("Closed by the visitor");
    inbox.lists("Do you sell wicks?");

    // It stays away.
    shop.reload();
    shop.home_lacks("Do you sell wicks?");
    shop.home_lists("And oil?", false);
}

#[test]
fn undo_brings_back_what_a_visitor_has_closed() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Is it waterproof?");
    shop.goes_home();
    shop.puts_away("Is it waterproof?");
    inbox.sees_closed();

    shop.chat.click(Role::Button, "Undo");

    shop.home_lists("Is it waterproof?", false);
    inbox.page.sees(Role::Button, "End Chat and Close");
    inbox.folder("Open");
    inbox.lists("Is it waterproof?");
    shop.opens("Is it waterproof?");
    shop.visitor_writes("In the rain, I mean.");
    shop.is_sent("In the rain, I mean.");
    inbox.reads("In the rain, I mean.");
}

#[test]
fn a_line_stays_under_the_pointer_until_it_is_clicked() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Do you sell wicks?");
    shop.goes_home();
    shop.starts("And oil?");
    shop.goes_home();
    shop.settles();

    // An answer in the other conversation would bring that to the top, under the pointer.
    shop.chat.item("And oil?").hovers(Role::Button, "Close conversation with ");
    inbox.page.write("Message", "We do, in five sizes.");
    inbox.page.click(Role::Button, "Send");
    shop.home_lists("We do, in five sizes.", false);
    shop.chat.clicks_here();

    shop.home_lacks("And oil?");
    shop.home_lists("We do, in five sizes.", false);
    inbox.reads("We do, in five sizes.");
    inbox.page.sees(Role::Button, "End Chat and Close");
}

#[test]
fn an_agent_brings_back_what_a_visitor_has_closed() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "My parcel is late.");
    shop.goes_home();
    shop.puts_away("My parcel is late.");
    shop.home_lacks("My parcel is late.");

    inbox.sees_closed();
    inbox.reopen();
    shop.home_lists("My parcel is late.", false);
    inbox.reply("It has just been found.");
    shop.home_lists("It has just been found.", false);
    let line = shop.line("It has just been found.");
    assert!(line.ends_with("1 unread"), "{line}");
}

#[test]
fn a_visitor_ends_a_conversation_in_its_thread() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Thanks, I have found it.");

    shop.ends_conversation();

    shop.is_home();
    shop.chat.says("Conversation closed");
    shop.home_lacks("Thanks, I have found it.");
    inbox.sees_closed();
    inbox.page.says("Closed by the visitor");

    shop.chat.click(Role::Button, "Undo");
    shop.home_lists("Thanks, I have found it.", false);
    inbox.page.sees(Role::Button, "End Chat and Close");
}

#[test]
fn what_an_agent_has_closed_can_be_put_away_too() {
    for closing in [
        Closing::default(),
        Closing { disable_field: true, notices: NOTICES, ..Closing::default() },
    ] {
        let story = Story::begin();
        let (inbox, shop) = mid_conversation(&story, closing, "How do I clean brass?");
        inbox.end_chat_and_close();
        shop.field_is_there(!closing.disable_field);
        shop.goes_home();
        shop.home_lists("How do I clean brass?", closing.disable_field);

        shop.puts_away("How do I clean brass?");
        shop.home_lacks("How do I clean brass?");

        // It was the agent who closed it, and so it stays: for the inbox, and after Undo.
        shop.chat.click(Role::Button, "Undo");
        shop.home_lists("How do I clean brass?", closing.disable_field);
        shop.opens("How do I clean brass?");
        shop.field_is_there(!closing.disable_field);
        inbox.sees_closed();
        inbox.folder("Closed");
        inbox.lists("How do I clean brass?");
        inbox.lists_no("Closed by the visitor");

        // Put away for good, it comes back when an agent opens it again.
        shop.goes_home();
        shop.puts_away("How do I clean brass?");
        shop.home_lacks("How do I clean brass?");
        shop.reload();
        shop.home_lacks("How do I clean brass?");
        inbox.reopen();
        shop.home_lists("How do I clean brass?", false);
        shop.opens("How do I clean brass?");
        shop.field_is_there(true);
    }
}

#[test]
fn what_is_put_away_in_one_tab_leaves_the_other_one() {
    let story = Story::begin();
    let (_, shop) = mid_conversation(&story, Closing::default(), "Are these the last two?");
    let second = shop.in_a_second_tab();
    second.open_chat();
    second.home_lists("Are these the last two?", false);

    shop.goes_home();
    shop.puts_away("Are these the last two?");
    second.home_lacks("Are these the last two?");
    shop.chat.click(Role::Button, "Undo");
    second.home_lists("Are these the last two?", false);
}

#[test]
fn without_a_network_it_is_put_away_at_once_and_told_later() {
    let story = Story::begin();
    story.forgives("net::ERR_INTERNET_DISCONNECTED");
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Never mind.");
    shop.goes_home();
    shop.goes_offline();
    shop.chat.says("offline");

    shop.puts_away("Never mind.");
    shop.chat.lacks_with(Role::Button, "Never mind.");
    // Who changes their mind before anybody was told has nothing to take back.
    shop.chat.click(Role::Button, "Undo");
    shop.home_lists("Never mind.", false);
    shop.puts_away("Never mind.");
    shop.chat.lacks_with(Role::Button, "Never mind.");
    inbox.page.sees(Role::Button, "End Chat and Close");

    shop.comes_back();
    inbox.sees_closed();
    shop.home_lacks("Never mind.");
    let closed =
        inbox.transcript().iter().filter(|line| line.contains("Closed by the visitor")).count();
    assert_eq!(closed, 1, "{:?}", inbox.transcript());
}
