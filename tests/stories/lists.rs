//! A busy inbox: more open conversations than a welcome has room for, and a list that stands still.

use porchlight_stories::{Crowd, Inbox, Look, Role, Story, until};
use serde_json::json;

const TAB: &str = "\u{e004}";
const ESCAPE: &str = "\u{e00c}";
const ENTER: &str = "\u{e007}";
const DOWN: &str = "\u{e015}";
const END: &str = "\u{e010}";

// Of hundreds of links a driver would be asked one by one: these look at the page themselves.

fn has_folder(inbox: &Inbox, name: &str) {
    const FOLDERS: &str = "const said = (it) => [...it.childNodes].map((node) => node.textContent.trim());
        return [...document.querySelectorAll('.filter')].map((it) => said(it).filter(Boolean).join(' '))";
    until(&format!("the folder “{name}”"), || {
        let folders: Vec<String> = inbox.page.script(FOLDERS, json!([]));
        if folders.iter().any(|folder| folder == name) {
            Ok(())
        } else {
            Err(format!("{folders:?}"))
        }
    });
}

fn goes_to(inbox: &Inbox, folder: &str) {
    const GO: &str = "const links = [...document.querySelectorAll('.filter')];
        links.find((it) => it.textContent.trim().startsWith(arguments[0])).click(); return 0";
    inbox.page.script::<i32>(GO, json!([folder]));
}

fn lists(inbox: &Inbox, words: &str) {
    const LISTS: &str = "const rows = [...document.querySelectorAll('.row')];
        return rows.some((row) => row.textContent.includes(arguments[0]))";
    until(&format!("a row with “{words}”"), || {
        let found: bool = inbox.page.script(LISTS, json!([words]));
        if found { Ok(()) } else { Err("there was none".to_owned()) }
    });
}

/// How many rows the list has.
fn rows(inbox: &Inbox) -> usize {
    inbox.page.script("return document.querySelectorAll('.row').length", json!([]))
}

fn scrolls_to_the_end(inbox: &Inbox) {
    const SCROLL: &str =
        "const list = document.querySelector('.items'); list.scrollTop = 1e6; return 0";
    inbox.page.script::<i32>(SCROLL, json!([]));
}

#[test]
fn who_waits_longest_is_seen_and_sorted() {
    let mut story = Story::begin();
    story.forgives_lost_connections();
    // While an agent is there, nothing is left for later, which would come first.
    let inbox = story.inbox();
    Crowd::of(&story.server).asks(0..3);
    story.server.kill();
    story.server.waited(630);
    story.server.start_again();
    inbox.page.reload();
    inbox.lists("Question 2");
    Crowd::of(&story.server).asks(3..4);
    let waits = || -> Vec<(String, String, bool)> {
        inbox.page.script(
            "return [...document.querySelectorAll('.row')].map((row) => {
                const waits = row.querySelector('.item__waits');
                const long = waits.classList.contains('item__waits--long');
                return [row.querySelector('.item__preview bdi').innerText, waits.innerText.trim(), long];
            })",
            json!([]),
        )
    };
    let rows = |expected: [(&str, &str, bool); 4]| {
        let expected =
            expected.map(|(said, waits, long)| (said.to_owned(), waits.to_owned(), long));
        until("the rows in their order", || {
            let waits = waits();
            if waits == expected { Ok(()) } else { Err(format!("{waits:?}")) }
        });
    };
    let [one, two, three] =
        ["Question 0", "Question 1", "Question 2"].map(|said| (said, "Waiting 10 min", true));
    let fresh = ("Question 3", "Waiting", false);
    inbox.folder("Unassigned");
    rows([fresh, three, two, one]);
    const FONTS: &str = "return ['.list__sort', '.filter'].map((at) => {
          const { fontSize, fontFamily } = getComputedStyle(document.querySelector(at));
          return `${fontSize} ${fontFamily}`;
        })";
    let [sort, folder]: [String; 2] = inbox.page.script(FONTS, json!([]));
    assert_eq!(sort, folder);
    inbox.page.choose("Sort by", "Waiting longest");
    rows([one, two, three, fresh]);

    // It is kept for this agent, and is of this folder alone.
    inbox.page.reload();
    inbox.page.sees(Role::Heading, "Conversations");
    rows([one, two, three, fresh]);
    inbox.folder("Open");
    rows([fresh, three, two, one]);
    assert!(!inbox.page.has(Role::ComboBox, "Sort by"));
}

