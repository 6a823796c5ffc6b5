//! Pictures of every screen, for people to look at:
//! `cargo test -p porchlight-stories pictures -- --ignored` leaves them under `target/screens`, and
//! those of the guide and of the README in `docs/images`.

use std::path::{Path, PathBuf};

use porchlight_stories::{Bot, Closing, Crowd, Inbox, Light, Look, Role, Screen, Shop, Story};
use porchlight_words::CHAT;
use serde_json::{Value, json};

use crate::scene::mid_conversation;

const NOTICE: &str = "This conversation has been closed. Thank you for talking with us! \
                      You can write to care@lantern.example at any time.";
const NOTICES: &[(&str, &str)] = &[("en", NOTICE)];

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

const ESCAPE: &str = "\u{e00c}";

/// The smallest phone.
const NARROW: Look = Look { width: 320, height: 568 };

const LONG_WORD: &str = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter";

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
    inbox.notes("Mia is a regular: she furnishes a hotel.");
    take(&inbox.page, "inbox-note");
    inbox.page.click(Role::Tab, "Reply");
    inbox.end_chat_and_close();
    take(&inbox.page, "inbox-closed");
    take(&shop.chat, "closed-default");
    for (what, closing) in [
        ("closed-notice", Closing { notices: NOTICES, ..Closing::default() }),
        ("closed-no-field", Closing { disable_field: true, ..Closing::default() }),
        ("closed-both", Closing { disable_field: true, notices: NOTICES, ..Closing::default() }),
    ] {
        inbox.settings(closing);
        shop.field_is_there(!closing.disable_field);
        if !closing.notices.is_empty() {
            shop.chat.says("Thank you for talking with us!");
        }
        take(&shop.chat, what);
    }
    shop.goes_home();
    take(&shop.chat, "home-closed");
    shop.puts_away("painted by hand");
    shop.chat.sees(Role::Button, "Undo");
    take(&shop.chat, "home-put-away");

    inbox.goes_to_settings();
    inbox.page.frame().says("Saturday");
    inbox.page.choose("Close automatically", "After 1 hour");
    inbox.page.choose("Warn the visitor", "10 minutes before");
    inbox.adds_language("pt-BR");
    inbox.page.rewrite("Notice", "{agent} encerrou esta conversa. Obrigado!");
    inbox.page.frame().says("Obrigado!");
    take(&inbox.page, "settings-on");
    inbox.page.choose("Close automatically", "Custom…");
    inbox.page.rewrite("Number", "0");
    inbox.page.click(Role::Button, "Save");
    inbox.page.says("At least 1 minute.");
    take(&inbox.page, "settings-wrong");
    inbox.page.click(Role::Button, "Discard");
    inbox.goes_to_inbox();
    inbox.folder("Closed");
    inbox.lists("painted by hand");
    take(&inbox.page, "inbox-folder-closed");
    inbox.folder("Open");
    inbox.page.press("*");
    inbox.page.says("selected");
    take(&inbox.page, "inbox-selected");
    inbox.page.press(ESCAPE);
    inbox.page.press("?");
    inbox.page.sees(Role::Dialog, "Keyboard shortcuts");
    take(&inbox.page, "inbox-shortcuts");
}

/// What only time and money bring about: the warning, and the page on a lower plan.
#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_warnings_and_plans() {
    for (light, when) in [(Light::Day, "day"), (Light::Night, "night")] {
        let mut story = Story::begin_with(light, Look::DESK);
        story.forgives_lost_connections();
        let (inbox, shop) = mid_conversation(&story, warned(), "Let me ask my neighbour.");
        inbox.reply("Of course, take your time.");
        // It is in the log before the server goes down: sent later, it would restart the period.
        shop.sees_reply("Of course, take your time.");
        warns(&mut story, &shop, "take your time");
        story.keeps_picture(&shop.chat, &format!("desk-{when}-warning"));
        story.keeps_picture(&inbox.page, &format!("desk-{when}-inbox-warned"));
        story.server.goes_on_plan("starter");
        inbox.goes_to_settings();
        inbox.page.sees(Role::Heading, "Closing options are part of the Professional plan");
        inbox.page.frame().says("Saturday");
        story.keeps_picture(&inbox.page, &format!("desk-{when}-settings-locked"));
    }
}

fn warned() -> Closing {
    Closing { auto_close_after_s: Some(3_600), warn_before_s: Some(600), ..Closing::default() }
}

/// Fifty-five of sixty minutes pass.
fn warns(story: &mut Story, shop: &Shop, words: &str) {
    story.server.kill();
    story.server.lets_pass(55 * 60);
    story.server.start_again();
    shop.reload();
    shop.opens(words);
    shop.chat.says("This conversation will close in 5 minutes");
    // Somebody is there again.
    shop.chat.says("Online");
}

/// A panel of its size, with a little of the page around it.
const CLOSE_UP: Look = Look { width: 480, height: 640 };

/// The pictures of `docs/closing.md`.
#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn guide() {
    let mut story = Story::begin_with(Light::Day, CLOSE_UP);
    story.forgives_lost_connections();
    let inbox = story.inbox_on(Look { width: 1180, height: 900 });
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Hi! Does the Harbour lantern come in green?");
    inbox.takes("Harbour lantern");
    inbox.reply("It does. Shall I put one aside for you?");
    shop.sees_reply("put one aside");
    shop.visitor_writes("Yes, please. That was all, thank you!");
    shop.is_sent("Yes, please. That was all, thank you!");
    inbox.reads("That was all, thank you!");
    let take = |name: &str| {
        shop.chat.settle();
        shop.page.picture_of(Role::Dialog, "Chat", &in_docs(&format!("closing-{name}")));
    };

    inbox.end_chat_and_close();
    take("default");
    for (name, closing) in [
        ("notice", Closing { notices: GUIDE, ..Closing::default() }),
        ("no-field", Closing { disable_field: true, ..Closing::default() }),
        ("both", Closing { disable_field: true, notices: GUIDE, ..Closing::default() }),
    ] {
        inbox.settings(closing);
        shop.field_is_there(!closing.disable_field);
        if !closing.notices.is_empty() {
            shop.chat.says("Ada has closed this chat");
        }
        take(name);
    }
    inbox.settings(Closing { hide_closed: true, ..warned() });
    inbox.reopen();
    warns(&mut story, &shop, "That was all");
    take("warning");
    shop.goes_home();
    shop.starts("And how long does it burn?");
    inbox.takes("how long does it burn");
    inbox.reply("Forty hours, and we sell refills.");
    shop.sees_reply("Forty hours");
    shop.goes_home();
    shop.starts("Is the shop in Lisbon open on Sunday?");
    shop.goes_home();
    shop.puts_away("That was all");
    shop.chat.sees(Role::Button, "Undo");
    take("home");

    inbox.settings(Closing { notices: GUIDE, hide_closed: true, disable_field: true, ..warned() });
    inbox.goes_to_settings();
    inbox.page.frame().says("Ada has closed this chat");
    inbox.page.settle();
    inbox.page.picture(&in_docs("closing-settings")).expect("a picture");
}

