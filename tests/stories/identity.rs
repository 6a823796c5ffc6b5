//! A page says who its visitor is: what agents read of it, what a proof opens, and what signing out leaves.

use porchlight_stories::proof::hash;
use porchlight_stories::{Shop, Story, until};
use serde_json::{Value, json};

fn identifies(shop: &Shop, person: &Value) {
    shop.page.script::<Value>("Porchlight('identify', arguments[0])", json!([person]));
}

#[test]
fn agents_read_who_the_page_says_its_visitor_is() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    identifies(&shop, &json!({"name": "Bo Lee", "email": "bo@lee.example"}));
    shop.open_chat();
    shop.starts("Do you ship to Norway?");
    inbox.lists("Do you ship to Norway?");
    inbox.lists("Bo Lee");
    inbox.opens("Do you ship to Norway?");
    identifies(&shop, &json!({"name": "Bo Lee-Marr"}));
    inbox.lists("Bo Lee-Marr");
    assert_eq!(shop.count("Do you ship to Norway?"), 1, "the visitor's chat goes on");
}

#[test]
fn a_proved_person_finds_their_conversations_on_another_device_and_nobody_else_does() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    story.forgives("This hash is not the one of this id");
    story.forgives("WebSocket is closed before");
    let inbox = story.inbox();
    let secret = inbox.makes_secret();
    let bo = json!({"id": "user-42", "name": "Bo Lee", "hash": hash(&secret, "user-42")});
    let laptop = story.shop();
    identifies(&laptop, &bo);
    laptop.open_chat();
    laptop.starts("My lamp flickers.");
    inbox.lists("Bo Lee");

    let stranger = story.shop();
    stranger.open_chat();
    let mut forged = bo.clone();
    forged["hash"] = json!(hash("another secret", "user-42"));
    identifies(&stranger, &forged);
    stranger.settles();
    stranger.home_lacks("My lamp flickers.");

    let phone = story.shop();
    phone.open_chat();
    phone.starts("Hello from my phone");
    const FRAME: &str =
        "document.querySelector('porchlight-chat').shadowRoot.querySelector('iframe')";
    phone.page.script::<Value>(&format!("{FRAME}.dataset.former = ''"), json!([]));
    identifies(&phone, &bo);
    until("the chat to begin anew", || {
        let former = format!("return 'former' in {FRAME}.dataset");
        let is_former: bool = phone.page.script(&former, json!([]));
        if is_former { Err("it has not".to_owned()) } else { Ok(()) }
    });
    phone.goes_home();
    phone.home_lists("My lamp flickers.", false);
    phone.home_lists("Hello from my phone", false);

    phone.page.script::<Value>("Porchlight('logout')", json!([]));
    phone.home_lacks("My lamp flickers.");
    assert_eq!(phone.stored(), Vec::<String>::new(), "signing out leaves nothing behind");
    laptop.sees_reply("My lamp flickers.");
}