#[test]
fn every_one_of_three_hundred_is_counted_and_reached() {
    let story = Story::begin();
    let crowd = Crowd::of(&story.server);
    // While an agent is there, nothing is left for later, which would come first.
    let inbox = story.inbox();
    let ids = crowd.asks(0..300);
    inbox.page.reload();
    has_folder(&inbox, "Open 300");
    has_folder(&inbox, "Unassigned 300");
    until("the title to count", || {
        let title: String = inbox.page.script("return document.title", json!([]));
        if title.starts_with("(300)") { Ok(()) } else { Err(title) }
    });

    // The oldest, who has waited longest, is claimed by a link to it.
    inbox.page.go(&format!("{}/dashboard/chat/inbox/{}", inbox.origin(), ids[0]));
    inbox.reads("Question 0");
    inbox.claim();
    goes_to(&inbox, "Mine");
    lists(&inbox, "Question 0");
    has_folder(&inbox, "Mine 1");
    has_folder(&inbox, "Unassigned 299");

    // Whoever scrolls reaches all of them.
    goes_to(&inbox, "Open");
    until("all rows", || {
        scrolls_to_the_end(&inbox);
        let rows = rows(&inbox);
        if rows == 300 { Ok(()) } else { Err(format!("{rows} rows")) }
    });
    lists(&inbox, "Question 1");

    // So does the keyboard.
    goes_to(&inbox, "Unassigned");
    until("the first rows", || match rows(&inbox) {
        0 => Err("none".to_owned()),
        _ => Ok(()),
    });
    inbox.page.press(ESCAPE);
    inbox.page.press("j");
    until("the last row", || {
        inbox.page.press(END);
        inbox.page.press("j");
        let rows = rows(&inbox);
        if rows == 299 { Ok(()) } else { Err(format!("{rows} rows")) }
    });
    inbox.page.press(END);
    inbox.page.focuses_with(Role::Link, "Question 1");
}

#[test]
fn a_page_that_can_not_be_loaded_says_so() {
    let story = Story::begin();
    story.forgives_lost_connections();
    Crowd::of(&story.server).asks(0..210);
    let inbox = story.inbox();
    has_folder(&inbox, "Open 210");
    // Only this fails: a connection that comes back would load the list again by itself.
    story.server.hang_up_on("/api/v1/agent/conversations?");
    scrolls_to_the_end(&inbox);
    inbox.page.says("We couldn’t load more.");
    story.server.hang_up_on_nobody();
    inbox.page.click(Role::Button, "Retry");
    until("all rows", || {
        scrolls_to_the_end(&inbox);
        let rows = rows(&inbox);
        if rows == 210 { Ok(()) } else { Err(format!("{rows} rows")) }
    });

    // What has not come yet has a place: a list a skeleton, a conversation a spinner.
    let waits = |mark: &str, there: bool| {
        until(&format!("{mark}: {there}"), || {
            let shown: bool = inbox.page.script(
                "return document.querySelector(arguments[0])?.checkVisibility() ?? false",
                json!([mark]),
            );
            if shown == there { Ok(()) } else { Err(format!("it was {shown}")) }
        });
    };
    story.server.hold_back("/api/v1/agent/conversations");
    goes_to(&inbox, "Closed");
    waits(".list .item > .skel", true);
    story.server.hold_back_nothing();
    waits(".list .skel", false);
    goes_to(&inbox, "Open");
    waits(".row", true);
    story.server.hold_back("/api/v1/agent/conversations");
    const FIRST: &str = "document.querySelector('.row .item').click(); return 0";
    inbox.page.script::<i32>(FIRST, json!([]));
    waits(".talk .spin", true);
    story.server.hold_back_nothing();
    waits(".talk .spin", false);
    inbox.reads("Question 209");
}

