use std::time::Duration;

use porchlight_server::limits::Rate;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::*;
use crate::program::Program;

#[tokio::test]
async fn a_visitor_who_floods_is_told_when_to_come_back() {
    let server = TestServer::start_with(|config| {
        config.rates.visitor_acts = Rate { burst: 3, every: Duration::from_secs(60) };
    })
    .await;
    let visitor = server.visitor();
    let id = visitor.starts("1").await;
    visitor.says(&id, "2").await;
    visitor.says(&id, "3").await;
    let refused = visitor.act(&id, &message("4")).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
    let wait = refused.json()["retry_after_ms"].as_u64().unwrap();
    assert!((1..=60_000).contains(&wait), "{wait}");
    assert_ne!(refused.header("retry-after"), "");
    assert_eq!(visitor.events(&id).await.len(), 3);
    // Others are not held up.
    server.visitor().starts("Hello").await;
}

#[tokio::test]
async fn one_address_starts_so_many_conversations_and_no_more() {
    let server = TestServer::start_with(|config| {
        config.rates.starts = Rate { burst: 2, every: Duration::from_secs(60) };
    })
    .await;
    server.visitor().starts("1").await;
    server.visitor().starts("2").await;
    let start = json!({"client_id": client_id(), "text": "3"});
    let refused = server.visitor().post("/conversations", &start).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
}

#[tokio::test]
async fn behind_a_proxy_the_address_is_the_one_that_the_proxy_tells() {
    let server = TestServer::start_with(|config| {
        config.behind_proxy = true;
        config.rates.starts = Rate { burst: 1, every: Duration::from_secs(60) };
    })
    .await;
    let from = async |ip: &str| {
        let start = json!({"client_id": client_id(), "text": "Hello"});
        let visitor = server.visitor().with("x-forwarded-for", ip);
        visitor.post("/conversations", &start).await.status.as_u16()
    };
    assert_eq!(from("203.0.113.1").await, 201);
    assert_eq!(from("198.51.100.7, 203.0.113.1").await, 429, "the first entry is anybody's word");
    assert_eq!(from("203.0.113.2").await, 201);
    assert_eq!(from("2001:db8:1:2:3::4").await, 201);
    assert_eq!(from("2001:db8:1:2:5::6").await, 429, "one home has many addresses");
    // Some proxies add the port.
    assert_eq!(from("203.0.113.3:4711").await, 201);
    assert_eq!(from("203.0.113.3:4712").await, 429);
    assert_eq!(from("203.0.113.4:4711").await, 201);
    assert_eq!(from("[2001:db8:9::1]:4711").await, 201);
    assert_eq!(from("[2001:db8:9::1]:4712").await, 429);
    assert_eq!(from("[2001:db8:8::1]").await, 201);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let server = TestServer::start_with(|config| {
        config.rates.sign_ins_email = Rate { burst: 2, every: Duration::from_secs(60) };
    })
    .await;
    let guess = async |email: &str, password: &str| {
        let body = json!({"email": email, "password": password});
        server.caller().post("/api/v1/agent/session", &body).await
    };
    assert_eq!(guess("ada@lantern.example", "guess-one").await.refusal(), "401 sign_in_failed");
    assert_eq!(guess("ADA@lantern.example", "guess-two").await.refusal(), "401 sign_in_failed");
    let refused = guess("ada@lantern.example", PASSWORD).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
    assert!(refused.json()["retry_after_ms"].as_u64().is_some());
    server.agent("ben").await;
}

#[tokio::test]
async fn one_address_tries_so_many_sign_ins_and_no_more() {
    let server = TestServer::start_with(|config| {
        config.rates.sign_ins_ip = Rate { burst: 2, every: Duration::from_secs(60) };
    })
    .await;
    server.agent("ada").await;
    server.agent("ben").await;
    let body = json!({"email": "eve@lantern.example", "password": "whatever"});
    let refused = server.caller().post("/api/v1/agent/session", &body).await;
    assert_eq!(refused.refusal(), "429 rate_limited");
}

