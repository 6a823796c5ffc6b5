//! A bot of the site: a client of the bot API.

use serde_json::{Value, json};

use crate::runtime::wait_for;
use crate::server::Server;

/// The site's bot.
#[derive(Debug)]
pub struct Bot<'a> {
    server: &'a Server,
}

impl<'a> Bot<'a> {
    /// The bot that every story's site has. Its name is Wick.
    pub fn of(server: &'a Server) -> Self {
        Bot { server }
    }

    /// Starts a conversation with the bot, as the visitor with this key, and answers as the bot. Returns the
    /// conversation's id.
    pub fn is_asked(&self, key: &str, question: &str, answer: &str) -> String {
        let start = json!({ "client_id": id(1), "text": question, "bot": true });
        let site = format!("/api/v1/sites/{}/conversations", self.server.site);
        let started = self.call(reqwest::Method::POST, &site, key, &start);
        let conversation = started["conversation"]["id"].as_str().expect("an id");
        let path = format!("/api/v1/bot/conversations/{conversation}/events/{}", id(2));
        let act = json!({ "message": { "text": answer } });
        self.call(reqwest::Method::PUT, &path, &self.server.bot_token, &act);
        conversation.to_owned()
    }

    fn call(&self, method: reqwest::Method, path: &str, token: &str, body: &Value) -> Value {
        let address = format!("{}{path}", self.server.origin());
        wait_for(path, async {
            let client = reqwest::Client::new();
            let answer = client.request(method, address).bearer_auth(token).json(body).send().await;
            let answer = answer.expect("the server answers");
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
            answer.json().await.expect("JSON")
        })
    }
}

/// A `client_id`.
pub fn id(number: u32) -> String {
    format!("{number:032x}")
}
