//! A visitor is blocked and erased from their conversation's menu, and the audit log says who did it.

use porchlight_stories::{Inbox, Light, Look, Role, Shop, Story};

use crate::bots;

/// Keys by their WebDriver codes.
const UP: &str = "\u{e013}";
const ESCAPE: &str = "\u{e00c}";

const MENU: &str = "More about this visitor";

/// Chooses from the menu of the conversation's head.
fn chooses(inbox: &Inbox, item: &str) {
    inbox.page.click(Role::Button, MENU);
    inbox.page.click(Role::MenuItem, item);
}

fn goes_to(inbox: &Inbox, page: &str) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, page);
    inbox.page.sees(Role::Heading, page);
}

/// A visitor, and the agent who has taken their conversation.
fn mid_conversation(story: &Story) -> (Shop, Inbox) {
    let (shop, inbox) = (story.shop(), story.inbox());
    shop.open_chat();
    shop.starts("My number is 5417");
    inbox.takes("My number is 5417");
    inbox.reply("Thank you, 5417 it is");
    shop.sees_reply("5417 it is");
    (shop, inbox)
}

#[test]
fn who_is_blocked_is_refused_kindly_until_the_block_is_taken_back() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    let (shop, inbox) = mid_conversation(&story);
    let bens = story.bens_inbox();
    bens.opens("5417 it is");
    // By keyboard: the arrows move in the menu, Escape closes it, and the focus returns.
    inbox.page.click(Role::Button, MENU);
    inbox.page.focuses(Role::MenuItem, "Block visitor…");
    inbox.page.axe_finds_nothing();
    inbox.page.press(UP);
    inbox.page.focuses(Role::MenuItem, "Erase…");
    inbox.page.press(ESCAPE);
    inbox.page.focuses(Role::Button, MENU);
    inbox.page.lacks(Role::MenuItem, "Erase…");
    chooses(&inbox, "Block visitor…");
    inbox.is_asked("Block this visitor?", "Cancel");
    inbox.page.axe_finds_nothing();
    inbox.page.write("Why? Only your team sees this.", "Swears at us");
    inbox.page.click(Role::Checkbox, "Block their network, too");
    inbox.page.choose("For how long?", "7 days");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Block");
    inbox.page.says("is blocked");
    // The browsers of a story are on the server's own machine, whose network is nobody's.
    for page in [&inbox.page, &bens.page] {
        page.says("Blocked by Ada, just now: Swears at us");
        page.says("this ends in 7 days");
    }
    inbox.page.axe_finds_nothing();

    shop.visitor_writes("And another thing");
    shop.chat.says("Sorry, this isn’t possible here.");
    // They can still read.
    shop.sees_reply("5417 it is");

    goes_to(&inbox, "Privacy");
    inbox.page.says("Swears at us");
    inbox.page.axe_finds_nothing();
    inbox.page.click_with(Role::Button, "Free network");
    inbox.page.says("is no longer blocked");
    inbox.page.lacks_words("this ends in");
    bens.page.lacks_words("this ends in");
    bens.page.says("Swears at us");
    inbox.page.click_with(Role::Button, "Unblock");
    inbox.page.says("can write again");
    inbox.page.says("Nobody is blocked.");
    bens.page.lacks_words("Blocked by Ada");
    shop.chat.click(Role::Button, "Retry");
    shop.is_sent("And another thing");
    inbox.goes_to_inbox();
    inbox.opens("And another thing");
    inbox.page.lacks_words("Blocked by Ada");
}

#[test]
fn who_is_blocked_and_chooses_a_bot_is_told_that_it_does_not_begin() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    story.server.publishes(&bots::flow());
    let (shop, inbox) = mid_conversation(&story);
    chooses(&inbox, "Block visitor…");
    inbox.page.click(Role::Button, "Block");
    inbox.page.says("is blocked");
    shop.goes_home();
    shop.chat.click(Role::Button, bots::WITH_WICK);
    shop.chat.says("Sorry, this isn’t possible here.");
    shop.goes_home();
    shop.chat.sees(Role::Button, bots::WITH_WICK);
}