#[test]
fn a_row_stays_under_the_pointer() {
    let story = Story::begin();
    let crowd = Crowd::of(&story.server);
    let ids = crowd.asks(0..3);
    let inbox = story.inbox();
    inbox.lists("Question 0");
    let row = inbox.page.item("Question 1");
    row.hovers(Role::Link, "Question 1");
    let before = order(&inbox);
    crowd.says(0, &ids[0], "And one more thing");
    // It is told at once, where it stands.
    inbox.lists("And one more thing");
    assert_eq!(order(&inbox), before);
    inbox.page.clicks_here();
    inbox.reads("Question 1");

    // When nobody is about to click, it is on top.
    until("the newest on top", || {
        let order = order(&inbox);
        if order[0] == ids[0] { Ok(()) } else { Err(format!("{order:?}")) }
    });
}

fn order(inbox: &Inbox) -> Vec<String> {
    const ROWS: &str = "return [...document.querySelectorAll('.row')].map((row) => row.dataset.id)";
    inbox.page.script(ROWS, json!([]))
}

#[test]
fn a_few_tabs_lead_past_a_long_list() {
    let story = Story::begin();
    Crowd::of(&story.server).asks(0..30);
    let inbox = story.inbox();
    inbox.lists("Question 0");
    inbox.page.press("j");
    inbox.page.focuses_with(Role::Link, "Question 29");
    inbox.page.press(DOWN);
    inbox.page.focuses_with(Role::Link, "Question 28");
    inbox.page.press(TAB);
    let (role, name) = inbox.page.focus();
    assert!(!name.contains("Question"), "one row is enough: {role} {name}");

    // From the open conversation's list there is a way past it.
    inbox.opens("Question 27");
    inbox.page.script::<i32>("document.querySelector('#main').focus(); return 0", json!([]));
    inbox.page.press(TAB);
    inbox.page.focuses(Role::Link, "Skip to the conversation");
    inbox.page.press(ENTER);
    inbox.page.press(TAB);
    let (_, name) = inbox.page.focus();
    assert!(!name.contains("Question"), "{name}");
}

#[test]
fn rows_are_of_one_height_and_the_folders_of_one_line() {
    let story = Story::begin_with(porchlight_stories::Light::Day, Look::DESK);
    let crowd = Crowd::of(&story.server);
    let ids = crowd.asks(0..130);
    let inbox = story.inbox();
    // What wraps soonest: a long word beside the others.
    for number in [3, 5] {
        let path = format!("/conversations/{}/events", ids[number]);
        let name = |n: usize| format!("{:032x}", n + 900 + number);
        inbox.asks("PUT", &format!("{path}/{}", name(0)), &json!({ "claim": { "from": null } }));
        inbox.asks("PUT", &format!("{path}/{}", name(20)), &json!({ "close": { "seen": 99 } }));
        crowd.says(u32::try_from(number).unwrap(), &ids[number], "Still broken");
    }
    inbox.page.says("Re-opened by the visitor");
    const HEIGHTS: &str = "return [...new Set([...document.querySelectorAll('.row')]
        .map((row) => Math.round(row.getBoundingClientRect().height)))]";
    let heights: Vec<i64> = inbox.page.script(HEIGHTS, json!([]));
    assert_eq!(heights.len(), 1, "{heights:?}");
    const TOPS: &str = "return [...new Set([...document.querySelectorAll('.filter')]
        .map((tab) => Math.round(tab.getBoundingClientRect().top)))]";
    let tops: Vec<i64> = inbox.page.script(TOPS, json!([]));
    assert_eq!(tops.len(), 1, "{tops:?}");
    inbox.picks("Question 120");
    inbox.page.says("1 selected");
    inbox.page.axe_finds_nothing();
}

