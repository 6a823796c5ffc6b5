//! Where and for whom bots greet, and conversations that the page begins.

use porchlight_stories::{Role, Shop, Story};
use serde_json::{Value, json};

const WITH_OAK: &str = "Conversation with Oak";
const WITH_LUMEN: &str = "Conversation with Lumen";

/// Goes to another page without loading anew.
fn turns_to(shop: &Shop, path: &str) {
    shop.page.script::<Value>("history.pushState(null, '', arguments[0])", json!([path]));
}

fn calls(shop: &Shop, detail: Value) {
    shop.page.script::<Value>("Porchlight('startConversation', arguments[0])", json!([detail]));
}

#[test]
fn each_page_has_its_bot() {
    let story = Story::begin();
    story.server.adds_bot("Lumen");
    story.server.bot_greets("Lumen", &["--page", "/cart", "--page", "/größe/*"]);
    let shop = story.shop();
    shop.open_chat();
    shop.is_home();
    shop.chat.lacks(Role::Button, WITH_LUMEN);
    story.server.adds_bot("Oak");
    shop.reload();
    shop.chat.sees(Role::Button, WITH_OAK);

    // A shop whose pages change without loading.
    shop.close_chat();
    turns_to(&shop, "/cart/");
    shop.open_chat();
    shop.chat.sees(Role::Button, WITH_LUMEN);
    turns_to(&shop, "/lamps");
    shop.close_chat();
    shop.open_chat();
    shop.chat.sees(Role::Button, WITH_OAK);
    turns_to(&shop, "/größe/xl");
    shop.close_chat();
    shop.open_chat();
    shop.chat.click(Role::Button, WITH_LUMEN);
    shop.sees_reply("I am Lumen. What is it about?");
}

#[test]
fn a_bot_for_new_visitors_leaves_those_who_return_to_the_team() {
    let story = Story::begin();
    story.server.adds_bot("Lumen");
    story.server.bot_greets("Lumen", &["--visitors", "new", "--language", "en"]);
    let shop = story.shop();
    shop.open_chat();
    shop.chat.sees(Role::Button, WITH_LUMEN);
    shop.starts("Is it waterproof?");
    shop.goes_home();
    shop.chat.lacks(Role::Button, WITH_LUMEN);
    shop.reload();
    shop.is_home();
    shop.chat.lacks(Role::Button, WITH_LUMEN);
}

#[test]
fn the_page_begins_a_conversation_with_a_bot_or_with_the_team() {
    let story = Story::begin();
    let lumen = story.server.adds_bot("Lumen");
    story.server.bot_greets("Lumen", &["--page", "/nowhere"]);
    let shop = story.shop();
    calls(&shop, json!({ "bot": lumen }));
    shop.sees_reply("I am Lumen. What is it about?");

    // Without a bot, or with one that is not there, it is the team's; what was written stays.
    calls(&shop, json!({ "bot": "nobody" }));
    shop.chat.write("Message", "Hello");
    calls(&shop, json!({}));
    shop.draft_is("Hello");
    shop.chat.lacks_words("What is it about?");
    shop.goes_home();
    shop.home_lists("I am Lumen. What is it about?", false);
}

#[test]
fn an_admin_says_where_a_bot_greets() {
    let story = Story::begin();
    story.server.adds_bot("Lumen");
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Bots");
    inbox.page.click_with(Role::Button, "Lumen");
    inbox.page.sees(Role::Heading, "Where it greets");
    inbox.page.write("Pages", "/cart\nshop");
    inbox.page.write("Languages", "en, de");
    inbox.page.says("Unsaved changes");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("“shop” isn’t the path of a page.");
    inbox.page.focuses(Role::TextBox, "Pages");
    inbox.page.axe_finds_nothing();
    inbox.page.rewrite("Pages", "/cart\n/shop/*");
    inbox.page.click(Role::Radio, "New visitors, who have not begun a conversation yet");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("Saved. Visitors notice");
    inbox.page.axe_finds_nothing();

    let shop = story.shop();
    shop.open_chat();
    shop.is_home();
    shop.chat.lacks(Role::Button, WITH_LUMEN);
    shop.page.go(&format!("{}/shop/lamps", story.shop_address()));
    shop.open_chat();
    shop.chat.sees(Role::Button, WITH_LUMEN);

    // What is taken back can be taken back.
    inbox.page.rewrite("Pages", "/elsewhere");
    inbox.page.click(Role::Button, "Discard");
    inbox.page.focuses(Role::Button, "Undo");
    assert_eq!(inbox.page.value(Role::TextBox, "Pages"), "/cart\n/shop/*");
    inbox.page.click(Role::Button, "Undo");
    assert_eq!(inbox.page.value(Role::TextBox, "Pages"), "/elsewhere");
    inbox.page.click(Role::Link, "Inbox");
    inbox.is_asked("You have unsaved changes", "Keep editing");
    inbox.page.click(Role::Button, "Keep editing");
    inbox.page.click(Role::Button, "Discard");

    inbox.page.reload();
    inbox.page.click_with(Role::Button, "Lumen");
    inbox.page.sees(Role::TextBox, "Languages");
    assert_eq!(inbox.page.value(Role::TextBox, "Languages"), "en, de");
}
