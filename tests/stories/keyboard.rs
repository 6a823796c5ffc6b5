//! Without a mouse.

use porchlight_stories::{Role, Story};

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const SHIFT: char = '\u{e008}';
const CONTROL: char = '\u{e009}';
const ESCAPE: &str = "\u{e00c}";
const DELETE: &str = "\u{e017}";
const DOWN: &str = "\u{e015}";

#[test]
fn a_visitor_needs_no_mouse() {
    let story = Story::begin();
    let shop = story.shop();

    // The page's own controls, then the launcher.
    shop.page.press(TAB);
    shop.page.focuses(Role::Button, "Put in the bag");
    shop.page.press(TAB);
    shop.page.focuses(Role::Link, "All lamps");
    shop.page.press(TAB);
    shop.page.focuses(Role::Button, "Open chat");
    shop.page.press(ENTER);

    // The focus is in the chat: past the switch for the sound to the button, and the field has it as
    // soon as it is there.
    shop.is_home();
    shop.chat.has_the_focus();
    shop.chat.press(TAB);
    shop.chat.focuses(Role::Switch, "Sound for new messages");
    shop.chat.press(TAB);
    shop.chat.focuses(Role::Button, "New conversation");
    shop.chat.press(ENTER);
    shop.chat.focuses(Role::TextBox, "Message");
    shop.chat.press("First line");
    shop.chat.press_with(SHIFT, '\u{e007}');
    shop.chat.press("second line");
    shop.draft_is("First line\nsecond line");
    shop.chat.press(ENTER);
    shop.is_sent("second line");
    shop.chat.focuses(Role::TextBox, "Message");
    shop.draft_is("");
}

#[test]
fn escape_closes_the_chat_and_the_focus_goes_back() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    shop.is_home();

    shop.chat.press(ESCAPE);
    shop.page.sees(Role::Button, "Open chat");
    shop.page.focuses(Role::Button, "Open chat");

    // What was open is still open behind it.
    shop.page.press(ENTER);
    shop.chat.click(Role::Button, "New conversation");
    shop.chat.focuses(Role::TextBox, "Message");
    shop.chat.press("Half a");
    shop.chat.press(ESCAPE);
    shop.page.focuses(Role::Button, "Open chat");
    shop.page.press(ENTER);
    shop.page.sees(Role::Button, "Close chat");
    shop.draft_is("Half a");
}

#[test]
fn a_visitor_closes_and_takes_back_without_a_mouse() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    for words in ["The upper one", "The lower one"] {
        shop.starts(words);
        shop.goes_home();
    }
    shop.home_lists("The upper one", false);

    shop.chat.tab_to(Role::Button, "The lower one");
    shop.chat.press(TAB);
    shop.chat.press(ENTER);
    shop.home_lacks("The lower one");
    shop.home_lists("The upper one", false);
    shop.chat.has_the_focus();
    shop.chat.tells("Conversation closed");

    // Undo is on the way, and the focus goes back to what came back.
    shop.chat.tab_to(Role::Button, "Undo");
    shop.chat.press(ENTER);
    shop.home_lists("The lower one", false);
    shop.chat.focuses_with(Role::Button, "The lower one");

    // There is a key for it too.
    shop.chat.press(DELETE);
    shop.home_lacks("The lower one");
}

#[test]
fn an_agent_needs_no_mouse() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is somebody at the keyboard?");

    let inbox = story.inbox_door("Ada");
    inbox.page.focuses(Role::TextBox, "Email");
    inbox.page.press(porchlight_stories::ADA);
    inbox.page.press(TAB);
    inbox.page.press(porchlight_stories::PASSWORD);
    inbox.page.press(ENTER);
    inbox.lists("Is somebody at the keyboard?");

    inbox.page.tab_to(Role::Link, "Is somebody at the keyboard?");
    inbox.page.press(ENTER);
    inbox.reads("Is somebody at the keyboard?");
    inbox.page.tab_to(Role::Button, "Claim");
    inbox.page.press(ENTER);

    // The button is gone; the focus went on to what it was for.
    inbox.page.focuses(Role::TextBox, "Message");
    inbox.page.press("Only fingers here.");
    inbox.page.press_with(CONTROL, '\u{e007}');
    shop.sees_reply("Only fingers here.");
    inbox.page.focuses(Role::TextBox, "Message");

    inbox.page.press("Good bye.");
    inbox.page.press(TAB);
    inbox.page.focuses(Role::Button, "Send");
    inbox.page.press(TAB);
    inbox.page.focuses(Role::Button, "More ways to send");
    inbox.page.press(DOWN);
    inbox.page.focuses(Role::MenuItem, "Send and close");
    inbox.page.press(ENTER);
    inbox.sees_closed();
    inbox.page.focuses(Role::Button, "Re-open");
}
