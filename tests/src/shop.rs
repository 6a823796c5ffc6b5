//! A visitor on the shop's page.

use std::sync::Arc;

use porchlight_words::{CHAT, Language};
use serde_json::{Value, json};

use crate::bot;
use crate::browser::{Browser, Look};
use crate::find::Role;
use crate::screen::Screen;
use crate::wait::until;

/// The name of the live chat field.
const FIELD: &str = "Message";
/// The name of the log in a thread.
const LOG: &str = "Messages";

/// The shop's page in a visitor's browser, and the chat on it.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The host page.
    pub page: Screen,
    /// The chat.
    pub chat: Screen,
    /// The language of the chat.
    language: &'static Language,
}

impl Shop {
    /// Opens a page with the chat on it.
    #[track_caller]
    pub fn visit(browser: &Arc<Browser>, address: &str, look: Look) -> Shop {
        Shop::visit_in(CHAT.english(), browser, address, look)
    }

    /// Opens a page in another language than English with the chat on it.
    #[track_caller]
    pub fn visit_in(
        language: &'static Language,
        browser: &Arc<Browser>,
        address: &str,
        look: Look,
    ) -> Shop {
        let page = browser.window(look).speaking(&CHAT, language);
        page.go(address);
        let shop = Shop { chat: page.chat(), page, language };
        shop.page.sees(Role::Button, "Open chat");
        shop
    }

    /// Opens the chat as a page of its own.
    #[track_caller]
    pub fn visit_alone(browser: &Arc<Browser>, address: &str, look: Look) -> Shop {
        let shop = Shop::visit_by_link(browser, address, look);
        shop.chat.sees(Role::Button, "New conversation");
        shop
    }

    /// Follows a link to the chat as a page of its own.
    pub fn visit_by_link(browser: &Arc<Browser>, address: &str, look: Look) -> Shop {
        let page = browser.window(look);
        page.go(address);
        Shop { chat: page.chat(), page, language: CHAT.english() }
    }

    /// The same visitor opens the same page in a second tab.
    #[track_caller]
    pub fn in_a_second_tab(&self) -> Shop {
        Shop::visit(&self.page.browser, &self.page.address(), Look::DESK)
    }

    /// Opens the chat.
    #[track_caller]
    pub fn open_chat(&self) {
        self.page.click(Role::Button, "Open chat");
        self.chat_is_there();
    }

    #[track_caller]
    fn chat_is_there(&self) {
        until("the chat to open", || {
            let shown = !self.chat.names_now(Role::Main)?.is_empty();
            if shown { Ok(()) } else { Err("it shows nothing".to_owned()) }
        });
    }

    /// The page changes the language of the chat.
    #[track_caller]
    pub fn changes_language(&self, tag: &str) -> Shop {
        self.page.script::<Value>("Porchlight('setLocale', arguments[0])", json!([tag]));
        let language = CHAT.choose(Some(tag), None);
        let page = self.page.clone().speaking(&CHAT, language);
        let shop = Shop { chat: page.chat(), page, language };
        until(&format!("the chat in {tag}"), || {
            shop.page.browser.forget_place();
            let lang: String =
                shop.chat.try_script("return document.documentElement.lang", json!([]))?;
            if language.tag == lang { Ok(()) } else { Err(format!("it is in {lang}")) }
        });
        shop.chat_is_there();
        shop
    }

    /// Closes the chat.
    #[track_caller]
    pub fn close_chat(&self) {
        self.page.click(Role::Button, "Close chat");
        self.page.sees(Role::Button, "Open chat");
    }

    /// Reloads the page, and opens the chat.
    #[track_caller]
    pub fn reload(&self) {
        self.page.reload();
        if self.is_alone() {
            self.chat_is_there();
        } else {
            self.open_chat();
        }
    }

    /// Whether the chat is a page of its own.
    pub fn is_alone(&self) -> bool {
        self.page.address().contains("/c/")
    }

    // On Home.

    /// Starts a conversation with this message.
    #[track_caller]
    pub fn starts(&self, words: &str) {
        self.chat.click(Role::Button, "New conversation");
        self.visitor_writes(words);
        self.is_sent(words);
    }

    /// Starts a conversation with a message of several lines.
    #[track_caller]
    pub fn starts_with_lines(&self, lines: &[&str]) {
        self.chat.click(Role::Button, "New conversation");
        self.visitor_writes_lines(lines);
        for line in lines {
            self.is_sent(line);
        }
    }

    /// Opens the conversation that has these words in its line.
    #[track_caller]
    pub fn opens(&self, words: &str) {
        self.chat.click_with(Role::Button, words);
        self.chat.sees(Role::Log, LOG);
    }

