//! What live chats ask their visitors, and what becomes of the answers.

use porchlight_protocol::person::{AttributeValue, Teller, VisitorRecord};
use porchlight_protocol::questions::{Questions, When, is_asker};
use porchlight_protocol::{Author, Conversation, ConversationId, Event, EventBody};
use serde_json::{Value, json};

use crate::commands::{porchlight, said};
use crate::harness::*;

const PATH: &str = "/settings/questions";

fn ask(field: &str, required: bool) -> Value {
    json!({ "field": field, "required": required })
}

/// The last event, which the site has written: its text and its choices.
fn asked(events: &[Event]) -> (&str, Vec<&str>) {
    let last = events.last().unwrap();
    assert!(matches!(&last.author, Author::Bot(bot) if is_asker(bot)), "{last:?}");
    match &last.body {
        EventBody::Message { text, choices, .. } => {
            (text, choices.iter().map(String::as_str).collect())
        }
        other => panic!("{other:?}"),
    }
}

async fn record(ada: &Agent, id: &ConversationId) -> VisitorRecord {
    let visitor = ada.conversation(id).await.visitor;
    ada.get(&format!("/visitors/{visitor}")).await.ok()
}

async fn sets(ada: &Agent, when: &str, asks: &[Value]) {
    ada.put(PATH, &json!({ "when": when, "asks": asks })).await.ok::<Questions>();
}

#[tokio::test]
async fn a_visitor_is_asked_and_the_answers_are_in_the_record() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    let own = json!({
        "field": "order",
        "required": false,
        "texts": [
            { "language": "de", "text": "Um welche Bestellung geht es?" },
            { "language": "en", "text": "Which order is it about?" },
        ],
    });
    sets(&ada, "always", &[ask("name", true), ask("email", true), own]).await;
    let id = visitor.starts("Where is my parcel?").await;
    // The message is there at once, unread and waiting, whatever follows.
    let chat = ada.conversation(&id).await;
    assert_eq!((chat.visitor_seq, chat.head, chat.team_read.up_to), (1, 2, 0));
    assert_eq!(chat.team_read.unread, [1]);
    assert!(chat.waits_since().is_some());
    assert_eq!(asked(&visitor.events(&id).await), ("What is your name?", vec![]));
    visitor.says(&id, "Ada Lovelace").await;
    let question = "What is your email address, so that we can answer you if you leave?";
    assert_eq!(asked(&visitor.events(&id).await).0, question);
    visitor.says(&id, "ada@gmial.com").await;
    let events = visitor.events(&id).await;
    let (text, choices) = asked(&events);
    assert_eq!(text, "Did you mean this address?");
    assert_eq!(choices, ["ada@gmail.com", "ada@gmial.com"]);
    let asking = visitor.conversation(&id).await.asked;
    let choice = json!({ "message": { "text": "ada@gmail.com", "answers": asking } });
    assert_eq!(visitor.act(&id, &choice).await.status, 201);
    let events = visitor.events(&id).await;
    assert_eq!(asked(&events), ("Which order is it about?", vec!["Skip"]));
    visitor.says(&id, "A-17").await;
    assert_eq!(asked(&visitor.events(&id).await).0, "Thank you! We’ll answer you here.");
    visitor.says(&id, "And?").await;
    assert_eq!(texts(&visitor.events(&id).await).last(), Some(&"And?"), "it was the last one");

    let known = record(&ada, &id).await;
    let name = known.name.unwrap();
    assert_eq!((name.value.as_str(), name.by), ("Ada Lovelace", Teller::Visitor));
    assert_eq!(known.email.unwrap().value, "ada@gmail.com");
    let order = known.attributes.get("order").unwrap();
    assert_eq!(order.value, AttributeValue::Text("A-17".to_owned()));
    // What an agent sees of it is what the log folds to.
    let state: Conversation = ada.conversation(&id).await;
    let mut fold = Conversation::new(
        state.id.clone(),
        state.kind.clone(),
        state.visitor.clone(),
        state.started_at,
    );
    for event in &ada.events(&id).await {
        fold.apply(event);
    }
    assert_eq!((fold.unanswered, fold.team_read), (state.unanswered, state.team_read));
    // Once per person, not per conversation.
    let again = visitor.starts("Another thing").await;
    assert_eq!(visitor.events(&again).await.len(), 1);
}

#[tokio::test]
async fn who_was_asked_and_skipped_is_not_asked_again() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    sets(&ada, "always", &[ask("phone", false)]).await;
    let id = visitor.starts("Hello").await;
    assert_eq!(asked(&visitor.events(&id).await).1, ["Skip"]);
    visitor.says(&id, "skip").await;
    assert_eq!(visitor.events(&id).await.len(), 3);
    let again = visitor.starts("Hello again").await;
    assert_eq!(visitor.events(&again).await.len(), 1);
    assert_eq!(record(&ada, &id).await.phone, None);
}

