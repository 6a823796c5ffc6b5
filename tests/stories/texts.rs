//! Settings → Texts: what visitors read, in the site's own words.

use porchlight_stories::{Inbox, Role, Story};

const SAVED: &str = "Saved. Visitors see it when they load a page.";
const WITH: &str = "Conversation with {{name}}";

fn goes_to_texts(inbox: &Inbox) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Texts");
    inbox.page.sees(Role::Heading, "Texts");
    inbox.page.sees(Role::TextBox, "New conversation");
}

fn saves(inbox: &Inbox) {
    inbox.page.click(Role::Button, "Save");
    inbox.page.says(SAVED);
}

#[test]
fn a_site_says_it_in_its_own_words_and_takes_them_back() {
    let story = Story::begin();
    let inbox = story.inbox();
    goes_to_texts(&inbox);
    inbox.page.rewrite("New conversation", "Ask <b>Ada</b> & Ben");
    inbox.page.says("Unsaved changes");
    saves(&inbox);

    // Text is text, and each language has its own.
    let shop = story.shop();
    shop.open_chat();
    shop.chat.sees(Role::Button, "Ask <b>Ada</b> & Ben");
    let german = story.shop_in("de");
    german.open_chat();
    german.chat.sees(Role::Button, "Neue Unterhaltung");

    // What one has said oneself is found again, and taken back.
    inbox.page.reload();
    inbox.page.sees(Role::TextBox, "New conversation");
    inbox.page.click(Role::Checkbox, "Only my own");
    inbox.page.lacks(Role::TextBox, WITH);
    assert_eq!(inbox.page.value(Role::TextBox, "New conversation"), "Ask <b>Ada</b> & Ben");
    inbox.page.rewrite("New conversation", "\u{e017}");
    saves(&inbox);
    shop.reload();
    shop.chat.sees(Role::Button, "New conversation");
}

#[test]
fn what_can_not_be_said_is_refused_where_it_stands() {
    let story = Story::begin();
    story.forgives("422 (Unprocessable");
    let inbox = story.inbox();
    goes_to_texts(&inbox);
    inbox.page.rewrite(WITH, "Talk to us");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("The text must have the same places in double braces as ours.");
    inbox.page.focuses(Role::TextBox, WITH);
    inbox.page.rewrite(WITH, "Talk to {{name}}");
    saves(&inbox);

    // Another language, with what was written in both.
    inbox.page.rewrite("Send", "Go");
    inbox.page.choose("Language", "German");
    inbox.page.rewrite("Senden", "Los");
    inbox.page.click(Role::Button, "Discard");
    inbox.page.says("Changes discarded.");
    inbox.page.click(Role::Button, "Undo");
    assert_eq!(inbox.page.value(Role::TextBox, "Senden"), "Los");
    saves(&inbox);
    inbox.page.choose("Language", "English (2 of my own)");
    assert_eq!(inbox.page.value(Role::TextBox, "Send"), "Go");
    inbox.page.rewrite("Send", "Off");
    inbox.page.click(Role::Link, "Inbox");
    inbox.is_asked("You have unsaved changes", "Keep editing");
}
