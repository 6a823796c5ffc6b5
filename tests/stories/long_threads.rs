//! Long conversations: a window on them is in the document, and nothing jumps.

use porchlight_stories::{Closing, Inbox, Role, Shop, Story, until};
use serde::Deserialize;
use serde_json::json;

use crate::scene::mid_conversation;

/// Rows in the document at most.
const ROWS_MAX: usize = 120;

/// Lets the agent send so many messages of different lengths to the open conversation: `Answer 1`, `Answer 2`, …
fn says_much(inbox: &Inbox, count: usize) {
    const SAY: &str = r#"
        const [first, last, done] = arguments;
        const api = "/api/v1/agent";
        const conversation = location.href.match(/c_[0-9a-z]+|[0-9a-f]{32}/)[0];
        (async () => {
          const { csrf } = await (await fetch(api + "/session")).json();
          const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
          const statuses = new Set();
          for (let n = first; n <= last; n++) {
            const id = crypto.randomUUID().replaceAll("-", "");
            const text = `Answer ${n}. ` + "It is a lantern of oak. ".repeat(n * 7 % 12);
            const body = JSON.stringify({ message: { text: text.trim() } });
            const path = `${api}/conversations/${conversation}/events/${id}`;
            statuses.add((await fetch(path, { method: "PUT", headers, body })).status);
          }
          return [...statuses];
        })().then(done, (error) => done([String(error)]));"#;
    // A script has its time.
    for first in (1..=count).step_by(50) {
        let some = json!([first, count.min(first + 49)]);
        let statuses: serde_json::Value = inbox.page.script_until_done(SAY, some);
        assert_eq!(statuses, json!([201]));
    }
}

/// What is seen of a log.
#[derive(Debug, Clone, Deserialize, PartialEq)]
struct View {
    /// Rows in the document.
    rows: usize,
    /// The text of the first row that is wholly in view.
    first: String,
    /// Pixels between the upper edges of the log and of that row.
    below: f64,
    /// The widest gap between rows that is in view.
    gap: f64,
}

const VIEW: &str = r#"
    const log = document.querySelector("[role=log]");
    const { top, bottom } = log.getBoundingClientRect();
    const rows = [...log.querySelectorAll(".msg")].map((row) => [row, row.getBoundingClientRect()]);
    const seen = rows.filter(([, it]) => it.bottom > top && it.top < bottom);
    const [first, at] = seen.find(([, it]) => it.top >= top) ?? seen[0] ?? [];
    const ends = [top, ...seen.map(([, it]) => it.bottom)];
    const gaps = [...seen.map(([, it]) => it.top), bottom].map((begin, n) => begin - ends[n]);
    return {
      rows: rows.length,
      first: first?.querySelector(".bubble").innerText ?? "",
      below: at ? at.top - top : 0,
      gap: Math.max(...gaps),
    };"#;

fn view(shop: &Shop) -> View {
    shop.chat.script(VIEW, json!([]))
}

/// Scrolls the log by so many pixels, and waits until rows fill it.
#[track_caller]
fn scrolls(shop: &Shop, by: i32) -> View {
    const SCROLL: &str = "document.querySelector('[role=log]').scrollBy(0, arguments[0]); return 0";
    shop.chat.script::<i32>(SCROLL, json!([by]));
    let mut seen = view(shop);
    until("rows to fill the log", || {
        seen = view(shop);
        let is_full = seen.gap < 120.0 && (1..=ROWS_MAX).contains(&seen.rows);
        if is_full { Ok(()) } else { Err(format!("it was {seen:?}")) }
    });
    seen
}

fn number(view: &View) -> usize {
    let words = view.first.strip_prefix("Answer ");
    words.and_then(|words| words.split('.').next()?.parse().ok()).unwrap_or_default()
}

#[test]
fn a_long_thread_is_read_from_its_end_to_its_beginning() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Tell me everything.");
    says_much(&inbox, 200);
    shop.sees_reply("Answer 200.");
    shop.reload();
    shop.opens("Answer 200.");
    let mut seen = scrolls(&shop, 0);
    assert!(number(&seen) > 180, "{seen:?}");

    // All of it is fetched on the way up, and each step shows what comes before.
    let mut steps = 0;
    until("the first message", || {
        let before = number(&seen);
        seen = scrolls(&shop, -350);
        steps += 1;
        assert!(number(&seen) <= before, "{before}: {seen:?}");
        if seen.first == "Tell me everything." { Ok(()) } else { Err(format!("{seen:?}")) }
    });
    assert!(steps > 30, "{steps}");

    // What comes meanwhile moves nothing.
    inbox.reply("One thing more.");
    shop.chat.sees(Role::Button, "New messages");
    let now = view(&shop);
    assert_eq!((now.first, now.below), (seen.first, seen.below));
    shop.chat.click(Role::Button, "New messages");
    shop.sees_reply("One thing more.");
    until("the end", || match view(&shop) {
        seen if seen.rows <= ROWS_MAX && number(&seen) > 180 => Ok(()),
        seen => Err(format!("it was {seen:?}")),
    });
    shop.visitor_writes("Thank you!");
    shop.is_sent("Thank you!");
}

#[test]
fn what_is_read_stays_in_its_place() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Tell me everything.");
    says_much(&inbox, 150);
    shop.sees_reply("Answer 150.");
    // Far up, where rows were exchanged several times.
    let mut seen = scrolls(&shop, -600);
    while number(&seen) > 50 {
        seen = scrolls(&shop, -600);
    }
    // Down and up again by as much is where one was.
    for by in [40, 300, 900] {
        scrolls(&shop, by);
        let back = scrolls(&shop, -by);
        assert_eq!(back.first, seen.first, "after {by}: {back:?}");
        assert!((back.below - seen.below).abs() < 2.0, "after {by}: {seen:?} {back:?}");
    }
    // So it is in a lower window, and when somebody writes there.
    for _ in 0..3 {
        inbox.reply("And another thing.");
    }
    shop.chat.sees(Role::Button, "New messages");
    let now = view(&shop);
    assert_eq!(now.first, seen.first);
    assert!((now.below - seen.below).abs() < 2.0, "{seen:?} {now:?}");
}
