//! What is read: where a thread opens, what stays in view, and what the launcher is told of it.

use porchlight_stories::{Closing, Look, Role, Shop, Story, until};
use serde_json::json;

use crate::scene::mid_conversation;

const ENTER: &str = "\u{e007}";
/// Shift and Enter, and no Shift any more.
const NEW_LINE: &str = "\u{e008}\u{e007}\u{e000}";

/// Pixels of the log below what is seen of it.
fn below(shop: &Shop) -> f64 {
    const BELOW: &str = "const log = document.getElementById('log');
        return log.scrollHeight - log.scrollTop - log.clientHeight";
    shop.chat.script(BELOW, json!([]))
}

#[track_caller]
fn shows_its_end(shop: &Shop) {
    until("the end of the log", || match below(shop) {
        ..2.0 => Ok(()),
        left => Err(format!("{left} pixels were left")),
    });
}

fn many_lines(count: usize) -> String {
    (1..=count).map(|line| format!("Line {line}")).collect::<Vec<_>>().join(NEW_LINE)
}

#[test]
fn a_thread_opens_where_the_unread_messages_begin() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Tell me everything.");
    shop.goes_home();
    let long = "All that there is to be said of oak, and of oil, and of lanterns. ".repeat(6);
    for number in 1..=8 {
        inbox.reply(format!("Chapter {number}. {long}").trim_end());
    }
    shop.home_lists("Chapter 8.", false);
    let line = shop.line("Chapter 8.");
    assert!(line.ends_with("8 unread"), "{line}");

    shop.opens("Chapter 8.");
    const ABOVE: &str =
        "const top = (id) => document.getElementById(id)?.getBoundingClientRect().top;
        return (top('mark') ?? 9999) - top('log')";
    until("the mark at the top", || match shop.chat.script::<f64>(ABOVE, json!([])) {
        -2.0..60.0 => Ok(()),
        above => Err(format!("it was {above} pixels below the upper edge")),
    });
    assert!(below(&shop) > 200.0, "there is more to read");
    // It was not read by being opened.
    shop.goes_home();
    let line = shop.line("Chapter 8.");
    assert!(line.ends_with("8 unread"), "{line}");

    shop.opens("Chapter 8.");
    shop.chat.click(Role::Button, "New messages");
    shows_its_end(&shop);
    shop.goes_home();
    until("it to be read", || {
        let line = shop.line("Chapter 8.");
        if line.ends_with("unread") { Err(line) } else { Ok(()) }
    });
    // What was read has no mark.
    shop.opens("Chapter 8.");
    shows_its_end(&shop);
    assert!(!shop.chat.shows("New messages"));
}

#[test]
fn a_tall_message_is_in_view_when_it_is_sent() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "I have made a list.");
    for words in ["Go ahead.", "I am reading.", "Take your time."] {
        inbox.reply(words);
        shop.sees_reply(words);
    }
    shop.drafts(&many_lines(60));
    // While the field grows, one sees what one answers to.
    shows_its_end(&shop);
    shop.drafts(ENTER);
    shop.sees_reply("Line 60");
    shop.is_sent("Line 60");
    shows_its_end(&shop);
}

#[test]
fn a_message_in_the_open_thread_is_nothing_to_the_launcher() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Are you there?");
    const LISTEN: &str = "window.heard = [];
        Porchlight('on', 'unread', ({ count }) => heard.push(count));
        Porchlight('on', 'message', ({ author }) => heard.push(author))";
    shop.page.script::<()>(LISTEN, json!([]));
    inbox.reply("I am.");
    shop.sees_reply("I am.");
    shop.visitor_writes("Good.");
    shop.is_sent("Good.");
    until("the page to hear of it", || {
        let heard: Vec<serde_json::Value> = shop.page.script("return heard", json!([]));
        let wanted = json!([0, "agent", "visitor"]);
        if json!(heard) == wanted { Ok(()) } else { Err(format!("it heard {heard:?}")) }
    });
}

