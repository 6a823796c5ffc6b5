//! Live chat that is switched off: visitors write to bots alone.

use std::time::Instant;

use porchlight_protocol::hours::Away;
use porchlight_protocol::settings::Switch;
use porchlight_protocol::wire::{Hello, ServerFrame, Welcome};
use serde_json::{Value, json};

use crate::harness::{SOON, TestServer, client_id, hello, message};

const PATH: &str = "/settings/live-chat";
const ON: Switch = Switch { on: true };
const OFF: Switch = Switch { on: false };

#[tokio::test]
async fn while_it_is_off_nobody_writes_to_the_team() {
    let server = TestServer::start().await;
    server.add_bot(&server.site);
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let (live, bot) = (visitor.starts("Hello").await, visitor.starts_with_bot("Hello").await);
    let (mut socket, welcome) = visitor.socket().await;
    assert!(!welcome.policy.live_chat_off);
    assert_eq!(ada.get(PATH).await.ok::<Switch>(), ON);

    assert_eq!(ada.put(PATH, &OFF).await.ok::<Switch>(), OFF);
    assert!(socket.next_policy().await.live_chat_off, "open clients hear of it at once");
    assert!(visitor.sync(&hello()).await.policy.live_chat_off, "and those that come");
    let refused = "409 live_chat_off";
    assert_eq!(visitor.act(&live, &message("And?")).await.refusal(), refused);
    let start = json!({"client_id": client_id(), "text": "Hello"});
    let stranger = server.visitor();
    for who in [&visitor, &stranger] {
        assert_eq!(who.post("/conversations", &start).await.refusal(), refused);
    }
    assert_eq!(visitor.says(&bot, "And?").await.events.len(), 1, "bots go on");
    server.visitor().starts_with_bot("Hello").await;

    // The team goes on, too: what was begun is answered and closed, and a bot's conversation is theirs once claimed.
    ada.claims(&live).await;
    ada.says(&live, "Good morning").await;
    ada.closes(&live).await;
    ada.claims(&bot).await;
    assert_eq!(visitor.act(&bot, &message("And?")).await.refusal(), refused);
    assert_eq!(visitor.act(&live, &message("And?")).await.refusal(), refused);

    assert_eq!(ada.put(PATH, &ON).await.ok::<Switch>(), ON);
    let mut told = async || match socket.next().await {
        ServerFrame::Policy(policy) => Some(policy.live_chat_off),
        _ => None,
    };
    while told().await != Some(false) {}
    visitor.says(&live, "And?").await;
    assert_eq!(visitor.post("/conversations", &start).await.status, 201);
}

#[tokio::test]
async fn a_message_that_has_arrived_before_is_answered_as_it_was() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let name = client_id();
    assert_eq!(visitor.act_as(&name, &id, &message("And?")).await.status, 201);
    ada.put(PATH, &OFF).await.ok::<Switch>();
    assert_eq!(visitor.act_as(&name, &id, &message("And?")).await.status, 200);
    assert_eq!(visitor.events(&id).await.len(), 2);
}

#[tokio::test]
async fn admins_switch_it_for_their_own_site() {
    let server = TestServer::start().await;
    let (visitor, other) = (server.visitor(), server.visitor_of(&server.another_site()));
    visitor.starts("Hello").await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    assert_eq!(ben.put(PATH, &OFF).await.refusal(), "403 role_required");
    assert_eq!(ben.get(PATH).await.ok::<Switch>(), ON);
    for body in [json!({}), json!({"on": 1}), json!({"on": true, "off": false})] {
        assert_eq!(ada.put(PATH, &body).await.refusal(), "400 malformed");
    }
    let foreign = ada.without("x-csrf-token");
    assert_eq!(foreign.put(PATH, &OFF).await.refusal(), "403 csrf_token_invalid");
    ada.put(PATH, &OFF).await.ok::<Switch>();
    ada.put(PATH, &OFF).await.ok::<Switch>();
    assert_eq!(ben.get(PATH).await.ok::<Switch>(), OFF);
    other.starts("Hello").await;

    // It is of every plan, and the closing settings leave it alone.
    let closing = ada.closing().await;
    ada.sets_closing(&closing.settings).await;
    server.set_plan(porchlight_protocol::Plan::Starter);
    assert!(visitor.sync(&hello()).await.policy.live_chat_off);
    assert_eq!(ada.put(PATH, &ON).await.ok::<Switch>(), ON);
}