/// The pictures of `docs/agents.md`.
#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn guide_for_agents() {
    let story = Story::begin();
    story.forgives("healthz");
    let demo = story.demo();
    let desk = Look { width: 1180, height: 760 };
    let inbox = Inbox::visit(&story.somebody("Ada"), &demo.server, desk);
    inbox.sign_in("ada@lantern.example", &demo.password);
    let mia = story.somebody("Mia");
    let shop = Shop::visit(&mia, &format!("{}/", demo.shop), Look::DESK);
    shop.page.click(Role::Button, "Mia, who was here before");
    shop.page.sees(Role::Button, "Open chat");
    shop.open_chat();
    shop.starts("Hello! Do you have the Harbour bench in green, and if so, how long does it take?");
    inbox.opens("Harbour bench in green");
    let take = |name: &str| {
        inbox.page.settle();
        inbox.page.picture(&in_docs(&format!("agents-{name}"))).expect("a picture");
    };
    take("inbox");
    inbox.claim();
    inbox.reply("Hello Mia, good to see you again.");
    inbox
        .page
        .write("Message", "We do. It takes about three weeks, as each one is painted by hand.");
    take("conversation");
    inbox.page.press_with('\u{e009}', '\u{e007}');
    inbox.reads("painted by hand");
    inbox.notes("Mia furnishes a hotel: she may need more than one.");
    take("note");
    inbox.of_rail("Notifications");
    inbox.page.sees(Role::Dialog, "Notifications");
    inbox.page.settle();
    inbox.page.picture_of(Role::Dialog, "Notifications", &in_docs("agents-notifications"));
}

const GUIDE: &[(&str, &str)] = &[
    ("en", "{agent} has closed this chat. Care tips: https://lantern.example/care"),
    ("pt-BR", "{agent} encerrou esta conversa."),
];