#[test]
fn who_is_erased_is_gone_from_both_sides_and_the_log_says_who_did_it() {
    let story = Story::begin();
    story.forgives("401 (Unauthorized)");
    story.forgives("403 (Forbidden)");
    let (shop, inbox) = mid_conversation(&story);
    let bens = story.bens_inbox();
    bens.opens("5417 it is");
    bens.page.click(Role::Button, MENU);
    bens.page.sees(Role::MenuItem, "Block visitor…");
    bens.page.lacks(Role::MenuItem, "Erase…");
    bens.page.press(ESCAPE);

    chooses(&inbox, "Erase…");
    inbox.is_asked("Erase this visitor?", "Cancel");
    inbox.page.says("This can’t be undone.");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Erase for good");
    for page in [&inbox.page, &bens.page] {
        page.says("This visitor was erased. Nothing can be written here any more.");
        page.says("All texts were erased");
        page.lacks_words("5417");
        page.lacks(Role::Button, "Re-open");
    }
    inbox.page.axe_finds_nothing();
    shop.chat.lacks_words("5417");

    goes_to(&inbox, "Audit log");
    inbox.page.says("Erased Visitor");
    inbox.page.axe_finds_nothing();
    inbox.page.choose("Show", "Bots");
    inbox.page.lacks_words("Erased Visitor");
    inbox.page.choose("Show", "Visitors");
    inbox.page.says("Erased Visitor");
    inbox.page.lacks_words("Signed in:");
    bens.goes_to_settings();
    bens.page.lacks(Role::Link, "Audit log");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn pictures() {
    for (light, look, when) in [
        (Light::Day, Look::DESK, "desk-day"),
        (Light::Night, Look::DESK, "desk-night"),
        (Light::Day, Look::PHONE, "phone-day"),
        (Light::Night, Look { width: 320, height: 640 }, "phone-night"),
    ] {
        let story = Story::begin_with(light, Look::DESK);
        story.forgives("403 (Forbidden)");
        let (shop, inbox) = (story.shop(), story.inbox_on(look));
        shop.open_chat();
        shop.starts("My number is 5417");
        inbox.takes("My number is 5417");
        inbox.reply("Thank you, 5417 it is");
        let keeps = |name: &str| {
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("privacy-{when}-{name}"));
        };
        inbox.page.click(Role::Button, MENU);
        inbox.page.focuses(Role::MenuItem, "Block visitor…");
        keeps("menu");
        inbox.page.click(Role::MenuItem, "Block visitor…");
        inbox.is_asked("Block this visitor?", "Cancel");
        keeps("ask-block");
        inbox.page.write("Why? Only your team sees this.", "Swears at us");
        inbox.page.click(Role::Checkbox, "Block their network, too");
        keeps("ask-block-network");
        inbox.page.click(Role::Button, "Block");
        inbox.page.says("Blocked by Ada");
        keeps("blocked");
        shop.visitor_writes("And another thing");
        shop.chat.says("Sorry, this isn’t possible here.");
        story.keeps_picture(&shop.chat, &format!("privacy-{when}-widget"));
        goes_to(&inbox, "Privacy");
        inbox.page.says("Swears at us");
        keeps("settings");
        goes_to(&inbox, "Audit log");
        inbox.page.says("Blocked Visitor");
        keeps("audit");
        inbox.goes_to_inbox();
        inbox.opens("5417 it is");
        chooses(&inbox, "Erase…");
        inbox.is_asked("Erase this visitor?", "Cancel");
        keeps("ask-erase");
        inbox.page.click(Role::Button, "Erase for good");
        inbox.page.says("This visitor was erased.");
        keeps("erased");
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn pictures_in_other_languages() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    let (shop, mut inbox) = (story.shop(), story.inbox());
    shop.open_chat();
    shop.starts("My number is 5417");
    inbox.takes("My number is 5417");
    chooses(&inbox, "Block visitor…");
    inbox.page.write("Why? Only your team sees this.", "Swears at us");
    inbox.page.click(Role::Checkbox, "Block their network, too");
    inbox.page.click(Role::Button, "Block");
    inbox.page.says("Blocked by Ada");
    let conversation = inbox.page.address();
    let inbox_of =
        |page: &str| [inbox_origin(&conversation), "/dashboard/chat/settings/", page].concat();
    for (name, tag) in [("Deutsch", "de"), ("العربية", "ar")] {
        inbox = inbox.chooses_language(name, tag);
        for (what, address) in [
            ("blocked", conversation.clone()),
            ("settings", inbox_of("privacy")),
            ("audit", inbox_of("audit")),
        ] {
            inbox.page.go(&address);
            inbox.page.says("Ada");
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("privacy-{tag}-{what}"));
        }
        inbox.page.go(&conversation);
        inbox.page.says("5417");
    }
}

/// The server's address in one of its pages.
fn inbox_origin(address: &str) -> &str {
    address.split_once("/dashboard").map_or(address, |(origin, _)| origin)
}
