//! With a visitor their network can be blocked, too: for a while, and nobody's address is stored for it.

use porchlight_protocol::ConversationId;
use porchlight_protocol::audit::{AuditPage, Deed};
use porchlight_protocol::privacy::{BlockedPage, Standing};
use porchlight_protocol::wire::{Hello, Started};
use serde_json::{Value, json};

use crate::harness::*;

const HOME: &str = "203.0.113.5";
const DAY_S: i64 = 24 * 60 * 60;
const REFUSED: &str = "403 visitor_blocked";

async fn start() -> TestServer {
    TestServer::start_with(|config| config.behind_proxy = true).await
}

async fn tries_to_start(visitor: &Visitor, ip: &str) -> Answer {
    let start = json!({"client_id": client_id(), "text": "Hello"});
    visitor.with("x-forwarded-for", ip).post("/conversations", &start).await
}

async fn starts(visitor: &Visitor, ip: &str) -> ConversationId {
    tries_to_start(visitor, ip).await.ok::<Started>().conversation.id
}

async fn writes(visitor: &Visitor, id: &ConversationId, ip: &str) -> Answer {
    visitor.with("x-forwarded-for", ip).act(id, &message("And now?")).await
}

async fn path(agent: &Agent, id: &ConversationId) -> String {
    format!("/visitors/{}", agent.conversation(id).await.visitor)
}

async fn blocks(agent: &Agent, path: &str, body: Value) -> Standing {
    agent.put(&format!("{path}/block"), &body).await.ok()
}

/// The bytes that are stored of each visitor's network, read behind the store's back.
fn stored(server: &TestServer) -> Vec<usize> {
    const QUERY: &str = "SELECT network FROM visitors WHERE network IS NOT NULL";
    if std::env::var("PORCHLIGHT_TEST_POSTGRES").is_ok() {
        let address = server.database();
        return blocking(move || {
            let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
            let rows = client.query(QUERY, &[]).unwrap();
            rows.iter().map(|row| row.get::<_, Vec<u8>>(0).len()).collect()
        });
    }
    with_file(server.folder.path(), |sql| {
        let mut query = sql.prepare(QUERY)?;
        let rows = query.query_map([], |row| Ok(row.get::<_, Vec<u8>>(0)?.len()))?;
        rows.collect()
    })
    .unwrap()
}

#[tokio::test]
async fn who_writes_from_a_blocked_network_is_refused_until_the_block_ends() {
    let server = start().await;
    let ben = server.agent("ben").await;
    let (rude, neighbour, other) = (server.visitor(), server.visitor(), server.visitor());
    let id = starts(&rude, HOME).await;
    let of_neighbour = starts(&neighbour, HOME).await;
    starts(&other, "203.0.113.6").await;
    let path = path(&ben, &id).await;
    let standing: Standing = ben.get(&format!("{path}/standing")).await.ok();
    assert!(standing.network_known && standing.block.is_none());
    assert!(stored(&server).is_empty(), "nobody's network is stored");

    let before = json!({"client_id": client_id(), "text": "Before"});
    let from_home = neighbour.with("x-forwarded-for", HOME);
    from_home.post("/conversations", &before).await.ok::<Started>();
    let standing = blocks(&ben, &path, json!({"note": "Spam", "network_for_s": DAY_S})).await;
    let network = standing.block.unwrap().network.unwrap();
    let ends = server.app().now() + DAY_S * 1_000;
    assert!(network.known && (ends - 60_000..=ends).contains(&network.until));
    assert_eq!(stored(&server), [32], "a hash");

    // A new key does not help, an address elsewhere is free, and what was done before is answered again.
    assert_eq!(tries_to_start(&server.visitor(), HOME).await.refusal(), REFUSED);
    assert_eq!(writes(&neighbour, &of_neighbour, HOME).await.refusal(), REFUSED);
    assert_eq!(from_home.post("/conversations", &before).await.status, 200);
    assert_eq!(writes(&neighbour, &of_neighbour, "203.0.113.7").await.status, 201);
    assert_eq!(writes(&rude, &id, "203.0.113.7").await.refusal(), REFUSED);
    starts(&server.visitor(), "203.0.113.6").await;
    let elsewhere = server.another_site();
    let theirs = server.visitor_with(&elsewhere, neighbour.key.clone());
    starts(&theirs, HOME).await;
    let read = from_home.get(&format!("/conversations/{of_neighbour}/events")).await;
    assert_eq!(read.status, 200, "they can read what they could read before");
    let typing = format!("/conversations/{of_neighbour}/typing");
    assert_eq!(from_home.put(&typing, &json!({})).await.refusal(), REFUSED, "nobody sees it");
    let away = neighbour.with("x-forwarded-for", "203.0.113.7");
    assert_eq!(away.put(&typing, &json!({})).await.status, 204);

    server.time.passes(DAY_S * 1_000 + 60_000);
    assert_eq!(writes(&neighbour, &of_neighbour, HOME).await.status, 201);
    assert_eq!(writes(&rude, &id, HOME).await.refusal(), REFUSED, "they are blocked still");
    let standing: Standing = ben.get(&format!("{path}/standing")).await.ok();
    assert_eq!(standing.block.unwrap().network, None);
    server.time.passes(10 * 60 * 1_000);
    server.app().store.forget_networks().await.unwrap();
    assert!(stored(&server).is_empty());
}