/// Where the guide looks for it.
fn in_docs(name: &str) -> PathBuf {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images");
    docs.join(format!("{name}.png"))
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_inbox_by_day() {
    takes_inbox(Light::Day, false, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_inbox_by_night() {
    takes_inbox(Light::Night, false, "night");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_inbox_in_few_colours() {
    takes_inbox(Light::Day, true, "few");
}

/// The inbox in every size: also in the middle of a word, when a colleague takes over.
fn takes_inbox(light: Light, few: bool, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    story.forgives_lost_connections();
    let ben = story.bens_inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Hello! Do you repair lanterns that fell from a porch?");
    shop.goes_home();
    shop.starts_with_lines(&["מתי אתם פותחים?", "And until when?"]);
    for (name, look) in [
        ("desk", Look::DESK),
        ("phone", Look::PHONE),
        ("narrow", NARROW),
        ("enlarged", Look::ENLARGED),
        ("side", Look::PHONE_ON_ITS_SIDE),
    ] {
        let name = format!("inbox-{name}-{when}");
        let ada = story.inbox_on(look);
        if few {
            ada.page.browser.force_colours();
        }
        let take = |what: &str| {
            ada.page.settle();
            story.keeps_picture(&ada.page, &format!("{name}-{what}"));
        };
        ada.lists("Do you repair");
        take("list");
        ada.of_rail("Notifications");
        ada.page.sees(Role::Dialog, "Notifications");
        take("notifications");
        ada.page.press(ESCAPE);
        ada.page.lacks(Role::Dialog, "Notifications");
        ada.folder("Closed");
        take("empty");
        ada.folder("Open");
        ada.opens("And until when?");
        let act = if ada.page.has(Role::Button, "Claim") { "Claim" } else { "Take over" };
        ada.page.click(Role::Button, act);
        ada.page.write("Message", "أهلاً، نحن نفتح في التاسعة.\nWe open at nine.");
        take("own");
        ben.opens("And until when?");
        ben.page.click(Role::Button, "Take over");
        ada.page.reads(Role::Alert, "", "Your draft is kept.");
        take("taken");
        ada.page.go(&format!("{}/dashboard/chat/inbox", ada.origin()));
        ada.of_rail("Sign out");
        ada.page.sees(Role::Dialog, "You have unsent messages");
        take("sign-out");
        ada.page.press(ESCAPE);
        ada.goes_to_settings();
        ada.turns_on("Show a notification after a conversation is closed");
        take("settings");
        ada.page.click(Role::Button, "Discard");
    }
    story.server.unplug();
    ben.page.says("Connection lost");
    story.keeps_picture(&ben.page, &format!("inbox-desk-{when}-lost"));
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_inbox_in_all_languages_by_day() {
    takes_languages(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_inbox_in_all_languages_by_night() {
    takes_languages(Light::Night, "night");
}

/// The inbox in each of its languages, on a desk and on the smallest phone.
fn takes_languages(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Hello! Do you repair lanterns that fell from a porch?");
    shop.goes_home();
    shop.starts_with_lines(&["هل تشحنون إلى عمّان؟", "And how long does it take?"]);
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let mut ada = story.inbox_on(look);
        for (name, tag) in [
            ("Deutsch", "de"),
            ("rançais", "fr"),
            ("spañol", "es"),
            ("ortuguês", "pt-BR"),
            ("العربية", "ar"),
        ] {
            ada = ada.chooses_language(name, tag);
            let take = |what: &str| {
                ada.page.settle();
                story.keeps_picture(&ada.page, &format!("inbox-{tag}-{size}-{when}-{what}"));
            };
            ada.lists("Do you repair");
            take("list");
            for panel in ["Language", "Notifications", "Shortcuts"] {
                ada.page.click(Role::Button, panel);
                take(panel);
                ada.page.press(ESCAPE);
            }
            ada.folder("Unassigned");
            take("unassigned");
            ada.folder("Open");
            ada.opens("And how long does it take?");
            take("talk");
            ada.page.click(Role::Button, "Claim");
            ada.page.write("Message", "أهلاً، نحن نفتح في التاسعة.\nWe open at nine.");
            take("own");
            ada.page.click(Role::Button, "Unclaim");
            ada.page.sees(Role::Button, "Claim");
            ada.goes_to_settings();
            ada.turns_on("Show a notification after a conversation is closed");
            ada.page.script::<Value>(AN_HOUR, json!([]));
            take("settings");
            ada.page.click(Role::Button, "Discard");
            ada.leaves();
        }
    }
}

/// Chooses an hour, whose name is the language's.
const AN_HOUR: &str = "const select = document.getElementById('auto-close'); select.value = 3600;
    select.dispatchEvent(new Event('change', { bubbles: true }))";

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_widget_by_day() {
    takes_widget(Light::Day, false, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_widget_by_night() {
    takes_widget(Light::Night, false, "night");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_widget_in_few_colours() {
    takes_widget(Light::Day, true, "few");
}

/// The widget in every size: empty, with a conversation in several scripts and with long words, offline,
/// and closed; and the launcher's badge.
fn takes_widget(light: Light, few: bool, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    story.forgives_lost_connections();
    // `Screen::settle` of a screen that is offline.
    story.forgives("Failed to fetch");
    story.forgives("does not answer");
    let inbox = story.inbox();
    for (name, look) in [
        ("desk", Look::DESK),
        ("phone", Look::PHONE),
        ("narrow", NARROW),
        ("enlarged", Look::ENLARGED),
        ("side", Look::PHONE_ON_ITS_SIDE),
    ] {
        let name = format!("widget-{name}-{when}");
        inbox.settings(Closing::default());
        let visitor = story.somebody("visitor");
        // Colours are forced in windows, not in the frames of other origins in them.
        let shop = if few {
            let alone = format!("{}/c/{}", story.server.origin(), story.server.site);
            let shop = Shop::visit_alone(&visitor, &alone, look);
            shop.page.browser.force_colours();
            shop
        } else {
            let shop = Shop::visit(&visitor, story.shop_address(), look);
            shop.open_chat();
            shop
        };
        let take = |what: &str| {
            shop.chat.settle();
            story.keeps_picture(&shop.page, &format!("{name}-{what}"));
        };
        shop.settles();
        take("empty");
        let question = format!("{name}: is it {LONG_WORD}?");
        shop.starts(&question);
        inbox.takes(&name);
        inbox.reply(&format!("It is: https://lantern.example/{LONG_WORD}/{LONG_WORD}"));
        shop.sees_reply("It is:");
        shop.visitor_writes_lines(&["מתי אתם פותחים?", "And until when?"]);
        shop.is_sent("And until when?");
        take("thread");
        shop.goes_home();
        inbox.reply("Until six, and on Saturdays until four.");
        take("home");
        shop.opens("Until six");
        shop.goes_offline();
        shop.visitor_writes("Are you still there?");
        shop.chat.says("You’re offline.");
        take("offline");
        shop.comes_back();
        shop.is_sent("Are you still there?");
        inbox.end_chat_and_close();
        inbox.settings(Closing { notices: NOTICES, ..Closing::default() });
        shop.chat.says("Thank you for talking with us!");
        take("closed-notice");
        inbox.settings(Closing { disable_field: true, notices: NOTICES, ..Closing::default() });
        shop.field_is_there(false);
        take("closed-both");
    }
    badge_and_failure(&story, few, when);
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_widget_in_languages_by_day() {
    takes_widget_in_languages(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_widget_in_languages_by_night() {
    takes_widget_in_languages(Light::Night, "night");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_both_kinds_by_day() {
    takes_both_kinds(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_both_kinds_by_night() {
    takes_both_kinds(Light::Night, "night");
}

/// Home with many bot conversations and live chats, of which one kind can be shown alone.
fn takes_both_kinds(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    let crowd = Crowd::of(&story.server);
    for (number, tag) in (1..).zip(["en", "de", "ar", "fr"]) {
        let key = format!("{:064x}", number + 0x5eed);
        crowd.ask_as(&key, number * 100..number * 100 + 4, true);
        crowd.ask_as(&key, number * 100 + 50..number * 100 + 54, false);
        for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
            let visitor = story.somebody(&format!("visitor-{tag}-{size}"));
            let address = format!("{}/?lang={tag}", story.shop_address());
            let shop = Shop::visit_in(CHAT.choose(Some(tag), None), &visitor, &address, look);
            shop.remember(&story.server.site, &key);
            shop.reload();
            shop.settles();
            let take = |what: &str| {
                let name = format!("both-kinds-{tag}-{size}-{when}-{what}");
                story.keeps_picture(&shop.page, &name);
            };
            take("all");
            let bots = shop.chat.translated("Bot");
            shop.chat.choose("Conversation history", bots);
            take("bots");
        }
    }
}

/// The widget in languages with long words, from right to left, and in other scripts.
fn takes_widget_in_languages(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    story.forgives_lost_connections();
    story.forgives("Failed to fetch");
    let inbox = story.inbox();
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        for tag in ["de", "ar", "ja", "hi"] {
            inbox.settings(Closing::default());
            let visitor = story.somebody(&format!("visitor-{tag}-{size}"));
            let address = format!("{}/?lang={tag}", story.shop_address());
            let shop = Shop::visit_in(CHAT.choose(Some(tag), None), &visitor, &address, look);
            let take = |what: &str| {
                shop.chat.settle();
                story.keeps_picture(&shop.page, &format!("widget-{tag}-{size}-{when}-{what}"));
            };
            shop.open_chat();
            shop.settles();
            take("empty");
            let question = format!("{tag} {size}: lantern 3?");
            shop.starts(&question);
            inbox.takes(&question);
            inbox.reply("It is. See https://lantern.example/porch for more.");
            shop.sees_reply("It is.");
            take("thread");
            shop.goes_offline();
            shop.visitor_writes("Are you still there?");
            shop.chat.sees(Role::Button, "Try now");
            take("offline");
            shop.comes_back();
            shop.is_sent("Are you still there?");
            shop.goes_home();
            take("home");
            shop.chat.click(Role::Button, "Search");
            shop.chat.sees(Role::Dialog, "Conversation history");
            take("history");
            shop.chat.rewrite_in(Role::SearchBox, "Search", "lantern");
            shop.chat.says("https://lantern.example");
            take("found");
            shop.chat.press("\u{e00c}\u{e00c}");
            shop.opens("Are you still there?");
            inbox.settings(Closing { disable_field: true, ..Closing::default() });
            inbox.end_chat_and_close();
            shop.field_is_there(false);
            take("closed");
        }
    }
}

/// The launcher with its badge, and the panel without a server.
#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_texts_page_by_day() {
    takes_texts_page(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_texts_page_by_night() {
    takes_texts_page(Light::Night, "night");
}

/// Settings → Texts, in languages of the inbox.
fn takes_texts_page(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let mut inbox = story.inbox_on(look);
        for (name, tag) in [("English", "en"), ("Deutsch", "de"), ("العربية", "ar")] {
            inbox.page.go(&format!("{}/dashboard", story.server.origin()));
            inbox = inbox.chooses_language(name, tag);
            let texts = format!("{}/dashboard/chat/settings/texts", story.server.origin());
            inbox.page.go(&texts);
            inbox.page.sees(Role::Heading, "Texts");
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("texts-{tag}-{size}-{when}"));
        }
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_team_pages_by_day() {
    takes_team_pages(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_team_pages_by_night() {
    takes_team_pages(Light::Night, "night");
}

/// Settings → Team and Your account, and an invitation, in languages of the inbox.
fn takes_team_pages(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    story.forgives("410 (Gone)");
    let origin = story.server.origin();
    let first = story.inbox_on(Look::DESK);
    story.bens_inbox();
    for name in ["Cara Donaudampfschifffahrtsgesellschaft", "Dan"] {
        let email = format!("{}@lantern.example", &name[..3].to_lowercase());
        story.server.takes_in(name, &email);
    }
    first.page.go(&format!("{origin}/dashboard/chat/settings/team"));
    first.page.click(Role::Button, "Deactivate Dan");
    first.page.says("Dan is deactivated");
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let mut inbox = story.inbox_on(look);
        for (name, tag) in [("English", "en"), ("Deutsch", "de"), ("العربية", "ar")] {
            let body = json!({"role": "agent", "note": "eve@lantern.example"});
            let (_, made) = inbox.asks("POST", "/team/invitations", &body);
            let link = made.get("link").and_then(Value::as_str).unwrap_or_default().to_owned();
            inbox.page.go(&format!("{origin}/dashboard"));
            inbox = inbox.chooses_language(name, tag);
            for page in ["team", "account"] {
                inbox.page.go(&format!("{origin}/dashboard/chat/settings/{page}"));
                inbox
                    .page
                    .sees(Role::Heading, if page == "team" { "Team" } else { "Your account" });
                inbox.page.settle();
                if page == "team" {
                    inbox.page.script::<Value>(
                        "document.querySelector('#invite').click(); return 0",
                        json!([]),
                    );
                    inbox.page.settle();
                }
                story.keeps_picture(&inbox.page, &format!("{page}-{tag}-{size}-{when}"));
                inbox.page.script::<Value>(
                    "document.querySelector('#invites, #browsers').scrollIntoView(); return 0",
                    json!([]),
                );
                inbox.page.settle();
                story.keeps_picture(&inbox.page, &format!("{page}-end-{tag}-{size}-{when}"));
            }
            inbox.page.go(&format!("{origin}/dashboard/chat/settings/team"));
            inbox.page.script_until_done::<Value>(
                "const done = arguments[0]; const wait = () => { \
                 const add = document.querySelector('#invite'); \
                 if (!add) return setTimeout(wait, 50); add.click(); setTimeout(() => { \
                 document.querySelector('.add-bot button[type=submit]').click(); \
                 setTimeout(() => done(0), 800); }, 100); }; wait();",
                json!([]),
            );
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("team-link-{tag}-{size}-{when}"));
            inbox.page.go(&link);
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("invite-{tag}-{size}-{when}"));
            inbox.page.go(&format!("{origin}/dashboard/invite?{tag}#nothing"));
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("invite-ended-{tag}-{size}-{when}"));
        }
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_a_hand_back_by_day() {
    takes_hand_back(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_a_hand_back_by_night() {
    takes_hand_back(Light::Night, "night");
}

/// A conversation that an agent has taken over from a bot, before and after it is handed back, in languages of the inbox.
fn takes_hand_back(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    story.server.publishes(&crate::bots::lamps());
    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, "Conversation with Wick");
    shop.chat.click(Role::Button, "The hall");
    shop.sees_reply("Warm or cold light?");
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let mut inbox = story.inbox_on(look);
        inbox.opens("Warm or cold light?");
        let address = inbox.page.address();
        for (name, tag, claim, back) in [
            ("English", "en", "Claim", "Hand back to Wick"),
            ("Deutsch", "de", "Annehmen", "An Wick zurückgeben"),
            ("العربية", "ar", "استلام", "إعادة إلى Wick"),
        ] {
            inbox.page.go(&format!("{}/dashboard", story.server.origin()));
            inbox = inbox.chooses_language(name, tag);
            inbox.page.go(&address);
            inbox.page.click(Role::Button, claim);
            inbox.page.sees(Role::Button, back);
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("hand-back-{tag}-{size}-{when}"));
            inbox.page.click(Role::Button, back);
            inbox.page.lacks(Role::Button, back);
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("handed-back-{tag}-{size}-{when}"));
        }
    }
    shop.settles();
    story.keeps_picture(&shop.chat, &format!("handed-back-visitor-{when}"));
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_bots_page_by_day() {
    takes_bots_page(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_bots_page_by_night() {
    takes_bots_page(Light::Night, "night");
}

/// Settings → Bots, in languages of the inbox: a published flow, and one with a problem.
fn takes_bots_page(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    let bots = format!("{}/dashboard/chat/settings/bots", story.server.origin());
    let mut is_first = true;
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let mut inbox = story.inbox_on(look);
        if is_first {
            inbox.page.go(&bots);
            inbox.page.says("This bot has no flow yet.");
            story.keeps_picture(&inbox.page, &format!("bots-begin-{size}-{when}"));
            inbox.page.click(Role::Button, "Add a bot");
            inbox.page.write("Name", "Lumen");
            story.keeps_picture(&inbox.page, &format!("bots-add-{size}-{when}"));
            inbox.page.click(Role::Button, "Add");
            inbox.page.says("No problems");
            inbox.page.click(Role::Button, "Publish");
            inbox.page.says("On, version 1");
            is_first = false;
        }
        takes_versions(&story, &inbox, &bots, &format!("{size}-{when}"));
        for (name, tag) in [("English", "en"), ("Deutsch", "de"), ("العربية", "ar")] {
            inbox.page.go(&format!("{}/dashboard", story.server.origin()));
            inbox = inbox.chooses_language(name, tag);
            inbox.page.go(&bots);
            inbox.page.sees(Role::Heading, "Lumen");
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("bots-{tag}-{size}-{when}"));
            inbox.page.script::<Value>(
                "document.querySelector('#greets').scrollIntoView(); return 0",
                json!([]),
            );
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("greets-{tag}-{size}-{when}"));
        }
        inbox.page.script::<Value>(
            "const field = document.querySelector('#flow'); \
             field.value = field.value.replace('person', 'nobody'); \
             field.dispatchEvent(new Event('input', { bubbles: true })); \
             document.querySelector('.flow__problems').scrollIntoView(); \
             return 0",
            json!([]),
        );
        inbox.page.settle();
        std::thread::sleep(std::time::Duration::from_secs(1));
        story.keeps_picture(&inbox.page, &format!("bots-wrong-{size}-{when}"));
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_trial_by_day() {
    takes_trial(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_the_trial_by_night() {
    takes_trial(Light::Night, "night");
}

/// Settings → Bots with a trial: a conversation with the bot, an older flow than in the editor, and one with problems.
fn takes_trial(light: Light, when: &str) {
    const SMALL_DESK: Look = Look { width: 1024, height: 768 };
    let story = Story::begin_with(light, Look::DESK);
    story.server.publishes(&crate::bots::flow());
    let bots = format!("{}/dashboard/chat/settings/bots", story.server.origin());
    for (size, look) in [("desk", Look::DESK), ("small", SMALL_DESK), ("narrow", NARROW)] {
        let mut inbox = story.inbox_on(look);
        for (name, tag) in [("English", "en"), ("Deutsch", "de"), ("العربية", "ar")] {
            inbox.page.go(&format!("{}/dashboard", story.server.origin()));
            inbox = inbox.chooses_language(name, tag);
            inbox.page.go(&bots);
            inbox.page.sees(Role::Heading, "Wick");
            let keeps = |what: &str, place: &str| {
                inbox.page.script::<Value>(
                    "document.querySelector(arguments[0]).scrollIntoView(); return 0",
                    json!([place]),
                );
                inbox.page.settle();
                story.keeps_picture(&inbox.page, &format!("trial-{what}-{tag}-{size}-{when}"));
            };
            keeps("before", ".flow__head");
            inbox.page.click(Role::Button, "Try it");
            let tried = inbox.page.frame();
            tried.has_the_focus();
            keeps("home", ".trial");
            tried.script::<Value>(
                "document.querySelector('[data-do=bot]').click(); return 0",
                json!([]),
            );
            tried.says("Wick");
            inbox.page.script::<Value>(
                "const field = document.querySelector('#flow'); \
                 field.value = field.value.replace('Hello', 'Welcome'); \
                 field.dispatchEvent(new Event('input', { bubbles: true })); \
                 return 0",
                json!([]),
            );
            inbox.page.sees(Role::Button, "Try this text");
            keeps("older", ".trial");
            inbox.page.click(Role::Button, "Close");
            inbox.page.script::<Value>(
                "const field = document.querySelector('#flow'); \
                 field.value = field.value.replace('person', 'nobody'); \
                 field.dispatchEvent(new Event('input', { bubbles: true })); \
                 return 0",
                json!([]),
            );
            inbox.page.click(Role::Button, "Try it");
            inbox.page.sees(Role::Heading, "Trial");
            keeps("wrong", ".trial");
            inbox.page.click(Role::Button, "Discard changes");
        }
    }
}

/// The versions, with one that is looked at, and what somebody else has published meanwhile.
fn takes_versions(story: &Story, inbox: &Inbox, bots: &str, name: &str) {
    story.forgives("409 (Conflict)");
    inbox.page.go(bots);
    inbox.page.says("Version 1");
    let flow = inbox.page.value(Role::TextBox, "Flow (JSON)");
    inbox.publishes("Lumen", &flow.replacen("Hello", &format!("Hello from {name}"), 1));
    inbox.page.script::<Value>(
        "const field = document.querySelector('#flow'); \
         field.value = field.value.replace('Hello', 'Welcome'); \
         field.dispatchEvent(new Event('input', { bubbles: true })); \
         return 0",
        json!([]),
    );
    inbox.page.click(Role::Button, "Publish");
    inbox.page.says("Not published");
    story.keeps_picture(&inbox.page, &format!("bots-overtaken-{name}"));
    inbox.page.click_with(Role::Button, "See version");
    inbox.page.sees(Role::Button, "Restore");
    inbox.page.settle();
    story.keeps_picture(&inbox.page, &format!("bots-versions-{name}"));
    inbox.page.click(Role::Button, "Restore");
    inbox.page.says("is in the editor");
    story.keeps_picture(&inbox.page, &format!("bots-restored-{name}"));
    inbox.page.click(Role::Button, "Undo");
    inbox.page.click(Role::Button, "Discard changes");
}

fn badge_and_failure(story: &Story, few: bool, when: &str) {
    const KEY: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";
    Bot::of(&story.server).is_asked(KEY, "When are you open?", "From nine to six.");
    let shop = story.shop_in("ar");
    if few {
        shop.page.browser.force_colours();
    }
    shop.remember(&story.server.site, KEY);
    shop.reload();
    shop.opens("From nine to six.");
    story.keeps_picture(&shop.page, &format!("widget-bot-{when}"));
    shop.goes_home();
    shop.starts("Thank you. Could somebody call me?");
    shop.close_chat();
    let inbox = story.bens_inbox();
    inbox.takes("Could somebody call me?");
    inbox.reply("With pleasure.");
    shop.page.announces("Unread messages: 1");
    story.keeps_picture(&shop.page, &format!("launcher-badge-{when}"));
    let shop = story.shop();
    if few {
        shop.page.browser.force_colours();
    }
    story.server.unplug();
    shop.page.click(Role::Button, "Open chat");
    shop.page.announces("Chat can’t be reached right now.");
    story.keeps_picture(&shop.page, &format!("launcher-down-{when}"));
}

/// The picture of `README.md`: the shop with the chat on it, beside the inbox.
#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn overview() {
    const HALF: Look = Look { width: 1280, height: 800 };
    let story = Story::begin();
    story.forgives("healthz");
    let demo = story.demo();
    let mia = story.somebody("Mia");
    let shop = Shop::visit(&mia, &format!("{}/", demo.shop), HALF);
    shop.open_chat();
    shop.starts("Hello! Is the Hazel lantern waterproof?");
    let inbox = Inbox::visit(&story.somebody("Ada"), &demo.server, HALF);
    inbox.sign_in("ada@lantern.example", &demo.password);
    inbox.takes("Hazel lantern waterproof");
    inbox.reply("It is! IP44, so rain is fine.");
    shop.sees_reply("It is! IP44");
    shop.visitor_writes("Perfect, thank you.");
    shop.is_sent("Perfect, thank you.");
    inbox.reads("Perfect, thank you.");
    let folder = tempfile::tempdir().expect("a folder");
    shop.page.script::<Value>("document.documentElement.style.scrollbarWidth = 'none'", json!([]));
    let halves = [(&shop.page, "shop"), (&inbox.page, "inbox")].map(|(screen, name)| {
        screen.settle();
        let file = folder.path().join(name);
        screen.picture(&file).expect("a picture");
        std::fs::read(file).expect("the picture")
    });
    // Side by side, on a page of their own.
    const JOIN: &str = r#"
        const done = arguments[2];
        document.documentElement.style.scrollbarWidth = "none";
        document.body.style = "display: flex; gap: 16px; margin: 0; background: #e8e2d8";
        const pictures = [...arguments].slice(0, 2).map((bytes) => {
          const picture = new Image(800, 500);
          picture.src = URL.createObjectURL(new Blob([new Uint8Array(bytes)]));
          document.body.append(picture);
          return picture.decode();
        });
        Promise.all(pictures).then(() => done(0));"#;
    let sheet = story.somebody("nobody").window(Look { width: 1616, height: 500 });
    sheet.script_until_done::<Value>(JOIN, json!(halves));
    sheet.picture(&in_docs("overview")).expect("a picture");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_live_chat_by_day() {
    takes_live_chat(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_live_chat_by_night() {
    takes_live_chat(Light::Night, "night");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_opening_hours_by_day() {
    takes_hours(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_opening_hours_by_night() {
    takes_hours(Light::Night, "night");
}

/// Settings → Opening hours, and the note above the field, in English and Arabic.
fn takes_hours(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    let page = format!("{}/dashboard/chat/settings/hours", story.server.origin());
    let span = |day, opens, closes| json!({ "day": day, "opens": opens, "closes": closes });
    let week = [
        span("mon", "09:00", "12:30"),
        span("mon", "13:30", "17:00"),
        span("wed", "09:00", "17:00"),
        span("sat", "20:00", "24:00"),
    ];
    let closed_on = ["2026-12-25", "2027-01-01"];
    let some = json!({ "on": true, "zone": "Europe/Berlin", "week": week, "closed_on": closed_on });
    let never = json!({ "on": true, "zone": "UTC", "week": [], "closed_on": [] });
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let inbox = story.inbox_on(look);
        for (name, hours) in [("some", &some), ("never", &never)] {
            assert_eq!(inbox.asks("PUT", "/settings/hours", hours).0, 200);
            inbox.page.go(&page);
            inbox.page.sees(Role::Heading, "Opening hours");
            inbox.page.says("By these hours");
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("hours-{name}-{size}-{when}"));
            for language in ["en", "ar"] {
                let shop = story.shop_in(language);
                shop.open_chat();
                shop.chat.click(Role::Button, "New conversation");
                shop.page.settle();
                let name = format!("hours-note-{name}-{language}-{size}-{when}");
                story.keeps_picture(&shop.page, &name);
            }
        }
    }
}

/// How long answers take, on Home and where a conversation begins.
fn takes_answers(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    let inbox = story.inbox();
    for (number, id) in (0..).zip(Crowd::of(&story.server).asks(1..11)) {
        for (act, body) in [
            (0, json!({ "claim": { "from": null } })),
            (1, json!({ "message": { "text": "Yes." } })),
        ] {
            let path = format!("/conversations/{id}/events/{:032x}", number * 2 + act + 1);
            let (status, told) = inbox.asks("PUT", &path, &body);
            assert!(status < 300, "{status} {told}");
        }
    }
    for language in ["en", "de", "ar", "ja"] {
        let shop = story.shop_in(language);
        shop.open_chat();
        shop.page.settle();
        story.keeps_picture(&shop.page, &format!("answers-home-{language}-{when}"));
        shop.chat.script::<()>("document.querySelector('#new').click()", json!([]));
        shop.page.settle();
        story.keeps_picture(&shop.page, &format!("answers-thread-{language}-{when}"));
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_how_long_answers_take_by_day() {
    takes_answers(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_how_long_answers_take_by_night() {
    takes_answers(Light::Night, "night");
}

/// Who types and what was seen, on both sides, and the switch for visitors.
fn takes_told_meanwhile(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let inbox = story.inbox_on(look);
        assert_eq!(inbox.asks("PUT", "/settings/read-receipts", &json!({ "on": true })).0, 200);
        for language in ["en", "ar"] {
            let shop = story.shop_in(language);
            shop.open_chat();
            let question = format!("Is it in stock? ({language}, {size})");
            shop.starts(&question);
            inbox.takes(&question);
            shop.page.settle();
            story.keeps_picture(&shop.page, &format!("told-seen-{language}-{size}-{when}"));
            inbox.page.write("Message", "I am looking");
            shop.chat.says("Ada");
            story.keeps_picture(&shop.page, &format!("told-typing-{language}-{size}-{when}"));
            inbox.reply("It is.");
            shop.sees_reply("It is.");
            inbox.page.says("Seen by the visitor");
            story.keeps_picture(&inbox.page, &format!("told-inbox-seen-{language}-{size}-{when}"));
            shop.chat.press("Then");
            inbox.page.says("The visitor is typing");
            story
                .keeps_picture(&inbox.page, &format!("told-inbox-typing-{language}-{size}-{when}"));
            inbox.page.go(&format!("{}/dashboard/chat/inbox", story.server.origin()));
        }
        inbox.page.go(&format!("{}/dashboard/chat/settings/live-chat", story.server.origin()));
        inbox.page.says("messages were seen");
        inbox.page.settle();
        story.keeps_picture(&inbox.page, &format!("told-settings-{size}-{when}"));
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_what_is_told_meanwhile_by_day() {
    takes_told_meanwhile(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_what_is_told_meanwhile_by_night() {
    takes_told_meanwhile(Light::Night, "night");
}

/// Settings → Live chat, and what visitors see while it is off: a conversation with the team, Home, and a bot that asks.
fn takes_live_chat(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    story.server.publishes(&crate::bots::flow());
    let page = format!("{}/dashboard/chat/settings/live-chat", story.server.origin());
    for (size, look) in [("desk", Look::DESK), ("narrow", NARROW)] {
        let inbox = story.inbox_on(look);
        inbox.page.go(&page);
        inbox.page.sees(Role::Heading, "Live chat");
        let visitor = story.somebody(&format!("visitor-{size}"));
        let shop = Shop::visit(&visitor, story.shop_address(), look);
        shop.open_chat();
        shop.starts("Are you there?");
        let take = |name: &str, page: &Screen| {
            page.settle();
            story.keeps_picture(page, &format!("live-chat-{name}-{size}-{when}"));
        };
        take("on", &inbox.page);
        inbox.page.click(Role::Switch, "Visitors can write to the team");
        inbox.page.says("Saved. Open chats update at once.");
        take("off", &inbox.page);
        shop.live_chat_is_off();
        take("thread", &shop.page);
        shop.chat.click(Role::Button, "Back to your conversations");
        shop.chat.sees(Role::Button, "Conversation with Wick");
        take("home", &shop.page);
        shop.chat.click(Role::Button, "Conversation with Wick");
        shop.sees_reply("What is it about?");
        take("bot", &shop.page);
        inbox.page.click(Role::Switch, "Visitors can write to the team");
        inbox.page.says("Saved. Open chats update at once.");
    }
}

/// A message that was left, with a wish to be called: what the visitor is asked, the list, the conversation and the sidebar, and the settings.
fn takes_after_hours(light: Light, when: &str) {
    let story = Story::begin_with(light, Look::DESK);
    let crowd = Crowd::of(&story.server);
    let ids = crowd.asks(0..3);
    for (size, look, phone) in
        [("desk", Look::DESK, "+49 30 901820"), ("narrow", NARROW, "+49 30 901821")]
    {
        let inbox = story.inbox_on(look);
        let day = crate::after_hours::closes_until_after_tomorrow(&inbox);
        for language in ["en", "de", "ar"] {
            let shop = story.shop_in(language);
            shop.open_chat();
            let question = format!("Is it in stock? ({language}, {size})");
            shop.starts(&question);
            shop.page.settle();
            story.keeps_picture(&shop.page, &format!("after-hours-chat-{language}-{size}-{when}"));
            if language == "en" {
                shop.chat.click(Role::Button, &format!("{day} 09:00–13:00"));
                shop.chat.says("At which phone number");
                shop.visitor_writes(phone);
                inbox.folder("Unassigned");
                inbox.lists(phone);
                inbox.page.settle();
                story.keeps_picture(&inbox.page, &format!("after-hours-list-{size}-{when}"));
                inbox.opens(phone);
                inbox.page.says("Call back:");
            }
        }
        let wish = json!({ "call_back": { "from": 1_790_000_000_000_i64, "until": 1_790_014_400_000_i64 }, "email": "mia@example.org" });
        inbox.knows(ids.first().map(String::as_str).unwrap_or_default(), &wish);
        let mut speaks = inbox;
        for (language, name) in [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")] {
            speaks.leaves();
            speaks = speaks.chooses_language(name, language);
            let origin = story.server.origin();
            speaks.page.go(&format!("{origin}/dashboard/chat/inbox?filter=unassigned"));
            speaks.lists(phone);
            speaks.page.settle();
            story
                .keeps_picture(&speaks.page, &format!("after-hours-list-{language}-{size}-{when}"));
            speaks.opens(phone);
            speaks.page.settle();
            story
                .keeps_picture(&speaks.page, &format!("after-hours-talk-{language}-{size}-{when}"));
            if size == "narrow" {
                speaks.page.click(Role::Button, "About the visitor");
                speaks.page.settle();
                story.keeps_picture(&speaks.page, &format!("after-hours-sheet-{language}-{when}"));
            }
            speaks.page.go(&format!("{origin}/dashboard/chat/settings/live-chat"));
            speaks.page.sees(Role::Switch, "Offer to call back");
            speaks.page.settle();
            story.keeps_picture(
                &speaks.page,
                &format!("after-hours-takes-{language}-{size}-{when}"),
            );
            let down =
                "document.querySelector('#ask-call').scrollIntoView({ block: 'center' }); return 0";
            speaks.page.script::<u8>(down, json!([]));
            story
                .keeps_picture(&speaks.page, &format!("after-hours-call-{language}-{size}-{when}"));
        }
        speaks.leaves();
        speaks.chooses_language("English", "en");
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_after_hours_by_day() {
    takes_after_hours(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_after_hours_by_night() {
    takes_after_hours(Light::Night, "night");
}

/// Who is away, on all widths, in two languages.
#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn away() {
    for (light, when) in [(Light::Day, "day"), (Light::Night, "night")] {
        for (look, wide) in [(Look::DESK, "desk"), (NARROW, "narrow")] {
            let story = Story::begin_with(light, look);
            let (inbox, _) = mid_conversation(&story, Closing::default(), "Is it in stock?");
            inbox.leaves();
            inbox.page.click(Role::Button, "Online");
            inbox.page.says("You are away.");
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("away-en-{wide}-{when}"));
            let inbox = inbox.chooses_language("العربية", "ar");
            inbox.page.settle();
            story.keeps_picture(&inbox.page, &format!("away-ar-{wide}-{when}"));
        }
    }
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_who_writes_by_day() {
    takes_who_writes(Light::Day, "day");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn of_who_writes_by_night() {
    takes_who_writes(Light::Night, "night");
}

/// The list in its three sizes, and the sidebar: wide, as a sheet, and in other languages and directions.
fn takes_who_writes(light: Light, when: &str) {
    let desk = Look { width: 1280, height: 800 };
    let story = Story::begin_with(light, desk);
    let crowd = Crowd::of(&story.server);
    let ids = crowd.asks(0..14);
    let id = |number: usize| ids.get(number).map(String::as_str).unwrap_or_default();
    let inbox = story.inbox_on(desk);
    crowd.is_on(13, "/lanterns/brass", "The brass lantern");
    crowd.is_on(
        12,
        "/delivery",
        "Delivery, returns, and everything else that you may want to know",
    );
    crowd.is_on(11, "/lanterns/oak/42", "");
    crowd.is_on(9, "/ar", "فوانيس نحاسية");
    for (number, name) in [
        (13, "Mia Sommer"),
        (12, "José Ramón Ortega de la Villa-Hermosa"),
        (10, "ليلى حداد"),
        (8, "Tom"),
        (5, "中村 花子"),
    ] {
        inbox.knows(id(number), &json!({ "name": name }));
    }
    inbox.knows(id(7), &json!({ "email": "annalena.grossmann@example.org" }));
    let more = json!({
        "email": "mia.sommer@example.org", "phone": "+49 30 901820",
        "attributes": { "order_number": "2026-0012", "newsletter": true, "orders": 7,
            "note": "Furnishes a hotel on the coast, and may need forty of the large lanterns by May." },
    });
    inbox.knows(id(13), &more);
    for number in [12, 9, 8] {
        let path = format!("/conversations/{}/events/{:032x}", id(number), 7 + number);
        inbox.asks("PUT", &path, &json!({ "claim": { "from": null } }));
    }
    inbox.lists("Mia Sommer");
    let take = |inbox: &Inbox, what: &str| {
        inbox.page.settle();
        story.keeps_picture(&inbox.page, &format!("who-{when}-{what}"));
    };
    take(&inbox, "01-list");
    for (size, what) in [("Compact", "02-compact"), ("Roomy", "03-roomy"), ("Standard", "")] {
        inbox.page.click(Role::Button, "Size of the rows");
        if what.is_empty() {
            take(&inbox, "04-sizes");
        }
        inbox.page.click(Role::MenuItemRadio, size);
        if !what.is_empty() {
            take(&inbox, what);
        }
    }
    inbox.opens("Question 13");
    inbox.page.click(Role::Button, "About the visitor");
    inbox.page.sees(Role::Button, "Edit: Order number");
    take(&inbox, "05-sidebar");
    inbox.claim();
    inbox.page.click(Role::Button, "Edit: Email");
    inbox.page.rewrite("Email", "mia");
    inbox.page.press("\u{e007}");
    inbox.page.says("This isn’t an email address.");
    take(&inbox, "06-edit");
    inbox.page.rewrite("Email", "mia@example.org");
    inbox.page.press("\u{e007}");
    inbox.page.says("Noted by");
    take(&inbox, "07-undo");
    inbox.opens("Question 11");
    inbox.page.says("Nothing is known of this visitor yet.");
    take(&inbox, "08-unknown");
    inbox.opens("Question 13");
    let mut inbox = inbox;
    for (name, tag) in [("Deutsch", "de"), ("العربية", "ar")] {
        inbox = inbox.chooses_language(name, tag);
        inbox.reads("Question 13");
        take(&inbox, &format!("09-{tag}"));
    }

    for (number, look) in [Look::PHONE, NARROW].into_iter().enumerate() {
        let inbox = story.inbox_on(look);
        inbox.lists("Mia Sommer");
        let what = |what: &str| format!("1{number}-{}-{what}", look.width);
        take(&inbox, &what("list"));
        inbox.opens("Question 13");
        take(&inbox, &what("open"));
        inbox.page.click(Role::Button, "About the visitor");
        inbox.page.sees(Role::Button, "Edit: Order number");
        take(&inbox, &what("sheet"));
        inbox.page.click(Role::Button, "Edit: Order number");
        take(&inbox, &what("edit"));
        inbox.page.click(Role::Button, "Close details");
        inbox.leaves();
        let mut inbox = inbox;
        for (name, tag) in [("Deutsch", "de"), ("العربية", "ar")] {
            inbox = inbox.chooses_language(name, tag);
            inbox.lists("Mia Sommer");
            take(&inbox, &what(tag));
        }
    }
}
