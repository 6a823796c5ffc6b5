//! Wherever the chat stands, it works, and the console stays empty.

use porchlight_stories::{Light, Look, Role, Shop, Story};
use serde_json::json;

#[test]
fn the_chat_is_a_page_by_itself_too() {
    let story = Story::begin();
    let inbox = story.inbox();
    let visitor = story.chat_alone();

    visitor.starts("Somebody sent me this link.");
    inbox.opens("Somebody sent me this link.");
    inbox.claim();
    inbox.reply("And here we are.");
    visitor.sees_reply("And here we are.");

    visitor.reload();
    visitor.opens("And here we are.");
    visitor.sees_reply("And here we are.");
}

/// A visitor of one of the demo's pages writes, and finds it again after a reload.
fn works_on(page: &str) {
    let story = Story::begin();
    let demo = story.demo();
    let visitor = story.somebody("visitor");
    let shop = Shop::visit(&visitor, &format!("{}/{page}", demo.shop), Look::DESK);
    shop.open_chat();
    shop.starts("Does the chat work here?");
    let (width, height) = shop.size();
    assert!(width >= 320.0 && height >= 400.0, "the chat has {width} × {height} pixels");
    shop.goes_home();
    shop.close_chat();
    shop.reload();
    shop.home_lists("Does the chat work here?", false);
}

#[test]
fn it_works_in_the_demos_shop() {
    works_on("");
}

#[test]
fn it_works_under_a_strict_content_policy() {
    works_on("csp.html");
}

#[test]
fn it_works_under_a_hostile_style_sheet() {
    works_on("hostile.html");
}

#[test]
fn it_outlives_the_pages_of_a_single_page_app() {
    works_on("spa.html");
}

#[test]
fn the_demos_shop_fits_the_narrowest_phone() {
    const OVERFLOW: &str = "const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth";
    let narrow = Look { width: 320, ..Look::PHONE };
    let story = Story::begin_with(Light::Day, narrow);
    let demo = story.demo();
    let visitor = story.somebody("visitor");
    for page in ["", "product.html", "csp.html", "hostile.html", "spa.html"] {
        let shop = Shop::visit(&visitor, &format!("{}/{page}", demo.shop), narrow);
        let overflow: i64 = shop.page.script(OVERFLOW, json!([]));
        assert_eq!(overflow, 0, "/{page} scrolls sideways");
    }
}

#[test]
fn mia_finds_her_history_in_the_demo() {
    let story = Story::begin();
    let demo = story.demo();
    let visitor = story.somebody("Mia");
    let shop = Shop::visit(&visitor, &format!("{}/", demo.shop), Look::DESK);
    shop.page.click(Role::Button, "Mia, who was here before");
    shop.page.sees(Role::Button, "Open chat");
    shop.open_chat();
    shop.home_lists("Pillar candles", false);
    shop.home_lists("thank you so much!", false);
    assert!(shop.line("Wick").contains("Bot"));
}

#[test]
fn on_a_phone_the_chat_fills_the_screen() {
    let story = Story::begin_with(Light::Day, Look::PHONE);
    let shop = story.shop();
    shop.open_chat();
    shop.is_home();
    let screen = (f64::from(Look::PHONE.width), f64::from(Look::PHONE.height));
    assert_eq!(shop.size(), screen);

    // The launcher is behind it, so the chat has a button of its own.
    shop.chat.click(Role::Button, "Close chat");
    shop.page.focuses(Role::Button, "Open chat");
}
