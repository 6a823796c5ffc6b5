//! Settings → Team and Your account: who answers, who is invited, who has left, and where one is signed in.

use porchlight_stories::{Inbox, Light, Look, Role, Screen, Story};
use serde_json::json;

const SOUND: &str = "three boats on a hill";

/// The password of the stories' agents.
const PASSWORD: &str = "a lamp in the window";

fn goes_to(inbox: &Inbox, page: &str) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, page);
    inbox.page.sees(Role::Heading, page);
}

/// Makes an invitation, and returns its link.
fn invites(inbox: &Inbox, role: &str, note: &str) -> String {
    inbox.page.click(Role::Button, "Invite somebody");
    inbox.page.focuses(Role::ComboBox, "Role");
    inbox.page.choose("Role", role);
    inbox.page.write("For whom", note);
    inbox.page.click(Role::Button, "Make a link");
    inbox.page.focuses(Role::TextBox, "Invitation link");
    inbox.page.value(Role::TextBox, "Invitation link")
}

fn follows(story: &Story, name: &str, link: &str) -> Screen {
    let page = story.somebody(name).window(Look::DESK);
    page.go(link);
    page
}

fn joins(page: &Screen, name: &str, email: &str, password: &str) {
    page.rewrite("Name", name);
    page.rewrite("Email", email);
    page.rewrite("Password", password);
    page.click(Role::Button, "Join the team");
}

#[test]
fn a_colleague_joins_by_a_link_that_works_once() {
    let story = Story::begin();
    story.forgives("410 (Gone)");
    story.forgives("422 (Unprocessable");
    let inbox = story.inbox();
    goes_to(&inbox, "Team");
    let link = invites(&inbox, "Admin", "cara@lantern.example");
    inbox.page.says("it is shown only once");
    inbox.page.says("cara@lantern.example");
    inbox.page.axe_finds_nothing();

    let cara = follows(&story, "Cara", &link);
    cara.says("Ada invites you to answer visitors here. Your role: Admin.");
    cara.focuses(Role::TextBox, "Name");
    cara.axe_finds_nothing();
    joins(&cara, "Cara", "cara", SOUND);
    cara.says("This isn’t an email address.");
    joins(&cara, "Cara", "cara@lantern.example", "password1");
    cara.says("too easy to guess");
    joins(&cara, "Cara", "cara@lantern.example", SOUND);
    cara.sees(Role::Heading, "Conversations");
    assert!(!cara.address().contains('#'), "the secret is not in the address any more");
    // An admin changes settings, but no owner.
    cara.click(Role::Link, "Settings");
    cara.click(Role::Link, "Team");
    cara.sees(Role::ComboBox, "Role of Ben");
    cara.lacks(Role::ComboBox, "Role of Ada");

    let late = follows(&story, "Dan", &link);
    late.sees(Role::Heading, "This invitation can’t be used");
    late.says("It has been used.");
    late.axe_finds_nothing();
    late.click(Role::Button, "Go to sign-in");
    late.sees(Role::Button, "Sign in");

    // Taken back, another one leads nowhere either.
    let link = invites(&inbox, "Agent", "Dan");
    inbox.page.click(Role::Button, "Take back: Dan");
    inbox.page.says("The invitation is taken back");
    inbox.page.lacks(Role::TextBox, "Invitation link");
    let late = follows(&story, "Dan", &link);
    late.says("It has expired or was taken back");
}

#[test]
fn who_is_deactivated_is_out_at_once_and_what_they_had_waits_for_everybody() {
    let story = Story::begin();
    story.forgives("401 (Unauthorized)");
    story.forgives("403 (Forbidden)");
    let (inbox, bens) = (story.inbox(), story.bens_inbox());
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lantern in stock?");
    bens.takes("Is the lantern in stock?");
    bens.page.write("Message", "It is, and");
    goes_to(&inbox, "Team");
    inbox.page.says("ben@lantern.example");
    inbox.page.click(Role::Button, "Deactivate Ben");
    inbox.page.says("Ben is deactivated. Their conversations are unassigned now.");
    inbox.page.sees(Role::Button, "Reactivate Ben");
    inbox.page.axe_finds_nothing();

    bens.page.says("Your session has ended.");
    bens.page.write("Email", "ben@lantern.example");
    bens.page.write("Password", PASSWORD);
    bens.page.click(Role::Button, "Sign in");
    bens.page.says("Your account has been deactivated.");

    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Ben can sign in again");
    inbox.page.sees(Role::Button, "Deactivate Ben");
    inbox.goes_to_inbox();
    inbox.folder("Unassigned");
    inbox.lists("Is the lantern in stock?");
    bens.page.click(Role::Button, "Sign in");
    bens.page.sees(Role::Heading, "Conversations");
}

