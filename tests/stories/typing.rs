//! Somebody types, and something happens meanwhile: words stay words.

use porchlight_stories::{Closing, Inbox, Look, Role, Story, until};
use serde_json::json;

use crate::scene::mid_conversation;

const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const CONTROL: char = '\u{e009}';

/// What somebody goes on with who has not looked up yet. Each letter is a shortcut somewhere.
const GOES_ON: &str = "customer, j e u n z o x 1 R ? r";

/// Nothing of what was typed has become a command.
#[track_caller]
fn nothing_happened(inbox: &Inbox) {
    inbox.page.settle();
    for dialog in ["Keyboard shortcuts", "The visitor has sent a new message"] {
        assert!(!inbox.page.has(Role::Dialog, dialog), "“{dialog}” is open");
    }
    assert!(
        !inbox.page.has(Role::TextBox, "Message")
            && !inbox.page.has(Role::TextBox, "Internal note")
    );
    inbox.page.focuses(Role::Log, "Messages");
}

#[test]
fn a_word_that_a_colleague_interrupts_does_not_end_as_commands() {
    let story = Story::begin();
    let (ada, _shop) = mid_conversation(&story, Closing::default(), "Is it waterproof?");
    let ben = story.bens_inbox();
    ben.opens("Is it waterproof?");
    let events = story.server.events();
    ada.page.write("Message", "Hello dear ");
    ben.page.click(Role::Button, "Take over");
    ada.page.reads(Role::Alert, "", "Ben took over. Your draft is kept.");
    ada.page.focuses(Role::Log, "Messages");
    assert!(ada.page.shows("Hello dear"), "the text is out of sight");

    ada.page.press(GOES_ON);
    ada.page.press(ENTER);
    nothing_happened(&ada);
    ben.page.says("Assigned to you");
    assert_eq!(story.server.events(), events + 1, "only Ben has done something");

    // Escape gives the keys back and does nothing else. Then they act, and the text is there.
    ada.page.press(ESCAPE);
    nothing_happened(&ada);
    ada.page.press("c");
    ada.page.says("Assigned to you");
    ada.page.focuses(Role::TextBox, "Message");
    assert_eq!(ada.page.value(Role::TextBox, "Message"), "Hello dear ");
    ada.page.lacks_with(Role::Alert, "");
}

#[test]
fn the_space_after_a_closing_does_not_open_again() {
    let story = Story::begin();
    let (ada, shop) = mid_conversation(&story, Closing::default(), "Never mind, I think.");
    ada.page.write("Message", "Well I think");
    shop.goes_home();
    shop.puts_away("Never mind, I think.");
    ada.page.reads(Role::Alert, "", "The visitor closed this conversation. Your draft is kept.");
    ada.page.press(" it is r");
    ada.page.press(ENTER);
    nothing_happened(&ada);
    ada.sees_closed();
    assert!(ada.page.shows("Well I think"));

    // A click says that somebody looks.
    ada.page.click(Role::Log, "Messages");
    ada.page.press("R");
    ada.page.focuses(Role::TextBox, "Message");
    assert_eq!(ada.page.value(Role::TextBox, "Message"), "Well I think");
}

#[test]
fn the_field_that_comes_back_takes_the_keys_again() {
    let story = Story::begin();
    let (ada, shop) = mid_conversation(&story, Closing::default(), "One question.");
    let second = Inbox::visit(&ada.page.browser, ada.origin(), Look::DESK);
    second.opens("One question.");
    ada.page.write("Message", "The answer is");
    second.page.click(Role::Button, "End Chat and Close");
    ada.page.reads(Role::Alert, "", "You closed this conversation. Your draft is kept.");
    ada.page.press("e");
    shop.visitor_writes("And another one.");
    ada.page.focuses(Role::TextBox, "Message");
    ada.page.press(" forty");
    until("the draft with what came after", || {
        let draft = ada.page.value(Role::TextBox, "Message");
        if draft == "The answer is forty" { Ok(()) } else { Err(format!("it was {draft:?}")) }
    });
}

#[test]
fn a_session_that_ends_in_the_middle_of_a_word_sends_nothing() {
    let story = Story::begin();
    story.forgives("401 (Unauthorized)");
    story.forgives("403 (Forbidden)");
    let (ada, _shop) = mid_conversation(&story, Closing::default(), "Do you ship to Malta?");
    ada.page.write("Message", "We do, by ");
    let status: u16 = ada.page.script_until_done(
        r#"const [done] = arguments;
        const session = "/api/v1/agent/session";
        fetch(session).then((answer) => answer.json()).then(async ({ csrf }) => {
          const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
          done((await fetch(session, { method: "DELETE", headers, body: "{}" })).status);
        });"#,
        json!([]),
    );
    assert!((200..300).contains(&status), "{status}");
    ada.page.press("s");
    ada.page.press_with(CONTROL, '\u{e007}');
    ada.page.says("Your session has ended.");
    ada.page.focuses(Role::Heading, "Sign in");
    ada.page.press("hip");
    ada.page.press(ENTER);
    ada.page.settle();
    assert_eq!(ada.page.value(Role::TextBox, "Email"), "");
    assert!(!ada.page.shows("don’t match"));
}

