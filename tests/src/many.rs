//! Many visitors at once, as clients of the API without browsers.

use serde_json::{Value, json};

use crate::bot::id;
use crate::runtime::wait_for;
use crate::server::Server;

/// Visitors of the site, each with a key and an address of their own.
#[derive(Debug)]
pub struct Crowd<'a> {
    server: &'a Server,
    client: reqwest::Client,
}

impl<'a> Crowd<'a> {
    /// The visitors of this server's site.
    pub fn of(server: &'a Server) -> Self {
        Crowd { server, client: reqwest::Client::new() }
    }

    /// Starts a conversation for each of these visitors, one after the other; number 17 asks `Question 17`.
    /// Returns the conversations' ids.
    pub fn asks(&self, numbers: std::ops::Range<u32>) -> Vec<String> {
        numbers
            .map(|number| {
                let start = json!({ "client_id": id(1), "text": format!("Question {number}") });
                let path = format!("/api/v1/sites/{}/conversations", self.server.site);
                let started = self.call(reqwest::Method::POST, &path, number, &start);
                started["conversation"]["id"].as_str().expect("an id").to_owned()
            })
            .collect()
    }

    /// Starts conversations of one visitor, the one with this key, with the site's bot or the team: number 17 asks
    /// `Question 17`.
    pub fn ask_as(&self, key: &str, numbers: std::ops::Range<u32>, bot: bool) {
        let path = format!("/api/v1/sites/{}/conversations", self.server.site);
        for number in numbers {
            let text = format!("Question {number}");
            let start = json!({ "client_id": id(number), "text": text, "bot": bot });
            self.call_as(key, reqwest::Method::POST, &path, number, &start);
        }
    }

    /// The visitor with this number sends a message.
    pub fn says(&self, number: u32, conversation: &str, words: &str) {
        let path = format!(
            "/api/v1/sites/{}/conversations/{conversation}/events/{}",
            self.server.site,
            id(u32::from_be_bytes(*b"says") + number)
        );
        let act = json!({ "message": { "text": words } });
        self.call(reqwest::Method::PUT, &path, number, &act);
    }

    /// The visitor with this number is on a page of the shop.
    pub fn is_on(&self, number: u32, path: &str, title: &str) {
        let told = json!({ "address": format!("https://lantern.example{path}"), "title": title });
        let to = format!("/api/v1/sites/{}/visitor/page", self.server.site);
        self.call(reqwest::Method::PUT, &to, number, &told);
    }

    fn call(&self, method: reqwest::Method, path: &str, number: u32, body: &Value) -> Value {
        self.call_as(&format!("{number:064x}"), method, path, number, body)
    }

    /// The number is that of a network.
    fn call_as(
        &self,
        key: &str,
        method: reqwest::Method,
        path: &str,
        number: u32,
        body: &Value,
    ) -> Value {
        let address = format!("{}{path}", self.server.origin());
        let [_, a, b, c] = number.to_be_bytes();
        let request = self
            .client
            .request(method, address)
            .bearer_auth(key)
            // The server counts starts by network, and trusts its proxy.
            .header("X-Forwarded-For", format!("10.{a}.{b}.{c}"))
            .json(body);
        wait_for(path, async {
            let answer = request.send().await.expect("the server answers");
            assert!(answer.status().is_success(), "{path}: {}", answer.status());
            let text = answer.text().await.expect("an answer");
            if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") }
        })
    }
}
