//! Nothing that was typed is lost, ends up elsewhere or is sent twice: not by a reload, not by a second
//! tab, not by the next person.

use porchlight_stories::{Look, Role, Shop, Story, until};
use serde_json::json;

const ENTER: &str = "\u{e007}";

/// The same visitor opens the chat's own page in a second tab.
fn second_tab(story: &Story, first: &Shop) -> Shop {
    let address = format!("{}/c/{}", story.server.origin(), story.server.site);
    Shop::visit_alone(&first.page.browser, &address, Look::DESK)
}

#[test]
fn what_was_half_written_to_nobody_yet_is_there_after_a_reload() {
    let story = Story::begin();
    for shop in [story.shop(), story.chat_alone()] {
        if !shop.is_alone() {
            shop.open_chat();
        }
        shop.chat.click(Role::Button, "New conversation");
        shop.drafts("I would like to kn");
        shop.reload();
        shop.chat.click(Role::Button, "New conversation");
        shop.draft_is("I would like to kn");
    }
}

#[test]
fn a_first_message_that_did_not_go_out_goes_out_after_a_reload() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let shop = story.shop();
    shop.open_chat();
    shop.chat.click(Role::Button, "New conversation");
    story.server.unplug();
    shop.visitor_writes("Nobody hears me.");
    shop.drafts("And here I was inter");
    story.server.plug_in();

    shop.reload();
    shop.opens("Nobody hears me.");
    shop.is_sent("Nobody hears me.");
    assert_eq!(shop.count("Nobody hears me."), 1);
    shop.draft_is("And here I was inter");
}

#[test]
fn a_draft_goes_on_in_the_other_tab_and_is_sent_once() {
    let story = Story::begin();
    let shop = story.chat_alone();
    shop.starts("Hello");
    let second = second_tab(&story, &shop);
    second.opens("Hello");

    shop.drafts("Is the oak oiled?");
    second.draft_is("Is the oak oiled?");
    shop.drafts(ENTER);
    shop.is_sent("Is the oak oiled?");
    second.draft_is("");
    second.drafts(ENTER);
    second.visitor_writes("Twice?");
    shop.sees_reply("Twice?");
    for shop in [&shop, &second] {
        assert_eq!((shop.count("Is the oak oiled?"), shop.count("Twice?")), (1, 1));
    }
}

#[test]
fn the_next_person_finds_nothing_of_the_one_before() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("It is a secret.");
    shop.drafts("My number is");
    shop.goes_home();
    shop.chat.click(Role::Button, "New conversation");
    shop.drafts("And another th");

    // Signing out of the shop clears what the shop's pages have stored.
    shop.page.script::<()>("localStorage.clear()", json!([]));
    shop.reload();
    shop.home_lacks("It is a secret.");
    shop.chat.click(Role::Button, "New conversation");
    shop.chat.settle();
    shop.draft_is("");
}

#[test]
fn two_tabs_that_begin_in_the_same_instant_are_one_visitor() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let shop = story.chat_alone();
    let second = second_tab(&story, &shop);
    for tab in [&shop, &second] {
        tab.chat.click(Role::Button, "New conversation");
    }
    story.server.unplug();
    shop.visitor_writes("From the first tab.");
    second.visitor_writes("From the second tab.");
    story.server.plug_in();

    for tab in [&shop, &second] {
        tab.goes_home();
        tab.home_lists("From the first tab.", false);
        tab.home_lists("From the second tab.", false);
    }
    // And not for this page alone.
    shop.reload();
    shop.home_lists("From the first tab.", false);
    shop.home_lists("From the second tab.", false);
    until("two conversations and no more", || match story.server.events() {
        2 => Ok(()),
        events => Err(format!("there were {events} events")),
    });
}

#[test]
fn who_writes_nothing_leaves_nothing_behind() {
    let story = Story::begin();
    let shop = story.chat_alone();
    shop.chat.click(Role::Button, "New conversation");
    shop.drafts("x");
    assert_eq!(shop.stored(), [format!("porchlight:{}", story.server.site)]);
    shop.drafts("\u{e003}");
    shop.draft_is("");
    assert!(shop.stored().is_empty(), "{:?}", shop.stored());
}

#[test]
fn what_an_earlier_version_kept_is_taken_over_once() {
    let story = Story::begin();
    let shop = story.chat_alone();
    shop.starts("I was here before.");
    shop.goes_home();
    let older = format!("porchlight:{}:draft:new", story.server.site);
    let set = "localStorage.setItem(...arguments)";
    shop.page.script::<()>(set, json!([older, "An older draft"]));
    shop.reload();
    shop.chat.click(Role::Button, "New conversation");
    shop.draft_is("An older draft");
    assert_eq!(shop.stored(), [format!("porchlight:{}", story.server.site)]);
}

#[test]
fn a_visitor_who_wants_no_sound_says_so_once() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    let is = |on: &str| {
        until(&format!("the sound to be on: {on}"), || {
            let now: String = shop.chat.script(
                "return document.querySelector('[data-do=sound]')?.ariaChecked ?? ''",
                json!([]),
            );
            if now == on { Ok(()) } else { Err(format!("it was {now:?}")) }
        });
    };
    is("true");
    shop.chat.click(Role::Switch, "Sound for new messages");
    is("false");
    shop.chat.focuses(Role::Switch, "Sound for new messages");

    shop.reload();
    shop.is_home();
    is("false");
    shop.chat.click(Role::Switch, "Sound for new messages");
    is("true");
}
