//! Request ids: in each answer, and in each log line of the request.

use serde_json::Value;

use crate::harness::*;
use crate::program::Program;

/// An id as the server makes it.
fn is_made(id: &str) -> bool {
    id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[tokio::test]
async fn every_answer_has_a_request_id_of_its_own() {
    let server = TestServer::start().await;
    let mut seen = std::collections::BTreeSet::new();
    for path in ["/healthz", "/nothing", "/porchlight.js", "/api/v1/agent/conversations", "/chat/x"]
    {
        let answer = server.caller().with("x-request-id", "mine").get(path).await;
        let id = answer.header("x-request-id").to_owned();
        assert!(is_made(&id), "{path}: {id}");
        assert!(seen.insert(id), "{path}");
    }
}

#[tokio::test]
async fn a_proxys_request_id_is_kept_if_it_is_well_formed() {
    let server = TestServer::start_with(|config| config.behind_proxy = true).await;
    let (caller, longest) = (server.caller(), "x".repeat(64));
    for good in ["7", "edge-1.a_B", &longest] {
        let answer = caller.with("x-request-id", good).get("/healthz").await;
        assert_eq!(answer.header("x-request-id"), good);
    }
    for bad in ["", "a b", "a;b", "<script>", "x=1&key=secret", &"x".repeat(65)] {
        let answer = caller.with("x-request-id", bad).get("/healthz").await;
        assert!(is_made(answer.header("x-request-id")), "{bad:?}");
    }
    let mut twice = caller.with("x-request-id", "one");
    twice.headers.push(("x-request-id".to_owned(), "two".to_owned()));
    assert!(is_made(twice.get("/healthz").await.header("x-request-id")));
}

#[tokio::test]
async fn a_requests_lines_in_the_log_have_its_id_and_its_route_and_nothing_of_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let site = add_site(&folder, "Lantern & Oak");
    let flags = ["--behind-proxy", "--log", "porchlight_server=debug,porchlight_store=debug"];
    let program = Program::start_with(folder.path(), &flags);
    let caller = Caller { http: http(), base: program.base.clone(), headers: vec![] };
    let key = porchlight_protocol::VisitorKey::from_bytes(random());
    let path = format!("/api/v1/sites/{site}/conversations/none/events?after=4711");
    let caller = caller.with("authorization", &format!("Bearer {}", key.as_str()));
    let answer = caller.with("x-request-id", "edge-1").get(&path).await;
    until("the log has it", async || program.says("\"message\":\"request\"") > 0).await;
    let log = program.log.lock().unwrap().clone();
    let lines = log.iter().filter(|line| line.contains("edge-1"));
    let lines: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered = lines.iter().find(|line| line["message"] == "request").unwrap();
    assert_eq!(answered["level"], "DEBUG");
    assert_eq!(answered["status"], answer.status.as_u16());
    assert!(answered["ms"].is_u64(), "{answered}");
    let span = &answered["span"];
    assert_eq!(span["id"], "edge-1");
    assert_eq!(span["method"], "GET");
    assert_eq!(span["route"], "/api/v1/sites/{site}/conversations/{id}/events");
    // The warning about the missing X-Forwarded-For belongs to the request, too.
    assert!(lines.iter().any(|line| line["level"] == "WARN" && line["span"]["id"] == "edge-1"));
    for secret in [site.as_str(), key.as_str(), "4711"] {
        assert!(!log.iter().any(|line| line.contains(secret)), "{secret} is in the log");
    }
    program.kill();
}
