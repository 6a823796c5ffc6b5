//! Erasing a visitor: all texts go, order and closings stay, and nobody writes in between.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use porchlight_protocol::conversation::Status;
use porchlight_protocol::privacy::Standing;
use porchlight_protocol::{EventBody, VisitorId};
use porchlight_server::erasing;
use porchlight_store::random;
use serde_json::json;

use crate::commands::{porchlight, said};
use crate::harness::*;

/// What must be nowhere any more.
const SECRETS: [&str; 4] = ["5417", "Mill Lane", "paid twice", "Blue"];

fn erase_path(visitor: &VisitorId) -> String {
    format!("/visitors/{visitor}/erase")
}

#[tokio::test]
async fn texts_are_erased_and_order_and_closings_stay() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (visitor, stays) = (server.visitor(), server.visitor());
    let ada = server.agent("ada").await;
    let bot = server.bot(&server.add_bot(&server.site));
    let other = stays.starts("I stay").await;
    let (open, closed) =
        (visitor.starts("My number is 5417").await, visitor.starts("Mill Lane").await);
    let of_bot = visitor.starts_with_bot("Hello").await;
    let ask = json!({"ask": {"text": "Which colour?", "choices": ["Blue", "Red"]}});
    bot.act(&of_bot, &ask).await.ok::<serde_json::Value>();
    for id in [&open, &closed] {
        ada.claims(id).await;
    }
    ada.says(&open, "5417 it is").await;
    let note = json!({"note": {"text": "Has paid twice"}});
    ada.act(&open, &note).await.ok::<serde_json::Value>();
    ada.closes(&closed).await;
    let (logs, who) = {
        let mut logs = Vec::new();
        for id in [&open, &closed, &of_bot] {
            logs.push(ada.events(id).await);
        }
        (logs, ada.conversation(&open).await.visitor)
    };
    let (mut socket, _) = visitor.socket().await;
    let (mut team, _) = ada.socket().await;
    let standing: Standing = ada.post(&erase_path(&who), &json!(null)).await.ok();
    assert_eq!((standing.erased, standing.erasing, standing.conversations), (true, false, 3));

    // The visitor's clients end, and their key opens nothing.
    assert_eq!(socket.refused().await, ("visitor_key_revoked".to_owned(), Some(1008)));
    let start = json!({"client_id": client_id(), "text": "Hi"});
    assert_eq!(visitor.post("/conversations", &start).await.refusal(), "403 visitor_key_revoked");
    // The team is told that nothing is known of them any more, and in each log, at its end.
    let name = team.next_name().await;
    assert_eq!((name.id, name.name, name.email), (who.clone(), None, None));
    let mut told = Vec::new();
    for _ in 0..3 {
        let (id, event) = team.next_event().await;
        assert_eq!(event.body, EventBody::Erased);
        told.push(id);
    }
    for (id, before) in [&open, &closed, &of_bot].into_iter().zip(&logs) {
        assert!(told.contains(id));
        let after = ada.events(id).await;
        assert_eq!(after.len(), before.len() + 1);
        for (was, is) in before.iter().zip(&after) {
            assert_eq!((was.seq, was.revision, was.at), (is.seq, is.revision, is.at));
            assert_eq!((&was.author, &was.client_id), (&is.author, &is.client_id));
            let mut expected = was.body.clone();
            expected.erase();
            assert_eq!(is.body, expected);
        }
        let state = ada.conversation(id).await;
        assert!(state.is_erased() && state.is_closed() && state.last.is_none());
        let answer = ada.get(&format!("/conversations/{id}/events")).await.text;
        assert!(SECRETS.iter().all(|secret| !answer.contains(secret)), "{answer}");
    }
    // Who closed it first has still closed it.
    let status = ada.conversation(&closed).await.status;
    assert!(matches!(status, Status::Closed { by, .. } if by.member().is_some()));
    assert!(texts(&bot.events(&of_bot).await).iter().all(|text| text.is_empty()));

    // Nothing new is written about them.
    for act in [json!("reopen"), note, message("Hello?"), json!({"claim": {"from": null}})] {
        assert_eq!(ada.act(&open, &act).await.refusal(), "409 visitor_erased", "{act}");
    }
    assert_eq!(bot.act(&of_bot, &message("Hi")).await.refusal(), "409 visitor_erased");
    let block = format!("/visitors/{who}/block");
    assert_eq!(ada.put(&block, &json!({})).await.refusal(), "409 visitor_erased");
    // Whoever leaves the team can give it up.
    assert_eq!(ada.act(&open, &json!("unclaim")).await.status, 201);

    // Others are not concerned. Again, it changes nothing.
    assert_eq!(texts(&stays.events(&other).await), ["I stay"]);
    let heads = ada.conversation(&open).await.head;
    ada.post(&erase_path(&who), &json!(null)).await.ok::<Standing>();
    assert_eq!(ada.conversation(&open).await.head, heads);
    said(&porchlight(folder, &["check"], ""));
    let nobody = VisitorId::from_bytes([0; 16]);
    assert_eq!(ada.post(&erase_path(&nobody), &json!(null)).await.refusal(), "404 visitor_unknown");
}

