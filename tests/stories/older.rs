//! A tab that was opened before the server was brought up to date goes on with the new one.

use porchlight_stories::{Closing, RELEASE_0_1, Story};

/// What the program of that release is called.
const OLD_PROGRAM: &str = "GET /widget/porchlight-widget-32ca74b5e063f1c8_bg.wasm";

#[test]
fn the_chat_of_the_last_release_talks_to_this_server() {
    let story = Story::begin();
    story.forgives_lost_connections();
    // It does not know who types, and says so on its console.
    story.forgives("A frame was not understood");
    story.server.serves(RELEASE_0_1);
    let inbox = story.inbox();
    let shop = story.shop();

    shop.open_chat();
    shop.starts("Do you ship to Norway?");
    let requests = story.server.requests();
    assert!(requests.iter().any(|request| request == OLD_PROGRAM), "{requests:?}");
    inbox.opens("Do you ship to Norway?");
    inbox.claim();
    inbox.reply("We do.");
    shop.sees_reply("We do.");

    // The connection goes, both write, and it comes back.
    story.server.unplug();
    shop.visitor_writes("And to Iceland?");
    story.server.plug_in();
    shop.is_sent("And to Iceland?");
    inbox.reads("And to Iceland?");
    inbox.reply("There, too.");
    shop.sees_reply("There, too.");

    // What it is told of a closing is what it knows.
    inbox.settings(Closing { disable_field: true, ..Closing::default() });
    inbox.end_chat_and_close();
    shop.field_is_there(false);
    inbox.reopen();
    shop.field_is_there(true);
    shop.visitor_writes("One more thing.");
    shop.is_sent("One more thing.");
    inbox.reads("One more thing.");

    // It has a history to come back to.
    shop.reload();
    shop.opens("One more thing.");
    assert_eq!(shop.count("There, too."), 1);
}
