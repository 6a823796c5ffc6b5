//! Settings → Bots: an admin tries what stands in the editor, in the real widget beside it, before anybody else meets it.

use serde_json::{Value, json};

use porchlight_stories::{Inbox, Look, Role, Screen, Story};

use crate::bots::flow;
use crate::bots_page::{FLOW, goes_to_bots, pastes};

const WITH_WICK: &str = "Conversation with Wick";
const TRY: &str = "Try it";

/// An admin's inbox with the published flow of Wick in the editor. Returns its text, too.
fn edits_wick(story: &Story, look: Look) -> (Inbox, String) {
    story.server.publishes(&flow());
    let inbox = story.inbox_on(look);
    goes_to_bots(&inbox);
    inbox.page.sees(Role::TextBox, FLOW);
    let text = inbox.page.value(Role::TextBox, FLOW);
    (inbox, text)
}

/// The trial's chat, once it has the focus.
fn tries(inbox: &Inbox) -> Screen {
    inbox.page.click(Role::Button, TRY);
    inbox.page.sees(Role::Heading, "Trial");
    let tried = inbox.page.frame();
    tried.sees(Role::Button, WITH_WICK);
    tried.has_the_focus();
    tried
}

#[test]
fn an_admin_tries_new_words_while_visitors_meet_the_published_ones() {
    let story = Story::begin();
    let (inbox, text) = edits_wick(&story, Look::DESK);
    let says = |words: &str| text.replace("Hello, I am Wick.", words);
    pastes(&inbox, &says("Good evening, I am Wick."));
    let tried = tries(&inbox);
    inbox.page.says("Only you see this chat: nobody is notified, and nobody answers.");
    tried.click(Role::Button, WITH_WICK);
    tried.says("Good evening, I am Wick.");
    tried.click(Role::Button, "Something else");
    tried.says("A person will be with you.");
    inbox.page.axe_finds_nothing();

    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, WITH_WICK);
    shop.sees_reply("Hello, I am Wick.");
    shop.chat.click(Role::Button, "Something else");
    shop.sees_reply("A person will be with you.");

    // What is written on is tried when somebody asks for it.
    pastes(&inbox, &says("Good night, I am Wick."));
    inbox.page.says("You have changed the flow since. The trial runs the text from before.");
    tried.shows("Good evening, I am Wick.");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Try this text");
    inbox.page.lacks_words("You have changed the flow since.");
    tried.click(Role::Button, WITH_WICK);
    tried.says("Good night, I am Wick.");
    tried.lacks_words("Good evening");

    // Anew, it is somebody who was never here.
    inbox.page.click(Role::Button, "Begin anew");
    tried.sees(Role::Button, WITH_WICK);
    tried.lacks_words("Good night");

    let kept: Vec<String> = inbox.page.script("return Object.keys(localStorage)", json!([]));
    assert!(!kept.iter().any(|slot| slot.starts_with("porchlight:pl_")), "{kept:?}");
    inbox.page.click(Role::Button, "Close");
    inbox.page.focuses(Role::Button, TRY);
    inbox.page.lacks(Role::Heading, "Trial");

    // The inbox knows of one conversation: the real one.
    inbox.page.click(Role::Button, "Discard changes");
    inbox.goes_to_inbox();
    inbox.folder("All");
    inbox.lists("A person will be with you.");
    let (_, listed) = inbox.asks("GET", "/conversations?filter=all", &Value::Null);
    assert_eq!(listed["conversations"].as_array().map(Vec::len), Some(1), "{listed}");
}

#[test]
fn escape_leads_out_of_the_trial_and_a_flow_with_problems_is_not_tried() {
    let story = Story::begin();
    let (inbox, text) = edits_wick(&story, Look::PHONE);
    let broken = text.replace("\"then\": \"topic\"", "\"then\": \"nowhere\"");
    pastes(&inbox, &broken);
    inbox.page.click(Role::Button, TRY);
    inbox.page.says("The flow has problems. Solve them, then begin anew.");
    inbox.page.axe_finds_nothing();
    inbox.page.press("\u{e00c}");
    inbox.page.focuses(Role::Button, TRY);

    pastes(&inbox, &text);
    let tried = tries(&inbox);
    pastes(&inbox, &broken);
    inbox.page.says("The flow has problems now. The trial runs the text from before.");
    inbox.page.click(Role::Button, "Begin anew");
    tried.click(Role::Button, WITH_WICK);
    tried.says("Hello, I am Wick.");
    tried.press("\u{e00c}");
    inbox.page.focuses(Role::Button, TRY);
    inbox.page.lacks(Role::Heading, "Trial");

    // Whoever leaves the page leaves no trial behind.
    pastes(&inbox, &text);
    tries(&inbox);
    let chat: String = inbox.page.script(
        "return document.querySelector('.trial iframe').getAttribute('src').split('?')[0]",
        json!([]),
    );
    inbox.page.click(Role::Button, "Close");
    inbox.page.focuses(Role::Button, TRY);
    story.forgives("404 (Not Found)");
    let gone: u16 = inbox.page.script_until_done(
        "const [path, done] = arguments; \
         const look = () => fetch(path).then((answer) => answer.status); \
         const wait = (status) => status == 404 ? done(status) : setTimeout(() => look().then(wait), 50); \
         look().then(wait)",
        json!([chat]),
    );
    assert_eq!(gone, 404);
}

#[test]
fn a_trial_that_can_not_begin_says_so_and_begins_later() {
    let mut story = Story::begin();
    // A browser tells of every request that fails; these are wanted.
    story.forgives("net::ERR_");
    story.forgives("404 (Not Found)");
    let (inbox, _) = edits_wick(&story, Look::DESK);
    story.server.kill();
    inbox.page.click(Role::Button, TRY);
    inbox.page.says("We couldn’t start the trial.");
    story.server.start_again();
    inbox.page.lacks_with(Role::Button, "Connecting");
    inbox.page.click(Role::Button, "Retry");
    let tried = inbox.page.frame();
    tried.click(Role::Button, WITH_WICK);
    tried.says("Hello, I am Wick.");

    // Ended elsewhere, the chat says that it is over, and another one begins.
    let (_, bots) = inbox.asks("GET", "/bots", &Value::Null);
    let wick = bots["bots"][0]["bot"]["id"].as_str().expect("an id").to_owned();
    let (status, _) = inbox.asks("DELETE", &format!("/bots/{wick}/trial"), &Value::Null);
    assert_eq!(status, 204);
    tried.says("The chat has been updated.");
    tried.click(Role::Button, "Reload");
    inbox.page.says("The trial has ended. Begin anew to go on.");
    inbox.page.focuses(Role::Heading, "Trial");
    inbox.page.click(Role::Button, "Begin anew");
    tried.click(Role::Button, WITH_WICK);
    tried.says("Hello, I am Wick.");
}

#[test]
fn agents_try_nothing() {
    let story = Story::begin();
    story.server.publishes(&flow());
    story.forgives("403 (Forbidden)");
    let ben = story.bens_inbox();
    goes_to_bots(&ben);
    ben.page.sees(Role::TextBox, FLOW);
    ben.page.lacks(Role::Button, TRY);
    let (_, bots) = ben.asks("GET", "/bots", &Value::Null);
    let wick = bots["bots"][0]["bot"]["id"].as_str().expect("an id").to_owned();
    let (status, _) = ben.asks("POST", &format!("/bots/{wick}/trial"), &flow());
    assert_eq!(status, 403);
}
