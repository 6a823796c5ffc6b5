//! Power cuts, full disks and flipped bits: nothing acknowledged is lost, nothing is doubled.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use porchlight_protocol::wire::{Appended, Page, Start};
use porchlight_protocol::{ClientId, ConversationId, EventBody, SiteKey, VisitorKey};
use porchlight_store::clock::TimeSource;
use porchlight_store::{self as store, Asker, Store, StoreConfig, Surroundings, VisitorCredential};
use serde_json::json;

use crate::harness::*;
use crate::program::Program;

/// What one visitor sent, and what came back before the power went.
struct Sent {
    key: VisitorKey,
    id: ConversationId,
    acts: Vec<(ClientId, String, Option<Appended>)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_power_cut_loses_nothing_acknowledged_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let site = add_site(&folder, "Shop");

    for round in 0..4 {
        let program = Program::start(folder.path());
        let acknowledged = Arc::new(AtomicUsize::new(0));
        let mut writers = Vec::new();
        for number in 0..10 {
            let key = VisitorKey::from_bytes(random());
            let visitor = program.visitor(&site, &key);
            let acknowledged = Arc::clone(&acknowledged);
            writers.push(tokio::spawn(async move {
                let start = json!({"client_id": client_id(), "text": "start"});
                let started = visitor.post("/conversations", &start).await;
                let started: porchlight_protocol::wire::Started = started.ok();
                let id = started.conversation.id;
                let mut acts = Vec::new();
                for at in 0..25 {
                    let (name, text) = (client_id(), format!("{number}.{at}"));
                    let path = format!("/conversations/{id}/events/{name}");
                    let body = serde_json::to_vec(&message(&text)).unwrap();
                    match visitor.try_send(reqwest::Method::PUT, &path, body).await {
                        Ok(answer) => {
                            acts.push((name, text, Some(answer.ok())));
                            acknowledged.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(_) => {
                            acts.push((name, text, None));
                            break;
                        }
                    }
                }
                Sent { key, id, acts }
            }));
        }
        while acknowledged.load(Ordering::SeqCst) < 40 + 30 * round {
            tokio::task::yield_now().await;
        }
        program.kill();
        let mut all = Vec::new();
        for writer in writers {
            all.push(writer.await.unwrap());
        }

        let program = Program::start(folder.path());
        for sent in &all {
            let visitor = program.visitor(&site, &sent.key);
            let events = visitor.events(&sent.id).await;
            let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
            assert!(seqs.iter().copied().eq(1..=seqs.len() as u64), "dense: {seqs:?}");
            for (name, _, appended) in &sent.acts {
                let of_act = events.iter().filter(|event| event.client_id.as_ref() == Some(name));
                let found: Vec<_> = of_act.cloned().collect();
                match appended {
                    Some(appended) => assert_eq!(found, appended.events, "lost or doubled"),
                    None => assert!(found.len() <= 1, "doubled"),
                }
            }
            // The browser tries again what was not acknowledged; then everything is there once.
            for (name, text, _) in sent.acts.iter().rev().take(2) {
                let again = visitor.act_as(name, &sent.id, &message(text)).await;
                assert!(again.status.is_success(), "{}", again.text);
            }
            let events = visitor.events(&sent.id).await;
            assert_eq!(events.len(), sent.acts.len() + 1);
            let expected = sent.acts.iter().map(|(_, text, _)| text.as_str());
            assert!(texts(&events).into_iter().skip(1).eq(expected));
        }
        program.kill();
    }
}

#[tokio::test]
async fn a_power_cut_in_the_middle_of_closing_leaves_nothing_open_and_closes_nothing_twice() {
    const DUE: u32 = 2_500;
    let mut server = TestServer::start().await;
    server.stop().await;
    let folder = server.folder.path();
    opens(folder, &server.site, DUE).await;
    let count = |query: &str| {
        let sql = rusqlite::Connection::open(folder.join(store::FILE)).unwrap();
        sql.query_row(query, [], |row| row.get::<_, u32>(0)).unwrap()
    };
    let closed = || count("SELECT count(*) FROM conversations WHERE closed = 1");

    for _ in 0..3 {
        let before = closed();
        let program = Program::start(folder);
        until("something is closed", async || closed() > before).await;
        program.kill();
    }
    assert!(closed() < DUE, "it was cut in the middle");
    let program = Program::start(folder);
    until("everything is closed", async || closed() == DUE).await;
    program.kill();
    let closings = count("SELECT count(*) FROM events WHERE body = '\"closed\"'");
    let of = count("SELECT count(DISTINCT conversation) FROM events WHERE body = '\"closed\"'");
    assert_eq!((closings, of), (DUE, DUE));
}

/// Opens so many conversations an hour ago, and sets a period of a minute now.
async fn opens(folder: &Path, site: &SiteKey, count: u32) {
    let time = Arc::new(TestTime::default());
    time.is_set_by(-60 * MINUTE);
    let source = Arc::clone(&time) as Arc<dyn TimeSource>;
    let store = Store::open(folder, &StoreConfig::default(), source, |_| {}).unwrap();
    for _ in 0..count.div_ceil(50) {
        let credential = VisitorCredential { site: site.clone(), key: random(), network: None };
        let starts = (0..50).map(|_| {
            let text = "Hello".to_owned();
            store.start(
                credential.clone(),
                Start { client_id: client_id(), text, bot: false, bot_id: None, language: None },
                Surroundings::default(),
                |_| Asker::default(),
            )
        });
        futures_util::future::try_join_all(starts).await.unwrap();
    }
    time.is_set_by(60 * MINUTE);
    let login = store.login("ada@lantern.example".to_owned()).await.unwrap().unwrap();
    let session = random();
    store.sign_in(login, session, String::new(), None).await.unwrap();
    store.set_closing(session, closing_after(1), None).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_done() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let pages: u32 = with_file(server.folder.path(), |sql| {
        sql.query_row("PRAGMA page_count", [], |row| row.get(0))
    })
    .unwrap();
    server.restart_with(|config| config.store.pages_max = Some(pages + 20)).await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());

