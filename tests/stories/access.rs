//! axe-core finds nothing wrong, by day and by night.

use porchlight_stories::{Closing, Light, Look, Role, Story};

const NOTICE: &str = "We have closed this chat. Write to care@lantern.example any time.";

#[test]
fn axe_finds_nothing_by_day() {
    looks_at_everything(Light::Day);
}

#[test]
fn axe_finds_nothing_by_night() {
    looks_at_everything(Light::Night);
}

fn looks_at_everything(light: Light) {
    let story = Story::begin_with(light, Look::DESK);
    let door = story.inbox_door("a stranger");
    door.page.sees(Role::Button, "Sign in");
    door.page.axe_finds_nothing();
    // A browser tells of every refusal; this one is wanted.
    story.forgives("401 (Unauthorized)");
    door.page.write("Email", "nobody@lantern.example");
    door.page.write("Password", "wrong");
    door.page.click(Role::Button, "Sign in");
    door.page.says("That email and password don’t match.");
    door.page.axe_finds_nothing();

    let inbox = story.inbox();
    inbox.page.says("All done");
    inbox.page.axe_finds_nothing();

    let shop = story.shop();
    shop.page.axe_finds_nothing_in(Some("porchlight-chat"));
    shop.open_chat();
    shop.is_home();
    shop.chat.axe_finds_nothing();
    shop.starts("Is https://lantern.example/care the right page?");
    inbox.opens("the right page?");
    inbox.page.axe_finds_nothing();
    inbox.claim();
    inbox.reply("It is.");
    shop.sees_reply("It is.");
    shop.chat.axe_finds_nothing();
    inbox.page.axe_finds_nothing();
    shop.page.axe_finds_nothing_in(Some("porchlight-chat"));

    inbox.page.write("Message", "Bye");
    inbox.page.click(Role::Button, "More ways to send");
    inbox.page.sees(Role::MenuItem, "Send and close");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::MenuItem, "Send and close");
    inbox.sees_closed();
    inbox.page.axe_finds_nothing();

    inbox.goes_to_settings();
    inbox.page.axe_finds_nothing();
    inbox.goes_to_inbox();
    inbox.settings(Closing { notice: Some(NOTICE), ..Closing::default() });
    shop.chat.says(NOTICE);
    shop.chat.axe_finds_nothing();
    inbox.settings(Closing { notice: Some(NOTICE), disable_field: true, ..Closing::default() });
    shop.field_is_there(false);
    shop.chat.axe_finds_nothing();
    inbox.goes_to_settings();
    inbox.page.axe_finds_nothing();
    shop.goes_home();
    shop.home_lists("Bye", true);
    shop.chat.axe_finds_nothing();
}

#[test]
fn axe_finds_nothing_on_a_phone() {
    let story = Story::begin_with(Light::Day, Look::PHONE);
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.is_home();
    shop.chat.axe_finds_nothing();
    shop.starts("From my phone");
    shop.chat.axe_finds_nothing();
    inbox.page.axe_finds_nothing();
    inbox.opens("From my phone");
    inbox.claim();
    inbox.page.axe_finds_nothing();
    inbox.goes_to_settings();
    inbox.page.axe_finds_nothing();
}
