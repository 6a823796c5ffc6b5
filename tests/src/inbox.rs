//! An agent's inbox.

use std::sync::Arc;

use porchlight_words::INBOX;
use serde_json::{Value, json};

use crate::browser::{Browser, Look};
use crate::find::Role;
use crate::screen::Screen;
use crate::wait::until;

/// The name of a transcript.
const LOG: &str = "Messages";

/// The settings on the page *Close Conversations*.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closing {
    /// Closed conversations leave Home when the page is loaded again.
    pub hide_closed: bool,
    /// Unread conversations are hidden only once they were read.
    pub keep_unread: bool,
    /// The live chat field is disabled at once.
    pub disable_field: bool,
    /// The notice in each language, the site's default first. If empty, the notice is off.
    pub notices: &'static [(&'static str, &'static str)],
    /// Seconds without activity until a conversation closes by itself.
    pub auto_close_after_s: Option<u64>,
    /// The same for conversations with bots, if it differs.
    pub bot_auto_close_after_s: Option<u64>,
    /// Seconds before auto-close at which the visitor is warned.
    pub warn_before_s: Option<u64>,
}

impl Closing {
    /// The JSON for the API.
    fn body(self) -> Value {
        let notices = self.notices.iter();
        let notices = notices.map(|(language, text)| json!({ "language": language, "text": text }));
        let mut body = json!({
            "hide_closed": self.hide_closed,
            "keep_unread": self.keep_unread,
            "disable_field": self.disable_field,
            "notice": !self.notices.is_empty(),
            "notices": notices.collect::<Vec<_>>(),
            "bots_apart": self.bot_auto_close_after_s.is_some(),
        });
        let periods = [
            ("auto_close_after_s", self.auto_close_after_s),
            ("bot_auto_close_after_s", self.bot_auto_close_after_s),
            ("warn_before_s", self.warn_before_s),
        ];
        for (name, period) in periods {
            if let Some(period) = period {
                body[name] = period.into();
            }
        }
        body
    }
}

/// The inbox in an agent's browser.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// The page.
    pub page: Screen,
    origin: String,
}

impl Inbox {
    /// Opens the inbox, which asks for sign-in if necessary.
    #[track_caller]
    pub fn visit(browser: &Arc<Browser>, origin: &str, look: Look) -> Inbox {
        let page = browser.window(look);
        page.go(&format!("{origin}/dashboard/chat/inbox"));
        Inbox { page, origin: origin.to_owned() }
    }

    /// Signs in.
    #[track_caller]
    pub fn sign_in(&self, email: &str, password: &str) {
        self.page.write("Email", email);
        self.page.write("Password", password);
        self.page.click(Role::Button, "Sign in");
        self.page.sees(Role::Heading, "Conversations");
    }

    /// Opens a folder.
    #[track_caller]
    pub fn folder(&self, name: &str) {
        let name = self.page.translated(name);
        // By a script: its count, which is in its name, may change between a look and a click.
        const CLICK: &str = "const links = [...document.querySelectorAll('nav .filter')]; \
            const link = links.find((it) => it.innerText.startsWith(arguments[0])); \
            link?.click(); return link !== undefined";
        until(&format!("the folder {name}"), || {
            let is_there: bool = self.page.try_script(CLICK, json!([name]))?;
            if is_there { Ok(()) } else { Err("it is not there".to_owned()) }
        });
        until(&format!("what is in {name}"), || {
            let current =
                "return document.querySelector('nav [aria-current=true]')?.innerText ?? ''";
            let current: String = self.page.script(current, json!([]));
            if current.starts_with(name) { Ok(()) } else { Err(format!("it is {current:?}")) }
        });
    }

    /// The id of the open conversation.
    #[track_caller]
    pub fn conversation(&self) -> String {
        let address = self.page.address();
        let (_, id) = address.split_once("/inbox/").expect("a conversation's address");
        id.chars().take_while(char::is_ascii_hexdigit).collect()
    }

    /// Waits until the list has a conversation with these words in its line.
    #[track_caller]
    pub fn lists(&self, words: &str) {
        self.page.sees_with(Role::Link, words);
    }

    /// Waits until the list has no conversation with these words in its line.
    #[track_caller]
    pub fn lists_no(&self, words: &str) {
        self.page.lacks_with(Role::Link, words);
    }

    /// Opens the conversation with these words in its line, and waits until it is shown.
    #[track_caller]
    pub fn opens(&self, words: &str) {
        self.page.click_with(Role::Link, words);
        self.reads(words);
    }

    /// Waits until the transcript has these words.
    #[track_caller]
    pub fn reads(&self, words: &str) {
        self.page.reads(Role::Log, LOG, words);
    }

    /// The number of messages in the transcript that consist of these words.
    #[track_caller]
    pub fn count(&self, words: &str) -> usize {
        self.transcript().iter().filter(|line| *line == words).count()
    }

