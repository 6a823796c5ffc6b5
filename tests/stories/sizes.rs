//! Small windows, large letters, thick fingers, few colours, translated pages.

use porchlight_stories::{Closing, Inbox, Look, Role, Screen, Story, until};
use serde_json::{Value, json};

use crate::scene::mid_conversation;

const LONG_NAME: &str = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh";
const LONG_EMAIL: &str = "wolfe@lantern.example";

/// Everything that can be used below a selector: what of it can't be brought into view and hit, and
/// whether the page is wider than the window.
const REACH: &str = r#"
const root = document.querySelector(arguments[0]);
const wanted = [...root.querySelectorAll("a[href], button, textarea, input, select, summary")];
const problems = [];
for (const element of wanted) {
  if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
  // A way past something is seen when it has the focus.
  if (element.closest("[inert], label, .skip")) continue;
  element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  const { left, top, width, height } = element.getBoundingClientRect();
  const at = document.elementFromPoint(left + width / 2, top + height / 2);
  if (!at || !(element.contains(at) || at.contains(element) && at.tagName === "LABEL")) {
    const name = element.computedName || element.outerHTML.slice(0, 80);
    problems.push(`${name} (${Math.round(left)}, ${Math.round(top)}) lies below ${at?.outerHTML.slice(0, 60)}`);
  }
}
const { scrollWidth, clientWidth } = document.documentElement;
if (scrollWidth > clientWidth) problems.push(`the page is ${scrollWidth} wide in ${clientWidth}`);
return problems"#;

#[track_caller]
fn everything_is_reached(page: &Screen, below: &str, where_: &str) {
    page.settle();
    let problems: Vec<String> = page.script(REACH, json!([below]));
    assert!(problems.is_empty(), "{where_}: {problems:#?}");
}

fn height(page: &Screen, selector: &str) -> f64 {
    page.script(
        "return document.querySelector(arguments[0]).getBoundingClientRect().height",
        json!([selector]),
    )
}

#[test]
fn a_thread_of_the_usual_size_is_as_it_was_drawn() {
    let story = Story::begin();
    let closing = Closing { disable_field: true, ..Closing::default() };
    let (inbox, shop) = mid_conversation(&story, closing, "Does it fit a small porch?");

    let lines: f64 = shop.chat.script(
        "const status = document.querySelector('.top__status');
         return status.offsetHeight / parseFloat(getComputedStyle(status).lineHeight)",
        json!([]),
    );
    assert!(lines > 0.9 && lines < 1.5, "the status in the header takes {lines} lines");

    let times: Vec<String> = shop.chat.script(
        "return [...document.querySelectorAll('.msg time')].map((time) => time.textContent)",
        json!([]),
    );
    assert!(!times.is_empty());
    for time in times {
        let hour = time.split(':').next().unwrap_or_default();
        let short = !hour.starts_with('0') && !hour.is_empty() && hour.len() <= 2;
        assert!(short && (time.ends_with("AM") || time.ends_with("PM")), "{time:?}");
    }

    // Fields have the direction of what is written in them.
    const DIRECTION: &str =
        "return getComputedStyle(document.querySelector('.composer__field')).direction";
    for page in [&shop.chat, &inbox.page] {
        for (words, direction) in [("هل تشحنون إلى عمّان؟", "rtl"), ("Hello", "ltr")]
        {
            page.rewrite("Message", words);
            assert_eq!(page.script::<String>(DIRECTION, json!([])), direction, "{words}");
        }
        page.rewrite("Message", "\u{e003}");
    }

    // What is over in a moment pushes nothing.
    let room: f64 = shop.chat.script(
        "const bar = document.createElement('p');
         bar.className = 'bar bar--late';
         bar.append('Connecting…');
         document.querySelector('.thread__main').before(bar);
         const { height } = bar.getBoundingClientRect();
         bar.remove();
         return height",
        json!([]),
    );
    assert!(room == 0.0, "the bar takes {room} px at once");

    // Where the field goes while somebody is in it, the focus goes to the log, and draws no frame
    // around it.
    shop.chat.click(Role::TextBox, "Message");
    inbox.end_chat_and_close();
    shop.field_is_there(false);
    shop.chat.focuses(Role::Log, "Messages");
    let outline: String = shop
        .chat
        .script("return getComputedStyle(document.querySelector('#log')).outlineStyle", json!([]));
    assert_eq!(outline, "none");
}

