//! What live chats ask their visitors.

use porchlight_stories::{Role, Story};

#[test]
fn who_writes_is_asked_once_and_a_slip_in_the_address_is_noticed() {
    let story = Story::begin();
    story.server.live_chats_ask("always", &["email:required", "name"]);
    let (inbox, shop) = (story.inbox(), story.shop());
    shop.open_chat();
    shop.starts("Is the lamp in stock?");
    // What is asked holds no message back, and answers none.
    inbox.folder("Unassigned");
    inbox.lists("Is the lamp in stock?");

    shop.chat.says("What is your email address");
    shop.visitor_writes("not telling");
    shop.chat.says("That doesn’t look like an email address.");
    shop.visitor_writes("nora@gmial.com");
    shop.chat.says("Did you mean this address?");
    shop.chat.click(Role::Button, "nora@gmail.com");
    shop.chat.says("What is your name?");
    shop.chat.click(Role::Button, "Skip");
    shop.chat.says("Thank you! We’ll answer you here.");
    shop.chat.axe_finds_nothing();

    inbox.opens("nora@gmail.com");
    inbox.reads("Is the lamp in stock?");
    inbox.page.click(Role::Button, "About the visitor");
    inbox.page.sees(Role::Heading, "Contact");
    inbox.page.says("nora@gmail.com");

    // In another conversation it is known.
    shop.goes_home();
    shop.starts("And the oak one?");
    inbox.opens("And the oak one?");
    inbox.claim();
    inbox.reply("It is.");
    shop.chat.says("It is.");
    shop.chat.lacks_words("What is your email address");
}

#[test]
fn an_admin_chooses_what_is_asked() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Live chat");
    inbox.page.sees(Role::Heading, "Questions in live chats");
    inbox.page.choose("When visitors are asked", "In every live chat");
    inbox.page.choose("Email", "Required");
    inbox.page.click(Role::Button, "Ask something else");
    inbox.page.click(Role::Button, "Save question");
    inbox.page.says("Write something first.");
    inbox.page.write("Question", "Which order is it about?");
    inbox.page.write("What the answer is called", "Order number");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Save question");
    let own = "Your own question: “Which order is it about?”";
    inbox.page.sees(Role::ComboBox, own);
    inbox.page.choose(own, "Not asked");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.sees(Role::ComboBox, own);
    inbox.page.axe_finds_nothing();

    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lamp in stock?");
    shop.chat.says("What is your name?");
    inbox.goes_to_inbox();
    inbox.opens("Is the lamp in stock?");
    inbox.claim();
    // A person is there: nothing is asked of who goes on.
    shop.visitor_writes("I would rather not say.");
    inbox.reads("I would rather not say.");
    shop.chat.lacks_words("What is your email address");
}
