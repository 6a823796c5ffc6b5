//! What many stories begin with.

use porchlight_stories::{Closing, Inbox, Shop, Story};

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
