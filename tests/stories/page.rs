//! Settings → Close Conversations, as a site's owner uses it.

use porchlight_stories::{Closing, Role, Story};
use serde_json::{Value, json};

use crate::scene::mid_conversation;

#[test]
fn a_site_owner_sets_up_closing() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Do you have a catalogue?");
    inbox.end_chat_and_close();
    shop.goes_home();
    shop.starts("And a shop in Lisbon?");
    inbox.lists("And a shop in Lisbon?");
    shop.goes_home();
    shop.opens("Do you have a catalogue?");

    inbox.goes_to_settings();
    inbox.page.choose("Close automatically", "Custom…");
    inbox.page.rewrite("Number", "90");
    inbox.page.choose("Warn the visitor", "5 minutes before");
    inbox.turns_on("Hide closed conversations from the visitor’s Home");
    inbox.turns_on("Disable the live chat field after a conversation is closed");
    inbox.turns_on("Show a notification after a conversation is closed");
    inbox.page.rewrite("Notice", "{agent} has closed this chat.");
    inbox.page.says("Unsaved changes");

    // It says what will change for whom, before anything has.
    inbox.page.says("1 open conversation will close after 90 minutes without activity.");
    inbox.page.says("Visitors are warned 5 minutes before a conversation closes.");
    let hidden =
        "1 closed conversation disappears from its visitor’s Home when the page is reloaded.";
    inbox.page.says(hidden);
    inbox.page.says("The live chat field is disabled in 1 closed conversation at once.");
    inbox.page.says("The notice appears in 1 closed conversation at once.");
    shop.field_is_there(true);

    inbox.saves();
    shop.field_is_there(false);
    shop.chat.says("Ada has closed this chat.");

    // It is all there again for who comes back, and in force for visitors who do.
    inbox.page.reload();
    inbox.page.sees(Role::Heading, "Close Conversations");
    assert_eq!(inbox.page.chosen("Close automatically"), "Custom…");
    assert_eq!(inbox.page.value(Role::TextBox, "Number"), "90");
    assert_eq!(inbox.page.chosen("Unit"), "minutes");
    assert_eq!(inbox.page.chosen("Warn the visitor"), "5 minutes before");
    for switch in [
        "Hide closed conversations from the visitor’s Home",
        "Disable the live chat field after a conversation is closed",
        "Show a notification after a conversation is closed",
    ] {
        assert!(inbox.page.is_on(switch), "{switch}");
    }
    let notice = inbox.page.value(Role::TextBox, "Notice");
    assert_eq!(notice, "{agent} has closed this chat.");
    shop.reload();
    shop.home_lacks("Do you have a catalogue?");
    shop.home_lists("And a shop in Lisbon?", false);
}

#[test]
fn the_preview_is_the_widget_with_what_is_being_edited() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.goes_to_settings();
    let preview = inbox.page.frame();
    preview.says("Do you deliver on Saturdays?");
    assert!(!preview.shows("Start a new conversation"));

    // At once: nothing is saved yet, and there it is.
    inbox.turns_on("Disable the live chat field after a conversation is closed");
    preview.says("Start a new conversation");
    inbox.turns_on("Show a notification after a conversation is closed");
    preview.says("This conversation has been closed. Thank you for talking with us!");
    inbox.page.rewrite("Notice", "{agent} of {site}: https://lantern.example/bye");
    preview.says("Ada of Lantern & Oak: https://lantern.example/bye");
    inbox.turns_on("Hide closed conversations from the visitor’s Home");
    inbox.page.settle();
    assert!(preview.shows("Ada of Lantern & Oak"));

    // After a reload.
    inbox.page.click(Role::Radio, "After a reload");
    preview.says("New conversation");
    assert!(!preview.shows("Have a lovely weekend!"));
    inbox.page.click(Role::Radio, "At once");
    preview.says("Ada of Lantern & Oak");
    inbox.page.click(Role::Radio, "Home");
    preview.says("Closed");
    inbox.page.click(Role::Radio, "Conversation");

    // Before it: the warning.
    inbox.page.choose("Close automatically", "After 1 hour");
    inbox.page.choose("Warn the visitor", "10 minutes before");
    inbox.page.click(Role::Radio, "Before");
    preview.says("This conversation will close in 10 minutes");

    // It asks nothing of the server.
    inbox.page.click(Role::Button, "Discard");
    preview.says("Do you deliver on Saturdays?");
    let asked = story.server.requests();
    assert!(!asked.iter().any(|request| request.contains("/api/v1/sites/")), "{asked:?}");
}