#[test]
fn in_small_windows_everything_is_reached_and_the_transcript_can_be_read() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    for question in ["The first of them", "The second of them", "How do I light it?"] {
        shop.starts(question);
        shop.goes_home();
    }
    for (width, height_) in [(320, 256), (320, 200), (480, 270), (812, 375), (640, 400)] {
        let look = Look { width, height: height_ };
        let where_ = format!("{width} × {height_}");
        let inbox = story.inbox_on(look);
        inbox.lists("The first of them");
        everything_is_reached(&inbox.page, ".list", &where_);
        everything_is_reached(&inbox.page, ".rail", &where_);
        inbox.opens("How do I light it?");
        let unclaimed = inbox.page.has(Role::Button, "Claim");
        everything_is_reached(&inbox.page, ".talk", &where_);
        if unclaimed {
            inbox.claim();
        }
        inbox.page.write("Message", "One line,\nand another one,\nand a third one.");
        everything_is_reached(&inbox.page, ".talk", &where_);
        let log = height(&inbox.page, ".log");
        assert!(log >= 140.0, "{where_}: {log} px are left for the transcript");
        let overlap: f64 = inbox.page.script(
            "const box = (at) => document.querySelector(at).getBoundingClientRect();
             return Math.max(box('.talk__head').bottom - box('.log').top,
                             box('.log').bottom - box('.desk').top)",
            json!([]),
        );
        assert!(overlap <= 0.5, "{where_}: things overlap by {overlap} px");
        inbox.page.rewrite("Message", "\u{e003}");
        inbox.page.axe_finds_nothing();

        inbox.page.go(&format!("{}/dashboard/chat/settings/closing", inbox.origin()));
        inbox.page.sees(Role::Heading, "Close Conversations");
        inbox.turns_on("Show a notification after a conversation is closed");
        everything_is_reached(&inbox.page, "#main", &where_);
        inbox.page.click(Role::Button, "Discard");
    }
}

#[test]
fn a_long_name_pushes_nothing_out_of_the_window() {
    let story = Story::begin();
    story.server.takes_in(LONG_NAME, LONG_EMAIL);
    let shop = story.shop();
    shop.open_chat();
    shop.starts("Who is there?");
    let wolfe = story.inbox_of("Wolfe", LONG_EMAIL);
    wolfe.takes("Who is there?");
    wolfe.reply("It is me.");
    for look in [Look::PHONE, Look::ENLARGED, Look { width: 320, height: 640 }, Look::DESK] {
        let inbox = story.inbox_on(look);
        let where_ = format!("{look:?}");
        inbox.lists("It is me.");
        everything_is_reached(&inbox.page, "#main", &where_);
        inbox.opens("It is me.");
        everything_is_reached(&inbox.page, "#main", &where_);
        let (right, window): (f64, f64) = inbox.page.script(
            "const take = [...document.querySelectorAll('.talk__acts button')].pop();
             return [take.getBoundingClientRect().right, innerWidth]",
            json!([]),
        );
        assert!(right <= window, "{where_}: Take over ends at {right} of {window}");
    }
}

#[test]
fn fingers_find_what_they_press_on_a_phone() {
    let story = Story::begin();
    let shop = story.shop();
    shop.open_chat();
    shop.starts("From the couch");
    shop.chat.says("Currently away");
    let inbox = story.inbox_on(Look::PHONE);
    shop.chat.says("Online");
    let large = |inbox: &Inbox, name: &str| {
        let (width, height) = inbox.page.size(Role::Button, name);
        assert!(width >= 44.0 && height >= 44.0, "{name} is {width} × {height}");
    };
    inbox.opens("From the couch");
    large(&inbox, "Claim");
    inbox.claim();
    inbox.page.write("Message", "Hello");
    for name in ["Unclaim", "End Chat and Close", "Send", "More ways to send"] {
        large(&inbox, name);
    }
    inbox.end_chat_and_close();
    the_toast_covers_nothing(&inbox);
    for name in ["Re-open", "Undo", "Dismiss"] {
        large(&inbox, name);
    }
}

