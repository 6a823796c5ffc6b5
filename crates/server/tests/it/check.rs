//! What the loader is told about a chat that can't work.

use reqwest::StatusCode;
use serde_json::Value;

use crate::commands::{porchlight, said};
use crate::harness::*;

/// What the page on this origin is told, if it imports the check of this site.
async fn finding(server: &TestServer, site: &str, origin: Option<&str>) -> (Value, String) {
    let caller = server.caller();
    let caller = match origin {
        Some(origin) => caller.with("origin", origin),
        None => caller,
    };
    let answer = caller.get(&format!("/api/v1/sites/{site}/check.js")).await;
    assert_eq!(answer.status, StatusCode::OK, "{site}");
    assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
    assert_eq!(answer.header("cache-control"), "no-store");
    let json = answer.text.strip_prefix("export default ").unwrap();
    let finding: Value = serde_json::from_str(json).unwrap();
    (finding["problem"].clone(), finding["message"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_page_is_told_why_its_chat_cannot_work() {
    let server = TestServer::start().await;
    let site = server.site.to_string();
    let shop = Some("https://shop.example");
    for (site, origin, problem, advice) in [
        (site.as_str(), shop, None, ""),
        (&site, Some("https://other.example"), Some("origin_not_allowed"), "other.example"),
        (&site, Some("null"), Some("origin_not_allowed"), "a file, or sandboxed"),
        (&site, Some("\"};evil()"), Some("origin_not_allowed"), "a file, or sandboxed"),
        // A page of the server itself, which browsers send no origin for: the chat alone.
        (&site, None, None, ""),
        ("pl_nobody", shop, Some("site_unknown"), "`porchlight site list`"),
        ("no%20key%22", shop, Some("site_unknown"), "\"no key\\\"\""),
    ] {
        let (found, message) = finding(&server, site, origin).await;
        assert_eq!(found.as_str(), problem, "{site} {origin:?}");
        assert!(message.contains(advice), "{message}");
    }
}

#[tokio::test]
async fn the_command_that_it_names_mends_it() {
    let server = TestServer::start().await;
    let (site, origin) = (server.site.as_str(), Some("https://other.example:8443"));
    let (problem, message) = finding(&server, site, origin).await;
    assert_eq!(problem, "origin_not_allowed");
    let command = message.split('`').nth(1).unwrap();
    let mut words = command.split(' ');
    assert_eq!(words.next(), Some("porchlight"));
    said(&porchlight(server.folder.path(), &words.collect::<Vec<_>>(), ""));
    assert_eq!(finding(&server, site, origin).await, (Value::Null, String::new()));
}
