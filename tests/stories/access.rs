//! axe-core finds nothing wrong, by day and by night.

use porchlight_stories::{Closing, Light, Look, Role, Story};

use crate::scene::is_large_enough_to_touch;

/// With a link.
const NOTICE: &str = "We have closed this chat. Write to mailto:care@lantern.example any time.";
const NOTICES: &[(&str, &str)] = &[("en", NOTICE)];

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
    inbox.page.sees(Role::Button, "Undo");
    inbox.page.axe_finds_nothing();
    inbox.notes("Asked for the care page.");
    inbox.page.axe_finds_nothing();
    inbox.folder("Closed");
    inbox.lists("Bye");
    inbox.picks("Bye");
    inbox.page.says("1 selected");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Clear selection");
    inbox.page.press("?");
    inbox.page.sees(Role::Dialog, "Keyboard shortcuts");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Close shortcuts");

    inbox.settings(Closing { notices: NOTICES, ..Closing::default() });
    shop.chat.says(NOTICE);
    shop.chat.axe_finds_nothing();
    inbox.settings(Closing { notices: NOTICES, disable_field: true, ..Closing::default() });
    shop.field_is_there(false);
    shop.chat.axe_finds_nothing();
    shop.goes_home();
    shop.home_lists("Bye", true);
    shop.chat.axe_finds_nothing();
    shop.chat.click(Role::Button, "Search");
    shop.chat.says("Download as text");
    shop.chat.axe_finds_nothing();
    shop.chat.rewrite_in(Role::SearchBox, "Search", "right page");
    shop.chat.says("Messages found: 1");
    shop.chat.axe_finds_nothing();
    shop.chat.click(Role::Button, "Close");
    shop.puts_away("Bye");
    shop.chat.sees(Role::Button, "Undo");
    shop.chat.axe_finds_nothing();
    inbox.page.axe_finds_nothing();
}

#[test]
fn axe_finds_nothing_on_the_settings_page_by_day() {
    looks_at_the_settings(Light::Day);
}

#[test]
fn axe_finds_nothing_on_the_settings_page_by_night() {
    looks_at_the_settings(Light::Night);
}

fn looks_at_the_settings(light: Light) {
    let mut story = Story::begin_with(light, Look::DESK);
    story.forgives_lost_connections();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("How long does it burn?");

    inbox.goes_to_settings();
    inbox.page.frame().says("Do you deliver on Saturdays?");
    inbox.page.axe_finds_nothing();
    inbox.turns_on("Show a notification after a conversation is closed");
    inbox.page.rewrite("Notice", "Bye!");
    inbox.adds_language("pt-BR");
    inbox.page.sees(Role::Tab, "Brazilian Portuguese");
    inbox.page.choose("Close automatically", "Custom…");
    inbox.page.rewrite("Number", "0");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("At least 1 minute.");
    inbox.page.axe_finds_nothing();
    inbox.page.frame().axe_finds_nothing();
    inbox.page.click(Role::Link, "Inbox");
    inbox.page.sees(Role::Dialog, "You have unsaved changes");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Leave without saving");
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Texts");
    inbox.page.sees(Role::TextBox, "New conversation");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Link, "Bots");
    inbox.page.says("This bot has no flow yet.");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Add a bot");
    inbox.page.write("Name", "Lumen");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Add");
    inbox.page.says("No problems");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Publish");
    inbox.page.says("Version 1 is published.");

    // What visitors are warned of.
    inbox.settings(Closing {
        auto_close_after_s: Some(3_600),
        warn_before_s: Some(600),
        ..Closing::default()
    });
    story.server.kill();
    story.server.lets_pass(3_300);
    story.server.start_again();
    shop.reload();
    shop.opens("How long does it burn?");
    shop.chat.sees(Role::Button, "Keep it open");
    shop.chat.axe_finds_nothing();

    story.server.goes_on_plan("starter");
    inbox.goes_to_settings();
    inbox.page.sees(Role::Heading, "Closing options are part of the Professional plan");
    inbox.page.axe_finds_nothing();
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
    inbox.page.frame().says("Do you deliver on Saturdays?");
    inbox.page.axe_finds_nothing();
    shop.goes_home();
    shop.chat.click(Role::Button, "Search");
    shop.chat.says("Download as text");
    shop.chat.axe_finds_nothing();
    shop.chat.click(Role::Button, "Close");
    shop.puts_away("From my phone");
    is_large_enough_to_touch(&shop, &["Undo"]);
    shop.chat.axe_finds_nothing();
}
