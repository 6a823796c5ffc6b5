//! The metrics: they follow what happens, and name nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Command, Stdio};

use porchlight_protocol::wire::Appended;
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::net::TcpStream;

use crate::commands::{porchlight, refused};
use crate::harness::*;
use crate::program::{Program, ended};

/// One line of the metrics.
struct Sample {
    name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

/// The metrics, as Prometheus reads them.
#[derive(Default)]
pub struct Metrics {
    /// The type of each metric.
    pub types: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

impl Metrics {
    /// Reads the text format, version 0.0.4, and fails on what Prometheus would not take.
    fn parse(text: &str) -> Self {
        let mut metrics = Metrics::default();
        let mut helped = None;
        let mut current = String::new();
        let mut seen = BTreeSet::new();
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                helped = Some(help.split_once(' ').unwrap().0.to_owned());
            } else if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert_eq!(helped.as_deref(), Some(name), "{line}");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                current = name.to_owned();
                let before = metrics.types.insert(name.to_owned(), kind.to_owned());
                assert!(before.is_none(), "{name} is there twice");
            } else {
                assert!(!line.starts_with('#') && !line.is_empty(), "{line:?}");
                let sample = sample(line);
                let of = match metrics.types[&current].as_str() {
                    "histogram" => ["_bucket", "_sum", "_count"]
                        .iter()
                        .find_map(|end| sample.name.strip_suffix(end))
                        .unwrap_or_else(|| panic!("{line}")),
                    _ => &sample.name,
                };
                assert_eq!(of, current, "{line}");
                assert!(seen.insert((sample.name.clone(), sample.labels.clone())), "{line}");
                metrics.samples.push(sample);
            }
        }
        metrics
    }

    /// The sum of the samples with this name and these labels.
    pub fn value(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let of = self.samples.iter().filter(|sample| {
            let has =
                |(key, value): &(&str, &str)| sample.labels.get(*key).is_some_and(|is| is == value);
            sample.name == name && labels.iter().all(has)
        });
        let values: Vec<f64> = of.map(|sample| sample.value).collect();
        assert!(!values.is_empty(), "no {name} {labels:?}");
        values.iter().sum()
    }

    /// The same, and 0 if there is none yet.
    fn count(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let there = self.samples.iter().any(|sample| {
            sample.name == name
                && labels
                    .iter()
                    .all(|(key, value)| sample.labels.get(*key).is_some_and(|is| is == value))
        });
        if there { self.value(name, labels) } else { 0.0 }
    }
}

fn sample(line: &str) -> Sample {
    let (series, value) = line.rsplit_once(' ').unwrap();
    let value = if value == "+Inf" { f64::INFINITY } else { value.parse().unwrap() };
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}').unwrap()),
        None => (series, ""),
    };
    let is_name = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !name.starts_with(|first: char| first.is_ascii_digit())
    };
    assert!(is_name(name) && name.starts_with("porchlight_"), "{line}");
    // Routes have braces, but no value has a comma, a quote or a backslash.
    let labels = labels.split(',').filter(|label| !label.is_empty()).map(|label| {
        let (key, value) = label.split_once('=').unwrap();
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap();
        assert!(is_name(key) && !value.contains(['"', '\\']), "{line}");
        (key.to_owned(), value.to_owned())
    });
    Sample { name: name.to_owned(), labels: labels.collect(), value }
}

/// A server with metrics.
pub async fn measured() -> TestServer {
    TestServer::start_with(|config| config.metrics = Some(([127, 0, 0, 1], 0).into())).await
}

/// What a collector gets.
async fn scraped(server: &TestServer) -> String {
    let url = format!("http://{}/metrics", server.metrics.unwrap());
    let answer = http().get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    answer.text().await.unwrap()
}

pub async fn metrics(server: &TestServer) -> Metrics {
    Metrics::parse(&scraped(server).await)
}