/// Whether the toast is in view, and which messages, fields, buttons and links of the conversation it lies on.
const COVERED: &str = r#"
const toast = document.querySelector(".toast").getBoundingClientRect();
const around = [...document.querySelectorAll(".talk :is(.msg, textarea, button, a)")];
const below = around.filter((element) => {
  const { left, right, top, bottom, width } = element.getBoundingClientRect();
  return width > 0 && left < toast.right && right > toast.left && top < toast.bottom && bottom > toast.top;
});
const inside = toast.top >= 0 && toast.bottom <= innerHeight;
return [around.length, inside, below.map((element) => element.outerHTML.slice(0, 120))]"#;

#[track_caller]
fn the_toast_covers_nothing(inbox: &Inbox) {
    inbox.page.settle();
    let (around, inside, below): (usize, bool, Vec<String>) = inbox.page.script(COVERED, json!([]));
    assert!(around > 3, "{around}");
    assert!(inside, "the toast is out of view");
    assert!(below.is_empty(), "the toast lies on {below:#?}");
}

#[test]
fn what_has_the_focus_shows_in_few_colours() {
    let story = Story::begin();
    let (inbox, _shop) = mid_conversation(&story, Closing::default(), "Can you see me?");
    inbox.page.browser.force_colours();
    let edge = |selector: &str| -> (String, String) {
        inbox.page.script(
            "const { outlineStyle, outlineColor } = getComputedStyle(document.querySelector(arguments[0]));
             return [outlineStyle, outlineColor]",
            json!([selector]),
        )
    };
    for (tab, name) in [("Reply", "Message"), ("Internal note", "Internal note")] {
        inbox.page.click(Role::Tab, tab);
        inbox.page.click(Role::TextBox, name);
        inbox.page.settle();
        assert_eq!(edge(".reply .composer__box").0, "solid", "{name}");
        inbox.page.click(Role::Log, "Messages");
        inbox.page.settle();
        assert_eq!(edge(".reply .composer__box").0, "none", "{name}");
        assert_eq!(edge(".desk__tab[aria-selected=true]").0, "solid", "{tab}");
        assert_eq!(edge(".desk__tab[aria-selected=false]").0, "none", "{tab}");
    }
}

/// What the browsers' own translators and those of extensions do to a page.
const TRANSLATE: &str = r#"
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const texts = [];
while (walker.nextNode()) texts.push(walker.currentNode);
for (const text of texts) {
  if (!text.data.trim() || text.parentElement.closest("[translate=no], script, textarea")) continue;
  const outer = document.createElement("font");
  const inner = outer.appendChild(document.createElement("font"));
  inner.textContent = text.data;
  text.replaceWith(outer);
}
return true"#;

#[test]
fn a_translated_page_does_not_go_stale() {
    let story = Story::begin();
    let (ada, shop) = mid_conversation(&story, Closing::default(), "Which way is up?");
    let ben = story.bens_inbox();
    ben.opens("Which way is up?");
    let translates = |inbox: &Inbox| inbox.page.script::<bool>(TRANSLATE, json!([]));
    translates(&ben);
    ada.page.click(Role::Button, "Unclaim");
    ben.page.sees(Role::Button, "Claim");
    assert!(!ben.page.shows("Assigned to Ada"));
    translates(&ben);
    ada.claim();
    ben.page.says("Assigned to Ada");
    translates(&ben);
    ben.page.click(Role::Button, "Take over");
    ben.page.says("Assigned to you");
    assert!(!ben.page.shows("Assigned to Ada"));
    ada.page.says("Assigned to Ben");
    translates(&ben);
    translates(&ada);
    ben.reply("The lamp is up.");
    ada.reads("The lamp is up.");
    ben.end_chat_and_close();
    ada.page.says("Closed by Ben");
    let chip = |inbox: &Inbox| -> String {
        inbox.page.script("return document.querySelector('#talk').textContent", json!([]))
    };
    until("the head to say so", || {
        let said = chip(&ada);
        if said.contains("Closed") && !said.contains("Open") { Ok(()) } else { Err(said) }
    });
    translates(&ada);
    shop.visitor_writes("Thank you!");
    ada.reads("Thank you!");
    ada.lists("Thank you!");
    until("the head to say so", || {
        let said = chip(&ada);
        if said.contains("Open") && !said.contains("Closed") { Ok(()) } else { Err(said) }
    });
}

