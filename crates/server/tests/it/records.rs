//! What a site knows of its visitors: where it comes from, how agents see and correct it, and that nobody else does.

use porchlight_protocol::person::{AttributeValue, Teller, Told, VisitorName, VisitorRecord};
use porchlight_protocol::wire::{Hello, Listing, ServerFrame, Started, Welcome};
use porchlight_protocol::{ConversationId, VisitorId};
use serde_json::{Value, json};

use crate::commands::{porchlight, said};
use crate::harness::*;

impl Agent {
    pub async fn record(&self, id: &VisitorId) -> VisitorRecord {
        self.get(&format!("/visitors/{id}")).await.ok()
    }

    pub async fn edits(&self, id: &VisitorId, edit: &Value) -> Answer {
        self.patch(&format!("/visitors/{id}"), edit).await
    }

    pub async fn visitor_of(&self, id: &ConversationId) -> VisitorId {
        self.conversation(id).await.visitor
    }
}

impl Socket {
    pub async fn next_name(&mut self) -> VisitorName {
        loop {
            match self.next().await {
                ServerFrame::Visitor(name) => return name,
                ServerFrame::Online(_) | ServerFrame::Event { .. } | ServerFrame::Read { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn next_but_online(&mut self) -> ServerFrame {
        loop {
            match self.next().await {
                ServerFrame::Online(_) => {}
                frame => return frame,
            }
        }
    }
}

pub fn value<T: Clone>(told: &Option<Told<T>>) -> Option<T> {
    told.as_ref().map(|told| told.value.clone())
}

const FIREFOX: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:148.0) Gecko/20100101 Firefox/148.0";

#[tokio::test]
async fn a_visitor_who_writes_is_known_by_what_the_request_says() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let visitor = server.visitor();
    let from = visitor.with("user-agent", FIREFOX).with("accept-language", "de-CH, fr;q=0.9");
    let body = json!({"client_id": client_id(), "text": "Hallo"});
    let started: Started = from.post("/conversations", &body).await.ok();
    let id = started.conversation.visitor;
    let record = ada.record(&id).await;
    assert_eq!(record.device.as_deref(), Some("Firefox, Windows"));
    assert_eq!(record.language.as_deref(), Some("de-CH"));
    assert_eq!((record.conversations, record.revision, record.proved), (1, 0, false));
    assert!(record.name.is_none() && record.attributes.is_empty());
    assert!(record.first_seen > 0 && record.last_seen == record.first_seen);
    // Two hours later, by the chat's own language.
    server.time.passes(120 * MINUTE);
    let body = json!({"client_id": client_id(), "text": "Encore", "language": "fr"});
    from.post("/conversations", &body).await.ok::<Started>();
    let ada = server.agent("ada").await;
    let later = ada.record(&id).await;
    assert_eq!((later.language.as_deref(), later.conversations), (Some("fr"), 2));
    assert!(later.last_seen >= record.last_seen + 120 * MINUTE);
    // To look at the chat is to be seen as well.
    server.time.passes(120 * MINUTE);
    visitor.socket().await;
    let (ada, seen) = (server.agent("ada").await, later.last_seen);
    until("the visitor is seen", async || ada.record(&id).await.last_seen > seen).await;
}

#[tokio::test]
async fn an_agent_corrects_a_record_and_undoes_it() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let id = ada.visitor_of(&server.visitor().starts("Hello").await).await;
    let edit = json!({
        "revision": 0, "name": " Bo\u{202e} Lee ", "email": "Bo@Lee.example", "phone": "+49 30 1234",
        "attributes": {"plan": "gold", "orders": 3, "vip": true},
    });
    let record: VisitorRecord = ada.edits(&id, &edit).await.ok();
    let name = record.name.clone().unwrap();
    assert_eq!((name.value.as_str(), &name.by), ("Bo Lee", &Teller::Agent { name: "ada".into() }));
    assert_eq!(value(&record.email).as_deref(), Some("bo@lee.example"));
    assert_eq!(record.attributes["orders"].value, AttributeValue::Number(3));
    assert!(record.revision > 0);
    assert_eq!(ben.record(&id).await, record);
    // Ben has seen the record of before.
    let late = ben.edits(&id, &json!({"revision": 0, "name": "Bob"})).await;
    assert_eq!(late.refusal(), "409 record_changed");
    assert_eq!(ben.record(&id).await, record);
    let edit = json!({
        "revision": record.revision, "name": null, "attributes": {"vip": null, "plan": "silver"},
    });
    let changed: VisitorRecord = ben.edits(&id, &edit).await.ok();
    assert_eq!((&changed.name, changed.attributes.len()), (&None, 2));
    assert_eq!(changed.email, record.email, "what is absent stays");
    let undo = json!({
        "revision": changed.revision, "name": "Bo Lee", "attributes": {"vip": true, "plan": "gold"},
    });
    let undone: VisitorRecord = ben.edits(&id, &undo).await.ok();
    assert_eq!(value(&undone.name), value(&record.name));
    assert_eq!(undone.attributes.len(), 3);
    // To say the same again is no change.
    let again = json!({"revision": undone.revision, "name": "Bo Lee"});
    assert_eq!(ada.edits(&id, &again).await.ok::<VisitorRecord>(), undone);
}

#[tokio::test]
async fn what_can_not_be_known_of_a_visitor_is_refused_as_a_whole() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let id = ada.visitor_of(&server.visitor().starts("Hello").await).await;
    let long = "x".repeat(256);
    let many: serde_json::Map<String, Value> =
        (0..51).map(|n| (format!("a{n}"), json!(n))).collect();
    let huge = json!({"a": "x".repeat(1 << 20)});
    for (mut edit, refusal, field) in [
        (json!({"name": "é".repeat(81)}), "422 text_too_long", "name"),
        (json!({"email": "nobody"}), "422 email_invalid", "email"),
        (json!({"phone": "call me"}), "422 phone_invalid", "phone"),
        (json!({"attributes": {"a": [1]}}), "422 attribute_invalid", "attributes.a"),
        (json!({"attributes": {"a": {"b": 1}}}), "422 attribute_invalid", "attributes.a"),
        (json!({"attributes": {"a": 1.5}}), "422 attribute_invalid", "attributes.a"),
        (json!({"attributes": {"a": long}}), "422 attribute_invalid", "attributes.a"),
        (json!({"attributes": {"A b": 1}}), "422 attribute_invalid", "attributes.A b"),
        (json!({"attributes": many}), "422 too_many_attributes", "attributes"),
        (json!({"attributes": huge}), "413 body_too_large", ""),
        (json!({"attributes": [1]}), "400 malformed", ""),
        (json!({"name": 7}), "400 malformed", ""),
        (json!({"nickname": "Bo"}), "400 malformed", ""),
    ] {
        edit["revision"] = json!(0);
        if edit.get("email").is_none() {
            edit["email"] = json!("bo@lee.example");
        }
        let answer = ada.edits(&id, &edit).await;
        assert_eq!(answer.refusal(), refusal);
        assert_eq!(answer.json()["field"].as_str().unwrap_or_default(), field, "{refusal}");
    }
    let record = ada.record(&id).await;
    assert_eq!((record.revision, record.email), (0, None), "nothing is stored half");
    for unknown in ["0123", &"0".repeat(32)] {
        let path = format!("/visitors/{unknown}");
        let nothing = json!({"revision": 0});
        assert_eq!(ada.get(&path).await.refusal(), "404 visitor_unknown");
        assert_eq!(ada.patch(&path, &nothing).await.refusal(), "404 visitor_unknown");
        let path = format!("{path}/conversations");
        assert_eq!(ada.get(&path).await.refusal(), "404 visitor_unknown");
    }
    // A name of which nothing can be seen is none.
    let hidden = json!({"revision": 0, "name": "\u{202e}\u{2066}"});
    assert_eq!(ada.edits(&id, &hidden).await.ok::<VisitorRecord>().name, None);
}