#[tokio::test]
async fn the_questions_fall_silent_when_an_agent_comes() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    sets(&ada, "always", &[ask("email", true)]).await;
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    visitor.says(&id, "bo@example.com").await;
    assert_eq!(texts(&visitor.events(&id).await).last(), Some(&"bo@example.com"));
    // Nor do they come back when the agent goes.
    let other = server.visitor();
    let id = other.starts("Hello").await;
    ada.claims(&id).await;
    assert_eq!(ada.act(&id, &json!("unclaim")).await.status, 201);
    other.says(&id, "no address").await;
    assert_eq!(texts(&other.events(&id).await).last(), Some(&"no address"));
    assert_eq!(record(&ada, &id).await.email, None);
}

#[tokio::test]
async fn who_is_known_is_not_asked_and_away_asks_only_then() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    sets(&ada, "away", &[ask("name", false), ask("email", false)]).await;
    let (socket, _) = ada.socket().await;
    let id = visitor.starts("Hello").await;
    assert_eq!(visitor.events(&id).await.len(), 1, "ada is there");
    let never = json!({ "on": true, "zone": "UTC", "week": [] });
    assert_eq!(ada.put("/settings/hours", &never).await.status, 200);
    let known = server.visitor();
    assert!(known.put("/visitor", &json!({ "name": "Bo" })).await.status.is_success());
    let id = known.starts("Hello").await;
    assert!(asked(&known.events(&id).await).0.contains("email"), "the name is known");
    drop(socket);
}

/// Opening hours around the clock, in UTC.
fn always_open() -> Value {
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let span = |day| json!({ "day": day, "opens": "00:00", "closes": "24:00" });
    json!({ "on": true, "zone": "UTC", "week": days.map(span), "closed_on": [] })
}

#[tokio::test]
async fn a_visitor_who_wants_a_call_is_called_once() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    ada.put("/settings/hours", &always_open()).await.ok::<Value>();
    let questions = json!({ "when": "always", "asks": [ask("name", true)], "call_back": true });
    assert!(ada.put(PATH, &questions).await.ok::<Questions>().call_back);
    let id = visitor.starts("My lamp is broken").await;
    visitor.says(&id, "Bo").await;
    let events = visitor.events(&id).await;
    let (text, choices) = asked(&events);
    assert_eq!(text, "Shall we call you back?");
    assert!(choices.contains(&"Tomorrow 00:00–12:00"), "{choices:?}");
    assert_eq!(choices.last(), Some(&"No, thanks"));
    visitor.says(&id, "Yes please").await;
    assert!(asked(&visitor.events(&id).await).0.starts_with("When does it suit you"));
    let before = record(&ada, &id).await;
    let asking = visitor.conversation(&id).await.asked;
    let choice = json!({ "message": { "text": "Tomorrow 00:00–12:00", "answers": asking } });
    assert_eq!(visitor.act(&id, &choice).await.status, 201);
    assert!(asked(&visitor.events(&id).await).0.starts_with("At which phone number"));
    visitor.says(&id, "the one you have").await;
    visitor.says(&id, "+49 30 1234").await;
    let thanks = "Thank you! We’ll call you: Tomorrow 00:00–12:00";
    assert_eq!(asked(&visitor.events(&id).await).0, thanks);

    let known = record(&ada, &id).await;
    let wish = known.call_back.clone().unwrap();
    assert_eq!((wish.by, wish.value.until - wish.value.from), (Teller::Visitor, 12 * 3_600_000));
    assert!(wish.value.from > known.last_seen && known.revision > before.revision);
    let listed = ada.folder("?filter=unassigned").await.visitors;
    assert_eq!(
        (listed[0].call_back, listed[0].phone.as_deref()),
        (Some(wish.value), Some("+49301234"))
    );
    // Who has a wish is not asked for another one.
    let again = visitor.starts("And my order?").await;
    assert_eq!(visitor.events(&again).await.len(), 1);

    // *Called*, and its undo.
    let known = record(&ada, &id).await;
    let path = format!("/visitors/{}", known.id);
    let called = json!({ "revision": known.revision, "call_back": null });
    let done: VisitorRecord = ada.patch(&path, &called).await.ok();
    assert_eq!(done.call_back, None);
    let late = ada.patch(&path, &called).await;
    assert_eq!(late.refusal(), "409 record_changed", "somebody else has called");
    let undo = json!({ "revision": done.revision, "call_back": wish.value });
    let undone: VisitorRecord = ada.patch(&path, &undo).await.ok();
    assert_eq!(undone.call_back.unwrap().value, wish.value);
    let never = json!({ "revision": undone.revision, "call_back": { "from": 5, "until": 5 } });
    assert_eq!(ada.patch(&path, &never).await.refusal(), "400 malformed");
    let (beside, erased) = (server.beside(), known.id.clone());
    blocking(move || {
        let site = beside.site(None)?;
        beside.erase_visitor(&site, &erased)
    })
    .unwrap();
    assert_eq!(record(&ada, &id).await.call_back, None);
}