#[tokio::test]
async fn an_act_is_a_request_with_its_duration_and_a_commit() {
    let server = measured().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let before = metrics(&server).await;
    visitor.says(&id, "Anybody?").await;
    let after = metrics(&server).await;
    let route = ("route", "/api/v1/sites/{site}/conversations/{id}/events/{client_id}");
    let more = |name: &str, labels: &[(&str, &str)]| {
        after.count(name, labels) - before.count(name, labels)
    };
    let put = [route, ("method", "PUT")];
    assert_eq!(
        more("porchlight_http_requests_total", &[route, ("method", "PUT"), ("status", "2xx")]),
        1.0
    );
    assert_eq!(more("porchlight_http_request_duration_seconds_count", &put), 1.0);
    assert_eq!(
        more("porchlight_http_request_duration_seconds_bucket", &[route, ("le", "+Inf")]),
        1.0
    );
    assert!(more("porchlight_http_request_duration_seconds_sum", &put) > 0.0);
    assert!(more("porchlight_commits_total", &[]) >= 1.0);
    assert!(more("porchlight_commit_jobs_sum", &[]) >= 1.0);
    assert_eq!(
        after.value("porchlight_commit_jobs_count", &[]),
        after.value("porchlight_commits_total", &[])
    );
    assert_eq!(
        after.value("porchlight_commit_jobs_bucket", &[("le", "+Inf")]),
        after.value("porchlight_commits_total", &[])
    );
    assert!(more("porchlight_reads_total", &[]) >= 1.0);
    assert_eq!(after.value("porchlight_commits_failed_total", &[]), 0.0);
    assert!(after.value("porchlight_store_bytes", &[]) > 4_096.0);
    assert_eq!(after.value("porchlight_damaged_rows", &[]), 0.0);
    let version = ("version", env!("CARGO_PKG_VERSION"));
    assert_eq!(after.value("porchlight_build_info", &[version]), 1.0);
}

#[tokio::test]
async fn jobs_that_wait_are_in_the_queue_and_then_share_a_commit() {
    let server = measured().await;
    let store = server.app().store.clone();
    let free = server.writer_is_kept_busy().await;
    let mut writes = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        writes.spawn(async move { store.between_writes(|| ()).await });
    }
    let queue = "porchlight_writer_queue_jobs";
    until("they wait", async || metrics(&server).await.value(queue, &[]) >= 10.0).await;
    let most = metrics(&server).await.value("porchlight_writer_queue_max_jobs", &[]);
    assert_eq!(most, store.counts().queued_max as f64);
    free.send(()).unwrap();
    writes.join_all().await;
    until("none waits", async || metrics(&server).await.value(queue, &[]) == 0.0).await;
    let after = metrics(&server).await;
    let small = after.value("porchlight_commit_jobs_bucket", &[("le", "8")]);
    assert!(small < after.value("porchlight_commit_jobs_count", &[]), "one had more jobs");
}

#[tokio::test]
async fn sockets_and_polls_are_counted_while_they_are_open() {
    let server = measured().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let open = async |transport, party| {
        let labels = [("transport", transport), ("party", party)];
        metrics(&server).await.value("porchlight_clients", &labels)
    };
    let (mut of_visitor, _) = visitor.socket().await;
    let (mut of_agent, _) = ada.socket().await;
    assert_eq!(open("socket", "visitor").await, 1.0);
    assert_eq!(open("socket", "agent").await, 1.0);
    assert_eq!(open("poll", "visitor").await, 0.0);
    let polling = visitor.clone();
    let path = format!("/conversations/{id}/events?after=1&wait=20");
    let poll = tokio::spawn(async move { polling.get(&path).await });
    until("the poll waits", async || open("poll", "visitor").await == 1.0).await;

    ada.claims(&id).await;
    ada.says(&id, "Hello!").await;
    assert_eq!(poll.await.unwrap().status, 200);
    until("the poll is over", async || open("poll", "visitor").await == 0.0).await;
    of_visitor.next_event().await;
    of_agent.next_event().await;
    let after = metrics(&server).await;
    assert!(after.value("porchlight_frames_queued_total", &[]) >= 2.0);
    assert!(after.value("porchlight_frames_sent_total", &[]) >= 1.0);
    let polls = [("method", "GET"), ("route", "/api/v1/sites/{site}/conversations/{id}/events")];
    assert_eq!(after.value("porchlight_http_requests_total", &polls), 1.0);
    assert_eq!(after.count("porchlight_http_request_duration_seconds_count", &polls), 0.0);

    assert!(after.value("porchlight_connections", &[]) >= 2.0);
    let most = after.value("porchlight_connections_max", &[]);
    assert_eq!(most, server.app().config().connections.total_max.unwrap() as f64);

    drop(of_visitor);
    until("the socket is closed", async || open("socket", "visitor").await == 0.0).await;
    ada.delete("/session").await;
    assert_eq!(of_agent.refused().await.0, "sign_in_required");
    let cut = async |reason| {
        metrics(&server).await.value("porchlight_sockets_cut_total", &[("reason", reason)])
    };
    assert_eq!(cut("signed_out").await, 1.0);
    assert_eq!(cut("slow").await, 0.0);
    until("the socket is closed", async || open("socket", "agent").await == 0.0).await;
}

