//! What the loader is told about a chat that can't work.

use reqwest::StatusCode;
use serde_json::Value;

use crate::harness::*;

#[tokio::test]
async fn a_page_is_told_why_its_chat_cannot_work_and_what_mends_it() {
    let server = TestServer::start().await;
    let path = |site: &str| format!("/api/v1/sites/{site}/check.js");
    let site = server.site.to_string();
    for (path, origin, problem, advice) in [
        (path(&site), Some("https://shop.example"), None, ""),
        (
            path(&site),
            Some("https://other.example"),
            Some("origin_not_allowed"),
            "`porchlight site origins add --site SITE https://other.example`",
        ),
        (path(&site), Some("null"), Some("origin_not_allowed"), "a file, or sandboxed"),
        (path(&site), Some("\"};evil()"), Some("origin_not_allowed"), "a file, or sandboxed"),
        (path(&site), None, Some("origin_not_allowed"), "`porchlight site origins add"),
        (
            path("pl_nobody"),
            Some("https://shop.example"),
            Some("site_unknown"),
            "`porchlight site list`",
        ),
        (path("no%20key%22"), Some("https://shop.example"), Some("site_unknown"), "\"no key\\\"\""),
    ] {
        let caller = server.caller();
        let caller = match origin {
            Some(origin) => caller.with("origin", origin),
            None => caller,
        };
        let answer = caller.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header("content-type"), "text/javascript; charset=utf-8");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cross-origin-resource-policy"), "cross-origin");
        assert_eq!(answer.header("cache-control"), "no-store");
        let json = answer.text.strip_prefix("export default ").unwrap();
        let finding: Value = serde_json::from_str(json).unwrap();
        assert_eq!(finding["problem"].as_str(), problem, "{path} {origin:?}");
        let message = finding["message"].as_str().unwrap();
        assert!(message.contains(&advice.replace("SITE", &site)), "{message}");
    }
}
