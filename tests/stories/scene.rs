//! What many stories begin with.

use porchlight_stories::{Closing, Inbox, Role, Shop, Story};
use serde_json::json;

/// What the notice says where it does not matter.
pub const NOTICE: &str = "We have closed this chat. Come back any time!";

/// The same, as a site sets it.
pub const NOTICES: &[(&str, &str)] = &[("en", NOTICE)];

/// A visitor has asked something, an agent has claimed it, and both have it on the screen.
pub fn mid_conversation(story: &Story, closing: Closing, question: &str) -> (Inbox, Shop) {
    let inbox = story.inbox();
    inbox.settings(closing);
    let shop = story.shop();
    shop.open_chat();
    shop.starts(question);
    inbox.takes(question);
    (inbox, shop)
}

/// These buttons of the chat are at least 44 px high on a touch screen, which the visitor has from now on.
#[track_caller]
pub fn is_large_enough_to_touch(shop: &Shop, buttons: &[&str]) {
    shop.page.browser.is_touched();
    let touched: bool =
        shop.chat.script("return matchMedia('(pointer: coarse)').matches", json!([]));
    assert!(touched, "the chat is not told of the touch screen");
    for name in buttons {
        let (_, height) = shop.chat.size(Role::Button, name);
        assert!(height >= 44.0, "{name} is {height} px high");
    }
}
