//! A visitor has gone, and comes back to the very conversation by a link, in another browser.

use porchlight_stories::{Light, Look, Mailbox, Role, Shop, Story, until};
use serde_json::json;

/// Escape by its WebDriver code.
const ESCAPE: &str = "\u{e00c}";

#[test]
fn a_link_leads_back_to_the_conversation_in_one_browser() {
    let story = Story::begin();
    story.forgives("409 (Conflict)");
    let (shop, inbox) = (story.shop(), story.inbox());
    shop.open_chat();
    shop.starts("Do you ship to Norway?");
    inbox.takes("Do you ship to Norway?");
    inbox.reply("We do, in three days");
    let link = story.server.link_to(&inbox.conversation());

    let phone = Shop::visit_by_link(&story.somebody("phone"), &link, Look::DESK);
    phone.sees_reply("in three days");
    phone.page.axe_finds_nothing();
    until("the secret to leave the address", || {
        let address = phone.page.address();
        if address.contains('#') { Err(address) } else { Ok(()) }
    });
    // Nothing closes the page's chat.
    phone.chat.press(ESCAPE);
    phone.visitor_writes("Then I take two");
    inbox.page.says("Then I take two");
    shop.sees_reply("Then I take two");
    // A reload of the page comes back to it, without the secret.
    phone.page.reload();
    phone.sees_reply("Then I take two");

    // Whoever else opens the link learns nothing, and may write all the same.
    let other = Shop::visit_by_link(&story.somebody("other"), &link, Look::DESK);
    other.page.sees(Role::Heading, "This link works in one browser only");
    other.page.axe_finds_nothing();
    other.page.click(Role::Button, "Open chat");
    other.chat.sees(Role::Button, "New conversation");
    other.home_lacks("Norway");
}

/// From the answer to somebody who has gone to their next message.
#[test]
fn who_has_gone_gets_the_answer_by_mail_and_comes_back_to_the_conversation() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    let mailbox = Mailbox::open();
    story.server.mails_by(&mailbox);
    let shop = story.shop();
    shop.page.script::<()>(
        "Porchlight('identify', { name: 'Mia', email: 'mia@home.example' })",
        json!([]),
    );
    shop.open_chat();
    shop.starts("Do you ship to Norway?");
    let inbox = story.inbox();
    inbox.takes("Do you ship to Norway?");
    inbox.page.sees_with(Role::Heading, "Mia Open");
    shop.page.go("about:blank");
    inbox.reply("We do, in three days.");
    inbox.reply("May I send you the price list?");

    // Both answers are in one mail, which need not be waited for.
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "E-mail");
    inbox.page.says("Answer to a visitor");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Send now: Answer to a visitor");
    let mail = mailbox.gets("mia@home.example");
    let text = mail.text();
    for said in ["We do, in three days.", "May I send you the price list?"] {
        assert!(text.contains(said), "{text}");
    }
    inbox.page.click(Role::Button, "Refresh");
    inbox.page.says("mia@home.example");
    assert_eq!(mailbox.count(), 1);

    let link = mail.link(&format!("{}/c/", story.server.origin())).expect("a link");
    let back = Shop::visit_by_link(&story.somebody("back"), &link, Look::DESK);
    back.sees_reply("May I send you the price list?");
    back.visitor_writes("Please do");
    inbox.goes_to_inbox();
    inbox.opens("Please do");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn pictures() {
    for (light, name) in [(Light::Day, "day"), (Light::Night, "night")] {
        for (look, size) in [(Look::DESK, "desk"), (Look::PHONE, "phone")] {
            let story = Story::begin_with(light, look);
            story.forgives("409 (Conflict)");
            let shop = story.shop();
            let inbox = story.inbox_on(Look::DESK);
            shop.open_chat();
            shop.starts("Do you ship to Norway?");
            inbox.takes("Do you ship to Norway?");
            inbox.reply("We do, in three days. May I send you the price list, too?");
            let link = story.server.link_to(&inbox.conversation());
            let back = Shop::visit_by_link(&story.somebody("back"), &link, look);
            back.sees_reply("in three days");
            back.settles();
            story.keeps_picture(&back.page, &format!("full-page-{size}-{name}"));
            let other = Shop::visit_by_link(&story.somebody("other"), &link, look);
            other.page.sees(Role::Button, "Open chat");
            story.keeps_picture(&other.page, &format!("full-page-used-{size}-{name}"));
        }
    }
}