#[test]
fn a_page_that_the_browser_translates_stays_true() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Do you speak Dutch?");
    shop.goes_home();
    // What browsers and extensions do: each text is put into elements of theirs.
    const TRANSLATE: &str =
        "const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const found = [];
        while (texts.nextNode()) found.push(texts.currentNode);
        for (const text of found) {
          if (!text.data.trim()) continue;
          const font = document.createElement('font');
          font.append(document.createElement('font'));
          font.firstChild.append(text.data);
          text.replaceWith(font);
        }";
    shop.chat.script::<()>(TRANSLATE, json!([]));
    inbox.reply("A little.");
    shop.home_lists("A little.", false);
    let line = shop.line("A little.");
    assert!(line.ends_with("1 unread") && !line.contains("You:"), "{line}");

    shop.opens("A little.");
    shop.chat.script::<()>(TRANSLATE, json!([]));
    shop.visitor_writes("Mooi!");
    shop.is_sent("Mooi!");
    inbox.settings(Closing { notices: &[("en", "Bye for now.")], ..Closing::default() });
    inbox.end_chat_and_close();
    shop.chat.says("Bye for now.");
    shop.chat.script::<()>(TRANSLATE, json!([]));
    inbox.settings(Closing { notices: &[("en", "Until soon.")], ..Closing::default() });
    shop.chat.says("Until soon.");
    assert!(!shop.chat.shows("Bye for now."));
}

#[test]
fn a_wheel_over_the_chat_does_not_scroll_the_page() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Does it roll?");
    const TALL: &str = "document.body.style.height = '5000px';
        const chat = document.querySelector('porchlight-chat').shadowRoot.querySelector('dialog');
        const { left, top } = chat.getBoundingClientRect();
        return [left, top]";
    let corner: Vec<f64> = shop.page.script(TALL, json!([]));
    // Over the header, over the log, which is short, and over the page.
    shop.page.turn_wheel((corner[0] + 60.0, corner[1] + 30.0), 400.0);
    shop.page.turn_wheel((corner[0] + 60.0, corner[1] + 200.0), 400.0);
    shop.page.turn_wheel((20.0, 20.0), 300.0);
    until("the page to scroll by its own wheel", || {
        match shop.page.script::<f64>("return scrollY", json!([])) {
            300.0 => Ok(()),
            scrolled => Err(format!("it scrolled by {scrolled} pixels")),
        }
    });
}

#[test]
fn the_day_that_is_over_is_yesterday() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let shop = story.chat_alone();
    shop.starts("Good night.");
    shop.sees_reply("Today");
    // A day later somebody comes back to the tab. The server's clock, which would be asked, is not there.
    story.server.unplug();
    const SLEEP: &str = "const now = Date.now;
        Date.now = () => now() + 86_400_000;
        dispatchEvent(new Event('visibilitychange'))";
    shop.chat.script::<()>(SLEEP, json!([]));
    shop.sees_reply("Yesterday");
    shop.goes_home();
    let line = shop.line("Good night.");
    assert!(!line.contains("now"), "{line}");
}

#[test]
fn the_field_in_use_is_seen_in_few_colours() {
    let story = Story::begin();
    let shop = story.chat_alone();
    shop.chat.click(Role::Button, "New conversation");
    shop.page.browser.force_colours();
    const RING: &str = "const field = document.getElementById('field');
        field.focus();
        return getComputedStyle(field.parentElement).outlineStyle";
    assert_eq!(shop.chat.script::<String>(RING, json!([])), "solid");
}

#[test]
fn a_phone_on_its_side_is_filled() {
    let story = Story::begin_with(porchlight_stories::Light::Day, Look { width: 812, height: 375 });
    let shop = story.shop();
    shop.open_chat();
    shop.is_home();
    const SIZE: &str = "const box = document.querySelector('main').getBoundingClientRect();
        return [box.left, box.top, innerWidth - box.right, innerHeight - box.bottom]";
    let around: Vec<f64> = shop.chat.script(SIZE, json!([]));
    assert_eq!(around, [0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn what_is_too_long_is_marked_and_not_sent() {
    let story = Story::begin();
    let shop = story.chat_alone();
    shop.chat.click(Role::Button, "New conversation");
    const PASTE: &str = "const field = document.getElementById('field');
        field.value = 'x'.repeat(arguments[0]);
        field.dispatchEvent(new InputEvent('input', { bubbles: true }));
        return [field.ariaInvalid, document.getElementById('send').ariaDisabled]";
    let paste = |count: usize| -> Vec<String> { shop.chat.script(PASTE, json!([count])) };
    assert_eq!(paste(4_000), ["false", "false"]);
    assert_eq!(paste(4_001), ["true", "true"]);
    shop.chat.says("1 character too many");
    assert_eq!(paste(0), ["false", "true"]);
}
