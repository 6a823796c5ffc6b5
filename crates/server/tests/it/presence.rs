//! Whether the team is there.

use std::time::Duration;

use porchlight_protocol::ConversationId;
use porchlight_protocol::wire::{Hello, Presence, ServerFrame, Session};
use serde_json::json;

use crate::harness::*;

/// Frames that come until something else happens.
async fn nothing_before_event(socket: &mut Socket) {
    match socket.next().await {
        ServerFrame::Event { .. } => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_agent_who_polls_is_there() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    visitor.starts("Hello").await;
    let (mut socket, welcome) = visitor.socket().await;
    assert!(!welcome.online);
    let known = Hello { known: Some(ada.sync(&hello()).await.revision), ..hello() };
    let poll = tokio::spawn({
        let ada = (*ada).clone();
        async move { ada.post("/sync?wait=25", &known).await }
    });
    assert_eq!(socket.next().await, ServerFrame::Online(true));
    assert!(visitor.sync(&hello()).await.online);
    poll.abort();
    assert_eq!(socket.next().await, ServerFrame::Online(false));
}

#[tokio::test]
async fn a_reload_of_the_only_agent_is_no_absence() {
    let server = TestServer::start_with(|config| {
        config.presence_grace = Duration::from_secs(3);
    })
    .await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let (at_work, _) = ada.socket().await;
    let (mut at_home, welcome) = visitor.socket().await;
    assert!(welcome.online);
    drop(at_work);
    // Long enough for the server to notice, and shorter than the grace.
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(visitor.sync(&hello()).await.online, "who comes is told that the team is there");
    let (back, welcome) = ada.socket().await;
    assert!(welcome.online);
    visitor.says(&id, "Hello?").await;
    nothing_before_event(&mut at_home).await;
    // Gone for good: told once.
    drop(back);
    assert_eq!(at_home.next().await, ServerFrame::Online(false));
    assert!(!visitor.sync(&hello()).await.online);
}

#[tokio::test]
async fn a_bot_that_polls_is_nobody_who_is_there() {
    let server = TestServer::start().await;
    let bot = server.add_bot(&server.site);
    let visitor = server.visitor();
    let id = visitor.starts_with_bot("Hello").await;
    let bot = server.bot(&bot);
    let poll = tokio::spawn({
        let path = format!("/conversations/{id}/events?after=1&wait=2");
        async move { bot.get(&path).await }
    });
    for _ in 0..20 {
        assert!(!visitor.sync(&hello()).await.online);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    poll.abort();
}

/// Nothing else is told to the visitor until this message.
async fn is_told_nothing(visitor: &Visitor, id: &ConversationId, socket: &mut Socket) {
    visitor.says(id, "Hello?").await;
    nothing_before_event(socket).await;
}

async fn put(agent: &Agent, path: &str, on: bool) {
    assert_eq!(agent.put(path, &json!({ "on": on })).await.status, 204);
}

#[tokio::test]
async fn who_says_to_be_away_is_not_there_until_they_say_otherwise() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let (at_work, _) = ada.socket().await;
    let (mut at_home, welcome) = visitor.socket().await;
    assert!(welcome.online);
    put(&ada, "/away", true).await;
    assert_eq!(at_home.next().await, ServerFrame::Online(false), "without a grace period");
    assert!(!visitor.sync(&hello()).await.online);
    // With another session, and after a reload.
    let again = server.agent("ada").await;
    drop(at_work);
    let (_at_work, welcome) = again.socket().await;
    assert!(!welcome.online);
    let session: Session = again.get("/session").await.ok();
    assert_eq!(session.presence, Presence { away: true, idle: false });
    is_told_nothing(&visitor, &id, &mut at_home).await;
    // Somebody else is there.
    let (ben, _) = server.agent("ben").await.socket().await;
    assert_eq!(at_home.next().await, ServerFrame::Online(true));
    drop(ben);
    assert_eq!(at_home.next().await, ServerFrame::Online(false));
    put(&ada, "/away", false).await;
    assert_eq!(at_home.next().await, ServerFrame::Online(true));
}

#[tokio::test]
async fn an_agent_is_there_as_long_as_one_of_their_sessions_is_not_idle() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let phone = server.agent("ada").await;
    let (_desk, _) = ada.socket().await;
    let (_pocket, _) = phone.socket().await;
    let (mut at_home, welcome) = visitor.socket().await;
    assert!(welcome.online);
    put(&ada, "/idle", true).await;
    is_told_nothing(&visitor, &id, &mut at_home).await;
    put(&phone, "/idle", true).await;
    assert_eq!(at_home.next().await, ServerFrame::Online(false));
    put(&phone, "/idle", true).await;
    put(&ada, "/idle", false).await;
    assert_eq!(at_home.next().await, ServerFrame::Online(true));
    let session: Session = phone.get("/session").await.ok();
    assert_eq!(session.presence, Presence { away: false, idle: true });
}

#[tokio::test]
async fn an_idle_agent_who_polls_is_not_there() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    put(&ada, "/idle", true).await;
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    let known = Hello { known: Some(ada.sync(&hello()).await.revision), ..hello() };
    let poll = tokio::spawn({
        let ada = (*ada).clone();
        async move { ada.post("/sync?wait=25", &known).await }
    });
    // Its subscription is there before the message, by which it is answered.
    tokio::time::sleep(Duration::from_millis(300)).await;
    is_told_nothing(&visitor, &id, &mut socket).await;
    poll.await.unwrap();
}
