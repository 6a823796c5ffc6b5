use porchlight_protocol::conversation::Kind;
use porchlight_protocol::wire::{Listing, Started};
use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn a_bot_answers_until_an_agent_takes_over() {
    let server = TestServer::start().await;
    let bot = server.bot(&server.add_bot(&server.site));
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);

    let start = json!({"client_id": client_id(), "text": "When are you open?", "bot": true});
    let started: Started = visitor.post("/conversations", &start).await.ok();
    let id = started.conversation.id;
    assert!(matches!(started.conversation.kind, Kind::Bot(ref member) if member.name == "Wick"));

    let listing: Listing = bot.folder("").await;
    assert_eq!(listing.conversations.len(), 1);
    assert_eq!(texts(&bot.events(&id).await), ["When are you open?"]);
    bot.says(&id, "From nine to six.").await;

    ada.claims(&id).await;
    assert_eq!(bot.act(&id, &message("Anything else?")).await.refusal(), "403 not_allowed");
    assert_eq!(texts(&visitor.events(&id).await), ["When are you open?", "From nine to six."]);
}

#[tokio::test]
async fn a_bot_knows_its_own_conversations_only() {
    let server = TestServer::start().await;
    let bot = server.bot(&server.add_bot(&server.site));
    let id = server.visitor().starts("Is a person there?").await;

    assert_eq!(bot.folder("").await.conversations, []);
    let events = bot.get(&format!("/conversations/{id}/events")).await;
    assert_eq!(events.refusal(), "404 conversation_unknown");
    assert_eq!(bot.act(&id, &message("Beep")).await.refusal(), "404 conversation_unknown");
}

#[tokio::test]
async fn without_a_bot_nobody_starts_a_conversation_with_one() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let start = json!({"client_id": client_id(), "text": "Beep?", "bot": true});
    assert_eq!(visitor.post("/conversations", &start).await.refusal(), "403 not_allowed");
    let known = visitor.post("/sync", &hello()).await;
    assert_eq!(known.refusal(), "401 visitor_key_invalid", "a refused start makes no visitor");
}

#[tokio::test]
async fn an_unknown_bot_token_opens_nothing() {
    let server = TestServer::start().await;
    for bot in [server.bot("plb_nonsense"), server.bot("").without("authorization")] {
        assert_eq!(bot.get("/conversations").await.refusal(), "401 bot_token_invalid");
    }
}