#[test]
fn roles_are_changed_by_whoever_may_and_the_last_owner_stays() {
    let story = Story::begin();
    story.forgives("409 (Conflict)");
    let (inbox, bens) = (story.inbox(), story.bens_inbox());
    goes_to(&bens, "Team");
    bens.page.says("Only an admin of the site can change these settings.");
    bens.page.lacks(Role::ComboBox, "Role of Ben");
    bens.page.lacks(Role::Button, "Invite somebody");
    bens.page.axe_finds_nothing();

    goes_to(&inbox, "Team");
    inbox.page.choose("Role of Ada", "Admin");
    inbox.page.says("This is the only owner. Make somebody else an owner first.");
    assert_eq!(inbox.page.chosen("Role of Ada"), "Owner");
    inbox.page.choose("Role of Ben", "Admin");
    inbox.page.says("Ben: Admin");
    inbox.page.click(Role::Button, "Undo");
    inbox.page.says("Ben: Agent");
    assert_eq!(inbox.page.chosen("Role of Ben"), "Agent");
    inbox.page.choose("Role of Ben", "Owner");
    inbox.page.says("Ben: Owner");
    inbox.page.choose("Role of Ada", "Admin");
    inbox.page.says("Ada: Admin");
    // From now on Ben decides.
    inbox.page.reload();
    inbox.page.sees(Role::Heading, "Team");
    inbox.page.lacks(Role::ComboBox, "Role of Ben");
}

#[test]
fn an_agent_changes_their_own_account() {
    let story = Story::begin();
    story.forgives("403 (Forbidden)");
    story.forgives("401 (Unauthorized)");
    let bens = story.bens_inbox();
    let elsewhere = story.inbox_of("Ben at home", "ben@lantern.example");
    goes_to(&bens, "Your account");
    bens.page.says("This browser");
    bens.page.axe_finds_nothing();
    bens.page.rewrite("Name", "Benjamin");
    let save = |section: &str| {
        bens.page.script::<i32>(
            "document.querySelector(`section[aria-label='${arguments[0]}'] button`).click(); return 0",
            json!([section]),
        );
    };
    save("Name");
    bens.page.says("Saved.");
    bens.page.rewrite("Email", "benjamin@lantern.example");
    bens.page.write("Password", "nonsense");
    save("Email");
    bens.page.says("The current password is incorrect.");
    bens.page.rewrite("Password", PASSWORD);
    save("Email");
    bens.page.says("Sign in with benjamin@lantern.example from now on.");
    bens.page.write("Current password", PASSWORD);
    bens.page.write("New password", SOUND);
    save("Password");
    bens.page.says("Saved. Your other browsers are signed out.");
    elsewhere.page.says("Your session has ended.");
    elsewhere.page.write("Email", "benjamin@lantern.example");
    elsewhere.page.write("Password", SOUND);
    elsewhere.page.click(Role::Button, "Sign in");
    elsewhere.page.sees(Role::Heading, "Conversations");

    bens.page.reload();
    bens.page.click(Role::Button, "Sign out everywhere else");
    bens.page.says("You are signed out everywhere else");
    elsewhere.page.says("Your session has ended.");
    assert_eq!(bens.page.value(Role::TextBox, "Name"), "Benjamin");
}

#[test]
fn an_empty_server_is_set_up_in_the_browser_once() {
    let mut story = Story::begin();
    story.forgives("410 (Gone)");
    story.forgives("422 (Unprocessable");
    story.server.kill();
    story.server.loses_its_site();
    story.server.start_again();
    let address = story.server.setup_address();
    let page = follows(&story, "Ada", &address);
    page.sees(Role::Heading, "Set up Porchlight");
    page.focuses(Role::TextBox, "Name of the site");
    page.axe_finds_nothing();
    page.write("Name of the site", "Lantern & Oak");
    page.write("Address of the website", "shop.example");
    page.write("Your name", "Ada");
    page.write("Email", "ada@lantern.example");
    page.write("Password", SOUND);
    page.click(Role::Button, "Set up");
    page.says("This isn’t the address of a website.");
    page.rewrite("Address of the website", "https://shop.example");
    page.click(Role::Button, "Set up");
    page.sees(Role::Heading, "Your site is ready");
    page.focuses(Role::Heading, "Your site is ready");
    page.axe_finds_nothing();
    let tag = page
        .value(Role::TextBox, "Add this tag to the pages on which visitors should find the chat.");
    assert!(tag.contains(&format!("{}/porchlight.js", story.server.origin())), "{tag}");
    page.click(Role::Button, "Go to the inbox");
    page.sees(Role::Heading, "Conversations");
    assert!(!page.address().contains('#'), "the secret is not in the address any more");

    let late = follows(&story, "Eve", &address);
    late.sees(Role::Heading, "This address can’t be used");
    late.says("The server has been set up.");
    late.axe_finds_nothing();
}