#[tokio::test]
async fn refusals_are_counted_by_code_whether_they_are_answers_or_frames() {
    let server = measured().await;
    let visitor = server.visitor();
    let refused =
        async |code| metrics(&server).await.value("porchlight_refusals_total", &[("code", code)]);
    assert_eq!(refused("text_empty").await, 0.0);
    let id = visitor.starts("Hello").await;
    assert_eq!(visitor.act(&id, &message(" ")).await.refusal(), "422 text_empty");
    assert_eq!(refused("text_empty").await, 1.0);
    let mut socket = Socket::open(server.address, &[]).await;
    socket.send("nonsense").await;
    assert_eq!(socket.refused().await.0, "malformed");
    assert_eq!(refused("malformed").await, 1.0);
    server.caller().get("/nothing").await;
    assert_eq!(refused("not_found").await, 1.0);

    let sign_in = json!({"email": "ada@lantern.example", "password": "wrong horse"});
    server.caller().post("/api/v1/agent/session", &sign_in).await;
    server.agent("ada").await;
    let after = metrics(&server).await;
    assert_eq!(after.value("porchlight_sign_ins_total", &[("result", "failed")]), 1.0);
    assert_eq!(after.value("porchlight_sign_ins_total", &[("result", "succeeded")]), 1.0);
}

#[tokio::test]
async fn what_the_timer_closes_is_counted_with_its_lag() {
    let server = measured().await;
    server.set_closing(closing_after(10)).await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let before = metrics(&server).await;
    assert_eq!(before.value("porchlight_conversations_timed_out_total", &[]), 0.0);
    server.time.passes(11 * MINUTE);
    let closed = async || {
        let after = metrics(&server).await;
        after.value("porchlight_conversations_timed_out_total", &[]) == 1.0
    };
    until("it is closed", closed).await;
    assert!(visitor.conversation(&id).await.is_closed());
    let after = metrics(&server).await;
    let lag = after.value("porchlight_timer_lag_seconds", &[]);
    assert!((60.0..90.0).contains(&lag), "a minute late, not {lag} s");
    let rounds = "porchlight_timer_rounds_total";
    assert!(after.value(rounds, &[]) > before.value(rounds, &[]));
}