#[tokio::test]
async fn keys_that_are_made_up_get_no_further_than_a_reader() {
    let server = TestServer::start_with(|config| {
        config.rates.strangers = Rate { burst: 5, every: Duration::from_secs(60) };
    })
    .await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("Hello").await;
    ada.claims(&id).await;
    // The writer is busy: whatever reached it would wait.
    let (free, freed) = std::sync::mpsc::channel::<()>();
    let (_, busy) = tokio::join!(
        async {
            for _ in 0..5 {
                let stranger = server.visitor();
                let refused = stranger.act(&id, &message("Hi")).await;
                assert_eq!(refused.refusal(), "401 visitor_key_invalid");
            }
            let path = format!("/conversations/{id}/read");
            for stranger in [server.visitor(), server.visitor()] {
                let refused = stranger.put(&path, &json!({"up_to": 1})).await;
                assert_eq!(refused.refusal(), "429 rate_limited");
            }
            free.send(()).unwrap();
        },
        server.writes(move || freed.recv_timeout(SOON).unwrap()),
    );
    let () = busy;
    // Who is known passes, and so does who begins.
    visitor.says(&id, "Still here").await;
    ada.says(&id, "Me too").await;
    server.visitor().starts("New here").await;
}

#[tokio::test]
async fn a_cookie_that_is_made_up_gets_no_further_than_a_reader() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let csrf = porchlight_server::auth::csrf_of("nobody");
    let name = server.agent("ada").await.cookie;
    let name = name.split('=').next().unwrap();
    let mut nobody = server.caller();
    nobody.base.push_str("/api/v1/agent");
    let nobody = nobody.with("cookie", &format!("{name}=nobody")).with("x-csrf-token", &csrf);
    let (free, freed) = std::sync::mpsc::channel::<()>();
    tokio::join!(
        async {
            let claim = json!({"claim": {"from": null}});
            assert_eq!(nobody.act(&id, &claim).await.refusal(), "401 sign_in_required");
            let settings = nobody.put("/settings/closing", &closing(true, true, true)).await;
            assert_eq!(settings.refusal(), "401 sign_in_required");
            assert_eq!(nobody.delete("/session").await.refusal(), "401 sign_in_required");
            free.send(()).unwrap();
        },
        server.writes(move || freed.recv_timeout(SOON).unwrap()),
    );
}

#[tokio::test]
async fn many_keys_of_one_network_write_no_more_than_it_may() {
    let server = TestServer::start_with(|config| {
        config.behind_proxy = true;
        config.rates.network_acts = Rate { burst: 4, every: Duration::from_secs(60) };
    })
    .await;
    let says = async |ip: &str| {
        let visitor = server.visitor();
        let id = visitor.starts("Hello").await;
        visitor.with("x-forwarded-for", ip).act(&id, &message("Hi")).await
    };
    for _ in 0..4 {
        assert_eq!(says("203.0.113.1").await.status, 201);
    }
    assert_eq!(says("203.0.113.1").await.refusal(), "429 rate_limited");
    assert_eq!(says("203.0.113.2").await.status, 201);
}

/// A proxy may leave the `Content-Length` out where there is no body.
#[tokio::test]
async fn a_request_without_a_body_writes_no_bytes() {
    let server = TestServer::start_with(|config| {
        config.rates.network_kib = Rate { burst: 20, every: Duration::from_secs(60) };
    })
    .await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let request = format!(
        "PUT /api/v1/sites/{}/conversations/{id}/typing HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\r\n",
        server.site,
        server.address,
        visitor.key.as_str()
    );
    let mut line = TcpStream::connect(server.address).await.unwrap();
    for _ in 0..3 {
        line.write_all(request.as_bytes()).await.unwrap();
        let mut answer = [0; 2_048];
        let length = line.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    }
}

#[tokio::test]
async fn one_network_writes_so_many_bytes() {
    let server = TestServer::start_with(|config| {
        config.rates.network_kib = Rate { burst: 20, every: Duration::from_secs(60) };
    })
    .await;
    let text = "x".repeat(4_000);
    let mut taken = 0;
    loop {
        let visitor = server.visitor();
        let id = visitor.starts("Hello").await;
        let said = visitor.act(&id, &message(&text)).await;
        if said.status != 201 {
            assert_eq!(said.refusal(), "429 rate_limited");
            break;
        }
        taken += 1;
        assert!(taken < 10);
    }
    assert_eq!(taken, 5, "4 KiB each");
}

