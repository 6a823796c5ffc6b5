//! Search in one's own conversations, and transcripts to keep.

use porchlight_stories::{Closing, Role, Shop, Story, until};
use serde_json::{Value, json};

/// Keeps what is saved as a file in the chat's `saved`.
fn keeps_files(shop: &Shop) {
    const KEEP: &str = "
        window.saved = [];
        const create = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          blob.text().then((text) => saved.push(text));
          return create(blob);
        };";
    shop.chat.script::<Value>(KEEP, json!([]));
}

/// The file that was saved last.
#[track_caller]
fn file(shop: &Shop, number: usize) -> String {
    let mut found = String::new();
    until("a file", || {
        let saved: Vec<String> = shop.chat.script("return saved", json!([]));
        found = saved.get(number - 1).cloned().ok_or("there is none")?;
        Ok(())
    });
    found
}

fn opens_history(shop: &Shop) {
    shop.chat.click(Role::Button, "Search");
    shop.chat.sees(Role::Dialog, "Conversation history");
}

#[test]
fn a_visitor_finds_what_was_said_and_opens_it() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.chat.lacks(Role::Button, "Search");
    shop.starts("Is the café lantern in stock?");
    inbox.takes("Is the café lantern in stock?");
    inbox.reply("The <b>Café</b> one? Yes, in oak.");
    shop.sees_reply("The <b>Café</b> one? Yes, in oak.");
    shop.goes_home();
    shop.starts("Do you ship to Łódź?");
    shop.goes_home();

    // Neither case nor accents matter, and every word has to occur. Text is text.
    opens_history(&shop);
    shop.chat.rewrite_in(Role::SearchBox, "Search", "CAFE");
    shop.chat.says("Messages found: 2");
    shop.chat.says("The <b>Café</b> one? Yes, in oak.");
    shop.chat.rewrite_in(Role::SearchBox, "Search", "oak brass");
    shop.chat.says("No messages found");
    shop.chat.rewrite_in(Role::SearchBox, "Search", "lodz");
    shop.chat.says("Messages found: 1");

    // Escape empties the field, then closes the dialog, and not the chat.
    shop.chat.press("\u{e00c}");
    shop.chat.says("Download as text");
    shop.chat.press("\u{e00c}");
    shop.chat.lacks(Role::Dialog, "Conversation history");
    shop.page.sees(Role::Button, "Close chat");
    shop.chat.focuses(Role::Button, "Search");

    opens_history(&shop);
    shop.chat.rewrite_in(Role::SearchBox, "Search", "oak cafe");
    shop.chat.click_with(Role::Button, "Yes, in oak.");
    shop.chat.lacks(Role::Dialog, "Conversation history");
    shop.sees_reply("The <b>Café</b> one? Yes, in oak.");
}

#[test]
fn a_visitor_keeps_a_transcript_after_the_end_too() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is <i>this</i> one oak?");
    inbox.takes("Is <i>this</i> one oak?");
    inbox.reply("It is.");
    shop.sees_reply("It is.");
    inbox.end_chat_and_close();
    shop.goes_home();
    opens_history(&shop);
    keeps_files(&shop);
    shop.chat.click_with(Role::Button, "Download: Ada");
    let page = file(&shop, 1);
    assert!(page.contains("Is &lt;i&gt;this&lt;/i&gt; one oak?"), "{page}");
    assert!(page.contains("<b dir=\"auto\">You</b>") && page.contains("It is."), "{page}");
    shop.chat.click_with(Role::Button, "Download as text: Ada");
    let text = file(&shop, 2);
    assert!(text.contains("] You: Is <i>this</i> one oak?\r\n"), "{text}");
    assert!(text.contains("] Ada: It is.\r\n"), "{text}");
    assert!(text.ends_with("] Conversation closed\r\n"), "{text}");
}

#[test]
fn what_the_site_hides_is_not_found() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.settings(Closing { hide_closed: true, ..Closing::default() });
    let shop = story.shop();
    shop.open_chat();
    shop.starts("This one is hidden.");
    shop.goes_home();
    shop.starts("This one stays.");
    shop.goes_home();
    inbox.takes("This one is hidden.");
    inbox.end_chat_and_close();
    shop.reload();
    shop.home_lacks("This one is hidden.");
    opens_history(&shop);
    shop.chat.rewrite_in(Role::SearchBox, "Search", "this one");
    shop.chat.says("Messages found: 1");
}

#[test]
fn a_search_without_a_server_says_so_and_goes_on_when_it_is_back() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lantern oak?");
    shop.goes_home();
    opens_history(&shop);
    story.server.unplug();
    shop.chat.rewrite_in(Role::SearchBox, "Search", "oak");
    shop.chat.says("Nothing is lost. Please check your connection and try again.");
    story.server.plug_in();
    shop.chat.click(Role::Button, "Retry");
    shop.chat.says("Messages found: 1");
}