#[tokio::test]
async fn agents_are_told_of_a_name_and_nobody_else_is() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    let id = visitor.starts("Hello").await;
    let who = ada.visitor_of(&id).await;
    let (mut at_work, welcome) = ada.socket().await;
    assert_eq!(welcome.visitors, []);
    let (mut at_home, _) = visitor.socket().await;
    let poll = {
        let ben = server.agent("ben").await;
        let known = Hello { known: Some(ben.sync(&hello()).await.revision), ..hello() };
        tokio::spawn(async move { ben.post("/sync?wait=20", &known).await.ok::<Welcome>() })
    };
    let edit = json!({"revision": 0, "name": "Bo Lee"});
    let record: VisitorRecord = ada.edits(&who, &edit).await.ok();
    let name = at_work.next_name().await;
    assert_eq!(name, record.as_name());
    assert_eq!((&name.id, name.name.as_deref()), (&who, Some("Bo Lee")));
    assert_eq!(poll.await.unwrap().visitors, [name.clone()], "a long poll ends as well");
    visitor.says(&id, "Anybody?").await;
    let ServerFrame::Event { event, .. } = at_home.next_but_online().await else { panic!() };
    assert_eq!(event.seq, 2, "the visitor has heard of nothing in between");
    // Lists have it, whatever they list.
    let (_, welcome) = ada.socket().await;
    assert_eq!(welcome.visitors, [name.clone()]);
    assert_eq!(ada.sync(&hello()).await.visitors, [name.clone()]);
    assert_eq!(ada.folder("?filter=all").await.visitors, [name.clone()]);
    assert!(visitor.sync(&hello()).await.visitors.is_empty());
    let bot = server.bot(&server.add_bot(&server.site));
    visitor.starts_with_bot("Hi").await;
    let of_bot: Listing = bot.folder("").await;
    assert!(of_bot.visitors.is_empty() && of_bot.conversations.len() == 1);
    // Who meets a conversation by its events has been told its visitor's name before.
    let (mut late, _) = server.agent("ben").await.socket().await;
    let third = visitor.starts("One more").await;
    assert_eq!(late.next_name().await.name.as_deref(), Some("Bo Lee"));
    assert_eq!(late.next_event().await.0, third);
    // Of another site, nobody knows anything.
    server.another_site();
    let stranger = server.agent("other-ada").await;
    assert_eq!(stranger.get(&format!("/visitors/{who}")).await.refusal(), "404 visitor_unknown");
    let edit = json!({"revision": name.revision, "name": "Eve"});
    assert_eq!(stranger.edits(&who, &edit).await.refusal(), "404 visitor_unknown");
}

