//! The widget, as a page of its own.

use porchlight_stories::{Bot, Meter, Role, Screen, Shop, Story};
use serde_json::{Value, json};

use crate::Thread;
use crate::frames::{Frames, text};

/// Keeps the page's socket within reach of [`crate::frames`].
const KEEP_SOCKET: &str = "
    window.WebSocket = class extends WebSocket {
      constructor(...of) {
        super(...of);
        window.socket = this;
      }
    };";

/// The widget with a bot's conversation open.
pub struct Widget {
    shop: Shop,
    frames: Frames,
}

impl Widget {
    /// Opens it, with one question and one answer.
    pub fn open(story: &Story) -> Widget {
        let shop = story.chat_alone();
        Meter::of(&shop.page).begins_with(KEEP_SOCKET);
        let (site, key) = (&story.server.site, "7".repeat(64));
        let conversation = Bot::of(&story.server).is_asked(&key, "Which do you have?", &text(0));
        shop.remember(site, &key);
        shop.reload();
        shop.opens("Answer 0");
        let log = shop.is_told(site, &conversation);
        let last = log["events"].as_array().and_then(|events| events.last()).expect("an event");
        let number = |name: &str| last[name].as_u64().expect("a number");
        Widget { frames: Frames::after(conversation, number("seq"), number("revision")), shop }
    }
}

impl Thread for Widget {
    fn page(&self) -> &Screen {
        &self.shop.page
    }

    fn frames(&mut self) -> &mut Frames {
        &mut self.frames
    }

    fn begins_to_write(&self) {
        const EMPTY: &str = "
            const field = document.getElementById('field');
            field.value = '';
            field.dispatchEvent(new Event('input', { bubbles: true }));
            field.focus()";
        self.shop.chat.sees(Role::TextBox, "Message");
        self.shop.chat.script::<Value>(EMPTY, json!([]));
    }
}
