//! Bots that speak first: what they ask, what visitors choose, and how a person takes over.

use serde_json::{Value, json};

use porchlight_stories::{Closing, Role, Story};

use crate::scene::mid_conversation;

/// The button that begins it.
pub const WITH_WICK: &str = "Conversation with Wick";

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

/// Asks two questions with buttons, and hands over.
pub fn lamps() -> Value {
    json!({
        "flow": 1,
        "start": "room",
        "steps": {
            "room": {
                "ask": { "en": "Which room is it for?", "de": "Für welchen Raum?", "ar": "لأي غرفة؟" },
                "choices": [
                    { "label": { "en": "The kitchen", "de": "Die Küche", "ar": "المطبخ" } },
                    { "label": { "en": "The hall", "de": "Der Flur", "ar": "الرواق" } }
                ],
                "save": "room",
                "then": "light"
            },
            "light": {
                "ask": { "en": "Warm or cold light?", "de": "Warmes oder kaltes Licht?", "ar": "ضوء دافئ أم بارد؟" },
                "choices": [
                    { "label": { "en": "Warm", "de": "Warm", "ar": "دافئ" } },
                    { "label": { "en": "Cold", "de": "Kalt", "ar": "بارد" } }
                ],
                "save": "light",
                "then": "person"
            },
            "person": { "hand_over": { "en": "We are looking for it: {{room}}, {{light}}.", "de": "Wir suchen danach.", "ar": "نبحث عن ذلك." } }
        }
    })
}

#[test]
fn an_agent_hands_back_and_the_bot_goes_on() {
    let story = Story::begin();
    story.server.publishes(&lamps());
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, WITH_WICK);
    shop.chat.click(Role::Button, "The hall");
    shop.sees_reply("Warm or cold light?");

    inbox.opens("Warm or cold light?");
    inbox.page.lacks(Role::Button, "Hand back to Wick");
    inbox.claim();
    shop.chat.lacks(Role::Button, "Cold");
    inbox.reply("Both can be dimmed, by the way.");
    shop.sees_reply("Both can be dimmed, by the way.");
    inbox.page.click(Role::Button, "Hand back to Wick");
    inbox.page.says("Handed back to Wick");
    inbox.reads("Ada handed back to Wick");
    inbox.page.sees(Role::Button, "Claim");

    // The visitor learns of it by what the bot says, and of nothing else.
    shop.chat.sees(Role::Button, "Cold");
    assert_eq!(shop.count("Warm or cold light?"), 2);
    assert!(!shop.thread().iter().any(|line| line.contains("handed")), "{:?}", shop.thread());
    inbox.folder("Unassigned");
    inbox.lists_no("Warm or cold light?");

    // Undo is a claim, after which it can be handed back once more.
    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Assigned to you");
    shop.chat.lacks(Role::Button, "Cold");
    inbox.page.click(Role::Button, "Hand back to Wick");
    shop.chat.click(Role::Button, "Cold");
    shop.sees_reply("We are looking for it: The hall, Cold.");
    inbox.reads("Wick handed this conversation over to the team");
    inbox.claim();
    inbox.page.lacks(Role::Button, "Hand back to Wick");
    inbox.reply("Here it is.");
    shop.sees_reply("Here it is.");
}

#[test]
fn a_bot_that_is_gone_gets_nothing_back() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    story.server.publishes(&lamps());
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, WITH_WICK);
    shop.sees_reply("Which room is it for?");
    inbox.opens("Which room is it for?");
    inbox.claim();
    story.server.switches_off("Wick");
    inbox.page.click(Role::Button, "Hand back to Wick");
    inbox.page.says("Wick was removed or switched off. Go on yourself, or unclaim.");
    inbox.reply("Which room is it for?");
    shop.sees_reply("Which room is it for?");
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