#[tokio::test]
async fn metrics_are_at_their_own_address_only_and_nothing_else_is_there() {
    let mut server = measured().await;
    assert_eq!(server.caller().get("/metrics").await.status, 404);
    let there = format!("http://{}", server.metrics.unwrap());
    for path in ["/", "/healthz", "/dashboard", "/api/openapi.json"] {
        let answer = http().get(format!("{there}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let address = server.metrics.unwrap();
    server.stop().await;
    assert!(TcpStream::connect(address).await.is_err(), "it ends with the server");
    let without = TestServer::start().await;
    assert_eq!(without.metrics, None);
    assert_eq!(without.caller().get("/metrics").await.status, 404);
}

#[tokio::test]
async fn no_label_names_anybody_or_grows_without_bound() {
    let server = measured().await;
    let token = server.add_bot(&server.site);
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    let who = visitor.conversation(&id).await.visitor.to_string();
    let (_socket, _) = visitor.socket().await;
    ada.act(&id, &json!({"claim": {"from": null}})).await.ok::<Appended>();
    server.bot(&token).get("/conversations").await;
    let caller = server.caller();
    for number in 0..50 {
        caller.get(&format!("/nothing/{number}")).await;
        caller.get(&format!("/chat/pl_{number}?key={number}")).await;
        caller.get(&format!("/dashboard/chat/{number}")).await;
        let method = Method::from_bytes(format!("BREW{number}").as_bytes()).unwrap();
        caller.send(method, "/healthz", "").await;
    }
    let text = scraped(&server).await;
    let secrets =
        [server.site.as_str(), visitor.key.as_str(), id.as_str(), &who, &token, &ada.cookie];
    for secret in secrets.into_iter().chain(["lantern", "127.0.0.1", "BREW"]) {
        assert!(!text.contains(secret), "{secret} is in the metrics");
    }
    let metrics = Metrics::parse(&text);
    let mut values = BTreeMap::<&str, BTreeSet<&str>>::new();
    for (key, value) in metrics.samples.iter().flat_map(|sample| &sample.labels) {
        values.entry(key).or_default().insert(value);
    }
    let names: Vec<&str> = values.keys().copied().collect();
    let known = [
        "code",
        "kind",
        "le",
        "method",
        "party",
        "reason",
        "result",
        "route",
        "status",
        "transport",
        "version",
    ];
    assert_eq!(names, known);
    assert!(values["route"].contains("none") && values["method"].contains("other"));
    assert!(values["route"].len() < 50, "{:?}", values["route"]);
}

#[test]
fn an_address_for_metrics_that_can_not_be_had_says_why() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let serve = |metrics| ["serve", "--listen", "127.0.0.1:0", "--metrics", metrics];
    let error = refused(&porchlight(folder.path(), &serve(&taken), ""));
    assert!(error.contains("--metrics") && error.contains("in use"), "{error}");
    let error = refused(&porchlight(folder.path(), &serve("192.0.2.1:9187"), ""));
    assert!(error.contains("--metrics") && error.contains("192.0.2.1:9187"), "{error}");
    let error = refused(&porchlight(folder.path(), &serve("nonsense"), ""));
    assert!(error.contains("--metrics") && error.contains("nonsense"), "{error}");
}

#[tokio::test]
async fn the_log_says_where_the_metrics_are() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start_with(folder.path(), &["--metrics", "127.0.0.1:0"]);
    until("the log has it", async || program.says("serving metrics") == 1).await;
    let line =
        program.log.lock().unwrap().iter().find(|line| line.contains("serving metrics")).cloned();
    let line: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
    let answer = http().get(line["url"].as_str().unwrap()).send().await.unwrap();
    assert!(Metrics::parse(&answer.text().await.unwrap()).types.len() > 10);
    program.kill();

    // The environment is as good as the flag.
    let child = Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("PORCHLIGHT_DATA", folder.path())
        .env("PORCHLIGHT_METRICS", "nonsense")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert!(refused(&ended(child, "serve")).contains("nonsense"));
}

#[tokio::test]
async fn connections_are_counted_with_those_that_are_refused() {
    let server = TestServer::start_with(|config| {
        config.metrics = Some(([127, 0, 0, 1], 0).into());
        config.connections.network_max = 2;
    })
    .await;
    let open = async || metrics(&server).await.value("porchlight_connections", &[]);
    assert_eq!(open().await, 0.0, "the collector's own is not among them");
    let sockets =
        [Socket::open(server.address, &[]).await, Socket::open(server.address, &[]).await];
    assert_eq!(open().await, 2.0);
    assert!(Socket::try_open(server.address, &[]).await.is_err());
    let after = metrics(&server).await;
    assert_eq!(after.value("porchlight_connections_refused_total", &[]), 1.0);
    drop(sockets);
    until("none is open", async || open().await == 0.0).await;
}
