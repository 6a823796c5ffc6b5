//! Messages that arrive at a page: as frames of its socket, each a task of its own, but without a server, which limits
//! what one bot or agent may send.

use porchlight_stories::{Screen, until};
use serde_json::{Value, json};

/// Gives a page the frames that are to come.
const PREPARE: &str = r#"
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => socket.onmessage(new MessageEvent("message", { data }));
    const frames = arguments[0].reverse();
    window.arrive = (count) => {
      for (; count; count--) port2.postMessage(frames.pop());
    };"#;

/// The text at the end of the log.
const LAST: &str = "return [...document.querySelectorAll('.bubble')].at(-1)?.innerText ?? ''";

/// Frames that one script hands over.
const AT_ONCE: u32 = 1_000;

/// What a conversation's next frames are.
pub struct Frames {
    conversation: String,
    seq: u64,
    revision: u64,
    sent: u32,
}

impl Frames {
    /// The frames of a conversation whose last event has this seq and revision.
    pub fn after(conversation: String, seq: u64, revision: u64) -> Frames {
        Frames { conversation, seq, revision, sent: 0 }
    }

    /// Prepares so many messages for a page: [`arrive`] lets them arrive.
    pub fn prepare(&mut self, page: &Screen, count: u32) {
        let frames: Vec<String> = (0..count).map(|_| self.next()).collect();
        page.script::<Value>(PREPARE, json!([frames]));
    }

    /// Lets so many messages arrive, some at a time.
    pub fn fill(&mut self, page: &Screen, count: u32) {
        let mut left = count;
        while left > 0 {
            let now = left.min(AT_ONCE);
            self.prepare(page, now);
            arrive(page, now);
            self.are_shown(page);
            left -= now;
        }
    }

    /// Waits until all messages so far are there, and the last one is shown.
    pub fn are_shown(&self, page: &Screen) {
        let wanted = text(self.sent);
        until("the last message", || {
            let shown: String = page.script(LAST, json!([]));
            if shown.trim() == wanted { Ok(()) } else { Err(format!("there is {shown:?}")) }
        });
    }

    fn next(&mut self) -> String {
        self.sent += 1;
        self.seq += 1;
        self.revision += 1;
        let event = json!({
            "seq": self.seq,
            "revision": self.revision,
            "at": 1_763_800_000_000_u64 + self.seq * 1_000,
            "author": { "bot": { "id": "b".repeat(32), "name": "Wick" } },
            "client_id": format!("{:032x}", self.seq),
            "body": { "message": { "text": text(self.sent) } },
        });
        json!({ "event": { "conversation": self.conversation, "event": event } }).to_string()
    }
}

/// Lets so many of the prepared messages arrive, one right after another.
pub fn arrive(page: &Screen, count: u32) {
    page.script::<Value>("arrive(arguments[0])", json!([count]));
}

/// The text of a message; lengths differ.
pub fn text(number: u32) -> String {
    let more = "It is a lantern of oak. ".repeat(number as usize * 7 % 12);
    format!("Answer {number}. {more}").trim_end().to_owned()
}
