//! The widget, as a page of its own.

use porchlight_stories::{Bot, Role, Screen, Shop, Story, until};
use serde_json::{Value, json};

use crate::{Thread, text};

/// Bots that write: 200 messages at once each, then 50 per second.
const BOTS: u32 = 24;

/// The widget with a bot's conversation open.
pub struct Widget<'a> {
    shop: Shop,
    bot: Bot<'a>,
    /// Tokens of many bots: the server limits what one of them may send.
    tokens: Vec<String>,
    conversation: String,
    sent: u32,
}

impl<'a> Widget<'a> {
    /// Opens it, with one question and one answer.
    pub fn open(story: &'a Story) -> Widget<'a> {
        const QUESTION: &str = "Which lanterns do you have?";
        let shop = story.chat_alone();
        let bot = Bot::of(&story.server);
        let key = "7".repeat(64);
        let conversation = bot.is_asked(&key, QUESTION, &text(0));
        shop.remember(&story.server.site, &key);
        shop.reload();
        shop.opens("Answer 0");
        let tokens = (0..BOTS).map(|number| story.server.employs(&format!("Wick {number}")));
        Widget { shop, bot, tokens: tokens.collect(), conversation, sent: 0 }
    }
}

impl Thread for Widget<'_> {
    fn page(&self) -> &Screen {
        &self.shop.page
    }

    fn receives(&mut self, count: u32) {
        /// The ids before belong to the conversation's beginning.
        const FIRST_ID: u32 = 1_000;
        let numbers = self.sent + 1..=self.sent + count;
        self.sent += count;
        let messages = numbers.map(|number| (FIRST_ID + number, text(number)));
        self.bot.say_all(&self.tokens, &self.conversation, messages);
        if count > 1 {
            // They come in any order; one more is the last.
            self.sent += 1;
            let last = text(self.sent);
            let messages = [(FIRST_ID + self.sent, last.clone())];
            self.bot.say_all(&self.tokens, &self.conversation, messages.into_iter());
            until("the widget to have all", || {
                let thread = self.shop.chat.script::<String>(
                    "return [...document.querySelectorAll('.bubble')].at(-1).innerText",
                    json!([]),
                );
                if thread.trim() == last { Ok(()) } else { Err(format!("it ends with {thread:?}")) }
            });
        }
    }

    fn begins_to_write(&self) {
        const EMPTY: &str = "const field = document.getElementById('field');
            field.value = ''; field.dispatchEvent(new Event('input', { bubbles: true })); field.focus()";
        self.shop.chat.sees(Role::TextBox, "Message");
        self.shop.chat.script::<Value>(EMPTY, json!([]));
    }
}