#[test]
fn letters_in_something_that_is_not_ours_are_letters() {
    let story = Story::begin();
    let (ada, _shop) = mid_conversation(&story, Closing::default(), "Is there a manual?");
    ada.page.click(Role::Log, "Messages");
    let events = story.server.events();
    for kind in ["open", "closed", "editable", "within", "frame"] {
        ada.page.script::<bool>(
            r#"
            const [kind] = arguments;
            const host = document.createElement(kind === "frame" ? "iframe" : "div");
            const parent = kind === "within" ? document.querySelector(".thread__main") : document.body;
            parent.append(host);
            host.style = "position: fixed; inset: 0 auto auto 0; z-index: 99; width: 20rem; height: 3rem";
            let field = host;
            if (kind === "editable") host.contentEditable = "true";
            else {
              const root = kind === "frame" ? host.contentDocument.body
                : host.attachShadow({ mode: kind === "open" ? "open" : "closed" });
              field = root.appendChild(root.ownerDocument.createElement("input"));
            }
            window.stranger = { host, field };
            field.focus();
            return true"#,
            json!([kind]),
        );
        ada.page.press("hello there, please do: c e u r z 1 ? jkx");
        let typed: String = ada.page.script(
            "const { field, host } = window.stranger;
             const typed = field.value ?? field.textContent;
             host.remove();
             return typed",
            json!([]),
        );
        let typed = typed.replace('\u{a0}', " ");
        assert_eq!(typed, "hello there, please do: c e u r z 1 ? jkx", "{kind}");
        ada.page.settle();
        assert_eq!(story.server.events(), events, "{kind}");
        ada.page.sees(Role::Button, "End Chat and Close");
        assert!(!ada.page.has(Role::Dialog, "Keyboard shortcuts"), "{kind}");
    }
    // Here they are shortcuts.
    ada.page.click(Role::Log, "Messages");
    ada.page.press("u");
    ada.page.sees(Role::Button, "Claim");
}

#[test]
fn a_draft_of_two_tabs_is_sent_once() {
    let story = Story::begin();
    let (one, shop) = mid_conversation(&story, Closing::default(), "How wide is it?");
    one.page.write("Message", "Forty centimetres.");
    let two = Inbox::visit(&one.page.browser, one.origin(), Look::DESK);
    two.opens("How wide is it?");
    let stands = |inbox: &Inbox, name: &str, words: &str| {
        until(&format!("“{words}” in the field"), || {
            let draft = inbox.page.value(Role::TextBox, name);
            if draft == words { Ok(()) } else { Err(format!("it was {draft:?}")) }
        });
    };
    stands(&two, "Message", "Forty centimetres.");
    two.page.write("Message", " And deep?");
    stands(&one, "Message", "Forty centimetres. And deep?");

    one.page.click(Role::Button, "Send");
    stands(&two, "Message", "");
    two.page.click(Role::TextBox, "Message");
    two.page.press_with(CONTROL, '\u{e007}');
    shop.sees_reply("Forty centimetres. And deep?");
    two.page.settle();
    assert_eq!(shop.count("Forty centimetres. And deep?"), 1);

    // The same with notes.
    for inbox in [&one, &two] {
        inbox.page.click(Role::Tab, "Internal note");
    }
    one.page.write("Internal note", "Asks for sizes.");
    stands(&two, "Internal note", "Asks for sizes.");
    two.page.click(Role::Button, "Add note");
    stands(&one, "Internal note", "");
}

#[test]
fn who_signs_out_leaves_nothing_of_what_they_wrote() {
    let story = Story::begin();
    story.forgives("401 (Unauthorized)");
    let (ada, _shop) = mid_conversation(&story, Closing::default(), "Can I come by?");
    ada.page.write("Message", "Of course, my number is");
    ada.page.click(Role::Tab, "Internal note");
    ada.page.write("Internal note", "Lives next door.");
    let kept = || -> Vec<String> {
        let all: Vec<String> = ada.page.script("return Object.keys(localStorage)", json!([]));
        all.into_iter().filter(|key| key.contains(":draft:") || key.contains(":note:")).collect()
    };
    assert_eq!(kept().len(), 2);

    ada.page.click(Role::Button, "Sign out");
    ada.is_asked("You have unsent messages", "Stay signed in");
    ada.page.says("2 messages haven’t been sent.");
    ada.page.press(ENTER);
    ada.page.lacks(Role::Dialog, "You have unsent messages");
    assert_eq!(ada.page.value(Role::TextBox, "Internal note"), "Lives next door.");

    ada.page.click(Role::Button, "Sign out");
    ada.page.click(Role::Button, "Sign out and remove");
    ada.page.sees(Role::Heading, "Sign in");
    assert_eq!(kept(), Vec::<String>::new());

    // The next one, and the same one, find an empty field.
    ada.sign_in(porchlight_stories::ADA, porchlight_stories::PASSWORD);
    ada.opens("Can I come by?");
    assert_eq!(ada.page.value(Role::TextBox, "Message"), "");
}

#[test]
fn the_focus_goes_where_one_goes_on() {
    let story = Story::begin();
    let ada = story.inbox_door("Ada");
    ada.sign_in(porchlight_stories::ADA, porchlight_stories::PASSWORD);
    ada.page.focuses(Role::Heading, "Conversations");
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Hello?");
    ada.opens("Hello?");
    ada.page.focuses_with(Role::Heading, "Visitor");
    ada.page.press("c");
    ada.page.focuses(Role::TextBox, "Message");
    // The live region keeps no old words.
    until("the live region to be empty", || {
        let said: String = ada.page.script(
            "return document.querySelector('.shell > [role=status]').textContent",
            json!([]),
        );
        if said.is_empty() { Ok(()) } else { Err(format!("it was {said:?}")) }
    });
}