#[tokio::test]
async fn one_network_reads_so_much() {
    let server = TestServer::start_with(|config| {
        config.rates.network_reads = Rate { burst: 10, every: Duration::from_secs(60) };
    })
    .await;
    let ada = server.agent("ada").await;
    let (one, other) = (server.visitor(), server.visitor());
    let id = one.starts("Hello").await;
    other.starts("Hello").await;
    let own = json!({ "texts": [{ "key": "loader.title", "text": "Ask Ann" }] });
    let _: Value = ada.put("/settings/texts?language=en", &own).await.ok();
    for visitor in [&one, &other].iter().cycle().take(8) {
        visitor.sync(&hello()).await;
    }
    loop {
        let answer = other.post("/sync", &hello()).await;
        if answer.status != 200 {
            assert_eq!(answer.refusal(), "429 rate_limited");
            break;
        }
    }
    assert_eq!(one.get(&format!("/conversations/{id}")).await.refusal(), "429 rate_limited");
    let chat = server.caller().get(&format!("/chat/{}", server.site)).await;
    assert_eq!(chat.status, 429, "its document is read in the store, too");
    let panel = format!("/porchlight-panel.js?lang=en&site={}", server.site);
    let panel = server.caller().get(&panel).await;
    assert_eq!(panel.status, 200, "the launcher comes up, in our words");
    assert!(!panel.text.contains("Ask Ann"));
    // An agent who has shown a session is no stranger.
    ada.socket().await;
    assert_eq!(ada.get("/conversations").await.status, 200);
    one.says(&id, "Writing goes on").await;
}

#[tokio::test]
async fn one_network_opens_so_many_sockets() {
    let server = TestServer::start_with(|config| {
        config.rates.network_sockets = Rate { burst: 3, every: Duration::from_secs(60) };
    })
    .await;
    for _ in 0..3 {
        Socket::open(server.address, &[]).await;
    }
    let refused = Socket::try_open(server.address, &[]).await;
    let Err(tokio_tungstenite::tungstenite::Error::Http(answer)) = refused else { panic!() };
    assert_eq!(answer.status(), 429);
}

#[tokio::test]
async fn a_wrong_address_is_in_the_log_once() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start_with(folder.path(), &["--public-url", "https://chat.example"]);
    let caller = Caller { http: http(), base: program.base.clone(), headers: vec![] };
    let words = "the server is not set up for";
    let signs_in_at = async |host: &str| {
        let body = json!({"email": "ada@lantern.example", "password": PASSWORD});
        let page = caller.with("origin", &format!("http://{host}")).with("host", host);
        assert_eq!(page.post("/api/v1/agent/session", &body).await.status, 403);
    };
    for _ in 0..3 {
        signs_in_at("chat.example:8787").await;
    }
    until("the log has it", async || program.says(words) > 0).await;
    assert_eq!(program.says(words), 1);
    // Made-up addresses fill no log.
    for number in 0..50 {
        signs_in_at(&format!("host-{number}.example")).await;
    }
    assert!(program.says(words) <= 8, "{}", program.says(words));
    program.kill();
}

#[tokio::test]
async fn a_proxy_that_nobody_announced_is_told_of_once() {
    let folder = tempfile::tempdir().unwrap();
    for (flags, ip, words) in [
        (&[][..], "203.0.113.1", "start with --behind-proxy"),
        (&["--behind-proxy"], "unknown", "no address that can be read"),
    ] {
        let program = Program::start_with(folder.path(), flags);
        let caller = Caller { http: http(), base: program.base.clone(), headers: vec![] };
        caller.get("/healthz").await;
        caller.get("/readyz").await;
        assert_eq!(program.says(words), 0, "a health check comes in nobody's name");
        for _ in 0..3 {
            caller.with("x-forwarded-for", ip).get("/healthz").await;
        }
        until("the log has it", async || program.says(words) > 0).await;
        assert_eq!(program.says(words), 1);
        program.kill();
    }
}
