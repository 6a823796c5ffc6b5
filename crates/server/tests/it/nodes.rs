//! Several nodes on one database: what one commits, the clients of all are told, with hints and without; and no rule
//! gives way because two nodes decide at once.

use std::sync::Arc;
use std::time::{Duration, Instant};

use porchlight_protocol::conversation::Side;
use porchlight_protocol::wire::{Hello, ServerFrame};
use porchlight_protocol::{Author, EventBody, Millis};
use porchlight_server::ServerConfig;
use porchlight_server::hints::HintsBy;
use porchlight_server::limits::Rate;
use porchlight_store::clock::TimeSource;
use serde_json::json;

use crate::harness::*;

/// Lost hints heal by themselves within 2 s. A busy machine gets some more.
const HEALED: Duration = Duration::from_secs(4);

fn without_hints(config: &mut ServerConfig) {
    config.hints = HintsBy::None;
}

fn by_the_databases_clock(config: &mut ServerConfig) {
    config.store.machine_time = false;
}

fn run(address: String, statements: String) {
    blocking(move || {
        let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
        client.batch_execute(&statements).unwrap();
    });
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn what_is_written_at_one_node_is_heard_at_another() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let visitor = one.visitor();
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = two.agent("ada").await.socket().await;
    for round in 0..20 {
        let text = format!("Round {round}");
        visitor.says(&id, &text).await;
        let (of, event) = socket.next_event().await;
        assert_eq!((of, event.seq), (id.clone(), round + 2));
    }
    let read = json!({"up_to": 21});
    let ada = one.agent("ada").await;
    ada.put(&format!("/conversations/{id}/read"), &read).await;
    loop {
        // The visitor's own mark may be told again.
        let ServerFrame::Read { conversation, side, up_to, .. } = socket.next().await else {
            panic!("no read mark");
        };
        assert_eq!((&conversation, up_to), (&id, 21));
        if side == Side::Team {
            break;
        }
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_types_at_one_node_is_seen_at_another() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let (visitor, ada) = (one.visitor(), two.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let (mut at_home, _) = visitor.socket().await;
    let (mut at_work, _) = ada.socket().await;
    let typing = format!("/conversations/{id}/typing");
    visitor.put(&typing, &json!({})).await;
    assert_eq!(at_work.next_typing().await, (id.clone(), Author::Visitor));
    ada.put(&typing, &json!({})).await;
    let (of, by) = at_home.next_typing().await;
    assert_eq!((of, by.member().map(|agent| agent.name.as_str())), (id, Some("ada")));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_lost_hint_costs_a_moment_and_nothing_else() {
    let one = TestServer::start_with(without_hints).await;
    let two = one.another_node().await;
    let (visitor, ada) = (one.visitor(), two.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = ada.socket().await;
    let known = ada.sync(&hello()).await.revision;
    let poll = tokio::spawn({
        let (ada, hello) = ((*ada).clone(), Hello { known: Some(known), ..hello() });
        async move { ada.post("/sync?wait=25", &hello).await }
    });
    let begun = Instant::now();
    visitor.says(&id, "Is anybody there?").await;
    assert_eq!(socket.next_event().await.1.seq, 2);
    assert!(begun.elapsed() < HEALED, "{:?}", begun.elapsed());
    assert_eq!(poll.await.unwrap().status, 200);
    assert!(begun.elapsed() < HEALED, "{:?}", begun.elapsed());
}

/// What a command appends, nobody hints at.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn settings_reach_the_clients_of_all_nodes() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let (visitor, ada) = (two.visitor(), one.agent("ada").await);
    visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    ada.sets_closing(&closing(true, true, false)).await;
    let policy = socket.next_policy().await;
    assert!(policy.hide_closed_since.is_some() && policy.disable_field);
    one.set_plan(porchlight_protocol::Plan::Starter);
    assert!(!socket.next_policy().await.disable_field);
    let off = json!({ "on": false });
    assert_eq!(ada.put("/settings/live-chat", &off).await.status, 200);
    assert!(socket.next_policy().await.live_chat_off);
    let hours = json!({ "on": true, "zone": "UTC", "week": [], "closed_on": [] });
    assert_eq!(ada.put("/settings/hours", &hours).await.status, 200);
    assert_eq!(socket.next_policy().await.away.len(), 1);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_team_is_online_at_every_node_while_it_is_at_one() {
    let one = TestServer::start().await;
    let mut two = one.another_node().await;
    let visitor = one.visitor();
    visitor.starts("Hello").await;
    let (mut socket, welcome) = visitor.socket().await;
    assert!(!welcome.online);
    for stops in [false, true] {
        let (there, _) = two.agent("ada").await.socket().await;
        assert_eq!(socket.next().await, ServerFrame::Online(true));
        assert!(visitor.sync(&hello()).await.online, "who comes is told as well");
        if stops {
            two.stop().await;
        }
        drop(there);
        assert_eq!(socket.next().await, ServerFrame::Online(false));
    }
}

/// The switch is told to another node than the agent's socket, and than the visitor's.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_is_away_is_so_at_every_node() {
    let one = TestServer::start().await;
    let (two, three) = (one.another_node().await, one.another_node().await);
    let visitor = one.visitor();
    visitor.starts("Hello").await;
    let ada = two.agent("ada").await;
    let (_at_work, _) = ada.socket().await;
    let (mut at_home, _) = visitor.socket().await;
    if !visitor.sync(&hello()).await.online {
        assert_eq!(at_home.next().await, ServerFrame::Online(true));
    }
    let elsewhere = ada.at(&three);
    for away in [true, false] {
        assert_eq!(elsewhere.put("/away", &json!({ "on": away })).await.status, 204);
        let begun = Instant::now();
        assert_eq!(at_home.next().await, ServerFrame::Online(!away));
        assert!(begun.elapsed() < HEALED * 2, "{:?}", begun.elapsed());
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_is_signed_out_or_revoked_at_one_node_is_cut_at_all() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let (ada, ben, visitor) = (one.agent("ada").await, one.agent("ben").await, one.visitor());
    let id = visitor.starts("Hello").await;
    let (mut of_ada, _) = ada.at(&two).socket().await;
    let (mut of_ben, _) = ben.at(&two).socket().await;
    let (mut of_visitor, _) = visitor.at(&two).socket().await;

    let begun = Instant::now();
    assert_eq!(ada.delete("/session").await.status, 204);
    assert_eq!(of_ada.refused().await.0, "sign_in_required");
    assert!(begun.elapsed() < HEALED, "{:?}", begun.elapsed());
    let (beside, site) = (one.beside(), visitor.site.clone());
    let of = one.agent("ada").await.conversation(&id).await.visitor;
    let begun = Instant::now();
    blocking(move || {
        beside.remove_agent(&beside.agent("ben@lantern.example", None).unwrap().1).unwrap();
        beside.revoke_visitor(&beside.site(Some(&site)).unwrap(), &of).unwrap();
    });
    assert_eq!(of_ben.refused().await.0, "sign_in_required");
    assert_eq!(of_visitor.refused().await.0, "visitor_key_revoked");
    assert!(begun.elapsed() < HEALED, "{:?}", begun.elapsed());
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn two_agents_at_two_nodes_claim_and_one_of_them_has_it() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let (ada, ben, visitor) = (one.agent("ada").await, two.agent("ben").await, one.visitor());
    for _ in 0..20 {
        let id = visitor.starts("Who is it?").await;
        let claim = json!({"claim": {"from": null}});
        let (name, other) = (client_id(), client_id());
        let (first, second) =
            tokio::join!(ada.act_as(&name, &id, &claim), ben.act_as(&other, &id, &claim));
        let won = [&first, &second].map(|answer| answer.status.is_success());
        assert!(won[0] != won[1], "{} {}", first.text, second.text);
        let lost = if won[0] { &second } else { &first };
        assert_eq!(lost.refusal(), "409 claimed_by_other");
        assert_eq!(ada.events(&id).await.len(), 2);
        visitor.closes(&id).await;
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn one_message_sent_to_two_nodes_is_in_the_log_once() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let visitor = one.visitor();
    let there = visitor.at(&two);
    // The first message makes the visitor, wherever it arrives first.
    let start = json!({"client_id": client_id(), "text": "Hello", "bot": false});
    let (here, elsewhere) =
        tokio::join!(visitor.post("/conversations", &start), there.post("/conversations", &start));
    assert_eq!(here.json()["conversation"]["id"], elsewhere.json()["conversation"]["id"]);
    let id = here.json()["conversation"]["id"].as_str().unwrap().parse().unwrap();
    for round in 0..20 {
        let (name, act) = (client_id(), message(&format!("Round {round}")));
        let (here, elsewhere) =
            tokio::join!(visitor.act_as(&name, &id, &act), there.act_as(&name, &id, &act));
        assert_eq!(here.json(), elsewhere.json());
    }
    assert_eq!(visitor.events(&id).await.len(), 21);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn the_timers_of_two_nodes_close_each_conversation_once() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    one.set_closing(closing_after(1)).await;
    let mut all = Vec::new();
    for _ in 0..10 {
        let visitor = one.visitor();
        for _ in 0..3 {
            all.push((visitor.clone(), visitor.starts("Hello").await));
        }
    }
    one.time.passes(61_000);
    one.timer().plan_again();
    two.timer().plan_again();
    for (visitor, id) in &all {
        until("it closes", async || visitor.conversation(id).await.is_closed()).await;
    }
    one.timer_looks().await;
    two.timer_looks().await;
    for (visitor, id) in &all {
        let events = visitor.events(id).await;
        let closings = events.iter().filter(|event| event.body == EventBody::Closed).count();
        assert_eq!((events.len(), closings), (2, 1));
        assert_eq!(events[1].author, Author::Timer);
    }
}

/// Time comes from the database, so a node whose clock is wrong neither dates wrongly nor closes too early.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_node_whose_clock_is_an_hour_off_closes_nothing_early() {
    const HOUR: Millis = 60 * 60 * 1_000;
    let one = TestServer::start_with(by_the_databases_clock).await;
    let wrong = Arc::new(TestTime::default());
    wrong.is_set_by(HOUR);
    let two = one
        .another_node_with(|config| config.time = Arc::clone(&wrong) as Arc<dyn TimeSource>)
        .await;
    one.set_closing(closing_after(1)).await;
    let (here, there) = (one.visitor(), two.visitor());
    for (visitor, text) in [(&here, "Hello"), (&there, "Hello from there")] {
        let id = visitor.starts(text).await;
        two.timer_looks().await;
        let events = visitor.events(&id).await;
        assert_eq!(events.len(), 1, "{events:?}");
        let off = events[0].at - porchlight_store::clock::now();
        assert!(off.abs() < HOUR / 60, "{off} ms");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_made_up_hint_is_counted_and_harms_nobody() {
    let any = "127.0.0.1:0".parse().unwrap();
    let one = TestServer::start_with(|config| config.metrics = Some(any)).await;
    let visitor = one.visitor();
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    let garbage = format!(
        "NOTIFY porchlight, ''; NOTIFY porchlight, '1 somebody {}'; NOTIFY porchlight, '1 somebody 1,999,-1'",
        "9".repeat(4_000)
    );
    run(one.database(), garbage);
    until("they are counted", async || {
        let metrics = format!("http://{}/metrics", one.metrics.unwrap());
        let metrics = http().get(metrics).send().await.unwrap().text().await.unwrap();
        metrics.contains("porchlight_hints_total{kind=\"garbage\"} 2")
            && metrics.contains("porchlight_hints_total{kind=\"changed\"} 1")
    })
    .await;
    visitor.says(&id, "Still there?").await;
    assert_eq!(socket.next_event().await.1.seq, 2);
}

/// A copy of a database has another epoch than the original by itself: clients start from a snapshot.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_copied_database_is_another_life() {
    let mut one = TestServer::start().await;
    let visitor = one.visitor();
    visitor.starts("Hello").await;
    let before = visitor.sync(&hello()).await.booted.epoch;
    one.restart().await;
    let visitor = visitor.at(&one);
    assert_eq!(visitor.sync(&hello()).await.booted.epoch, before, "a restart changes nothing");
    one.stop().await;
    let original = one.database();
    let (server, name) = original.rsplit_once('/').unwrap();
    let copy = format!("{name}_copy");
    // Some of the node's connections may take a moment to end.
    let end = format!(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{name}'"
    );
    run(format!("{server}/postgres"), end);
    run(format!("{server}/postgres"), format!("CREATE DATABASE {copy} TEMPLATE {name}"));
    one.moves_to(&format!("{server}/{copy}"));
    one.run().await;
    let visitor = visitor.at(&one);
    assert_ne!(visitor.sync(&hello()).await.booted.epoch, before);
}

/// Who guesses passwords gains nothing by asking several nodes.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn failed_sign_ins_count_at_all_nodes() {
    let rate = Rate { burst: 4, every: Duration::from_secs(60) };
    let one = TestServer::start_with(|config| config.rates.sign_ins_pair = rate).await;
    let two = one.another_node().await;
    let wrong = json!({"email": "ada@lantern.example", "password": "a wrong password"});
    for round in 0..4 {
        let node = if round % 2 == 0 { &one } else { &two };
        let answer = node.caller().post("/api/v1/agent/session", &wrong).await;
        assert_eq!(answer.refusal(), "401 sign_in_failed");
    }
    for node in [&one, &two] {
        let answer = node.caller().post("/api/v1/agent/session", &wrong).await;
        assert_eq!(answer.refusal(), "429 rate_limited");
        assert!(answer.json()["retry_after_ms"].as_u64().unwrap() > 0);
    }
}

/// The other nodes don't get all of its sockets at once.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_node_that_goes_down_lets_its_sockets_go_one_after_another() {
    let mut one = TestServer::start_with(|config| config.hand_over = Duration::from_secs(1)).await;
    let visitor = one.visitor();
    visitor.starts("Hello").await;
    let mut sockets = tokio::task::JoinSet::new();
    let (ends, mut ended) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..20 {
        let (mut socket, _) = visitor.socket().await;
        let ends = ends.clone();
        sockets.spawn(async move {
            assert_eq!(socket.refused().await, ("unavailable".to_owned(), Some(1001)));
            ends.send(Instant::now()).unwrap();
        });
    }
    one.stop().await;
    sockets.join_all().await;
    let mut times: Vec<Instant> = Vec::new();
    while let Ok(at) = ended.try_recv() {
        times.push(at);
    }
    times.sort();
    assert!(times[19] - times[0] > Duration::from_millis(100), "{:?}", times[19] - times[0]);
}