#[test]
fn a_notice_has_a_text_for_each_language() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.turns_on("Show a notification after a conversation is closed");
    inbox.page.rewrite("Notice", "Bye!");
    let preview = inbox.page.frame();
    preview.says("Bye!");

    inbox.adds_language("klingon!");
    inbox.page.sees_with(Role::Alert, "");
    inbox.adds_language("pt-br");
    inbox.page.sees(Role::Tab, "Brazilian Portuguese");
    inbox.page.focuses(Role::TextBox, "Notice");
    inbox.page.rewrite("Notice", "Tchau!");
    preview.says("Tchau!");
    inbox.adds_language("German");
    inbox.page.rewrite("Notice", "Tschüss!");
    preview.says("Tschüss!");
    inbox.page.click(Role::Button, "Remove German");
    inbox.page.lacks(Role::Tab, "German");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.sees(Role::Tab, "German");
    inbox.saves();

    let shop = story.shop_in("pt-BR");
    shop.open_chat();
    shop.starts("Oi!");
    inbox.goes_to_inbox();
    inbox.takes("Oi!");
    inbox.end_chat_and_close();
    shop.chat.says("Tchau!");
}

#[test]
fn what_can_not_be_saved_is_told_where_it_stands() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.goes_to_settings();
    let page = &inbox.page;
    page.frame().says("Do you deliver on Saturdays?");
    page.script::<Value>("document.querySelector('iframe').here = true", json!([]));

    page.choose("Close automatically", "Custom…");
    const FONTS: &str = "const font = (at) => {
          const { fontSize, fontFamily } = getComputedStyle(at);
          return `${fontSize} ${fontFamily}`;
        };
        const fields = [...document.querySelectorAll('.setting select, .period input')];
        return [fields.length, [...new Set(fields.map(font))],
          getComputedStyle(document.body).fontFamily]";
    let (fields, fonts, around): (usize, Vec<String>, String) = page.script(FONTS, json!([]));
    assert!(fields > 2 && fonts.len() == 1 && fonts[0].ends_with(&around), "{fields}: {fonts:?}");

    page.rewrite("Number", "0");
    page.says("At least 1 minute.");
    page.rewrite("Number", "soon");
    page.says("Enter a whole number, such as 45.");
    page.choose("Unit", "weeks");
    page.rewrite("Number", "53");
    page.says("At most 1 year.");
    page.click(Role::Button, "Save");
    page.focuses(Role::TextBox, "Number");
    // The page is still the same one, and so is the preview.
    let here: bool =
        page.script("return document.querySelector('iframe').here === true", json!([]));
    assert!(here, "the preview was loaded again");
    page.choose("Unit", "minutes");
    page.rewrite("Number", "5");
    page.choose("Warn the visitor", "5 minutes before");
    page.says("Choose less than the period, which is 5 minutes.");
    page.choose("Warn the visitor", "2 minutes before");

    inbox.turns_on("Show a notification after a conversation is closed");
    page.script::<Value>(
        "const notice = document.getElementById('notice-body');
         notice.value = 'x'.repeat(501);
         notice.dispatchEvent(new InputEvent('input', { bubbles: true }));",
        json!([]),
    );
    page.says("501 / 500");
    page.says("This text is too long.");
    page.click(Role::Button, "Save");
    page.focuses(Role::TextBox, "Notice");
    page.rewrite("Notice", "Short.");
    inbox.saves();
}

