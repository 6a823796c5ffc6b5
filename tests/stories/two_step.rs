//! Two-step sign-in: an agent sets it up, is asked for it, and gets in without their phone.

use porchlight_stories::proof::code;
use porchlight_stories::{Inbox, Role, Story};
use serde_json::json;

/// The password of the stories' agents.
const PASSWORD: &str = "a lamp in the window";

const ASKED: &str = "Your password, to continue";

fn goes_to_account(inbox: &Inbox) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Your account");
    inbox.page.sees(Role::Heading, "Your account");
}

#[test]
fn an_agent_who_has_set_it_up_needs_their_phone_or_a_recovery_code() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    story.forgives("401 (Unauthorized)");
    let bens = story.bens_inbox();
    let page = &bens.page;
    goes_to_account(&bens);
    page.click(Role::Button, "Set up");
    page.focuses(Role::TextBox, ASKED);
    page.click(Role::Button, "Cancel");
    page.click(Role::Button, "Set up");
    page.write(ASKED, "nonsense");
    page.click(Role::Button, "Continue");
    page.says("The current password is incorrect.");
    page.rewrite(ASKED, PASSWORD);
    page.click(Role::Button, "Continue");
    page.focuses(Role::TextBox, "Code from the app");
    page.axe_finds_nothing();
    let secret = page.value(Role::TextBox, "Secret");
    page.write("Code from the app", "000000");
    page.click(Role::Button, "Confirm");
    page.says("This code is wrong, or was used already.");
    page.rewrite("Code from the app", &code(&secret));
    page.click(Role::Button, "Confirm");
    page.says("Your recovery codes.");
    page.axe_finds_nothing();
    let codes: Vec<String> = page.script(
        "return [...document.querySelectorAll('.two-step__codes li')].map(li => li.textContent)",
        json!([]),
    );
    assert_eq!(codes.len(), 10);
    page.click(Role::Button, "I have kept them");
    page.says("10 recovery codes are left.");

    page.click(Role::Button, "Sign out");
    page.write("Email", "ben@lantern.example");
    page.write("Password", PASSWORD);
    page.click(Role::Button, "Sign in");
    page.focuses(Role::TextBox, "Code");
    page.axe_finds_nothing();
    page.write("Code", "zzzzz-zzzzz");
    page.click(Role::Button, "Sign in");
    page.says("This code is wrong, or was used already.");
    page.focuses(Role::TextBox, "Code");
    page.rewrite("Code", &codes[0]);
    page.click(Role::Button, "Sign in");
    page.sees(Role::Heading, "Your account");
    page.says("9 recovery codes are left.");
    page.click(Role::Button, "Switch off");
    page.write(ASKED, PASSWORD);
    page.click(Role::Button, "Switch off");
    page.says("Two-step sign-in is off.");
}
