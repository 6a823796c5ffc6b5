//! How long a team usually takes to answer, as the chat's document says it.

use serde_json::json;

use crate::harness::*;

const USUALLY: &str = "We usually answer within a few minutes.";

async fn document(server: &TestServer, language: &str) -> String {
    let path = format!("/chat/{}?lang={language}", server.site);
    let document = server.caller().get(&path).await;
    assert_eq!(document.status, 200);
    document.text
}

/// So many visitors are answered at once.
async fn answers(server: &TestServer, count: usize) {
    let ada = server.agent("ada").await;
    for _ in 0..count {
        let id = server.visitor().starts("Hello").await;
        ada.claims(&id).await;
        // A note and a claim answer nobody.
        ada.act(&id, &json!({"note": {"text": "Nice"}})).await;
        ada.says(&id, "Hi!").await;
    }
}

#[tokio::test]
async fn visitors_read_it_once_it_can_be_told() {
    let server = TestServer::start().await;
    answers(&server, 10).await;
    let english = document(&server, "en").await;
    assert_eq!(english.matches(USUALLY).count(), 2, "on Home, and where a conversation begins");
    assert!(
        document(&server, "de").await.contains("Wir antworten meist innerhalb weniger Minuten.")
    );

    // It is a promise of those who are there.
    let ada = server.agent("ada").await;
    let live = "/settings/live-chat";
    assert_eq!(ada.put(live, &json!({"on": false})).await.status, 200);
    assert!(!document(&server, "en").await.contains(USUALLY));
    assert_eq!(ada.put(live, &json!({"on": true})).await.status, 200);
    assert!(document(&server, "en").await.contains(USUALLY));
    let never = json!({"on": true, "zone": "UTC", "week": [], "closed_on": []});
    assert_eq!(ada.put("/settings/hours", &never).await.status, 200);
    assert!(!document(&server, "en").await.contains(USUALLY));
}

#[tokio::test]
async fn of_few_answers_nothing_is_said() {
    let server = TestServer::start().await;
    answers(&server, 9).await;
    server.visitor().starts("Anybody?").await;
    let document = document(&server, "en").await;
    assert!(!document.contains("We usually answer") && !document.contains("{{answers}}"));
}
