//! The floor: a hand-written page.

use porchlight_stories::{Feed, Look, Screen, Story, until};
use serde_json::{Value, json};

use crate::{Thread, text};

const PAGE: &str = include_str!("floor.html");

/// The widget's style sheets.
const STYLES: [&str; 5] = [
    include_str!("../../../style/tokens.css"),
    include_str!("../../../style/base.css"),
    include_str!("../../../style/home.css"),
    include_str!("../../../style/thread.css"),
    include_str!("../../../style/composer.css"),
];

/// A hand-written page with a thread.
pub struct Floor {
    page: Screen,
    feed: Feed,
    sent: u32,
}

impl Floor {
    /// Opens it.
    pub fn open(story: &Story) -> Floor {
        let page = story.somebody("floor").window(Look::DESK);
        let feed = Feed::start();
        let html = PAGE.replace("STYLES", &STYLES.concat()).replace("SOCKET", feed.address());
        page.go("about:blank");
        page.script::<Value>(
            "document.open(); document.write(arguments[0]); document.close()",
            json!([html]),
        );
        Floor { page, feed, sent: 0 }
    }
}

impl Thread for Floor {
    fn page(&self) -> &Screen {
        &self.page
    }

    fn receives(&mut self, count: u32) {
        for _ in 0..count {
            self.sent += 1;
            let event = json!({
                "seq": self.sent,
                "revision": self.sent,
                "at": 1_763_800_000_000_u64 + u64::from(self.sent) * 1_000,
                "author": { "bot": { "name": "Wick" } },
                "client_id": format!("{:032x}", self.sent),
                "body": { "message": { "text": text(self.sent) } },
            });
            let conversation = "2".repeat(32);
            let frame = json!({ "event": { "conversation": conversation, "event": event } });
            self.feed.send(frame.to_string());
        }
        if count > 1 {
            until("the floor to have all", || {
                let there: u32 = self.page.script("return all.length", json!([]));
                if there == self.sent { Ok(()) } else { Err(format!("it has {there}")) }
            });
        }
    }

    fn begins_to_write(&self) {
        const EMPTY: &str = "field.value = ''; field.focus()";
        self.page.script::<Value>(EMPTY, json!([]));
    }
}
