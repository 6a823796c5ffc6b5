//! Whether the team is there.

use std::time::Duration;

use porchlight_protocol::wire::{Hello, ServerFrame};

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