/// Rows that are whole within 800 px of height, with all that is above them.
fn whole_rows(inbox: &Inbox) -> usize {
    const WHOLE: &str = "return [...document.querySelectorAll('.row')]
        .filter((row) => row.getBoundingClientRect().bottom <= 800).length";
    inbox.page.script(WHOLE, json!([]))
}

fn heights(inbox: &Inbox) -> Vec<i64> {
    const HEIGHTS: &str = "return [...new Set([...document.querySelectorAll('.row')]
        .map((row) => Math.round(row.getBoundingClientRect().height)))]";
    inbox.page.script(HEIGHTS, json!([]))
}

#[test]
fn ten_conversations_are_in_sight_and_more_or_fewer_if_an_agent_likes() {
    let story =
        Story::begin_with(porchlight_stories::Light::Day, Look { width: 1280, height: 800 });
    Crowd::of(&story.server).asks(0..20);
    let inbox = story.inbox();
    inbox.lists("Question 19");
    assert_eq!(whole_rows(&inbox), 10);
    let standard = heights(&inbox);

    // By the keyboard.
    inbox.page.tab_to(Role::Button, "Size of the rows");
    inbox.page.press(DOWN);
    inbox.page.focuses(Role::MenuItemRadio, "Standard");
    inbox.page.axe_finds_nothing();
    inbox.page.press(DOWN);
    inbox.page.focuses(Role::MenuItemRadio, "Roomy");
    inbox.page.press(ENTER);
    inbox.page.focuses(Role::Button, "Size of the rows");
    let roomy = heights(&inbox);
    assert!(roomy.len() == 1 && roomy > standard, "{roomy:?}");

    // By the mouse; and it is remembered.
    inbox.page.click(Role::Button, "Size of the rows");
    inbox.page.click(Role::MenuItemRadio, "Compact");
    inbox.page.reload();
    inbox.lists("Question 19");
    let compact = heights(&inbox);
    assert!(compact.len() == 1 && compact < standard, "{compact:?}");
    assert!(whole_rows(&inbox) >= 13, "{}", whole_rows(&inbox));
    inbox.page.axe_finds_nothing();
}

#[test]
fn all_folders_are_in_one_row_whatever_they_hold() {
    /// As if the site had thousands: what they would say, in the digits of the language.
    const THOUSANDS: &str = "for (const count of document.querySelectorAll('.filter__count')) {
          count.textContent = (8888).toLocaleString(document.documentElement.lang); } return 0";
    /// The number of rows, and how many pixels are out of sight.
    const ROWS: &str = "const all = document.querySelector('.filters');
        const tops = [...all.children].map((it) => {
          const { top, height } = it.getBoundingClientRect(); return Math.round(top + height / 2); });
        return [new Set(tops).size, all.scrollWidth - all.clientWidth]";
    for look in [Look::DESK, Look { width: 320, height: 640 }] {
        let story = Story::begin_with(porchlight_stories::Light::Day, look);
        let ids = Crowd::of(&story.server).asks(0..2);
        let inbox = story.inbox_on(look);
        let path = format!("/conversations/{}/events/{:032x}", ids[0], 7);
        inbox.asks("PUT", &path, &json!({ "claim": { "from": null } }));
        has_folder(&inbox, "Mine 1");
        let fits = |inbox: &Inbox| {
            inbox.page.script::<i32>(THOUSANDS, json!([]));
            let rows: (usize, i64) = inbox.page.script(ROWS, json!([]));
            assert_eq!(rows, (1, 0), "{look:?}");
        };
        fits(&inbox);
        let mut inbox = inbox;
        for (name, tag) in [("Deutsch", "de"), ("rançais", "fr"), ("العربية", "ar")] {
            inbox = inbox.chooses_language(name, tag);
            inbox.lists("Question 0");
            fits(&inbox);
        }
    }
}