    /// Goes back to Home.
    #[track_caller]
    pub fn goes_home(&self) {
        self.chat.click(Role::Button, "Back to your conversations");
        self.is_home();
    }

    /// Waits until Home is shown.
    #[track_caller]
    pub fn is_home(&self) {
        self.chat.sees(Role::Button, "New conversation");
    }

    /// The row on Home with these words.
    #[track_caller]
    pub fn line(&self, words: &str) -> String {
        until(&format!("“{words}” on Home"), || self.line_now(words))
    }

    /// What stands before and after the name in the names of the buttons that close a conversation on Home.
    fn close(&self) -> (&'static str, &'static str) {
        let pattern = self.language.get("home.closeWith").unwrap_or_default();
        pattern.split_once("{{name}}").unwrap_or((pattern, ""))
    }

    fn line_now(&self, words: &str) -> Result<String, String> {
        let buttons = self.chat.names_now(Role::Button)?;
        let (before, after) = self.close();
        let closes = |name: &str| name.starts_with(before) && name.ends_with(after);
        let mut lines = buttons.iter().filter(|name| !closes(name));
        let line = lines.find(|line| line.contains(words));
        line.cloned().ok_or_else(|| format!("there were {buttons:?}"))
    }

    /// Waits until Home lists the conversation, marked *Closed* or not.
    #[track_caller]
    pub fn home_lists(&self, words: &str, marked_closed: bool) {
        until(&format!("“{words}” on Home, marked closed: {marked_closed}"), || {
            let line = self.line_now(words)?;
            let right = line.ends_with("Closed") == marked_closed;
            if right { Ok(()) } else { Err(format!("it said {line:?}")) }
        });
    }

    /// Waits until Home has loaded, and does not list the conversation.
    #[track_caller]
    pub fn home_lacks(&self, words: &str) {
        self.is_home();
        self.settles();
        self.chat.lacks_with(Role::Button, words);
    }

    /// Closes the conversation that has these words in its line.
    #[track_caller]
    pub fn puts_away(&self, words: &str) {
        let (before, after) = self.close();
        let close = if before.is_empty() { after } else { before };
        self.chat.item(words).click_with(Role::Button, close);
    }

    /// Waits until the list has been loaded from the server.
    #[track_caller]
    pub fn settles(&self) {
        until("the list to be there", || {
            let text = self.chat.text_now()?;
            let busy = ["Loading your conversations…", "Connecting…"];
            match busy.into_iter().find(|busy| text.contains(busy)) {
                Some(busy) => Err(format!("it said {busy:?}")),
                None => Ok(()),
            }
        });
        self.chat.settle();
    }

    // In a thread.

    /// Types a message and sends it with Enter. It appears in the thread at once.
    #[track_caller]
    pub fn visitor_writes(&self, words: &str) {
        self.chat.write(FIELD, &format!("{words}\u{e007}"));
        self.chat.reads(Role::Log, LOG, words);
    }

    /// Types a message of several lines, with Shift and Enter between them, and sends it with Enter.
    #[track_caller]
    pub fn visitor_writes_lines(&self, lines: &[&str]) {
        self.chat.write(FIELD, &format!("{}\u{e007}", lines.join("\u{e008}\u{e007}\u{e008}")));
        for line in lines {
            self.chat.reads(Role::Log, LOG, line);
        }
    }

    /// Waits until all of the visitor's messages are sent, this one among them.
    #[track_caller]
    pub fn is_sent(&self, words: &str) {
        until(&format!("“{words}” to be sent"), || {
            let lines = self.chat.lines_now(Role::Log, LOG)?;
            let there = lines.iter().any(|line| line == words);
            let say = |words: &str| {
                lines.iter().any(|line| line.starts_with(self.chat.translated(words)))
            };
            let waits = ["Sending…", "Not sent.", "Not sent yet. We’ll keep trying."]
                .map(say)
                .contains(&true);
            let sent = lines.iter().any(|line| line == self.chat.translated("Sent"));
            if there && sent && !waits { Ok(()) } else { Err(format!("there was {lines:?}")) }
        });
    }

    /// Waits until the thread has this message of the team.
    #[track_caller]
    pub fn sees_reply(&self, words: &str) {
        self.chat.reads(Role::Log, LOG, words);
    }

    /// The number of messages in the thread that consist of these words.
    #[track_caller]
    pub fn count(&self, words: &str) -> usize {
        self.thread().iter().filter(|line| *line == words).count()
    }

