//! Rows that the disk has changed: one of them must not take its neighbours along, and what the log still
//! knows is shown.

use porchlight_protocol::wire::Page;
use porchlight_protocol::{ConversationId, Event, EventBody};
use porchlight_store::AdminStore;
use serde_json::json;

use crate::harness::*;

/// What the disk does behind everybody's back.
fn damage(server: &TestServer, change: &str, id: &ConversationId) {
    with_file(server.folder.path(), |sql| {
        let changed = sql.execute(change, [id.as_str()])?;
        assert!(changed > 0, "{change}");
        Ok(())
    })
    .unwrap();
}

const BROKEN: &str = "UPDATE conversations SET state = ';' || substr(state, 2) WHERE id = ?1";

#[tokio::test]
async fn a_state_that_is_not_as_it_was_written_is_folded_again() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let other = visitor.starts("Untouched").await;
    for change in [
        BROKEN,
        "UPDATE conversations SET state = replace(state, 'Goodbye', 'Badbye!') WHERE id = ?1",
        "UPDATE conversations SET state = replace(state, '\"head\":4', '\"head\":9') WHERE id = ?1",
        "UPDATE conversations SET state = replace(state, '\"agent\"', '\"agnet\"') WHERE id = ?1",
        "UPDATE conversations SET state = CAST(x'ff' AS TEXT) WHERE id = ?1",
        "UPDATE conversations SET hash = x'00' WHERE id = ?1",
    ] {
        let id = visitor.starts("Hello").await;
        ada.claims(&id).await;
        ada.says(&id, "Goodbye").await;
        visitor.says(&id, "Goodbye").await;
        let before = ada.conversation(&id).await;
        damage(&server, change, &id);
        assert_eq!(ada.conversation(&id).await, before, "{change}");
        assert!(visitor.home().await.contains(&other), "{change}");
        let listed = ada.folder("").await.conversations;
        assert!(listed.contains(&before), "{change}");
        assert!(listed.iter().any(|it| it.id == other), "{change}");
        let (_, welcome) = ada.socket().await;
        assert!(welcome.conversations.contains(&before), "{change}");
        // What is done in it writes it down again.
        ada.act(&id, &json!({"close": {"seen": 4}})).await.ok::<serde_json::Value>();
        assert_eq!(ada.conversation(&id).await.head, 5, "{change}");
    }
    with_file(server.folder.path(), |sql| {
        let well =
            "SELECT count(*) FROM conversations WHERE json_valid(state) AND length(hash) = 32";
        assert_eq!(sql.query_row(well, [], |row| row.get::<_, u32>(0))?, 7);
        Ok(())
    })
    .unwrap();
}

#[tokio::test]
async fn a_conversation_of_which_nothing_is_left_is_passed_over() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let lost = visitor.starts("Lost").await;
    let other = visitor.starts("Untouched").await;
    damage(&server, "DELETE FROM events WHERE conversation = ?1", &lost);
    damage(&server, BROKEN, &lost);
    assert_eq!(ada.get(&format!("/conversations/{lost}")).await.refusal(), "500 internal");
    assert_eq!(visitor.home().await, [other.clone()]);
    for query in ["", "?filter=all", "?filter=unassigned"] {
        let listed: Vec<_> = ada.folder(query).await.conversations;
        assert_eq!(listed.iter().map(|it| &it.id).collect::<Vec<_>>(), [&other], "{query}");
    }
    assert_eq!(ada.socket().await.1.conversations.len(), 1);
    visitor.says(&other, "Still here").await;
    let health = server.caller().get("/healthz").await;
    assert_eq!(health.status, 200);
    assert!(health.text.starts_with("ok\n"), "{}", health.text);
    assert!(health.text.contains("damaged rows: "), "{}", health.text);
}