#[tokio::test]
async fn no_call_is_offered_where_nobody_opens_and_who_wants_none_is_left_alone() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let questions = json!({ "when": "always", "asks": [], "call_back": true });
    ada.put(PATH, &questions).await.ok::<Questions>();
    let starts = async || {
        let visitor = server.visitor();
        let id = visitor.starts("Hello").await;
        (visitor.events(&id).await.len(), visitor, id)
    };
    assert_eq!(starts().await.0, 1, "there are no opening hours");
    let never = json!({ "on": true, "zone": "UTC", "week": [] });
    ada.put("/settings/hours", &never).await.ok::<Value>();
    assert_eq!(starts().await.0, 1, "nobody opens");
    ada.put("/settings/hours", &always_open()).await.ok::<Value>();
    let (events, visitor, id) = starts().await;
    assert_eq!(events, 2);
    visitor.says(&id, "no, thanks").await;
    assert_eq!(visitor.events(&id).await.len(), 3);
    assert_eq!(record(&ada, &id).await.call_back, None);
    // Who is elsewhere is told in whose time it is; and a number that is known is not asked for.
    let visitor = server.visitor();
    let told = json!({ "phone": "030 1234", "time_zone": "Asia/Tokyo" });
    assert!(visitor.put("/visitor", &told).await.status.is_success());
    let id = visitor.starts("Hello").await;
    assert_eq!(asked(&visitor.events(&id).await).0, "Shall we call you back? (UTC)");
    visitor.says(&id, "Tomorrow 12:00–24:00").await;
    assert!(asked(&visitor.events(&id).await).0.starts_with("Thank you! We’ll call you: Tomorrow"));
}

#[tokio::test]
async fn what_is_refused_is_not_saved() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let fine = json!({ "when": "always", "asks": [ask("name", true)] });
    assert_eq!(ben.put(PATH, &fine).await.refusal(), "403 role_required");
    ada.put(PATH, &fine).await.ok::<Questions>();
    let text = |text: &str| json!([{ "language": "en", "text": text }]);
    let own = |field: &str, texts: Value| json!({ "when": "always", "asks": [{ "field": field, "required": true, "texts": texts }] });
    let six: Vec<Value> = (0..6).map(|n| ask(&format!("a{n}"), true)).collect();
    for (body, refusal, field) in [
        (json!({ "when": "always", "asks": [] }), "questions_invalid", "asks"),
        (json!({ "when": "never", "asks": six }), "questions_invalid", "asks"),
        (
            json!({ "when": "away", "asks": [ask("name", true), ask("name", false)] }),
            "questions_invalid",
            "asks.1.field",
        ),
        (own("Order No", text("Which?")), "questions_invalid", "asks.0.field"),
        (own("order", json!([])), "text_empty", "asks.0.texts"),
        (own("order", text(" \u{200b} ")), "text_empty", "asks.0.texts.en"),
        (own("order", text(&"x".repeat(301))), "text_too_long", "asks.0.texts.en"),
        (
            own("order", json!([{ "language": "x", "text": "Which?" }])),
            "language_invalid",
            "asks.0.texts",
        ),
    ] {
        let answer = ada.put(PATH, &body).await;
        assert_eq!(answer.refusal(), format!("422 {refusal}"), "{body}");
        assert_eq!(answer.json()["field"], field, "{body}");
    }
    let theirs = json!({ "when": "never", "asks": [], "seen": { "when": "never", "asks": [] } });
    assert_eq!(ada.put(PATH, &theirs).await.refusal(), "409 settings_changed");
    let saved: Questions = ada.get(PATH).await.ok();
    assert_eq!((saved.when, saved.asks.len()), (When::Always, 1));
}

#[tokio::test]
async fn erasing_takes_what_was_asked_with_it() {
    let server = TestServer::start().await;
    let (ada, visitor) = (server.agent("ada").await, server.visitor());
    sets(&ada, "always", &[ask("email", true)]).await;
    let id = visitor.starts("Hello").await;
    visitor.says(&id, "ada@gmial.com").await;
    let who = ada.conversation(&id).await.visitor;
    let (beside, erased) = (server.beside(), who.clone());
    blocking(move || {
        let site = beside.site(None)?;
        beside.erase_visitor(&site, &erased)
    })
    .unwrap();
    let log = ada.events(&id).await;
    assert!(texts(&log).iter().all(|text| text.is_empty()), "{log:?}");
    assert_eq!(record(&ada, &id).await.email, None);
}

#[tokio::test]
async fn the_check_finds_questions_that_nobody_can_read() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    sets(&ada, "always", &[ask("name", true)]).await;
    let id = server.visitor().starts("Where is my parcel?").await;
    let folder = server.folder.path();
    said(&porchlight(folder, &["check"], ""));
    behind(&server, "UPDATE askings SET state = '{}'");
    let checked = porchlight(folder, &["check"], "");
    assert!(!checked.status.success());
    let told = [checked.stdout, checked.stderr].concat();
    let told = String::from_utf8_lossy(&told);
    let fault = format!("conversation {id}: where it is in its questions is not as it was written");
    assert!(told.contains(&fault), "{told}");
}