#[tokio::test]
async fn earlier_conversations_come_page_by_page() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    let mut all = Vec::new();
    for n in 0..5 {
        all.insert(0, visitor.starts(&format!("Number {n}")).await);
    }
    server.visitor().starts("Somebody else").await;
    visitor.closes(&all[2]).await;
    let closed = all.remove(2);
    all.insert(0, closed);
    let who = ada.visitor_of(&all[0]).await;
    let mut found = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("/visitors/{who}/conversations?limit=2{before}");
        let page: Listing = ada.get(&path).await.ok();
        found.extend(page.conversations.into_iter().map(|conversation| conversation.id));
        let Some(next) = page.next else { break };
        before = format!("&before={next}");
    }
    assert_eq!(found, all);
    assert_eq!(ada.record(&who).await.conversations, 5);
}

#[tokio::test]
async fn what_a_bot_is_told_is_in_the_record() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let added: Value = ada.post("/bots", &json!({"name": "Lumen"})).await.ok();
    let bot = added["bot"]["id"].as_str().unwrap();
    let flow = json!({"flow": 1, "start": "topic", "steps": {
        "topic": {"set": {"topic": "order", "Order-No": "7"}, "then": "mail"},
        "mail": {"ask": "Your e-mail?", "answer": "email", "save": "email", "then": "name"},
        "name": {"ask": "Your name?", "answer": "name", "save": "name", "then": "bye"},
        "bye": {"end": true},
    }});
    ada.put(&format!("/bots/{bot}/flow"), &flow).await.ok::<Value>();
    let visitor = server.visitor();
    let id = visitor.starts_with_bot("").await;
    let who = ada.visitor_of(&id).await;
    let (mut at_work, _) = ada.socket().await;
    visitor.says(&id, "Bo@Lee.example").await;
    assert_eq!(at_work.next_name().await.email.as_deref(), Some("bo@lee.example"));
    visitor.says(&id, "Bo Lee").await;
    assert_eq!(at_work.next_name().await.name.as_deref(), Some("Bo Lee"));
    let record = ada.record(&who).await;
    assert_eq!(record.name.as_ref().unwrap().by, Teller::Visitor);
    assert_eq!(record.attributes["topic"].by, Teller::Bot);
    assert_eq!(record.attributes["order_no"].value, AttributeValue::Text("7".to_owned()));
}

#[tokio::test]
async fn erasing_a_visitor_erases_what_is_known_of_them() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    let who = ada.visitor_of(&visitor.starts("Hello").await).await;
    ada.edits(&who, &json!({"revision": 0, "name": "Bo Lee"})).await.ok::<VisitorRecord>();
    let erase = ["visitor", "erase", "--visitor", who.as_str(), "--yes"];
    said(&porchlight(server.folder.path(), &erase, ""));
    let record = ada.record(&who).await;
    assert_eq!((record.name, record.device, record.conversations), (None, None, 1));
    let place = server.place();
    let report = blocking(move || place.check().unwrap());
    assert!(report.faults.is_empty(), "{:?}", report.faults);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_name_that_is_changed_at_one_node_is_told_at_another() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let ada = one.agent("ada").await;
    let who = ada.visitor_of(&one.visitor().starts("Hello").await).await;
    let (mut elsewhere, _) = ada.at(&two).socket().await;
    ada.edits(&who, &json!({"revision": 0, "name": "Bo Lee"})).await.ok::<VisitorRecord>();
    assert_eq!(elsewhere.next_name().await.name.as_deref(), Some("Bo Lee"));
}
