//! Bots that speak first: what they ask, what visitors choose, and how a person takes over.

use serde_json::{Value, json};

use porchlight_stories::{Closing, Role, Story};

use crate::scene::mid_conversation;

const WITH_WICK: &str = "Conversation with Wick";

/// Greets, asks what it is about and for an address, and hands over.
pub fn flow() -> Value {
    json!({
        "flow": 1,
        "start": "hello",
        "steps": {
            "hello": {
                "say": { "en": "Hello, I am Wick.", "de": "Hallo, ich bin Wick." },
                "then": "topic"
            },
            "topic": {
                "ask": { "en": "What is it about?", "de": "Worum geht es?" },
                "choices": [
                    { "label": { "en": "An order", "de": "Eine Bestellung" }, "then": "email" },
                    { "label": { "en": "Something else", "de": "Etwas anderes" }, "then": "person" }
                ],
                "save": "topic"
            },
            "email": {
                "ask": { "en": "What is your e-mail address?", "de": "Wie ist Ihre E-Mail-Adresse?" },
                "answer": "email",
                "again": { "en": "Such as ada@example.com", "de": "Zum Beispiel ada@example.com" },
                "save": "email",
                "then": "person"
            },
            "person": { "hand_over": { "en": "A person will be with you.", "de": "Gleich ist jemand da." } }
        }
    })
}

#[test]
fn a_bot_greets_asks_and_hands_over() {
    let story = Story::begin();
    story.server.publishes(&flow());
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, WITH_WICK);
    shop.sees_reply("Hello, I am Wick.");
    shop.sees_reply("What is it about?");

    shop.chat.click(Role::Button, "An order");
    shop.is_sent("An order");
    shop.sees_reply("What is your e-mail address?");
    shop.chat.lacks(Role::Button, "Something else");
    shop.visitor_writes("ada at example");
    shop.sees_reply("Such as ada@example.com");
    shop.visitor_writes("ada@example.com");
    shop.sees_reply("A person will be with you.");

    // It waits for somebody of the team, who sees what was said.
    inbox.folder("Unassigned");
    inbox.lists("A person will be with you.");
    inbox.opens("A person will be with you.");
    inbox.reads("An order");
    inbox.reads("Wick handed this conversation over to the team");
    inbox.claim();
    inbox.reply("Good morning, Ada.");
    shop.sees_reply("Good morning, Ada.");

    // From now on the bot is silent.
    shop.visitor_writes("An order");
    shop.is_sent("An order");
    assert_eq!(shop.count("What is your e-mail address?"), 1);
}

#[test]
fn a_choice_is_made_once_in_two_tabs_and_can_be_typed() {
    let story = Story::begin();
    story.server.publishes(&flow());
    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, WITH_WICK);
    shop.sees_reply("What is it about?");
    let other = shop.in_a_second_tab();
    other.open_chat();
    other.opens("What is it about?");

    shop.chat.click(Role::Button, "An order");
    shop.sees_reply("What is your e-mail address?");
    other.sees_reply("What is your e-mail address?");
    other.chat.lacks(Role::Button, "Something else");
    assert_eq!(other.count("An order"), 1);

    shop.goes_home();
    shop.chat.click(Role::Button, WITH_WICK);
    shop.sees_reply("What is it about?");
    shop.visitor_writes("something ELSE");
    shop.sees_reply("A person will be with you.");
}

#[test]
fn without_a_flow_no_bot_is_on_home() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Is it waterproof?");
    inbox.reply("It is.");
    shop.goes_home();
    shop.chat.lacks(Role::Button, WITH_WICK);
}
