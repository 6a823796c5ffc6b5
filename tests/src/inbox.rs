//! An agent at the inbox.

use std::sync::Arc;

use serde_json::json;

use crate::browser::{Browser, Look};
use crate::find::Role;
use crate::screen::Screen;
use crate::wait::until;

/// What a transcript is called.
const LOG: &str = "Messages";

/// What a site sets on its page *Close Conversations*.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Closing {
    /// Closed conversations leave Home when the page is loaded again.
    pub hide_closed: bool,
    /// The field goes at once.
    pub disable_field: bool,
    /// What the notice says, if there is one.
    pub notice: Option<&'static str>,
}

/// The inbox on an agent's screen.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// What is on the screen.
    pub page: Screen,
    origin: String,
}

impl Inbox {
    /// Goes to the inbox. Who is not signed in is asked to.
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

    /// Goes to a folder.
    #[track_caller]
    pub fn folder(&self, name: &str) {
        let filter = until(&format!("the folder {name}"), || {
            let links = self.page.names_now(Role::Link)?;
            let counted = format!("{name} ");
            let link = links.iter().find(|link| *link == name || link.starts_with(&counted));
            link.cloned().ok_or_else(|| format!("there were {links:?}"))
        });
        self.page.click(Role::Link, &filter);
        until(&format!("what is in {name}"), || {
            let current =
                "return document.querySelector('nav [aria-current=true]')?.innerText ?? ''";
            let current: String = self.page.script(current, json!([]));
            if current.starts_with(name) { Ok(()) } else { Err(format!("it is {current:?}")) }
        });
    }

    /// The list has a conversation with these words in its line.
    #[track_caller]
    pub fn lists(&self, words: &str) {
        self.page.sees_with(Role::Link, words);
    }

    /// The list has no conversation with these words in its line.
    #[track_caller]
    pub fn lists_no(&self, words: &str) {
        self.page.lacks_with(Role::Link, words);
    }

    /// Opens the conversation with these words in its line, and has it on the screen.
    #[track_caller]
    pub fn opens(&self, words: &str) {
        self.page.click_with(Role::Link, words);
        self.reads(words);
    }

    /// The transcript has these words.
    #[track_caller]
    pub fn reads(&self, words: &str) {
        self.page.reads(Role::Log, LOG, words);
    }

    /// How often these words stand in the transcript, as a message of their own.
    #[track_caller]
    pub fn count(&self, words: &str) -> usize {
        self.transcript().iter().filter(|line| *line == words).count()
    }

    /// The transcript, line by line.
    #[track_caller]
    pub fn transcript(&self) -> Vec<String> {
        self.page.lines(Role::Log, LOG)
    }

    /// Scrolls up to where the conversation began.
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

    /// Says a last word and closes, in one step.
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

    /// The open conversation is closed.
    #[track_caller]
    pub fn sees_closed(&self) {
        self.page.says("This conversation has been closed.");
        self.page.sees(Role::Button, "Re-open");
    }

    /// Opens the closed conversation again.
    #[track_caller]
    pub fn reopen(&self) {
        self.page.click(Role::Button, "Re-open");
        self.page.sees(Role::TextBox, "Message");
    }

    /// Answers a visitor's conversation from first sight to closing.
    #[track_caller]
    pub fn answers_and_closes(&self, words: &str, reply: &str) {
        self.opens(words);
        self.claim();
        self.reply(reply);
        self.end_chat_and_close();
    }

    /// Presses Tab until a thing with these words in its name has the focus.
    #[track_caller]
    pub fn tab_to(&self, role: Role, words: &str) {
        for _ in 0..40 {
            let (at, name) = self.page.focus();
            if at == role.name() && name.contains(words) {
                return;
            }
            self.page.press("\u{e004}");
        }
        panic!("no {} “…{words}…” is reached by Tab", role.name());
    }

    /// Goes to Settings → Close Conversations.
    #[track_caller]
    pub fn goes_to_settings(&self) {
        // A phone has room for one thing at a time.
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

    /// Settings → Close Conversations: changes what is different, saves, and comes back.
    #[track_caller]
    pub fn settings(&self, wanted: Closing) {
        self.goes_to_settings();
        let mut changed = self.turn("Hide closed conversations", wanted.hide_closed);
        changed |= self.turn("Disable the chat field", wanted.disable_field);
        changed |= self.turn("Show a notice", wanted.notice.is_some());
        if let Some(notice) = wanted.notice
            && self.page.value(Role::TextBox, "Notice") != notice
        {
            self.page.rewrite("Notice", notice);
            changed = true;
        }
        if changed {
            self.page.click(Role::Button, "Save");
            self.page.says("Saved. Open chats follow at once.");
        }
        self.goes_to_inbox();
    }

    /// Turns a switch on or off. True if it was not so already.
    #[track_caller]
    fn turn(&self, switch: &str, on: bool) -> bool {
        let different = self.page.is_on(switch) != on;
        if different {
            self.page.click(Role::Switch, switch);
            until(&format!("“{switch}” to turn"), || {
                let turned = self.page.is_on(switch) == on;
                if turned { Ok(()) } else { Err("it does not".to_owned()) }
            });
        }
        different
    }

    /// The address of the inbox's server.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}
