//! Home: every conversation in one list.

use porchlight_stories::{Bot, Closing, Crowd, Role, Story};

/// A key as the widget makes them: 256 bits.
const KEY: &str = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";

#[test]
fn bots_and_people_are_told_apart() {
    let story = Story::begin();
    let shop = story.shop();
    Bot::of(&story.server).is_asked(KEY, "When are you open?", "From nine to six.");
    shop.remember(&story.server.site, KEY);
    shop.reload();
    shop.starts("And on holidays?");
    shop.goes_home();

    let bot = shop.line("From nine to six.");
    assert!(bot.contains("Wick") && bot.contains("Bot"), "{bot}");
    let live = shop.line("And on holidays?");
    assert!(live.contains("Live chat") && !live.contains("Bot"), "{live}");

    // The one with the latest message comes first.
    let lines = shop.chat.names(Role::Button);
    let place = |line: &String| lines.iter().position(|other| other == line).expect("on Home");
    assert!(place(&live) < place(&bot), "{lines:?}");

    shop.opens("From nine to six.");
    shop.chat.sees(Role::Heading, "Wick");
    shop.chat.says("Automated replies");
}

#[test]
fn one_kind_is_shown_alone_where_both_are_many() {
    let story = Story::begin();
    let shop = story.shop();
    let crowd = Crowd::of(&story.server);
    crowd.ask_as(KEY, 10..14, true);
    crowd.ask_as(KEY, 20..23, false);
    shop.remember(&story.server.site, KEY);
    shop.reload();
    shop.line("Question 22");
    shop.chat.lacks(Role::ComboBox, "Conversation history");

    crowd.ask_as(KEY, 23..24, false);
    shop.line("Question 23");
    shop.chat.choose("Conversation history", "Bot");
    shop.home_lacks("Question 23");
    assert!(shop.line("Question 13").contains("Bot"));
    shop.chat.choose("Conversation history", "Live chat");
    shop.home_lacks("Question 13");
    assert!(shop.line("Question 20").contains("Live chat"));
    // One that comes meanwhile is of its kind.
    crowd.ask_as(KEY, 14..15, true);
    crowd.ask_as(KEY, 24..25, false);
    shop.line("Question 24");
    shop.home_lacks("Question 14");
    shop.chat.choose("Conversation history", "All");
    shop.line("Question 14");
}

#[test]
fn an_agent_takes_over_from_a_bot() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    Bot::of(&story.server).is_asked(KEY, "Can I talk to a person?", "Of course.");
    shop.remember(&story.server.site, KEY);
    shop.reload();
    shop.opens("Of course.");

    inbox.opens("Of course.");
    inbox.claim();
    inbox.reply("Hello, I am a person.");
    shop.sees_reply("Hello, I am a person.");
    shop.chat.sees(Role::Heading, "Ada");
}

#[test]
fn who_comes_back_to_a_hidden_conversation_lands_on_home() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.settings(Closing { hide_closed: true, ..Closing::default() });
    let shop = story.chat_alone();
    shop.starts("Do you repair old lanterns?");
    inbox.opens("Do you repair old lanterns?");
    inbox.claim();
    inbox.end_chat_and_close();

    // The thread was on the screen; the page that is loaded anew shows Home, without it.
    shop.reload();
    shop.home_lacks("Do you repair old lanterns?");
}

#[test]
fn a_conversation_has_an_address_in_the_inbox() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Do you wrap gifts?");
    inbox.opens("Do you wrap gifts?");
    let address = inbox.page.address();

    inbox.page.reload();
    inbox.reads("Do you wrap gifts?");
    assert_eq!(inbox.page.address(), address);

    // Whoever mistypes it is told so.
    story.forgives("404 (Not Found)");
    inbox.page.go(&format!("{}/dashboard/chat/inbox/{}", inbox.origin(), "0".repeat(32)));
    inbox.page.says("There is no such conversation");
}
