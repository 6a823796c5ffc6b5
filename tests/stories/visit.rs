//! Where a visitor is, as the team sees it, and the page of the settings that says what is collected and who visitors are.

use porchlight_stories::{Inbox, Light, Look, Role, Shop, Story};
use serde_json::{Value, json};

const PAGES: &str = "Pages of this visit";

fn goes(shop: &Shop, address: &str, title: &str) {
    let script = "history.pushState({}, '', arguments[0]); document.title = arguments[1]; return 0";
    shop.page.script::<Value>(script, json!([address, title]));
}

fn settings(inbox: &Inbox) {
    inbox.goes_to_settings();
    inbox.page.click(Role::Link, "Visitors");
    inbox.page.sees(Role::Heading, "What is collected");
}

#[test]
fn an_agent_sees_where_the_visitor_is_until_that_is_switched_off() {
    let story = Story::begin();
    let (inbox, shop) = (story.inbox(), story.shop());
    goes(&shop, "/lanterns?token=secret", "All lanterns");
    shop.open_chat();
    shop.starts("Do you ship to Norway?");
    // In the row, too.
    inbox.page.says("All lanterns");
    inbox.opens("Do you ship to Norway?");
    inbox.page.click(Role::Button, "About the visitor");
    inbox.page.sees(Role::Heading, PAGES);
    inbox.page.says("All lanterns");
    goes(&shop, "/lanterns/7#reviews", "The copper one");
    inbox.page.says("The copper one");
    inbox.page.axe_finds_nothing();
    let text: String = inbox.page.script("return document.body.innerText", json!([]));
    assert!(!text.contains("secret") && !text.contains("reviews"), "{text}");

    settings(&inbox);
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Switch, "Pages of the visit");
    inbox.page.says("Saved");
    // The same page makes a secret, and says what is wrong with a proof.
    inbox.page.click(Role::Button, "Make a secret");
    inbox.page.focuses(Role::TextBox, "Your new secret");
    inbox.page.axe_finds_nothing();
    inbox.page.click(Role::Button, "Done");
    inbox.page.lacks(Role::TextBox, "Your new secret");
    inbox.page.write("The person’s ID", "user-42");
    inbox.page.write("Hash or token", "5f");
    inbox.page.click(Role::Button, "Check");
    inbox.page.says("This is no hash");
    inbox.page.axe_finds_nothing();

    inbox.goes_to_inbox();
    inbox.opens("Do you ship to Norway?");
    inbox.page.sees(Role::Heading, "Contact");
    inbox.page.lacks(Role::Heading, PAGES);
    inbox.page.lacks_words("The copper one");
}

#[test]
#[ignore = "takes pictures to look at"]
fn pictures_of_the_visitors_page() {
    for (light, when) in [(Light::Day, "day"), (Light::Night, "night")] {
        let story = Story::begin_with(light, Look::DESK);
        let origin = story.server.origin();
        let shop = story.shop();
        goes(&shop, "/lanterns", "All lanterns");
        shop.open_chat();
        shop.starts("Do you ship to Norway?");
        goes(
            &shop,
            "/lanterns/7",
            "The copper one, with a handle of oak and a wick for a year of evenings",
        );
        for (size, look) in [("desk", Look::DESK), ("narrow", Look { width: 320, ..Look::DESK })] {
            let mut inbox = story.inbox_on(look);
            for (name, tag) in [("English", "en"), ("Deutsch", "de"), ("العربية", "ar")] {
                inbox.page.go(&format!("{origin}/dashboard"));
                inbox = inbox.chooses_language(name, tag);
                inbox.page.go(&format!("{origin}/dashboard/chat/settings/visitors"));
                for (part, anchor) in [
                    ("top", "#collecting"),
                    ("identity", "#identity"),
                    ("snippet", "#snippet"),
                    ("check", "#check"),
                ] {
                    inbox.page.script_until_done::<Value>(
                        "const [anchor, done] = arguments; const wait = () => { \
                         const it = document.querySelector(anchor); \
                         if (!it) return setTimeout(wait, 50); it.scrollIntoView(); done(0); }; wait();",
                        json!([anchor]),
                    );
                    inbox.page.settle();
                    story.keeps_picture(
                        &inbox.page,
                        &format!("visitors-{part}-{tag}-{size}-{when}"),
                    );
                }
            }
        }
    }
}
