use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::wire::{Appended, Listing, Page, Started};
use porchlight_protocol::{Author, EventBody};
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::*;

#[tokio::test]
async fn a_visitor_writes_and_an_agent_claims_answers_and_closes() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);

    let id = visitor.starts("Do you ship to Norway?").await;
    ada.claims(&id).await;
    ada.says(&id, "We do.").await;
    visitor.says(&id, "Thank you!").await;
    ada.closes(&id).await;

    let conversation = visitor.conversation(&id).await;
    assert_eq!(conversation.kind, Kind::Live);
    assert!(
        matches!(conversation.status, Status::Closed { by: Author::Agent(ref by), .. } if by.name == "ada")
    );
    assert_eq!(conversation, ada.conversation(&id).await, "both see the same");
    let events = visitor.events(&id).await;
    let seqs: Vec<u64> = events.iter().map(|event| event.seq).collect();
    assert_eq!(seqs, [1, 2, 3, 4, 5]);
    assert_eq!(texts(&events), ["Do you ship to Norway?", "We do.", "Thank you!"]);
    assert!(matches!(events[4].body, EventBody::Closed));
}

#[tokio::test]
async fn a_retry_gets_the_first_answer_again() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;

    let name = client_id();
    let first = visitor.act_as(&name, &id, &message("Anybody there?")).await;
    assert_eq!(first.status, StatusCode::CREATED);
    ada.claims(&id).await;
    ada.closes(&id).await;
    let again = visitor.act_as(&name, &id, &message("Anybody there?")).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.text, first.text);
    assert!(ada.conversation(&id).await.is_closed(), "a retry opens nothing again");

    // Another agent's act of the same name is another act.
    let closed_again = ada.act_as(&name, &id, &json!({"close": {"seen": 9}})).await;
    assert_eq!(closed_again.status, StatusCode::OK, "it was so already");
    assert_eq!(closed_again.ok::<Appended>().events, []);
    let reopened: Appended = ada.act(&id, &json!("reopen")).await.ok();
    assert_eq!(reopened.events.len(), 1);
    // The retry of what changed nothing changes nothing either, though it could now.
    let retried = ada.act_as(&name, &id, &json!({"close": {"seen": 9}})).await;
    assert_eq!(retried.status, StatusCode::OK);
    assert_eq!(retried.text, closed_again.text);
    assert!(!ada.conversation(&id).await.is_closed());
}

#[tokio::test]
async fn a_retried_start_is_the_same_conversation() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let name = client_id();
    let body = json!({"client_id": name, "text": "Hello"});

    let first = visitor.post("/conversations", &body).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = visitor.post("/conversations", &body).await;
    assert_eq!(again.status, StatusCode::OK);
    let (first, again): (Started, Started) = (first.ok(), again.ok());
    assert_eq!(first, again);
    assert_eq!(visitor.home().await.len(), 1);

    // The name is used up in the conversation too.
    let id = first.conversation.id;
    let same = visitor.act_as(&name, &id, &message("Hello")).await;
    assert_eq!(same.status, StatusCode::OK);
    let other = json!({"client_id": name, "text": "Good evening"});
    assert_eq!(visitor.post("/conversations", &other).await.refusal(), "409 client_id_reused");
    assert_eq!(visitor.events(&id).await.len(), 1);
}

#[tokio::test]
async fn send_and_close_is_one_step() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;

    let name = client_id();
    let act = json!({"message_and_close": {"text": "Bye!", "seen": 2}});
    let appended: Appended = ada.act_as(&name, &id, &act).await.ok();
    let (said, closed) = (&appended.events[0], &appended.events[1]);
    assert!(matches!(said.body, EventBody::Message { .. }));
    assert_eq!((said.client_id.as_ref(), closed.client_id.as_ref()), (Some(&name), None));
    assert!(matches!(closed.body, EventBody::Closed));
}

#[tokio::test]
async fn a_close_tells_of_what_came_in_between() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    visitor.says(&id, "One more thing").await;

    let refused = ada.act(&id, &json!({"close": {"seen": 2}})).await;
    assert_eq!(refused.refusal(), "409 new_messages");
    assert_eq!(refused.json()["seq"], 3);
    assert!(!ada.conversation(&id).await.is_closed());
}

#[tokio::test]
async fn folders_hold_what_their_names_say() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let visitor = server.visitor();
    let unassigned = visitor.starts("one").await;
    let adas = visitor.starts("two").await;
    let bens = visitor.starts("three").await;
    let closed = visitor.starts("four").await;
    ada.claims(&adas).await;
    ben.claims(&bens).await;
    ada.claims(&closed).await;
    ada.closes(&closed).await;

    for (folder, expected) in [
        ("", vec![&bens, &adas, &unassigned]),
        ("?filter=open", vec![&bens, &adas, &unassigned]),
        ("?filter=unassigned", vec![&unassigned]),
        ("?filter=mine", vec![&adas]),
        ("?filter=closed", vec![&closed]),
        ("?filter=all", vec![&closed, &bens, &adas, &unassigned]),
    ] {
        let listing = ada.folder(folder).await;
        let found: Vec<_> = listing.conversations.iter().map(|found| &found.id).collect();
        assert_eq!(found, expected, "{folder}");
        assert_eq!(listing.next, None);
    }
}

