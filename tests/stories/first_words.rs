//! A visitor comes, writes and is answered.

use porchlight_stories::{Role, Story, until};
use serde_json::json;

#[test]
fn who_does_not_click_leaves_no_trace() {
    let story = Story::begin();
    let shop = story.shop();

    // The launcher is there, and that was all: one request, nothing kept, no frame.
    assert_eq!(story.server.requests(), ["GET /porchlight.js"]);
    assert!(shop.stored().is_empty(), "{:?}", shop.stored());
    assert!(shop.page.browser.cookies().is_empty());
    let frames: u32 = shop.page.script("return window.length", json!([]));
    assert_eq!(frames, 0);

    // Who looks in and writes nothing has left nothing either.
    shop.open_chat();
    shop.is_home();
    shop.close_chat();
    assert!(shop.stored().is_empty(), "{:?}", shop.stored());
    assert!(shop.page.browser.cookies().is_empty());
}

#[test]
fn a_visitor_writes_and_is_answered() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();

    shop.open_chat();
    shop.starts("Do you ship to Norway?");

    inbox.opens("Do you ship to Norway?");
    inbox.claim();
    inbox.reply("We do, and it is free from 100 euros.");

    shop.sees_reply("We do, and it is free from 100 euros.");
    shop.chat.sees(Role::Heading, "Ada");

    shop.visitor_writes("Then I'll take two.");
    inbox.reads("Then I'll take two.");
}

#[test]
fn an_answer_waits_at_the_launcher_of_who_has_closed_the_chat() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the oak oiled?");
    inbox.opens("Is the oak oiled?");
    inbox.claim();

    shop.close_chat();
    inbox.reply("Twice.");
    inbox.reply("With linseed oil.");
    shop.page.announces("Unread messages: 2");

    // Also on the next page, and also if nobody clicks there.
    shop.page.reload();
    shop.page.announces("Unread messages: 2");

    shop.open_chat();
    assert!(shop.line("With linseed oil.").ends_with("2 unread"));
    shop.opens("With linseed oil.");
    shop.page.announces("");
}

#[test]
fn a_reload_keeps_the_history() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Where is my order 10417?");
    inbox.opens("Where is my order 10417?");
    inbox.claim();
    inbox.reply("On its way since noon.");
    shop.sees_reply("On its way since noon.");
    let before = shop.thread();

    // Until the list has come, Home has a skeleton in its place.
    let waits = |there: bool| {
        until(&format!("the skeleton: {there}"), || {
            let shown: bool = shop.chat.script(
                "return document.querySelector('.home .skel')?.checkVisibility() ?? false",
                json!([]),
            );
            if shown == there { Ok(()) } else { Err(format!("it was {shown}")) }
        });
    };
    story.server.hold_back("/api/v1/socket");
    shop.reload();
    waits(true);
    story.server.hold_back_nothing();
    waits(false);
    shop.opens("On its way since noon.");
    shop.sees_reply("On its way since noon.");
    assert_eq!(shop.thread(), before, "what was read is not marked as new");
}

#[test]
fn what_was_half_written_is_there_after_a_reload() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Good morning");
    shop.drafts("I have a question abo");

    shop.reload();
    shop.opens("Good morning");
    shop.draft_is("I have a question abo");
}
