//! Pictures of every screen, for people to look at:
//! `cargo test -p porchlight-stories pictures -- --ignored` leaves them under `target/screens`.

use porchlight_stories::{Closing, Inbox, Light, Look, Role, Screen, Shop, Story};

const NOTICE: &str = "This conversation has been closed. Thank you for talking with us! \
                      You can write to care@lantern.example at any time.";

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn by_day() {
    takes_pictures(Light::Day, Look::DESK, "desk-day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn by_night() {
    takes_pictures(Light::Night, Look::DESK, "desk-night");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn on_a_phone_by_day() {
    takes_pictures(Light::Day, Look::PHONE, "phone-day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn on_a_phone_by_night() {
    takes_pictures(Light::Night, Look::PHONE, "phone-night");
}

fn takes_pictures(light: Light, look: Look, name: &str) {
    let story = Story::begin_with(light, look);
    story.forgives("healthz");
    let demo = story.demo();
    let mut number = 0;
    let mut take = |screen: &Screen, what: &str| {
        number += 1;
        screen.settle();
        story.keeps_picture(screen, &format!("{name}-{number:02}-{what}"));
    };

    let inbox = Inbox::visit(&story.somebody("Ada"), &demo.server, look);
    inbox.page.sees(Role::Button, "Sign in");
    take(&inbox.page, "sign-in");
    inbox.sign_in("ada@lantern.example", &demo.password);
    take(&inbox.page, "inbox");
    inbox.goes_to_settings();
    take(&inbox.page, "settings");
    inbox.goes_to_inbox();

    let visitor = story.somebody("new visitor");
    let shop = Shop::visit(&visitor, &format!("{}/", demo.shop), look);
    take(&shop.page, "shop");
    shop.open_chat();
    shop.is_home();
    shop.settles();
    take(&shop.chat, "home-empty");

    let mia = story.somebody("Mia");
    let shop = Shop::visit(&mia, &format!("{}/", demo.shop), look);
    shop.page.click(Role::Button, "Mia, who was here before");
    shop.page.sees(Role::Button, "Open chat");
    shop.open_chat();
    shop.home_lists("Pillar candles", false);
    shop.settles();
    take(&shop.chat, "home");
    shop.starts(
        "Hello Ada! Do you have the Harbour bench in green, and if so, how long does it take?",
    );
    inbox.opens("Harbour bench in green");
    take(&inbox.page, "inbox-unclaimed");
    inbox.claim();
    inbox.reply("Hello Mia, good to see you again.");
    inbox.reply("We do. It takes about three weeks, as each one is painted by hand: https://lantern.example/bench");
    shop.sees_reply("We do.");
    take(&shop.chat, "thread");
    take(&inbox.page, "inbox-claimed");
    inbox.end_chat_and_close();
    take(&inbox.page, "inbox-closed");
    take(&shop.chat, "closed-default");
    for (what, closing) in [
        ("closed-notice", Closing { notice: Some(NOTICE), ..Closing::default() }),
        ("closed-no-field", Closing { disable_field: true, ..Closing::default() }),
        (
            "closed-both",
            Closing { disable_field: true, notice: Some(NOTICE), ..Closing::default() },
        ),
    ] {
        inbox.settings(closing);
        shop.field_is_there(!closing.disable_field);
        if closing.notice.is_some() {
            shop.chat.says("Thank you for talking with us!");
        }
        take(&shop.chat, what);
    }
    shop.goes_home();
    take(&shop.chat, "home-closed");
    inbox.goes_to_settings();
    take(&inbox.page, "settings-on");
    inbox.goes_to_inbox();
    inbox.folder("Closed");
    take(&inbox.page, "inbox-folder-closed");
}