#[tokio::test]
async fn a_network_of_ipv6_is_a_home_of_many_addresses() {
    let server = start().await;
    let ben = server.agent("ben").await;
    let id = starts(&server.visitor(), "2001:db8:1:2:3::4").await;
    blocks(&ben, &path(&ben, &id).await, json!({"network_for_s": DAY_S})).await;
    let next_door = tries_to_start(&server.visitor(), "2001:db8:1:2:ffff::1").await;
    assert_eq!(next_door.refusal(), REFUSED);
    starts(&server.visitor(), "2001:db8:1:3::4").await;
}

#[tokio::test]
async fn a_block_of_a_network_is_taken_back_alone_or_with_the_persons_and_that_is_undone() {
    let server = start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let id = starts(&server.visitor(), HOME).await;
    let path = path(&ben, &id).await;
    let with_network = json!({"note": "Spam", "network_for_s": 7 * DAY_S});
    let at = blocks(&ben, &path, with_network.clone()).await.block.unwrap().at;
    server.time.passes(60_000);
    let freed = blocks(&ben, &path, json!({"note": "Spam"})).await.block.unwrap();
    assert_eq!((freed.at, freed.network), (at, None), "the person stays blocked, since then");
    starts(&server.visitor(), HOME).await;
    blocks(&ben, &path, json!({"note": "Spam", "network_for_s": 7 * DAY_S - 60})).await;
    assert_eq!(tries_to_start(&server.visitor(), HOME).await.refusal(), REFUSED);

    let lifted: Standing = ben.delete(&format!("{path}/block")).await.ok();
    assert_eq!(lifted.block, None);
    starts(&server.visitor(), HOME).await;
    // What undoes it may reach a server that has not met the visitor.
    server.app().networks.forget();
    let again = blocks(&ben, &path, with_network).await;
    assert!(!again.network_known && again.block.unwrap().network.unwrap().known);
    assert_eq!(tries_to_start(&server.visitor(), HOME).await.refusal(), REFUSED);

    let log: AuditPage = ada.get("/audit?topic=visitors").await.ok();
    let deeds: Vec<_> = log.entries.iter().rev().map(|it| (it.deed, it.detail.as_str())).collect();
    assert_eq!(
        deeds,
        [
            (Deed::Blocked, "604800"),
            (Deed::NetworkUnblocked, ""),
            (Deed::Blocked, "604740"),
            (Deed::Unblocked, ""),
            (Deed::Blocked, "604800"),
        ]
    );
    let erased: Standing = ada.post(&format!("{path}/erase"), &json!(null)).await.ok();
    assert!(erased.erased && erased.block.unwrap().network.is_none());
    assert!(stored(&server).is_empty(), "it was about the person");
    starts(&server.visitor(), HOME).await;
}

#[tokio::test]
async fn a_network_that_nobody_knows_is_blocked_when_the_visitor_comes_back() {
    let server = start().await;
    let ben = server.agent("ben").await;
    let rude = server.visitor();
    let id = starts(&rude, HOME).await;
    let path = path(&ben, &id).await;
    server.app().networks.forget();
    let standing = blocks(&ben, &path, json!({"network_for_s": DAY_S})).await;
    assert!(!standing.network_known && !standing.block.unwrap().network.unwrap().known);
    starts(&server.visitor(), HOME).await;
    let (mut socket, _) = ben.socket().await;
    assert_eq!(writes(&rude, &id, HOME).await.refusal(), REFUSED);
    // Agents are told: within a second or two.
    let name = socket.next_name().await;
    assert!(path.ends_with(name.id.as_str()) && name.standing == name.revision);
    let standing: Standing = ben.get(&format!("{path}/standing")).await.ok();
    assert!(standing.block.unwrap().network.unwrap().known);
    assert_eq!(tries_to_start(&server.visitor(), HOME).await.refusal(), REFUSED);
}

#[tokio::test]
async fn who_connects_is_met_there() {
    let server = start().await;
    let ben = server.agent("ben").await;
    let rude = server.visitor();
    let id = starts(&rude, "203.0.113.4").await;
    let hello = Hello { auth: Some(rude.auth()), ..hello() };
    let from = rude.with("x-forwarded-for", HOME);
    from.sync(&hello).await;
    blocks(&ben, &path(&ben, &id).await, json!({"network_for_s": DAY_S})).await;
    assert_eq!(tries_to_start(&server.visitor(), HOME).await.refusal(), REFUSED);
    starts(&server.visitor(), "203.0.113.4").await;
}

