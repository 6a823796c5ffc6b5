use porchlight_protocol::wire::Session;
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::*;

fn login(email: &str, password: &str) -> serde_json::Value {
    json!({"email": email, "password": password})
}

#[tokio::test]
async fn an_agent_signs_in_is_known_and_signs_out() {
    let server = TestServer::start().await;
    let answer = server
        .caller()
        .post("/api/v1/agent/session", &login(" ADA@Lantern.example ", PASSWORD))
        .await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("porchlight_session_"), "{cookie}");
    for word in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    let session: Session = answer.ok();
    assert_eq!((session.agent.name.as_str(), session.site_name.as_str()), ("ada", "Lantern & Oak"));

    let ada = server.agent("ada").await;
    assert_eq!(ada.get("/session").await.ok::<Session>(), ada.session);
    let out = ada.delete("/session").await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(ada.get("/session").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ada.get("/conversations").await.refusal(), "401 sign_in_required");
}

#[tokio::test]
async fn over_https_the_cookie_is_bound_to_the_host() {
    let server = TestServer::start_with(|config| {
        config.public_url = Some("https://chat.example".parse().unwrap());
    })
    .await;
    let mut caller = server.caller();
    caller.base = format!("http://{}", server.address);
    let answer =
        caller.post("/api/v1/agent/session", &login("ada@lantern.example", PASSWORD)).await;
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-porchlight_session_"), "{cookie}");
    assert!(cookie.contains("; Secure"), "{cookie}");
    // The other name is not taken for it.
    let token = answer.cookie();
    let plain = token.replace("__Host-", "");
    let known = caller.with("cookie", &token).get("/api/v1/agent/session").await;
    assert_eq!(known.status, StatusCode::OK);
    let unknown = caller.with("cookie", &plain).get("/api/v1/agent/session").await;
    assert_eq!(unknown.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_email_look_the_same() {
    let server = TestServer::start().await;
    let wrong = login("ada@lantern.example", "battery staple");
    let unknown = login("eve@lantern.example", "battery staple");
    let answers = [
        server.caller().post("/api/v1/agent/session", &wrong).await,
        server.caller().post("/api/v1/agent/session", &unknown).await,
        server.caller().post("/api/v1/agent/session", &login("", "")).await,
        server.caller().post("/api/v1/agent/session", &login("x", &"y".repeat(5_000))).await,
    ];
    for answer in &answers {
        assert_eq!(answer.refusal(), "401 sign_in_failed");
        assert_eq!(answer.text, answers[0].text);
        assert_eq!(answer.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_change_needs_the_csrf_token() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let id = server.visitor().starts("Hello").await;
    for agent in [
        ada.without("x-csrf-token"),
        ada.with("x-csrf-token", "nonsense"),
        ada.with("x-csrf-token", &server.agent("ada").await.session.csrf),
    ] {
        let refused = agent.act(&id, &json!({"claim": {"from": null}})).await;
        assert_eq!(refused.refusal(), "403 csrf_token_invalid");
        let refused = agent.put("/settings/closing", &closing(true, true, true)).await;
        assert_eq!(refused.refusal(), "403 csrf_token_invalid");
        let refused = agent.put(&format!("/conversations/{id}/read"), &json!({"up_to": 1})).await;
        assert_eq!(refused.refusal(), "403 csrf_token_invalid");
        assert_eq!(agent.delete("/session").await.refusal(), "403 csrf_token_invalid");
    }
    // Reading needs none. With another session's the tab shows another session, maybe at another site.
    let reads = |agent: Caller| async move { agent.get("/conversations").await.status };
    assert_eq!(reads(ada.without("x-csrf-token")).await, StatusCode::OK);
    assert_eq!(reads(ada.with("x-csrf-token", "nonsense")).await, StatusCode::UNAUTHORIZED);
    assert_eq!(ada.conversation(&id).await.assignee, None);
    assert_eq!(ada.conversation(&id).await.team_read.up_to, 0);
}

#[tokio::test]
async fn a_change_from_a_foreign_page_is_refused() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    for origin in ["https://shop.example", "null", "http://localhost", "https://localhost"] {
        let foreign = visitor.with("origin", origin);
        assert_eq!(foreign.act(&id, &message("Hi")).await.refusal(), "403 origin_not_allowed");
        let start = json!({"client_id": client_id(), "text": "Hi"});
        let refused = foreign.post("/conversations", &start).await;
        assert_eq!(refused.refusal(), "403 origin_not_allowed");
        let claim = json!({"claim": {"from": null}});
        let refused = ada.with("origin", origin).act(&id, &claim).await;
        assert_eq!(refused.refusal(), "403 origin_not_allowed");
        let refused = server
            .caller()
            .with("origin", origin)
            .post("/api/v1/agent/session", &login("ada@lantern.example", PASSWORD))
            .await;
        assert_eq!(refused.refusal(), "403 origin_not_allowed");
        assert_eq!(refused.header("access-control-allow-origin"), "");
    }
    assert_eq!(visitor.events(&id).await.len(), 1);
    // Our own page may.
    let own = visitor.with("origin", &server.base);
    own.says(&id, "Hi").await;
}

#[tokio::test]
async fn a_wrong_address_is_named_with_the_right_one() {
    let server = TestServer::start().await;
    let used = format!("http://127.0.0.1:{}", server.address.port());
    let mut caller = server.caller().with("origin", &used);
    caller.base.clone_from(&used);
    let body = login("ada@lantern.example", PASSWORD);
    let refused = caller.post("/api/v1/agent/session", &body).await;
    assert_eq!(refused.refusal(), "403 origin_not_allowed");
    let message = refused.json()["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&used), "{message}");
    assert!(message.contains(&format!("Open the inbox at {}", server.base)), "{message}");
    // What is no address is not repeated.
    let odd = caller.with("origin", "https://<b>").post("/api/v1/agent/session", &body).await;
    assert!(!odd.text.contains("<b>"), "{}", odd.text);
}