#[tokio::test]
async fn a_long_listing_comes_in_pages() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let mut ids = Vec::new();
    for number in 0..5 {
        ids.push(visitor.starts(&format!("number {number}")).await);
    }
    ids.reverse();

    let mut found = Vec::new();
    let mut query = "?limit=2".to_owned();
    loop {
        let page: Listing = ada.folder(&query).await;
        found.extend(page.conversations.into_iter().map(|conversation| conversation.id));
        let Some(next) = page.next else { break };
        query = format!("?limit=2&before={next}");
    }
    assert_eq!(found, ids);
}

#[tokio::test]
async fn history_comes_in_pages_from_either_end() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("1").await;
    for number in 2..=9 {
        visitor.says(&id, &number.to_string()).await;
    }
    let page = async |query: &str| -> (Vec<String>, u64) {
        let page: Page = visitor.get(&format!("/conversations/{id}/events{query}")).await.ok();
        (texts(&page.events).into_iter().map(str::to_owned).collect(), page.head)
    };
    assert_eq!(page("?after=0&limit=2").await, (vec!["1".into(), "2".into()], 9));
    assert_eq!(page("?after=7").await, (vec!["8".into(), "9".into()], 9));
    assert_eq!(page("?after=9").await, (vec![], 9));
    assert_eq!(page("?before=10&limit=2").await, (vec!["8".into(), "9".into()], 9));
    assert_eq!(page("?before=3").await, (vec!["1".into(), "2".into()], 9));
    assert_eq!(page("?after=18446744073709551615").await, (vec![], 9));
    assert_eq!(page("?before=18446744073709551615&limit=1").await.0, ["9"]);
}

#[tokio::test]
async fn read_marks_only_grow_and_reach_the_head_at_most() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    ada.says(&id, "Hi").await;
    let read = format!("/conversations/{id}/read");
    assert_eq!(visitor.conversation(&id).await.visitor_read.unread, [3]);

    for (up_to, then) in [(2, 2), (1, 2), (1_000, 3), (i64::MAX, 3)] {
        let answer = visitor.put(&read, &json!({"up_to": up_to})).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(visitor.conversation(&id).await.visitor_read.up_to, then);
    }
    assert!(visitor.conversation(&id).await.visitor_read.unread.is_empty());
    let before = ada.conversation(&id).await.team_read;
    ada.put(&read, &json!({"up_to": 3})).await;
    assert_eq!(ada.conversation(&id).await.team_read, before, "who writes has read");
}

#[tokio::test]
async fn sites_know_nothing_of_each_other() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let id = server.visitor().starts("Hello").await;
    let stranger = server.agent("other-ada").await;

    assert_eq!(stranger.folder("?filter=all").await.conversations, []);
    let path = format!("/conversations/{id}");
    assert_eq!(stranger.get(&path).await.refusal(), "404 conversation_unknown");
    assert_eq!(stranger.act(&id, &message("Hi")).await.refusal(), "404 conversation_unknown");
    // The same key on another site is somebody else, whom nobody has met.
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let elsewhere = server.visitor_with(&other, visitor.key.clone());
    assert_eq!(elsewhere.post("/sync", &hello()).await.refusal(), "401 visitor_key_invalid");
}

/// Nobody reads from a revision how busy other sites are.
#[tokio::test]
async fn each_site_has_revisions_of_its_own() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let (here, there) = (server.visitor(), server.visitor_of(&other));
    let id = here.starts("Hello").await;
    let (ada, before) = (server.agent("ada").await, here.sync(&hello()).await.revision);
    let elsewhere = there.starts("Hello").await;
    for text in ["One", "Two", "Three"] {
        there.says(&elsewhere, text).await;
    }
    assert_eq!(here.sync(&hello()).await.revision, before);
    assert_eq!(ada.sync(&hello()).await.revision, before);
    assert_eq!(there.sync(&hello()).await.revision, 4);
    let appended = here.says(&id, "Still here?").await;
    assert_eq!(appended.events[0].revision, before + 1);
    assert_eq!(here.sync(&hello()).await.revision, before + 1);
}

#[tokio::test]
async fn a_restart_keeps_everything_and_the_epoch() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let before = visitor.sync(&hello()).await;
    server.restart().await;

    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let after = visitor.sync(&hello()).await;
    assert_eq!(after.booted, before.booted);
    assert_eq!(after.conversations, before.conversations);
    assert_eq!(texts(&visitor.events(&id).await), ["Hello"]);
}

#[tokio::test]
async fn a_second_server_on_the_same_data_is_refused() {
    let server = TestServer::start().await;
    let config = porchlight_server::ServerConfig::at(server.place());
    let second = porchlight_server::Server::bind(config, ([127, 0, 0, 1], 0).into()).await;
    let error = format!("{:#}", second.err().unwrap());
    assert!(error.contains("a server is running"), "{error}");
}