#[tokio::test]
async fn an_address_that_may_be_a_proxys_is_never_blocked() {
    let server = start().await;
    let ben = server.agent("ben").await;
    for ip in ["10.0.0.7", "127.0.0.1", "192.168.1.4", "unknown"] {
        let id = starts(&server.visitor(), ip).await;
        let standing = blocks(&ben, &path(&ben, &id).await, json!({"network_for_s": DAY_S})).await;
        assert!(!standing.network_known && !standing.block.unwrap().network.unwrap().known);
        starts(&server.visitor(), ip).await;
    }
}

#[tokio::test]
async fn how_long_a_network_is_blocked_has_limits() {
    let server = start().await;
    let ben = server.agent("ben").await;
    let id = starts(&server.visitor(), HOME).await;
    let path = path(&ben, &id).await;
    for wrong in [0, 59, 30 * DAY_S + 1] {
        let answer = ben.put(&format!("{path}/block"), &json!({"network_for_s": wrong})).await;
        assert_eq!(answer.refusal(), "422 network_block_out_of_range", "{wrong}");
    }
    for wrong in [json!(-1), json!("1 day"), json!(1.5), json!(5_000_000_000_u64)] {
        let answer = ben.put(&format!("{path}/block"), &json!({"network_for_s": wrong})).await;
        assert_eq!(answer.refusal(), "400 malformed", "{wrong}");
    }
    let standing: Standing = ben.get(&format!("{path}/standing")).await.ok();
    assert_eq!(standing.block, None);
}

#[tokio::test]
async fn the_blocked_are_listed_with_their_names_and_networks() {
    let server = start().await;
    let ben = server.agent("ben").await;
    let (known, unknown) = (server.visitor(), server.visitor());
    let ids = [starts(&known, HOME).await, starts(&unknown, HOME).await];
    known.put("/visitor", &json!({"name": "Mia"})).await.ok::<Value>();
    for (id, body) in ids.iter().zip([json!({"network_for_s": DAY_S}), json!({})]) {
        server.time.passes(1_000);
        blocks(&ben, &path(&ben, id).await, body).await;
    }
    let page: BlockedPage = ben.get("/visitors/blocked").await.ok();
    let listed: Vec<_> = page
        .visitors
        .iter()
        .map(|it| {
            let name = it.name.as_ref().and_then(|told| told.name.as_deref());
            (name, it.block.network.is_some())
        })
        .collect();
    assert_eq!(listed, [(None, false), (Some("Mia"), true)]);
}

#[tokio::test]
async fn blocks_and_erasures_reach_the_other_inboxes_at_once() {
    let server = start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let id = starts(&server.visitor(), HOME).await;
    let path = path(&ben, &id).await;
    let before = ben.record(&ben.visitor_of(&id).await).await;
    let (mut socket, _) = ada.socket().await;
    let mut standing = 0;
    for body in
        [json!({}), json!({"note": "Rude"}), json!({"note": "Rude", "network_for_s": DAY_S})]
    {
        blocks(&ben, &path, body).await;
        let name = socket.next_name().await;
        assert!(path.ends_with(name.id.as_str()) && name.standing > standing);
        standing = name.standing;
    }
    // Whoever edits the record has seen all that they change.
    let edit = json!({"revision": before.revision, "name": "Mia"});
    let edited = ben.edits(&before.id, &edit).await;
    assert_eq!(edited.status, 200);
    assert_eq!(socket.next_name().await.standing, standing, "a name is another matter");
    ben.delete(&format!("{path}/block")).await.ok::<Standing>();
    let name = socket.next_name().await;
    assert!(name.standing > standing && name.name.as_deref() == Some("Mia"));
    ada.post(&format!("{path}/erase"), &json!(null)).await.ok::<Standing>();
    let erased = socket.next_name().await;
    assert!(erased.standing > name.standing && erased.name.is_none());
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_network_that_another_node_knows_is_blocked_within_seconds() {
    let one = start().await;
    let two = one.another_node().await;
    let ben = two.agent("ben").await;
    let rude = one.visitor();
    let id = starts(&rude, HOME).await;
    let path = path(&ben, &id).await;
    let (mut socket, _) = two.agent("ada").await.socket().await;
    let standing = blocks(&ben, &path, json!({"network_for_s": DAY_S})).await;
    assert!(!standing.network_known && !standing.block.unwrap().network.unwrap().known);
    let (blocked, met) = (socket.next_name().await, socket.next_name().await);
    assert!(met.standing > blocked.standing);
    let standing: Standing = ben.get(&format!("{path}/standing")).await.ok();
    assert!(standing.block.unwrap().network.unwrap().known);
    for node in [&one, &two] {
        assert_eq!(tries_to_start(&node.visitor(), HOME).await.refusal(), REFUSED);
    }
}