#[tokio::test]
async fn who_writes_at_that_moment_is_erased_or_refused() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let mut ids = Vec::new();
    for n in 0..30 {
        ids.push(visitor.starts(&format!("Secret {n}")).await);
    }
    for id in &ids {
        ada.claims(id).await;
    }
    let who = ada.conversation(&ids[0]).await.visitor;
    let over = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for n in 0..4 {
        let (ids, over) = (ids.clone(), Arc::clone(&over));
        let caller = if n % 2 == 0 { (*visitor).clone() } else { (*ada).clone() };
        writers.push(tokio::spawn(async move {
            let mut refusals = Vec::new();
            while !over.load(Ordering::Relaxed) {
                for id in &ids {
                    let answer = caller.act(id, &message("Secret, written meanwhile")).await;
                    if !answer.status.is_success() {
                        refusals.push(answer.refusal());
                    }
                }
            }
            refusals
        }));
    }
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let standing: Standing = ada.post(&erase_path(&who), &json!(null)).await.ok();
    assert!(standing.erased && !standing.erasing);
    over.store(true, Ordering::Relaxed);
    for (n, writer) in writers.into_iter().enumerate() {
        let refused = if n % 2 == 0 { "403 visitor_key_revoked" } else { "409 visitor_erased" };
        let refusals = writer.await.unwrap();
        assert!(refusals.iter().all(|refusal| refusal == refused), "{refusals:?}");
    }
    for id in &ids {
        let log = ada.events(id).await;
        assert!(texts(&log).iter().all(|text| text.is_empty()), "{log:?}");
        assert_eq!(log.iter().filter(|event| event.body == EventBody::Erased).count(), 1);
        let last = ada.conversation(id).await.head;
        assert_eq!(log.iter().find(|event| event.body == EventBody::Erased).unwrap().seq, last);
    }
    said(&porchlight(folder, &["check"], ""));
}

#[tokio::test]
async fn what_was_begun_is_finished_by_whoever_comes_next() {
    let mut server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let mut ids = Vec::new();
    for n in 0..5 {
        ids.push(visitor.starts(&format!("Secret {n}")).await);
    }
    let who = ada.conversation(&ids[0]).await.visitor;
    // The server dies after the first transaction.
    let token = ada.cookie.split_once('=').unwrap().1;
    let store = server.app().store.clone();
    store.begin_erasing(random::hash(token), who.clone()).await.unwrap();
    let standing = format!("/visitors/{who}/standing");
    let begun: Standing = ada.get(&standing).await.ok();
    assert!(begun.erased && begun.erasing);
    let refused = visitor.act(&ids[0], &message("More")).await.refusal();
    assert_eq!(refused, "403 visitor_key_revoked");
    drop(store);
    server.restart().await;
    let ada = server.agent("ada").await;
    until("it is finished", async || !ada.get(&standing).await.ok::<Standing>().erasing).await;
    for id in &ids {
        assert!(texts(&ada.events(id).await).iter().all(|text| text.is_empty()));
    }
    // There is nothing left to finish.
    erasing::finish_all(server.app()).await.unwrap();
    assert!(server.app().store.erasing().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_long_log_and_many_conversations_are_erased_to_the_last() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let long = visitor.starts("Secret").await;
    for n in 0..1_100 {
        visitor.says(&long, &format!("Secret {n}")).await;
    }
    let mut ids = vec![long];
    for n in 0..230 {
        let id = visitor.starts(&format!("Secret {n}")).await;
        visitor.closes(&id).await;
        ids.push(id);
    }
    let who = ada.conversation(&ids[0]).await.visitor;
    let told =
        said(&porchlight(folder, &["visitor", "erase", "--visitor", who.as_str(), "--yes"], ""));
    assert!(told.contains("231"), "{told}");
    let printed = said(&porchlight(folder, &["audit", "--topic", "visitors"], ""));
    assert!(printed.contains(&format!("erased\t{who}")), "{printed}");
    for id in &ids {
        let state = ada.conversation(id).await;
        assert!(state.is_erased());
        let first = ada.events(id).await;
        assert!(texts(&first).iter().all(|text| text.is_empty()));
    }
    said(&porchlight(folder, &["check"], ""));
}
