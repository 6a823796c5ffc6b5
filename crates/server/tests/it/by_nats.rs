//! Hints by NATS: heard while it is there, and nothing but a moment lost while it is not.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use porchlight_cluster::nats::NatsServer;
use porchlight_protocol::ConversationId;

use crate::commands::refused;
use crate::harness::*;
use crate::metrics::metrics;
use crate::program::{Program, ended};

const NEEDS_IT: &str = "PORCHLIGHT_NATS";

/// Lost hints heal by themselves within 2 s. A busy machine gets some more.
const HEALED: Duration = Duration::from_secs(4);

/// How long a connection may take to come back.
const BACK: Duration = Duration::from_secs(30);

fn nats() -> NatsServer {
    let program = std::env::var_os(NEEDS_IT).map(PathBuf::from);
    let program = program.unwrap_or_else(|| panic!("{NEEDS_IT} names no nats-server"));
    blocking(move || NatsServer::start(&program).unwrap())
}

/// Two nodes, the second with metrics.
async fn two_nodes(by: &str) -> (TestServer, TestServer) {
    let one = TestServer::start_with(|config| config.hints = by.parse().unwrap()).await;
    let measured = Some(([127, 0, 0, 1], 0).into());
    let two = one.another_node_with(|config| config.metrics = measured).await;
    (one, two)
}

async fn heard(node: &TestServer, kind: &str) -> f64 {
    metrics(node).await.value("porchlight_hints_total", &[("kind", kind)])
}

/// Lets a visitor of one node speak until the other one hears a hint of it.
async fn until_hinted(visitor: &Visitor, id: &ConversationId, at: &TestServer) {
    let before = heard(at, "changed").await;
    let begun = Instant::now();
    while heard(at, "changed").await <= before {
        assert!(begun.elapsed() < BACK, "no hint arrives");
        visitor.says(id, "Is it heard?").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL and NATS servers"]
async fn what_one_node_hints_at_another_one_hears() {
    let nats = nats();
    let (one, two) = two_nodes(&nats.address()).await;
    let visitor = one.visitor();
    let id = visitor.starts("Hello").await;
    let (mut socket, _) = two.agent("ada").await.socket().await;
    until_hinted(&visitor, &id, &two).await;
    assert_eq!(socket.next_event().await.1.seq, 2);
    // NATS sends nobody their own.
    assert!(heard(&two, "own").await < 1.0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL and NATS servers"]
async fn while_nats_is_away_a_change_costs_a_moment_more() {
    let mut nats = nats();
    let (one, two) = two_nodes(&nats.address()).await;
    let visitor = one.visitor();
    let id = visitor.starts("Hello").await;
    until_hinted(&visitor, &id, &two).await;
    nats.kill().unwrap();
    let (mut socket, welcome) = two.agent("ada").await.socket().await;
    let known = welcome.conversations[0].head;
    let begun = Instant::now();
    visitor.says(&id, "Is anybody there?").await;
    assert_eq!(socket.next_event().await.1.seq, known + 1);
    assert!(begun.elapsed() < HEALED, "{:?}", begun.elapsed());
    let mut nats = blocking(move || {
        nats.restart().unwrap();
        nats
    });
    until_hinted(&visitor, &id, &two).await;
    nats.kill().unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL and NATS servers"]
async fn strangers_words_are_counted_and_passed_over() {
    let nats = nats();
    let (one, two) = two_nodes(&nats.address()).await;
    let visitor = one.visitor();
    let id = visitor.starts("Hello").await;
    until_hinted(&visitor, &id, &two).await;
    let stranger = async_nats::ConnectOptions::with_user_and_password(
        "porchlight".into(),
        "p@ss:word/".into(),
    );
    let stranger = stranger.connect(nats.bare_address()).await.unwrap();
    let database = one.app().store.database_name().await.unwrap().unwrap();
    for words in ["", "1", "1 x 9e9", "\u{0}", &"7,".repeat(100_000)] {
        let words = words.to_owned();
        stranger.publish(format!("porchlight.hints.{database}"), words.into()).await.unwrap();
    }
    stranger.flush().await.unwrap();
    let begun = Instant::now();
    while heard(&two, "garbage").await < 5.0 {
        assert!(begun.elapsed() < BACK, "garbage is not counted");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    until_hinted(&visitor, &id, &two).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL and NATS servers"]
async fn a_refused_password_is_logged_without_it_and_the_server_serves() {
    let nats = nats();
    let server = TestServer::start().await;
    let address = nats.address().replace("p%40ss", "wrong");
    let program = Program::start_with(server.folder.path(), &["--hints", &address]);
    let begun = Instant::now();
    let warned = loop {
        let log = program.log.lock().unwrap().clone();
        if let Some(line) = log.iter().find(|line| line.contains("no hints by NATS")) {
            break line.clone();
        }
        assert!(begun.elapsed() < BACK, "{log:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(warned.contains(&nats.bare_address()) && warned.contains("authorization"), "{warned}");
    let answer = http().get(format!("{}/readyz", program.base)).send().await.unwrap();
    assert!(answer.status().is_success());
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let log = program.log.lock().unwrap().join("\n");
    assert!(!log.contains("wrong"), "{log}");
    assert_eq!(log.matches("NATS").count(), 1, "{log}");
    assert!(!log.contains("async_nats"), "{log}");
}

#[test]
fn a_folder_needs_no_hints_by_nats() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_porchlight"));
    serve.args(["serve", "--listen", "127.0.0.1:0", "--hints", "nats://127.0.0.1:1", "--data"]);
    let child = serve.arg(folder.path()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let told = refused(&ended(child.unwrap(), "porchlight serve"));
    assert!(told.contains("are for the nodes of a database"), "{told}");
}