#[test]
fn what_the_server_refuses_is_named_and_nothing_is_saved() {
    let story = Story::begin();
    story.forgives("422 (Unprocessable");
    let inbox = story.inbox();
    let off = Closing::default();
    let period = |seconds| Closing { auto_close_after_s: Some(seconds), ..off };
    for (settings, code, field) in [
        (period(59), "period_out_of_range", "auto_close_after_s"),
        (period(365 * 24 * 60 * 60 + 1), "period_out_of_range", "auto_close_after_s"),
        (
            Closing { warn_before_s: Some(300), ..period(300) },
            "warning_out_of_range",
            "warn_before_s",
        ),
        (Closing { notices: &[("en_US", "Bye")], ..off }, "language_invalid", "notices.en_US"),
        (
            Closing { notices: &[("en", "Bye"), ("EN", "Bye")], ..off },
            "language_repeated",
            "notices.en",
        ),
        (Closing { notices: &[("en", " ")], ..off }, "text_empty", "notices.en"),
    ] {
        let (status, refusal) = inbox.tries_settings(settings);
        let told = (status, refusal["code"].as_str(), refusal["field"].as_str());
        assert_eq!(told, (422, Some(code), Some(field)), "{refusal}");
    }
    inbox.goes_to_settings();
    assert_eq!(inbox.page.chosen("Close automatically"), "Off");
    assert!(!inbox.page.is_on("Show a notification after a conversation is closed"));
}

#[test]
fn unsaved_changes_are_not_lost_by_going_away() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.turns_on("Hide closed conversations from the visitor’s Home");
    inbox.page.click(Role::Link, "Inbox");
    inbox.is_asked("You have unsaved changes", "Keep editing");
    inbox.page.click(Role::Button, "Keep editing");
    assert!(inbox.page.is_on("Hide closed conversations from the visitor’s Home"));

    // To discard them is a choice too, and can be taken back.
    inbox.page.click(Role::Button, "Discard");
    inbox.page.says("Changes discarded.");
    assert!(!inbox.page.is_on("Hide closed conversations from the visitor’s Home"));
    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Unsaved changes");
    assert!(inbox.page.is_on("Hide closed conversations from the visitor’s Home"));

    inbox.page.click(Role::Link, "Inbox");
    inbox.page.click(Role::Button, "Leave without saving");
    inbox.page.sees(Role::Heading, "Conversations");
    inbox.goes_to_settings();
    assert!(!inbox.page.is_on("Hide closed conversations from the visitor’s Home"));
}

#[test]
fn two_admins_do_not_overwrite_each_other_unseen() {
    let story = Story::begin();
    let (inbox, other) = (story.inbox(), story.inbox());
    inbox.goes_to_settings();
    inbox.turns_on("Hide closed conversations from the visitor’s Home");
    other.settings(Closing { disable_field: true, ..Closing::default() });

    // It is told at once, before anybody saves.
    inbox.page.says("Somebody else has saved other settings in the meantime");
    assert!(inbox.page.is_on("Hide closed conversations from the visitor’s Home"));

    // Having read that, they save what they see.
    inbox.saves();
    other.goes_to_settings();
    assert!(other.page.is_on("Hide closed conversations from the visitor’s Home"));
    assert!(!other.page.is_on("Disable the live chat field after a conversation is closed"));
}

#[test]
fn who_would_close_conversations_by_saving_is_asked_first() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "This is old.");
    story.server.kill();
    story.server.lets_pass(3 * 60 * 60);
    story.server.start_again();
    shop.goes_home();
    shop.starts("This is new.");
    inbox.lists("This is new.");

    inbox.goes_to_settings();
    inbox.page.choose("Close automatically", "After 1 hour");
    inbox
        .page
        .says("1 of 2 open conversations has been inactive for longer and will close right away.");
    inbox.page.click(Role::Button, "Save");
    inbox.is_asked("Close conversations now?", "Keep editing");
    inbox.page.click(Role::Button, "Keep editing");
    inbox.page.says("Unsaved changes");

    inbox.page.click(Role::Button, "Save");
    inbox.page.click(Role::Button, "Save and close 1");
    inbox.page.says("Saved. Open chats update at once.");
    inbox.goes_to_inbox();
    inbox.lists("This is new.");
    inbox.lists_no("This is old.");
    inbox.folder("Closed");
    inbox.lists("Closed automatically");
}

#[test]
fn only_admins_change_the_settings() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    let ben = story.bens_inbox();
    ben.goes_to_settings();
    ben.page.says("Only an admin of the site can change these settings.");
    ben.page.lacks(Role::Button, "Save");
    let (status, refusal) = ben.tries_settings(Closing::default());
    assert_eq!((status, refusal["code"].as_str()), (403, Some("role_required")));
}