#[tokio::test]
async fn a_hole_in_a_log_is_filled_with_what_says_so() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("1").await;
    for number in 2..=9 {
        visitor.says(&id, &number.to_string()).await;
    }
    let whole = visitor.events(&id).await;
    damage(&server, "DELETE FROM events WHERE conversation = ?1 AND seq IN (1, 4, 5, 9)", &id);
    damage(&server, "UPDATE events SET body = '{\"x\"' WHERE conversation = ?1 AND seq = 7", &id);

    let check = |events: &[Event], expected: std::ops::RangeInclusive<u64>| {
        let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
        assert!(seqs.iter().copied().eq(expected), "{seqs:?}");
        for event in events {
            let lost = [1, 4, 5, 7, 9].contains(&event.seq);
            assert_eq!(event.body == EventBody::Unreadable, lost, "{event:?}");
            if !lost {
                assert_eq!(event, &whole[event.seq as usize - 1]);
            }
        }
        assert!(events.is_sorted_by_key(|event| (event.revision, event.at)), "{events:?}");
        assert!(events.iter().all(|event| event.at > 0), "{events:?}");
    };
    for caller in [&*visitor, &*ada] {
        check(&caller.events(&id).await, 1..=9);
        // From both ends, in pages of every size.
        for limit in 1..=10 {
            for from in 0..=9 {
                let query = format!("/conversations/{id}/events?after={from}&limit={limit}");
                let page: Page = caller.get(&query).await.ok();
                let seqs: Vec<u64> = page.events.iter().map(|event| event.seq).collect();
                assert!(
                    seqs.iter().copied().eq(from + 1..=(from + limit).min(9)),
                    "{query}: {seqs:?}"
                );
                let before = from + 1;
                let query = format!("/conversations/{id}/events?before={before}&limit={limit}");
                let page: Page = caller.get(&query).await.ok();
                let seqs: Vec<u64> = page.events.iter().map(|event| event.seq).collect();
                let first = before.saturating_sub(limit).max(1);
                assert!(seqs.iter().copied().eq(first..before), "{query}: {seqs:?}");
            }
        }
    }
    // It goes on behind the hole.
    assert_eq!(visitor.says(&id, "10").await.head, 10);
    assert_eq!(texts(&visitor.events(&id).await), ["2", "3", "6", "8", "10"]);
}

/// More of them than the timer closes in one job, all of them older than what it can close.
#[tokio::test]
async fn conversations_that_can_not_be_closed_hold_up_no_other() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    ada.sets_closing(&closing_after(10)).await;
    let mut lost = Vec::new();
    for _ in 0..2 {
        let visitor = server.visitor();
        for _ in 0..40 {
            lost.push(visitor.starts("Lost").await);
        }
    }
    let last = server.visitor().starts("Last").await;
    for id in &lost {
        damage(&server, "DELETE FROM events WHERE conversation = ?1", id);
        damage(&server, BROKEN, id);
    }
    server.time.passes(10 * MINUTE);
    until("the last one closes", async || ada.conversation(&last).await.is_closed()).await;
}

#[tokio::test]
async fn a_damaged_site_holds_up_no_other() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let (ada, stranger) = (server.agent("ada").await, server.agent("other-ada").await);
    ada.sets_closing(&closing_after(10)).await;
    stranger.sets_closing(&closing_after(10)).await;
    let id = server.visitor_of(&other).starts("Hello").await;
    with_file(server.folder.path(), |sql| {
        sql.execute("UPDATE sites SET notices = 'x' WHERE key = ?1", [server.site.as_str()])?;
        Ok(())
    })
    .unwrap();
    server.time.passes(10 * MINUTE);
    until("the other site's closes", async || stranger.conversation(&id).await.is_closed()).await;
    // Its plan changes, and its clients hear of it.
    let (mut socket, _) = stranger.socket().await;
    let store = AdminStore::new(server.folder.path());
    store.set_plan(&other, porchlight_protocol::Plan::Starter).unwrap();
    assert_eq!(socket.next_policy().await.live_closes_after_s, None);
}
