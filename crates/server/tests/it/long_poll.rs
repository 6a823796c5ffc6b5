use std::time::Instant;

use porchlight_protocol::Epoch;
use porchlight_protocol::wire::{Boot, Hello, Page, Welcome};

use crate::harness::*;

#[tokio::test]
async fn a_poll_for_events_wakes_up_when_one_comes() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;

    let begun = Instant::now();
    let poll = {
        let (visitor, id) = (visitor.clone(), id.clone());
        tokio::spawn(async move {
            visitor.get(&format!("/conversations/{id}/events?after=1&wait=25")).await
        })
    };
    // Something elsewhere doesn't end it.
    server.visitor().starts("Somebody else").await;
    visitor.starts("Something else").await;
    ada.claims(&id).await;
    let page: Page = poll.await.unwrap().ok();
    assert_eq!((page.events.len(), page.head), (1, 2));
    assert!(begun.elapsed() < SOON);
}

#[tokio::test]
async fn a_poll_without_news_ends_with_nothing() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let begun = Instant::now();
    let page: Page = visitor.get(&format!("/conversations/{id}/events?after=1&wait=1")).await.ok();
    assert_eq!((page.events, page.head), (vec![], 1));
    assert!(begun.elapsed().as_secs_f32() > 0.9);
}

#[tokio::test]
async fn a_sync_waits_for_something_newer_than_what_is_known() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let known = Hello { known: Some(visitor.sync(&hello()).await.revision), ..hello() };

    let poll = |caller: Caller| {
        let known = known.clone();
        tokio::spawn(async move { caller.post("/sync?wait=25", &known).await.ok::<Welcome>() })
    };
    let (of_visitor, of_agent) = (poll((*visitor).clone()), poll((*ada).clone()));
    ada.claims(&id).await;
    assert_eq!(of_visitor.await.unwrap().conversations[0].head, 2);
    assert_eq!(of_agent.await.unwrap().conversations[0].head, 2);

    // A change of settings is news too.
    let known = Hello { known: Some(visitor.sync(&hello()).await.revision), ..hello() };
    let waiting = {
        let visitor = (*visitor).clone();
        tokio::spawn(async move { visitor.post("/sync?wait=25", &known).await.ok::<Welcome>() })
    };
    server.set_closing(closing(false, true, false)).await;
    assert!(waiting.await.unwrap().policy.disable_field);
}

#[tokio::test]
async fn what_is_newer_already_is_told_at_once() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let begun = Instant::now();
    let welcome: Welcome =
        visitor.post("/sync?wait=25", &Hello { known: Some(0), ..hello() }).await.ok();
    assert_eq!(welcome.conversations.len(), 1);
    assert!(begun.elapsed() < SOON);
}

/// Nothing newer will come that could end its wait: the store began a new life, or went back in time.
#[tokio::test]
async fn who_knows_another_life_is_told_of_this_one_at_once() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let Welcome { booted, revision, .. } = visitor.sync(&hello()).await;
    let of_another = Boot { epoch: Epoch::from_bytes(random()), ..booted.clone() };
    let still_to_come = Boot { revision: revision + 1, ..booted.clone() };
    for caller in [&*visitor, &*ada] {
        for (booted, known) in [
            (of_another.clone(), revision),
            (booted.clone(), revision + 1),
            (still_to_come.clone(), revision + 1),
        ] {
            let begun = Instant::now();
            let told = Hello { booted: Some(booted.clone()), known: Some(known), ..hello() };
            let welcome: Welcome = caller.post("/sync?wait=25", &told).await.ok();
            assert!(begun.elapsed() < SOON, "{told:?}");
            assert_ne!(welcome.booted.epoch, booted.epoch);
        }
        let begun = Instant::now();
        let page: Page =
            caller.get(&format!("/conversations/{id}/events?after=2&wait=25")).await.ok();
        assert!(begun.elapsed() < SOON);
        assert_eq!((page.events, page.head), (vec![], 1));
    }
}

/// The new life begins while it waits.
#[tokio::test]
async fn a_poll_ends_with_the_life_that_it_began_in() {
    let server = TestServer::start().await;
    let (visitor, other) = (server.visitor(), server.visitor());
    visitor.starts("Hello").await;
    let Welcome { booted, revision, .. } = visitor.sync(&hello()).await;
    let told = Hello { booted: Some(booted.clone()), known: Some(revision), ..hello() };
    let begun = Instant::now();
    let waiting =
        tokio::spawn(async move { visitor.post("/sync?wait=25", &told).await.ok::<Welcome>() });
    server.somebody_waits().await;
    other.starts("Hello").await;
    let future = Boot { revision: revision + 100, ..booted.clone() };
    other.sync(&Hello { booted: Some(future), ..hello() }).await;
    assert_ne!(waiting.await.unwrap().booted.epoch, booted.epoch);
    assert!(begun.elapsed() < SOON);
}

#[tokio::test]
async fn polls_end_when_the_server_goes_down() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let poll = tokio::spawn(async move {
        visitor.get(&format!("/conversations/{id}/events?after=1&wait=25")).await.ok::<Page>()
    });
    server.somebody_waits().await;
    let begun = Instant::now();
    server.stop().await;
    assert_eq!(poll.await.unwrap().events, []);
    assert!(begun.elapsed() < SOON);
}