#[test]
fn the_end_of_the_transcript_stays_in_view() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Please read all of this.");
    for number in 0..12 {
        shop.visitor_writes(&format!(
            "Line {number} of many, each of which is long enough for two"
        ));
        inbox.reads(&format!("Line {number}"));
    }
    let hidden = || -> f64 {
        inbox.page.script(
            "const log = document.querySelector('.log');
             return log.scrollHeight - log.scrollTop - log.clientHeight",
            json!([]),
        )
    };
    let at_end = || {
        until("the end in view", || {
            let hidden = hidden();
            if hidden < 2.0 { Ok(()) } else { Err(format!("{hidden} px are hidden")) }
        });
    };
    at_end();
    // The field grows with what is written, and below it an alert comes.
    inbox.page.write("Message", "One\ntwo\nthree\nfour\nfive\nsix\nseven");
    inbox.page.settle();
    at_end();

    // Who reads further up is left there.
    inbox.scrolls_up();
    inbox.page.write("Message", "\neight\nnine");
    inbox.page.settle();
    assert!(hidden() > 100.0, "{}", hidden());
}

#[test]
fn a_lost_connection_moves_nothing_away() {
    let story = Story::begin();
    story.forgives_lost_connections();
    let (inbox, _shop) = mid_conversation(&story, Closing::default(), "Are you still there?");
    const TOPS: &str =
        "return ['.talk__head', '.log', '.desk', '.list__title', '.item'].map((at) =>
        document.querySelector(at).getBoundingClientRect().top)";
    let before: Value = inbox.page.script(TOPS, json!([]));
    story.server.unplug();
    inbox.page.says("Connection lost. Trying again…");
    inbox.page.sees(Role::Button, "Try now");
    let after: Value = inbox.page.script(TOPS, json!([]));
    assert_eq!(before, after);
    story.server.plug_in();
    inbox.page.lacks(Role::Button, "Try now");
}

#[test]
fn languages_are_added_by_the_names_that_people_give_them() {
    let story = Story::begin();
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.turns_on("Show a notification after a conversation is closed");
    for (written, name) in [
        ("Deutsch", "German"),
        ("português (Brasil)", "Brazilian Portuguese"),
        ("FRANCAIS", "French"),
        ("日本語", "Japanese"),
        ("Svenska", "Swedish"),
        ("Swahili", "Swahili"),
        ("es-MX", "Mexican Spanish"),
    ] {
        inbox.adds_language(written);
        inbox.page.sees_with(Role::Tab, name);
    }
    inbox.adds_language("Klingonisch");
    inbox.page.says("We don’t know that language.");
}

#[test]
fn the_settings_follow_the_plan_and_a_colleague() {
    let story = Story::begin();
    // Asked for the number that a change concerns, in the moment of the change of plan.
    story.forgives("403 (Forbidden)");
    let inbox = story.inbox();
    inbox.goes_to_settings();
    inbox.turns_on("Show a notification after a conversation is closed");
    inbox.page.write("Notice", "We have gone");
    story.server.goes_on_plan("starter");
    inbox.page.sees(Role::Heading, "Closing options are part of the Professional plan");
    inbox.page.says("Your changes are still here.");
    assert_eq!(inbox.page.value(Role::TextBox, "Notice"), "We have gone");
    story.server.goes_on_plan("professional");
    inbox.page.lacks_with(Role::Heading, "Professional plan");
    assert!(
        inbox.page.is_enabled(Role::Switch, "Hide closed conversations from the visitor’s Home")
    );
    assert_eq!(inbox.page.value(Role::TextBox, "Notice"), "We have gone");

    // What somebody else saves stands there, too, once nothing of one's own does.
    inbox.page.click(Role::Button, "Discard");
    inbox.settings(Closing { hide_closed: true, ..Closing::default() });
    until("the switch to turn", || {
        if inbox.page.is_on("Hide closed conversations from the visitor’s Home") {
            Ok(())
        } else {
            Err("off".to_owned())
        }
    });
}
