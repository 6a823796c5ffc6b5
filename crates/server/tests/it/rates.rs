use std::time::Duration;

use porchlight_server::limits::Rate;
use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn a_visitor_who_floods_is_told_when_to_come_back() {
    let server = TestServer::start_with(|config| {
        config.rates.visitor_acts = Rate { burst: 3, every: Duration::from_secs(60) };
    })
    .await;
    let visitor = server.visitor();
    let id = visitor.starts("1").await;
    visitor.says(&id, "2").await;
    visitor.says(&id, "3").await;
    let refused = visitor.act(&id, &message("4")).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
    let wait = refused.json()["retry_after_ms"].as_u64().unwrap();
    assert!((1..=60_000).contains(&wait), "{wait}");
    assert_ne!(refused.header("retry-after"), "");
    assert_eq!(visitor.events(&id).await.len(), 3);
    // Others are not held up.
    server.visitor().starts("Hello").await;
}

#[tokio::test]
async fn one_address_starts_so_many_conversations_and_no_more() {
    let server = TestServer::start_with(|config| {
        config.rates.starts = Rate { burst: 2, every: Duration::from_secs(60) };
    })
    .await;
    server.visitor().starts("1").await;
    server.visitor().starts("2").await;
    let start = json!({"client_id": client_id(), "text": "3"});
    let refused = server.visitor().post("/conversations", &start).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
}

#[tokio::test]
async fn behind_a_proxy_the_address_is_the_one_that_the_proxy_tells() {
    let server = TestServer::start_with(|config| {
        config.behind_proxy = true;
        config.rates.starts = Rate { burst: 1, every: Duration::from_secs(60) };
    })
    .await;
    let from = async |ip: &str| {
        let start = json!({"client_id": client_id(), "text": "Hello"});
        let visitor = server.visitor().with("x-forwarded-for", ip);
        visitor.post("/conversations", &start).await.status.as_u16()
    };
    assert_eq!(from("203.0.113.1").await, 201);
    assert_eq!(from("198.51.100.7, 203.0.113.1").await, 429, "the first entry is anybody's word");
    assert_eq!(from("203.0.113.2").await, 201);
    assert_eq!(from("2001:db8:1:2:3::4").await, 201);
    assert_eq!(from("2001:db8:1:2:5::6").await, 429, "one home has many addresses");
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let server = TestServer::start_with(|config| {
        config.rates.sign_ins_email = Rate { burst: 2, every: Duration::from_secs(60) };
    })
    .await;
    let guess = async |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        server.caller().post("/api/v1/agent/session", &body).await
    };
    assert_eq!(guess("ada@lantern.example", "guess-one").await.refusal(), "401 sign_in_failed");
    assert_eq!(guess("ADA@lantern.example", "guess-two").await.refusal(), "401 sign_in_failed");
    let refused = guess("ada@lantern.example", PASSWORD).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
    assert!(refused.json()["retry_after_ms"].as_u64().is_some());
    server.agent("ben").await;
}

#[tokio::test]
async fn one_address_tries_so_many_sign_ins_and_no_more() {
    let server = TestServer::start_with(|config| {
        config.rates.sign_ins_ip = Rate { burst: 2, every: Duration::from_secs(60) };
    })
    .await;
    server.agent("ada").await;
    server.agent("ben").await;
    let body = json!({"email": "eve@lantern.example", "password": "whatever"});
    let refused = server.caller().post("/api/v1/agent/session", &body).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
}
