//! The agents' side of closing: many at once, undo, notes, what visitors open again, shortcuts.

use porchlight_stories::{Closing, Inbox, Role, Shop, Story};

use crate::scene::{NOTICE, NOTICES, mid_conversation};

#[test]
fn closing_can_be_undone() {
    let story = Story::begin();
    let closing = Closing { disable_field: true, notices: NOTICES, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "Wait, one more thing…");
    inbox.end_chat_and_close();
    shop.field_is_there(false);
    inbox.page.says("Closed by you");

    inbox.page.click(Role::Button, "Undo");
    inbox.page.sees(Role::Button, "End Chat and Close");
    shop.field_is_there(true);
    assert!(!shop.chat.shows(NOTICE));
    inbox.reply("I am still here.");
    shop.sees_reply("I am still here.");
}

#[test]
fn what_a_visitor_opens_again_is_on_top_and_marked() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Can I get a refund?");
    inbox.end_chat_and_close();
    shop.goes_home();
    shop.starts("Do you repair clocks?");
    inbox.lists("Do you repair clocks?");

    shop.goes_home();
    shop.opens("Can I get a refund?");
    shop.visitor_writes("I have waited for a week.");
    shop.is_sent("I have waited for a week.");

    inbox.lists("I have waited for a week.");
    let mut lines = inbox.page.names(Role::Link);
    lines.retain(|line| line.contains("a week") || line.contains("clocks"));
    let [first, second] = &lines[..] else { panic!("{lines:?}") };
    assert!(first.contains("Re-opened by the visitor") && first.contains("a week"), "{first}");
    assert!(!second.contains("Re-opened by the visitor"), "{second}");
    assert!(inbox.transcript().iter().any(|line| line.contains("Re-opened by the visitor")));

    // Once somebody has answered, there is nothing to point at.
    inbox.reply("It is on its way.");
    inbox.page.lacks_with(Role::Link, "Re-opened by the visitor");
    inbox.lists("It is on its way.");
}

#[test]
fn many_are_closed_at_once_and_what_is_not_ones_own_stays() {
    let story = Story::begin();
    let (ada, ben) = (story.inbox(), story.bens_inbox());
    let shop = story.shop();
    shop.open_chat();
    for question in ["Question one", "Question two", "Question three", "Question four"] {
        shop.starts(question);
        shop.goes_home();
    }
    ada.takes("Question one");
    ada.takes("Question two");
    ben.takes("Question three");
    ada.leaves();
    ada.lists("Question four");

    for question in ["Question one", "Question three", "Question four"] {
        ada.picks(question);
    }
    ada.page.says("3 selected");
    ada.page.click(Role::Button, "Close");
    ada.lists_no("Question one");
    ada.page.says("Conversation closed");
    ada.page.says("2 are not yours: claim them first.");

    // What was not closed is still selected. A colleague's is not taken over in passing.
    ada.page.click(Role::Button, "Claim");
    ada.page.says("Conversation claimed");
    ada.page.says("1 belongs to another agent: open it to take it over.");
    ada.lists("Question three");

    ada.page.click(Role::Button, "Clear selection");
    ada.picks("Question two");
    ada.picks("Question four");
    ada.page.click(Role::Button, "Close");
    ada.lists_no("Question two");
    ada.lists_no("Question four");
    ada.page.says("2 conversations closed");
    ada.page.click(Role::Button, "Undo");
    ada.lists("Question two");
    ada.lists("Question four");
    ada.folder("Closed");
    ada.lists("Question one");
    ada.lists_no("Question two");
}

#[test]
fn a_note_stays_among_agents() {
    let story = Story::begin();
    let (ada, shop) = mid_conversation(&story, Closing::default(), "Where is my order?");
    let ben = story.bens_inbox();
    ben.opens("Where is my order?");
    let before = shop.chat.text();

    // A note is for everybody at the desk, whoever owns the conversation, closed or not.
    ben.notes("She has called twice already.");
    ada.reads("She has called twice already.");
    ada.notes("I ring the carrier.");
    ben.reads("I ring the carrier.");
    ada.page.click(Role::Tab, "Reply");
    ada.end_chat_and_close();
    ben.notes("And closed it is.");
    ada.reads("And closed it is.");
    ada.sees_closed();

    // The visitor sees nothing of it, and the server tells nothing of it either.
    shop.chat.settle();
    assert_eq!(shop.chat.text(), before);
    shop.reload();
    shop.home_lists("Where is my order?", false);
    assert!(!shop.line("Where is my order?").contains("unread"));
    shop.opens("Where is my order?");
    shop.settles();
    assert!(!shop.chat.shows("twice"));
    let told = shop.is_told(&story.server.site, &ada.conversation()).to_string();
    assert!(told.contains("Where is my order?") && told.contains("withheld"), "{told}");
    for secret in ["twice", "carrier", "closed it is", "Ben", "note"] {
        assert!(!told.contains(secret), "the visitor is told of “{secret}”: {told}");
    }
}

const ESCAPE: &str = "\u{e00c}";

/// A visitor has asked three things, one after the other.
fn three_questions(story: &Story) -> (Inbox, Shop) {
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    for question in ["The first", "The second", "The third"] {
        shop.starts(question);
        shop.goes_home();
    }
    inbox.lists("The third");
    inbox.lists("The first");
    (inbox, shop)
}

#[test]
fn the_sheet_of_shortcuts_is_one_key_away() {
    let story = Story::begin();
    let (inbox, _) = three_questions(&story);
    inbox.page.press("?");
    inbox.page.sees(Role::Dialog, "Keyboard shortcuts");
    inbox.page.says("End chat and close");
    inbox.page.says("Undo closing");
    inbox.page.press(ESCAPE);
    inbox.page.lacks(Role::Dialog, "Keyboard shortcuts");
}

#[test]
fn shortcuts_do_what_the_sheet_says() {
    let story = Story::begin();
    let (inbox, shop) = three_questions(&story);

    // Down the list, and open.
    inbox.page.press("j");
    inbox.page.press("j");
    inbox.page.press("o");
    inbox.reads("The second");
    inbox.page.press("c");
    inbox.page.says("Assigned to you");
    inbox.page.focuses(Role::TextBox, "Message");
    inbox.page.press(ESCAPE);
    inbox.page.press("r");
    inbox.page.focuses(Role::TextBox, "Message");

    // In a field letters are letters.
    inbox.page.press("echo");
    assert_eq!(inbox.page.value(Role::TextBox, "Message"), "echo");
    inbox.page.press(ESCAPE);
    inbox.page.press("n");
    inbox.page.focuses(Role::TextBox, "Internal note");
    inbox.page.press(ESCAPE);
    inbox.page.click(Role::Tab, "Reply (draft)");

    inbox.page.press("e");
    inbox.sees_closed();
    inbox.page.press("z");
    inbox.page.sees(Role::Button, "End Chat and Close");
    inbox.page.press("e");
    inbox.sees_closed();
    inbox.page.press("R");
    inbox.page.sees(Role::Button, "End Chat and Close");
    inbox.page.focuses(Role::TextBox, "Message");
    inbox.page.press(ESCAPE);
    inbox.page.press("u");
    inbox.page.sees(Role::Button, "Claim");

    // From folder to folder, and to the settings.
    inbox.page.press("gm");
    inbox.page.says("You have no open conversations");
    inbox.page.press("1");
    inbox.lists("The third");
    inbox.page.press("gs");
    inbox.page.sees(Role::Heading, "Close Conversations");

    // The visitor has noticed nothing of all this.
    shop.home_lists("The second", false);
}
