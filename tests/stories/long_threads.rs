//! Long conversations: a window on them is in the document, and nothing jumps.

use porchlight_stories::{Closing, Inbox, Role, Screen, Story, until};
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

/// Steps of 600 pixels within which a log of 150 messages is at its hundredth from the end.
const STEPS_MAX: usize = 60;

fn view(page: &Screen) -> View {
    page.script(VIEW, json!([]))
}

/// Scrolls the log by so many pixels, and waits until rows fill it.
#[track_caller]
fn scrolls(page: &Screen, by: i32) -> View {
    const SCROLL: &str = "document.querySelector('[role=log]').scrollBy(0, arguments[0]); return 0";
    page.script::<i32>(SCROLL, json!([by]));
    let mut seen = view(page);
    until("rows to fill the log", || {
        seen = view(page);
        let is_full = seen.gap < 120.0 && (1..=ROWS_MAX).contains(&seen.rows);
        if is_full { Ok(()) } else { Err(format!("it was {seen:?}")) }
    });
    seen
}

fn number(view: &View) -> usize {
    let words = view.first.strip_prefix("Answer ");
    words.and_then(|words| words.split('.').next()?.parse().ok()).unwrap_or_default()
}

/// Waits until the end of the log is in view again.
#[track_caller]
fn is_at_its_end(page: &Screen, above: usize) {
    until("the end", || match view(page) {
        seen if seen.rows <= ROWS_MAX && number(&seen) > above => Ok(()),
        seen => Err(format!("it was {seen:?}")),
    });
}

/// The same row is where it was.
#[track_caller]
fn stayed(now: &View, before: &View) {
    assert_eq!(now.first, before.first, "{before:?} {now:?}");
    assert!((now.below - before.below).abs() < 2.0, "{before:?} {now:?}");
}

#[test]
fn a_long_thread_is_read_from_its_end_to_its_beginning() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Tell me everything.");
    says_much(&inbox, 200);
    shop.sees_reply("Answer 200.");
    shop.reload();
    shop.opens("Answer 200.");
    let mut seen = scrolls(&shop.chat, 0);
    assert!(number(&seen) > 180, "{seen:?}");

    // All of it is fetched on the way up, and each step shows what comes before.
    let mut steps = 0;
    until("the first message", || {
        let before = number(&seen);
        seen = scrolls(&shop.chat, -350);
        steps += 1;
        assert!(number(&seen) <= before, "{before}: {seen:?}");
        if seen.first == "Tell me everything." { Ok(()) } else { Err(format!("{seen:?}")) }
    });
    assert!(steps > 30, "{steps}");

    // What comes meanwhile moves nothing.
    inbox.reply("One thing more.");
    shop.chat.sees(Role::Button, "New messages");
    let now = view(&shop.chat);
    assert_eq!((now.first, now.below), (seen.first, seen.below));
    shop.chat.click(Role::Button, "New messages");
    shop.sees_reply("One thing more.");
    is_at_its_end(&shop.chat, 180);
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
    let mut seen = scrolls(&shop.chat, -600);
    for _ in 0..STEPS_MAX {
        if number(&seen) > 50 {
            seen = scrolls(&shop.chat, -600);
        }
    }
    assert!(number(&seen) <= 50, "the log does not go up: {seen:?}");
    // Down and up again by as much is where one was.
    for by in [40, 300, 900] {
        scrolls(&shop.chat, by);
        let back = scrolls(&shop.chat, -by);
        stayed(&back, &seen);
    }
    // So it is in a lower window, and when somebody writes there.
    for _ in 0..3 {
        inbox.reply("And another thing.");
    }
    shop.chat.sees(Role::Button, "New messages");
    stayed(&view(&shop.chat), &seen);
}

#[test]
fn who_reads_at_the_end_stays_there_while_the_browser_moves_the_log() {
    // Rows leave that were higher than was guessed, so the browser moves the log up to its new end. Something comes, and
    // only then the browser tells of the scroll.
    const MOVE: &str = r#"
        const log = document.querySelector("[role=log]");
        const before = log.scrollTop;
        document.getElementById("rows").style.height = "0px";
        const now = log.scrollTop;
        window.dispatchEvent(new Event("offline"));
        const more = document.createElement("div");
        more.style.height = "300px";
        log.append(more);
        log.dispatchEvent(new Event("scroll"));
        more.remove();
        window.dispatchEvent(new Event("online"));
        return before - now;"#;
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Tell me everything.");
    says_much(&inbox, 150);
    shop.sees_reply("Answer 150.");
    is_at_its_end(&shop.chat, 130);
    assert!(shop.chat.script::<f64>(MOVE, json!([])) > 100.0, "it was moved by nobody");
    for _ in 0..3 {
        inbox.reply("And another thing.");
    }
    shop.sees_reply("And another thing.");
    is_at_its_end(&shop.chat, 130);
    shop.chat.lacks(Role::Button, "New messages");
}

