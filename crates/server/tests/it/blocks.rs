//! A visitor who is blocked can write nothing more, and reads what they could read before.

use porchlight_protocol::limits::{BLOCK_NOTE_CHARS_MAX, BLOCKED_PAGE};
use porchlight_protocol::privacy::{BlockedPage, Standing};
use porchlight_protocol::{ConversationId, EventBody};
use serde_json::json;

use crate::harness::*;

async fn block_path(agent: &Agent, id: &ConversationId) -> String {
    format!("/visitors/{}/block", agent.conversation(id).await.visitor)
}

#[tokio::test]
async fn who_is_blocked_can_not_write_and_can_read() {
    let server = TestServer::start().await;
    let (visitor, ben) = (server.visitor(), server.agent("ben").await);
    let (id, closed) = (visitor.starts("Hello").await, visitor.starts("Bye").await);
    ben.claims(&id).await;
    ben.says(&id, "Hello, too").await;
    visitor.closes(&closed).await;
    let before = (client_id(), client_id());
    visitor.act_as(&before.0, &id, &message("Before")).await.ok::<serde_json::Value>();
    let start = json!({"client_id": before.1, "text": "Started before"});
    visitor.post("/conversations", &start).await.ok::<serde_json::Value>();
    let path = block_path(&ben, &id).await;
    let standing: Standing = ben.put(&path, &json!({"note": " Rude\nwords "})).await.ok();
    let block = standing.block.unwrap();
    assert_eq!((block.by.as_str(), block.note.as_str()), ("ben", "Rude words"));
    assert_eq!((standing.conversations, standing.erased), (3, false));

    let refused = "403 visitor_blocked";
    assert_eq!(visitor.act(&id, &message("Again")).await.refusal(), refused);
    for act in [json!("keep_open"), json!({"close": {"seen": 9}})] {
        assert_eq!(visitor.act(&id, &act).await.refusal(), refused, "{act}");
    }
    assert_eq!(visitor.act(&closed, &json!("reopen")).await.refusal(), refused);
    let new = json!({"client_id": client_id(), "text": "And now?"});
    assert_eq!(visitor.post("/conversations", &new).await.refusal(), refused);
    // The page that they are on is no act of theirs, and is not kept.
    let here = json!({"address": "https://shop.example/lamps", "title": "Lamps"});
    assert_eq!(visitor.put("/visitor/page", &here).await.status, 202);
    let typing = visitor.put(&format!("/conversations/{id}/typing"), &json!(null)).await;
    assert_eq!(typing.refusal(), refused);

    // What was done before is answered again, and what was written can be read, and marked as read.
    let again = visitor.act_as(&before.0, &id, &message("Before")).await;
    assert_eq!(again.status, 200);
    assert_eq!(visitor.post("/conversations", &start).await.status, 200);
    assert_eq!(texts(&visitor.events(&id).await), ["Hello", "Hello, too", "Before"]);
    assert!(visitor.home().await.contains(&id));
    let read = visitor.put(&format!("/conversations/{id}/read"), &json!({"up_to": 3})).await;
    assert_eq!(read.status, 204);
    let (mut socket, _) = visitor.socket().await;
    ben.says(&id, "We don't talk like this here").await;
    let (_, event) = socket.next_event().await;
    assert!(matches!(&event.body, EventBody::Message { text, .. } if text.starts_with("We don't")));
    // Others of the site, and the same key at another site, are not concerned.
    server.visitor().starts("Me, too?").await;
    let other = server.another_site();
    server.visitor_with(&other, visitor.key.clone()).starts("There").await;

    let lifted: Standing = ben.delete(&path).await.ok();
    assert_eq!(lifted.block, None);
    visitor.says(&id, "Sorry").await;
    assert_eq!(ben.delete(&path).await.ok::<Standing>().block, None, "again, it changes nothing");
}

#[tokio::test]
async fn a_block_needs_a_visitor_and_a_short_note() {
    let server = TestServer::start().await;
    let (visitor, ben) = (server.visitor(), server.agent("ben").await);
    let id = visitor.starts("Hello").await;
    let path = block_path(&ben, &id).await;
    let long = json!({"note": "x".repeat(BLOCK_NOTE_CHARS_MAX + 1)});
    assert_eq!(ben.put(&path, &long).await.refusal(), "422 text_too_long");
    assert_eq!(ben.put(&path, &json!({"why": "x"})).await.refusal(), "400 malformed");
    let nobody = format!("/visitors/{}/block", "0".repeat(32));
    assert_eq!(ben.put(&nobody, &json!({})).await.refusal(), "404 visitor_unknown");
    assert_eq!(ben.delete(&nobody).await.refusal(), "404 visitor_unknown");
    assert_eq!(ben.put("/visitors/x/block", &json!({})).await.refusal(), "404 visitor_unknown");
    visitor.says(&id, "Nothing has changed").await;
    // A bot's conversation is closed to a blocked visitor, too.
    server.add_bot(&server.site);
    let of_bot = visitor.starts_with_bot("Hello").await;
    ben.put(&path, &json!({})).await.ok::<Standing>();
    assert_eq!(visitor.act(&of_bot, &message("Hi")).await.refusal(), "403 visitor_blocked");
    let with_bot = json!({"client_id": client_id(), "text": "", "bot": true});
    assert_eq!(visitor.post("/conversations", &with_bot).await.refusal(), "403 visitor_blocked");
}

#[tokio::test]
async fn the_blocked_are_listed_the_last_one_first() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    let mut blocked = Vec::new();
    for n in 0..BLOCKED_PAGE + 3 {
        let id = server.visitor().starts("Hello").await;
        let visitor = ben.conversation(&id).await.visitor;
        server.time.passes(1_000);
        let note = json!({"note": format!("No. {n}")});
        ben.put(&format!("/visitors/{visitor}/block"), &note).await.ok::<Standing>();
        blocked.push(visitor);
    }
    blocked.reverse();
    let first: BlockedPage = ben.get("/visitors/blocked").await.ok();
    assert_eq!(first.visitors.len(), BLOCKED_PAGE);
    let path = format!("/visitors/blocked?after={}", first.next.clone().unwrap());
    let second: BlockedPage = ben.get(&path).await.ok();
    assert_eq!(second.next, None);
    let all: Vec<_> = first.visitors.into_iter().chain(second.visitors).collect();
    assert_eq!(all.iter().map(|it| it.visitor.clone()).collect::<Vec<_>>(), blocked);
    assert_eq!(all[0].block.note, format!("No. {}", BLOCKED_PAGE + 2));
    assert_eq!(ben.get("/visitors/blocked?after=x").await.refusal(), "400 malformed");
    server.another_site();
    let other: BlockedPage = server.agent("other-ben").await.get("/visitors/blocked").await.ok();
    assert!(other.visitors.is_empty());
}