    /// The transcript, line by line.
    #[track_caller]
    pub fn transcript(&self) -> Vec<String> {
        self.page.lines(Role::Log, LOG)
    }

    /// Scrolls up to the start of the conversation.
    #[track_caller]
    pub fn scrolls_up(&self) {
        const UP: &str = "const log = document.querySelector('[role=log]'); log.scrollTop = 0;
            arguments[0](log.scrollHeight > log.clientHeight + 100)";
        assert!(self.page.script_until_done::<bool>(UP, json!([])), "there is nothing to scroll");
        self.page.settle();
    }

    /// Claims the open conversation.
    #[track_caller]
    pub fn claim(&self) {
        self.page.click(Role::Button, "Claim");
        self.page.says("Assigned to you");
        self.page.sees(Role::TextBox, "Message");
    }

    /// Replies in the open conversation.
    #[track_caller]
    pub fn reply(&self, words: &str) {
        self.page.write("Message", words);
        self.page.click(Role::Button, "Send");
        self.reads(words);
    }

    /// Sends a message and closes, in one step.
    #[track_caller]
    pub fn send_and_close(&self, words: &str) {
        self.page.write("Message", words);
        self.page.click(Role::Button, "More ways to send");
        self.page.click(Role::MenuItem, "Send and close");
        self.sees_closed();
    }

    /// Closes the open conversation.
    #[track_caller]
    pub fn end_chat_and_close(&self) {
        self.page.click(Role::Button, "End Chat and Close");
        self.sees_closed();
    }

    /// Waits until the shown conversation is closed.
    #[track_caller]
    pub fn sees_closed(&self) {
        self.page.says("This conversation has been closed.");
        self.page.sees(Role::Button, "Re-open");
    }

    /// Re-opens the closed conversation.
    #[track_caller]
    pub fn reopen(&self) {
        self.page.click(Role::Button, "Re-open");
        self.page.sees(Role::TextBox, "Message");
    }

    /// Opens a visitor's conversation and claims it.
    #[track_caller]
    pub fn takes(&self, words: &str) {
        self.opens(words);
        self.claim();
    }

    /// Writes a note for the other agents into the open conversation.
    #[track_caller]
    pub fn notes(&self, words: &str) {
        self.page.click(Role::Tab, "Internal note");
        self.page.write("Internal note", words);
        self.page.click(Role::Button, "Add note");
        self.reads(words);
    }

    /// Selects the conversation with these words in its line, or deselects it.
    #[track_caller]
    pub fn picks(&self, words: &str) {
        self.page.item(words).click_with(Role::Checkbox, "Select");
    }

    /// Goes to the list, with no conversation open.
    #[track_caller]
    pub fn leaves(&self) {
        self.page.go(&format!("{}/dashboard/chat/inbox", self.origin));
        self.page.sees(Role::Heading, "Conversations");
    }

    /// Goes to Settings → Close Conversations.
    #[track_caller]
    pub fn goes_to_settings(&self) {
        // A phone shows either the list or the settings.
        if self.page.has(Role::Link, "Back to the list") {
            self.page.click(Role::Link, "Back to the list");
        }
        self.page.click(Role::Link, "Settings");
        self.page.sees(Role::Heading, "Close Conversations");
    }

    /// Goes to the list.
    #[track_caller]
    pub fn goes_to_inbox(&self) {
        self.page.click(Role::Link, "Inbox");
        self.page.sees(Role::Heading, "Conversations");
    }

    /// Saves the settings of *Close Conversations* by the API, which is faster than by the page.
    #[track_caller]
    pub fn settings(&self, wanted: Closing) {
        let (status, answer) = self.tries_settings(wanted);
        assert_eq!(status, 200, "{answer}");
    }

    /// Like [`Inbox::settings`], for settings that the server may refuse.
    #[track_caller]
    pub fn tries_settings(&self, wanted: Closing) -> (u16, Value) {
        self.asks("PUT", "/settings/closing", &wanted.body())
    }

    /// Sends a request to the API with the agent's session, as the inbox does.
    #[track_caller]
    pub fn asks(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        const ASK: &str = r#"
            const [method, path, body, done] = arguments;
            const api = "/api/v1/agent";
            fetch(api + "/session").then((answer) => answer.json()).then(async ({ csrf }) => {
              const headers = { "X-CSRF-Token": csrf, "Content-Type": "application/json" };
              const answer = await fetch(api + path, { method, headers, body: body && JSON.stringify(body) });
              const text = await answer.text();
              done([answer.status, text ? JSON.parse(text) : null]);
            });"#;
        self.page.script_until_done(ASK, json!([method, path, body]))
    }

    /// Notes details of a conversation's visitor, by the API.
    #[track_caller]
    pub fn knows(&self, conversation: &str, details: &Value) {
        let (_, found) = self.asks("GET", &format!("/conversations/{conversation}"), &Value::Null);
        let path = format!("/visitors/{}", found["visitor"].as_str().expect("a visitor"));
        let (_, record) = self.asks("GET", &path, &Value::Null);
        let mut edit = details.clone();
        edit["revision"] = record["revision"].clone();
        let (status, answer) = self.asks("PATCH", &path, &edit);
        assert_eq!(status, 200, "{answer}");
    }