/// Scrolls the log in each of so many animation frames, and returns what was painted elsewhere than it was scrolled to.
#[track_caller]
fn glides(page: &Screen, by: i32, frames: usize) -> Vec<String> {
    const GLIDE: &str = r#"
        const [by, frames, done] = arguments;
        const log = document.querySelector("[role=log]");
        const middle = log.getBoundingClientRect().top + log.clientHeight / 2;
        const top = (row) => (row.isConnected ? row.getBoundingClientRect().top : NaN);
        const painted = () => new Promise((then) => requestAnimationFrame(() => setTimeout(then)));
        (async () => {
          const jumps = [];
          for (let n = 0; n < frames; n++) {
            const row = [...log.querySelectorAll(".msg")].find((it) => top(it) > middle);
            const wanted = top(row) - by;
            log.scrollBy(0, by);
            await painted();
            if (!(Math.abs(top(row) - wanted) < 2)) {
              jumps.push(`${row.innerText}: ${top(row)}, not ${wanted}`);
            }
          }
          return jumps;
        })().then(done, (error) => done([String(error)]));"#;
    page.script_until_done(GLIDE, json!([by, frames]))
}

/// Notes from now on which rows come into the document while the log is live.
fn listens(page: &Screen) {
    const LISTEN: &str = r#"
        const log = document.querySelector("[role=log]");
        window.heard = [];
        const hears = (changes) => {
          if (log.getAttribute("aria-live") === "off") return;
          const came = changes.flatMap((change) => [...change.addedNodes]);
          heard.push(...came.filter((it) => it.matches?.(".msg")).map((it) => it.innerText));
        };
        new MutationObserver(hears).observe(log, { childList: true, subtree: true });"#;
    page.script::<()>(LISTEN, json!([]));
}

#[test]
fn a_long_transcript_is_read_from_its_end_to_its_beginning() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Tell me everything.");
    let page = &inbox.page;
    says_much(&inbox, 300);
    inbox.reads("Answer 300.");
    is_at_its_end(page, 285);
    page.reload();
    inbox.reads("Answer 300.");
    is_at_its_end(page, 285);

    listens(page);
    let mut seen = scrolls(page, 0);
    let mut steps = 0;
    until("the first message", || {
        let before = number(&seen);
        seen = scrolls(page, -600);
        steps += 1;
        assert!(number(&seen) <= before, "{before}: {seen:?}");
        if seen.first == "Tell me everything." { Ok(()) } else { Err(format!("{seen:?}")) }
    });
    assert!(steps > 20, "{steps}");

    // What comes meanwhile moves nothing, and leads to the end.
    shop.visitor_writes("One thing more?");
    page.sees(Role::Button, "New messages");
    stayed(&view(page), &seen);
    let heard: Vec<String> = page.script("return heard", json!([]));
    assert!(heard.is_empty(), "{heard:?}");
    page.click(Role::Button, "New messages");
    inbox.reads("One thing more?");
    page.focuses(Role::Log, "Messages");
    is_at_its_end(page, 285);
    // At the end, it stays there, and what comes is news.
    shop.visitor_writes("And a last one?");
    inbox.reads("And a last one?");
    is_at_its_end(page, 285);
    let heard: Vec<String> = page.script("return heard", json!([]));
    assert!(matches!(&heard[..], [news] if news.contains("And a last one?")), "{heard:?}");
}

#[test]
fn what_an_agent_reads_stays_in_its_place() {
    let story = Story::begin();
    let (inbox, shop) = mid_conversation(&story, Closing::default(), "Tell me everything.");
    let page = &inbox.page;
    says_much(&inbox, 150);
    inbox.reads("Answer 150.");
    shop.sees_reply("Answer 150.");
    shop.visitor_writes("Is it this one? https://lamps.example/oak");
    inbox.reads("Is it this one?");
    page.script::<()>("document.querySelector('.msg a').focus()", json!([]));

    // On the way, rows are exchanged and older ones come, and in no frame is that to be seen.
    let jumps = glides(page, -90, 60);
    assert!(jumps.is_empty(), "{jumps:?}");
    // Far up, the link is no longer in the document.
    let mut seen = scrolls(page, -600);
    while number(&seen) > 50 {
        seen = scrolls(page, -600);
    }
    page.focuses(Role::Log, "Messages");
    // Down and up again by as much is where one was.
    for by in [40, 300, 900] {
        scrolls(page, by);
        stayed(&scrolls(page, -by), &seen);
    }
    // So it is when the visitor writes, when there is less room, and when text is enlarged.
    shop.visitor_writes("Or that one?");
    page.sees(Role::Button, "New messages");
    stayed(&view(page), &seen);
    for change in ["style.fontSize = '150%'", "style.fontSize = ''"] {
        page.script::<()>(&format!("document.documentElement.{change}"), json!([]));
        page.settle();
        let now = scrolls(page, 0);
        assert_eq!(now.first, seen.first, "after {change}: {seen:?} {now:?}");
    }
    for width in ["26rem", ""] {
        let narrow = "document.querySelector('.talk').style.maxWidth = arguments[0]";
        page.script::<()>(narrow, json!([width]));
        page.settle();
        let now = scrolls(page, 0);
        assert_eq!(now.first, seen.first, "{width:?} wide: {seen:?} {now:?}");
    }

    // What is not in the document is asked about all the same.
    page.click(Role::Button, "End Chat and Close");
    inbox.is_asked("The visitor has sent a new message", "Keep it open");
    page.says("Or that one?");
    page.click(Role::Button, "Keep it open");
    inbox.reads("Or that one?");
    is_at_its_end(page, 130);
}