#[test]
fn who_answers_at_two_sites_goes_from_one_to_the_other() {
    let story = Story::begin();
    story.forgives("401 (Unauthorized)");
    story.server.has_another_site("Oak & Sons", "ada@lantern.example");
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Is the lamp in stock?");
    let inbox = story.inbox();
    inbox.lists("Is the lamp in stock?");
    inbox.page.click(Role::Button, "Site: Lantern & Oak");
    inbox.page.focuses(Role::MenuItemRadio, "Lantern & Oak Unassigned: 1");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::MenuItemRadio, "Oak & Sons");
    inbox.page.sees(Role::Button, "Site: Oak & Sons Unassigned: 1");
    inbox.lists_no("Is the lamp in stock?");

    // Whoever is invited with an account joins with it.
    goes_to(&inbox, "Team");
    let link = invites(&inbox, "Agent", "Ben");
    let ben = follows(&story, "Ben", &link);
    ben.click(Role::Button, "I have an account here");
    ben.write("Email", "ben@lantern.example");
    ben.write("Password", PASSWORD);
    ben.click(Role::Button, "Sign in");
    ben.says("You are signed in as Ben at Lantern & Oak.");
    ben.axe_finds_nothing();
    ben.click(Role::Button, "Join as Ben");
    ben.sees(Role::Heading, "Conversations");
    ben.click_with(Role::Button, "Site: Oak & Sons");
    ben.click_with(Role::MenuItemRadio, "Lantern & Oak");
    ben.sees(Role::Button, "Site: Lantern & Oak");
    ben.says("Is the lamp in stock?");
}

#[test]
#[ignore = "nothing is tested: it takes pictures"]
fn pictures_of_two_sites() {
    for (light, look, when) in [
        (Light::Day, Look::DESK, "desk-day"),
        (Light::Night, Look::DESK, "desk-night"),
        (Light::Night, Look { width: 320, height: 640 }, "phone-night"),
    ] {
        let story = Story::begin_with(light, Look::DESK);
        story.forgives("401 (Unauthorized)");
        story.server.has_another_site("Oak & Sons", "ada@lantern.example");
        let shop = story.shop();
        shop.open_chat();
        shop.starts("Is the lamp in stock?");
        let inbox = story.inbox_on(look);
        inbox.page.click(Role::Button, "Site: Lantern & Oak");
        inbox.page.click_with(Role::MenuItemRadio, "Oak & Sons");
        inbox.page.click_with(Role::Button, "Site: Oak & Sons");
        inbox.page.focuses(Role::MenuItemRadio, "Oak & Sons");
        inbox.page.settle();
        story.keeps_picture(&inbox.page, &format!("sites-{when}-menu"));
        let (_, made) = inbox.asks("POST", "/team/invitations", &json!({"role": "agent"}));
        let link = made["link"].as_str().expect("a link").to_owned();
        let ben = follows(&story, "Ben", &link);
        ben.says("I have an account here");
        story.keeps_picture(&ben, &format!("sites-{when}-invited"));
        ben.click(Role::Button, "I have an account here");
        ben.write("Email", "ben@lantern.example");
        ben.write("Password", PASSWORD);
        ben.click(Role::Button, "Sign in");
        ben.says("You are signed in as Ben");
        ben.settle();
        story.keeps_picture(&ben, &format!("sites-{when}-join"));
    }
    for (name, tag) in [("Deutsch", "de"), ("العربية", "ar")] {
        let story = Story::begin();
        story.server.has_another_site("Oak & Sons", "ada@lantern.example");
        let inbox = story.inbox().chooses_language(name, tag);
        inbox.page.click_with(Role::Button, "Lantern & Oak");
        inbox.page.settle();
        story.keeps_picture(&inbox.page, &format!("sites-{tag}-menu"));
    }
}