    /// Makes a secret by which the site's back end proves who its visitors are, by the API.
    #[track_caller]
    pub fn makes_secret(&self) -> String {
        let (status, made) = self.asks("POST", "/settings/identity/secrets", &Value::Null);
        assert_eq!(status, 201, "{made}");
        made["secret"].as_str().expect("a secret").to_owned()
    }

    /// Publishes a flow of a bot by the API, as an admin does in an inbox elsewhere.
    #[track_caller]
    pub fn publishes(&self, bot: &str, flow: &str) {
        let (_, listed) = self.asks("GET", "/bots", &Value::Null);
        let named = |it: &&Value| it.pointer("/bot/name").and_then(Value::as_str) == Some(bot);
        let mut all = listed.get("bots").and_then(Value::as_array).into_iter().flatten();
        let id = all.find(named).and_then(|it| it.pointer("/bot/id"));
        let path = format!("/bots/{}/flow", id.and_then(Value::as_str).unwrap_or(bot));
        let flow = serde_json::from_str(flow).unwrap_or_default();
        let (status, answer) = self.asks("PUT", &path, &flow);
        assert_eq!(status, 200, "{answer}");
    }

    /// Turns a switch on that is off.
    #[track_caller]
    pub fn turns_on(&self, switch: &str) {
        assert!(!self.page.is_on(switch), "“{switch}” is on");
        self.page.click(Role::Switch, switch);
        until(&format!("“{switch}” to turn"), || {
            if self.page.is_on(switch) { Ok(()) } else { Err("it does not".to_owned()) }
        });
    }

    /// Clicks an entry of the rail: on a phone, those that are seldom needed are in a menu.
    #[track_caller]
    pub fn of_rail(&self, name: &str) {
        let is_in_menu = until(&format!("{name} or More in the rail"), || {
            match (self.page.has(Role::Button, name), self.page.has(Role::Button, "More")) {
                (false, false) => Err("neither is there".to_owned()),
                (is_there, _) => Ok(!is_there),
            }
        });
        if is_in_menu {
            self.page.click(Role::Button, "More");
        }
        let role = if is_in_menu { Role::MenuItem } else { Role::Button };
        self.page.click(role, name);
    }

    /// Chooses another language of the inbox by its own name, and waits until the page is in it.
    #[track_caller]
    pub fn chooses_language(&self, name: &str, tag: &str) -> Inbox {
        self.of_rail("Language");
        self.page.sees(Role::Dialog, "Language");
        self.page.click_with(Role::Button, name);
        let page = self.page.clone().speaking(&INBOX, INBOX.choose(Some(tag), None));
        let inbox = Inbox { page, ..self.clone() };
        inbox.is_in(tag);
        inbox
    }

    /// Waits until the page is in this language, and read in its direction.
    #[track_caller]
    pub fn is_in(&self, tag: &str) {
        const LANGUAGE: &str = "const { lang, dir } = document.documentElement; return [lang, dir]";
        let wanted = (tag.to_owned(), INBOX.choose(Some(tag), None).direction().to_owned());
        until(&format!("the inbox in {wanted:?}"), || {
            self.page.browser.forget_place();
            let here: (String, String) = self.page.try_script(LANGUAGE, json!([]))?;
            if here == wanted { Ok(()) } else { Err(format!("it is in {here:?}")) }
        });
        self.page.sees(Role::Heading, "Conversations");
    }

    /// Adds a language to the notice.
    #[track_caller]
    pub fn adds_language(&self, language: &str) {
        self.page.rewrite_in(Role::ComboBox, "Language to add", language);
        self.page.click(Role::Button, "Add language");
    }

    /// Waits until a dialog asks for confirmation. Its safe answer has the focus, and is the only filled button.
    #[track_caller]
    pub fn is_asked(&self, title: &str, safe: &str) {
        const ANSWERS: &str = "return [...document.querySelectorAll('dialog[open] .dialog__acts button')]
            .map((answer) => [answer.textContent.trim(), answer.classList.contains('btn--primary')])";
        self.page.sees(Role::Dialog, title);
        self.page.focuses(Role::Button, safe);
        let answers: Vec<(String, bool)> = self.page.script(ANSWERS, json!([]));
        assert!(answers.len() > 1, "“{title}” has one answer: {answers:?}");
        for (answer, filled) in &answers {
            assert_eq!(*filled, answer == safe, "“{answer}” of {answers:?}");
        }
    }

    /// Saves the page *Close Conversations*.
    #[track_caller]
    pub fn saves(&self) {
        self.page.click(Role::Button, "Save");
        self.page.says("Saved. Open chats update at once.");
    }

    /// The address of the inbox's server.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}