    /// The thread, line by line.
    #[track_caller]
    pub fn thread(&self) -> Vec<String> {
        self.chat.lines(Role::Log, LOG)
    }

    /// Closes the open conversation.
    #[track_caller]
    pub fn ends_conversation(&self) {
        self.chat.click(Role::Button, "End conversation");
    }

    /// Waits until the live chat field is there; with `false`, until *Start a new conversation* is in its place.
    #[track_caller]
    pub fn field_is_there(&self, there: bool) {
        if there {
            self.chat.sees(Role::TextBox, FIELD);
            self.chat.lacks(Role::Button, "Start a new conversation");
        } else {
            self.chat.sees(Role::Button, "Start a new conversation");
            self.chat.lacks(Role::TextBox, FIELD);
        }
    }

    /// Waits until nothing in the thread leads to the team.
    #[track_caller]
    pub fn live_chat_is_off(&self) {
        self.chat.says("Live chat isn’t available right now.");
        self.chat.lacks(Role::TextBox, FIELD);
        self.chat.lacks(Role::Button, "Start a new conversation");
    }

    /// Waits until the field has exactly this text: a draft is restored a moment after the field appears.
    #[track_caller]
    pub fn draft_is(&self, words: &str) {
        until(&format!("“{words}” in the field"), || {
            let draft = self.chat.value(Role::TextBox, FIELD);
            if draft == words { Ok(()) } else { Err(format!("there was “{draft}”")) }
        });
    }

    /// Types without sending.
    #[track_caller]
    pub fn drafts(&self, words: &str) {
        self.chat.write(FIELD, words);
    }

    /// Goes offline.
    #[track_caller]
    pub fn goes_offline(&self) {
        self.page.browser.set_offline(true);
    }

    /// Goes online again.
    #[track_caller]
    pub fn comes_back(&self) {
        self.page.browser.set_offline(false);
    }

    /// Width and height of the open chat.
    #[track_caller]
    pub fn size(&self) -> (f64, f64) {
        self.page.size(Role::Dialog, "Chat")
    }

    // Storage and API.

    /// The names of the entries in the page's storage.
    #[track_caller]
    pub fn stored(&self) -> Vec<String> {
        self.page.script(
            "return Object.keys(localStorage).concat(Object.keys(sessionStorage))",
            json!([]),
        )
    }

    /// The visitor's key, from the page's storage.
    #[track_caller]
    pub fn key(&self, site: &str) -> String {
        let slot = format!("porchlight:{site}");
        until("the page to keep the visitor's key", || {
            let kept: Option<String> =
                self.page.script("return localStorage.getItem(arguments[0])", json!([slot]));
            let kept: Value = serde_json::from_str(&kept.unwrap_or_default()).unwrap_or_default();
            kept["key"].as_str().map(str::to_owned).ok_or_else(|| "it does not".to_owned())
        })
    }

    /// Stores a visitor's key, as if this visitor had been here before.
    #[track_caller]
    pub fn remember(&self, site: &str, key: &str) {
        let kept = json!({ "key": key, "active": false }).to_string();
        let slot = format!("porchlight:{site}");
        self.page.script::<Value>("localStorage.setItem(...arguments)", json!([slot, kept]));
    }

    /// Sends a message by the API, not by the widget.
    #[track_caller]
    pub fn says_elsewhere(&self, site: &str, conversation: &str, words: &str) -> (u16, Value) {
        let path = format!("{}/{}", events(site, conversation), bot::id(7));
        let body = json!({ "message": { "text": words } });
        self.calls(&self.key(site), "PUT", &path, &body)
    }

    /// The log of a conversation, as the server sends it to the visitor.
    #[track_caller]
    pub fn is_told(&self, site: &str, conversation: &str) -> Value {
        let path = events(site, conversation);
        let (status, log) = self.calls(&self.key(site), "GET", &path, &Value::Null);
        assert_eq!(status, 200, "{log}");
        log
    }

    #[track_caller]
    fn calls(&self, key: &str, method: &str, path: &str, body: &Value) -> (u16, Value) {
        const CALL: &str = r#"
            const [key, method, path, body, done] = arguments;
            const headers = { Authorization: "Bearer " + key, "Content-Type": "application/json" };
            fetch(path, { method, headers, body: body && JSON.stringify(body) })
              .then(async (answer) => done([answer.status, await answer.json()]));"#;
        self.chat.script_until_done(CALL, json!([key, method, path, body]))
    }
}

/// The API path of a conversation's events.
fn events(site: &str, conversation: &str) -> String {
    format!("/api/v1/sites/{site}/conversations/{conversation}/events")
}
