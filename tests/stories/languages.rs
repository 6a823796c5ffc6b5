//! The chat speaks the language of the page, and the inbox the one that the agent chooses.

use porchlight_stories::{Inbox, Role, Story};
use serde_json::{Value, json};

#[test]
fn a_german_page_has_a_german_chat() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop_in("de");
    shop.page.sees(Role::Button, "Chat öffnen");
    shop.open_chat();
    let (lang, dir): (String, String) = shop
        .chat
        .script("const { lang, dir } = document.documentElement; return [lang, dir]", json!([]));
    assert_eq!((lang.as_str(), dir.as_str()), ("de", "ltr"));
    shop.chat.says("Noch keine Unterhaltungen");
    shop.chat.says("Fragen Sie uns etwas");
    shop.chat.click(Role::Button, "Neue Unterhaltung");
    shop.chat.sees(Role::TextBox, "Nachricht");
    shop.visitor_writes("Wo ist meine Bestellung?");
    shop.is_sent("Wo ist meine Bestellung?");
    shop.chat.reads(Role::Log, "Nachrichten", "Gesendet");
    shop.chat.reads(Role::Log, "Nachrichten", "Heute");
    shop.goes_home();
    inbox.takes("Wo ist meine Bestellung?");
    inbox.reply("Unterwegs.");
    let line = shop.line("Unterwegs.");
    assert!(line.contains("Live-Chat") && line.contains("jetzt"), "{line}");
    assert!(line.ends_with("1 ungelesen"), "{line}");
    shop.chat.sees(Role::Button, "Unterhaltung mit Ada schließen");
    shop.page.sees(Role::Dialog, "Chat");
    shop.close_chat();
    shop.page.sees(Role::Button, "Chat öffnen");
    shop.page.announces("Ungelesene Nachrichten: 1");
}

#[test]
fn an_arabic_page_has_a_chat_from_right_to_left() {
    /// Of each bubble: whether it stands on the left, and the direction of its text.
    const BUBBLES: &str = r#"
        const log = document.querySelector("[role=log]").getBoundingClientRect();
        return [...document.querySelectorAll(".bubble")].map((bubble) => {
          const { left, right } = bubble.getBoundingClientRect();
          return [left - log.left < log.right - right, getComputedStyle(bubble).direction];
        })"#;
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop_in("ar");
    shop.open_chat();
    let dir: String = shop.chat.script("return document.documentElement.dir", json!([]));
    assert_eq!(dir, "rtl");
    shop.starts("أين طلبي رقم 10417؟");
    inbox.takes("أين طلبي رقم 10417؟");
    inbox.reply("It left at noon.");
    shop.sees_reply("It left at noon.");

    // One's own words are at the end of the line. Each text has the direction of its own language.
    let bubbles: Vec<(bool, String)> = shop.chat.script(BUBBLES, json!([]));
    assert_eq!(bubbles, [(true, "rtl".to_owned()), (false, "ltr".to_owned())]);
    shop.goes_home();
    assert!(shop.line("It left at noon.").contains("Ada"));
}

#[test]
fn what_is_counted_is_counted_in_the_language() {
    let story = Story::begin();
    let shop = story.shop_in("de");
    shop.open_chat();
    shop.chat.click(Role::Button, "New conversation");
    let over = |length: usize| {
        shop.chat.script::<Value>(
            "const field = document.getElementById('field'); field.value = 'a'.repeat(arguments[0]);
             field.dispatchEvent(new Event('input', { bubbles: true }))",
            json!([length]),
        );
    };
    over(4_012);
    shop.chat.says("Zeichen zu viel");
    over(4);
    shop.chat.lacks_words("Zeichen zu viel");
}

#[test]
fn a_page_in_no_language_of_ours_has_the_browsers() {
    let story = Story::begin();
    // The browser of stories is British.
    for language in ["tlh", "-", "%3Cb%3E", "not a language"] {
        let shop = story.shop_in(&language.replace(' ', "+"));
        shop.open_chat();
        shop.chat.says("No conversations yet");
        let lang: String = shop.chat.script("return document.documentElement.lang", json!([]));
        assert_eq!(lang, "en", "{language}");
    }
}

#[test]
fn a_page_changes_the_language_and_nothing_of_the_chat_is_lost() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    // Before the first message, too, when nobody knows the visitor.
    shop.chat.click(Role::Button, "New conversation");
    shop.drafts("Is the lan");
    shop.draft_is("Is the lan");
    let shop = shop.changes_language("fr");
    shop.draft_is("Is the lan");
    shop.visitor_writes("tern waterproof?");
    shop.is_sent("Is the lantern waterproof?");
    inbox.takes("Is the lantern waterproof?");
    inbox.reply("Splash-proof.");
    shop.sees_reply("Splash-proof.");

    // In a conversation: its messages, and what is being written.
    shop.drafts("Then I take");
    let shop = shop.changes_language("de");
    shop.sees_reply("Splash-proof.");
    shop.draft_is("Then I take");
    shop.chat.reads(Role::Log, "Messages", "Heute");
    shop.visitor_writes(" two.");
    shop.is_sent("Then I take two.");
    inbox.page.says("Then I take two.");
    shop.close_chat();

    // While it is closed; it opens where it was.
    let shop = shop.changes_language("ar");
    shop.open_chat();
    shop.sees_reply("Splash-proof.");
    shop.goes_home();
    let shop = shop.changes_language("en");
    shop.home_lists("Then I take two.", false);
}

#[test]
fn an_agent_chooses_the_language_of_the_inbox() {
    let story = Story::begin();
    let inbox = story.inbox();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Does the lantern come in green?");
    inbox.takes("Does the lantern come in green?");
    inbox.page.write("Message", "It does, and in");

    // The words and the direction change, and what has been typed stays.
    let inbox = inbox.chooses_language("Deutsch", "de");
    let draft = |inbox: &Inbox| inbox.page.value(Role::TextBox, "Message");
    inbox.page.sees(Role::Button, "Chat beenden und schließen");
    inbox.page.says("Zuständig: Sie");
    inbox.page.says("Heute");
    assert_eq!(draft(&inbox), "It does, and in");
    let inbox = inbox.chooses_language("العربية", "ar");
    inbox.page.sees(Role::Button, "إنهاء الدردشة وإغلاقها");
    assert_eq!(draft(&inbox), "It does, and in");

    // It is kept for the next time, and before the sign-in, too.
    inbox.page.reload();
    inbox.is_in("ar");
    assert_eq!(draft(&inbox), "It does, and in");
    inbox.page.write("Message", " blue.");
    inbox.page.click(Role::Button, "Send");
    shop.chat.says("It does, and in blue.");
    inbox.page.click(Role::Button, "Sign out");
    inbox.page.sees(Role::Button, "Sign in");

    // The visitor's chat is in the language of the visitor's page.
    shop.goes_home();
    shop.chat.says("Conversation history");
}