    let text = "😀".repeat(4_000);
    let mut taken = 0;
    let (name, refused) = loop {
        let name = client_id();
        let answer = visitor.act_as(&name, &id, &message(&text)).await;
        if answer.status.is_success() {
            taken += 1;
        } else {
            break (name, answer);
        }
    };
    assert_eq!(refused.refusal(), "503 unavailable");
    assert!(taken > 0);
    // What is there can be read, and it is all there is.
    assert_eq!(visitor.conversation(&id).await.head, taken + 1);
    assert_eq!(visitor.events(&id).await.len() as u64, taken + 1);

    server.restart_with(|config| config.store.pages_max = None).await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let again = visitor.act_as(&name, &id, &message(&text)).await;
    assert_eq!(again.status, 201);
    assert_eq!(visitor.conversation(&id).await.head, taken + 2);
}

#[tokio::test]
async fn a_store_of_its_greatest_size_takes_nothing_new_and_tells_what_it_has() {
    let mut server = TestServer::start().await;
    let key = server.visitor().key;
    server.restart_with(|config| config.store.bytes_max = Some(1 << 20)).await;
    let visitor = server.visitor_with(&server.site, key);
    let id = visitor.starts("Hello").await;
    let mut taken = 1;
    let text = "x".repeat(4_000);
    let refused = loop {
        let answer = visitor.act(&id, &message(&text)).await;
        if !answer.status.is_success() {
            break answer;
        }
        taken += 1;
    };
    assert_eq!(refused.refusal(), "503 unavailable");
    assert!((50..400).contains(&taken), "{taken}");
    let file = server.folder.path().join(store::FILE).metadata().unwrap().len();
    assert!(file <= 1 << 20, "{file}");
    assert_eq!(visitor.conversation(&id).await.head, taken);
    assert!(server.caller().get("/healthz").await.text.starts_with("ok\n"));
}

#[tokio::test]
async fn a_damaged_event_is_noticed_rather_than_shown() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Pay 10 to account 1").await;
    let other = visitor.starts("Hello").await;
    with_file(server.folder.path(), |sql| {
        let changed = sql.execute(
            "UPDATE events SET body = replace(body, 'account 1', 'account 2') WHERE conversation = ?1",
            [id.as_str()],
        )?;
        assert_eq!(changed, 1);
        Ok(())
    })
    .unwrap();
    let answer = visitor.get(&format!("/conversations/{id}/events")).await;
    assert!(!answer.text.contains("account"));
    let page: Page = answer.ok();
    assert_eq!(page.events.len(), 1);
    assert_eq!(page.events[0].body, EventBody::Unreadable);
    assert_eq!(visitor.events(&other).await.len(), 1);
}
