//! Whether somebody is there, by what agents say and do.

use std::time::Duration;

use porchlight_stories::{Closing, Inbox, Look, Role, Story, until_within};
use serde_json::{Value, json};

use crate::scene::mid_conversation;

const HERE: &str = "Online";
const AWAY: &str = "Currently away";
const TOLD: &str = "You are away.";

#[test]
fn who_says_to_be_away_is_so_in_all_tabs_and_after_a_reload() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Is it in stock?");
    let tab = Inbox::visit(&inbox.page.browser, &story.server.origin(), Look::DESK);
    tab.page.sees(Role::Heading, "Conversations");
    shop.chat.says(HERE);
    inbox.page.lacks_words(TOLD);
    inbox.page.click(Role::Button, "Online");
    inbox.page.says(TOLD);
    tab.page.says(TOLD);
    shop.chat.says(AWAY);
    inbox.page.reload();
    inbox.page.says(TOLD);
    // Nobody is kept from answering.
    inbox.reply("Just passing by: yes.");
    shop.sees_reply("Just passing by: yes.");
    shop.chat.says(AWAY);
    tab.page.click(Role::Button, "Be online again");
    shop.chat.says(HERE);
    inbox.page.lacks_words(TOLD);
}

#[test]
fn whose_inbox_nobody_touches_is_away_until_somebody_does() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Is it in stock?");
    shop.chat.says(HERE);
    let later = "const now = Date.now; Date.now = () => now() + 11 * 60 * 1000";
    inbox.page.script::<Value>(later, json!([]));
    // It looks at the clock every twenty seconds.
    until_within(Duration::from_secs(45), "the team to be away", || {
        let said = shop.chat.text();
        if said.contains(AWAY) { Ok(()) } else { Err(format!("the chat said {said:?}")) }
    });
    inbox.page.lacks_words(TOLD);
    inbox.page.write("Message", "It is.");
    shop.chat.says(HERE);
}