/// A client without a socket hears of it as well.
#[tokio::test]
async fn a_long_poll_ends_when_it_is_switched() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    visitor.starts("Hello").await;
    let known = visitor.sync(&hello()).await.revision;
    let poll = {
        let (visitor, hello) = (visitor.clone(), Hello { known: Some(known), ..hello() });
        tokio::spawn(async move { visitor.post("/sync?wait=25", &hello).await })
    };
    let begun = Instant::now();
    ada.put(PATH, &OFF).await.ok::<Switch>();
    assert!(poll.await.unwrap().ok::<Welcome>().policy.live_chat_off);
    assert!(begun.elapsed() < SOON);
    // Who asks with what they knew before is told at once, too.
    let late = Hello { known: Some(known), ..hello() };
    assert!(visitor.post("/sync?wait=25", &late).await.ok::<Welcome>().policy.live_chat_off);
}

#[tokio::test]
async fn read_receipts_are_an_admins_choice_and_told_at_once() {
    const PATH: &str = "/settings/read-receipts";
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let ben = server.agent("ben").await;
    visitor.starts("Hello").await;
    let (mut socket, welcome) = visitor.socket().await;
    assert!(!welcome.policy.read_receipts);
    assert_eq!(ada.get(PATH).await.ok::<Switch>(), OFF);
    assert_eq!(ben.put(PATH, &ON).await.refusal(), "403 role_required");

    assert_eq!(ada.put(PATH, &ON).await.ok::<Switch>(), ON);
    assert!(socket.next_policy().await.read_receipts);
    assert_eq!(ben.get(PATH).await.ok::<Switch>(), ON);
    assert!(visitor.sync(&hello()).await.policy.read_receipts);
    // The switches know nothing of each other.
    ada.put("/settings/live-chat", &OFF).await.ok::<Switch>();
    let policy = socket.next_policy().await;
    assert!(policy.read_receipts && policy.live_chat_off);
    assert_eq!(ada.put(PATH, &OFF).await.ok::<Switch>(), OFF);
    let policy = socket.next_policy().await;
    assert!(!policy.read_receipts && policy.live_chat_off);
}

#[tokio::test]
async fn messages_are_taken_while_live_chat_is_off_if_the_site_says_so() {
    const PATH: &str = "/settings/messages";
    let server = TestServer::start().await;
    let (ada, ben, visitor) =
        (server.agent("ada").await, server.agent("ben").await, server.visitor());
    let (online, _) = ada.socket().await;
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    assert_eq!(ada.get(PATH).await.ok::<Value>(), json!({ "on": false }));
    assert_eq!(ben.put(PATH, &json!({ "on": true })).await.refusal(), "403 role_required");
    // With live chat on it changes nothing.
    ada.put(PATH, &json!({ "on": true })).await.ok::<Value>();
    let policy = socket.next_policy().await;
    assert!(!policy.live_chat_off && policy.away.is_empty());
    ada.put("/settings/live-chat", &json!({ "on": false })).await.ok::<Value>();
    // The field stays, and says that nobody is there: without an end, whoever is online.
    let policy = socket.next_policy().await;
    assert!(!policy.live_chat_off);
    assert_eq!(policy.away, [Away { from: 0, until: None }]);
    visitor.says(&id, "Still there?").await;
    assert!(ada.conversation(&id).await.left.is_some());
    let fresh = server.visitor();
    let questions = json!({ "when": "away", "asks": [{ "field": "email", "required": true }] });
    ada.put("/settings/questions", &questions).await.ok::<Value>();
    let left = fresh.starts("I'd like a lamp").await;
    assert_eq!(fresh.events(&left).await.len(), 2, "the address is asked for");
    let queue = ada.folder("?filter=unassigned&sort=left").await.conversations;
    assert_eq!(queue.iter().map(|it| &it.id).collect::<Vec<_>>(), [&id, &left]);
    // An answer reaches them, and the field goes with the switch.
    ada.claims(&left).await;
    ada.says(&left, "Gladly").await;
    assert_eq!(ada.conversation(&left).await.left, None);
    ada.put(PATH, &json!({ "on": false })).await.ok::<Value>();
    let policy = visitor.sync(&hello()).await.policy;
    assert!(policy.live_chat_off && policy.away.is_empty());
    let message = json!({ "message": { "text": "And now?" } });
    assert_eq!(visitor.act(&id, &message).await.refusal(), "409 live_chat_off");
    drop(online);
}
