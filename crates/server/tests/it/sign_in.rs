//! Signing in, and strangers who want to keep others from it.

use std::time::{Duration, Instant};

use porchlight_protocol::wire::Session;
use porchlight_server::limits::Rate;
use serde_json::json;

use crate::harness::*;
use crate::load::resident_kib;
use crate::program::Program;

const MINUTE: Duration = Duration::from_secs(60);

fn login(email: &str, password: &str) -> serde_json::Value {
    json!({"email": email, "password": password})
}

async fn tries(caller: &Caller, password: &str) -> Answer {
    caller.post("/api/v1/agent/session", &login("ada@lantern.example", password)).await
}

/// All cookies of an answer, as the next request carries them.
fn cookies(answer: &Answer) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let pairs = all.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_take_a_fixed_amount_of_memory() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start_with(folder.path(), &["--behind-proxy"]);
    let caller = Caller { http: http(), base: program.base.clone(), headers: vec![] };
    for round in 0..10 {
        let guesses = (0..20).map(|at| {
            let caller = caller.with("x-forwarded-for", &format!("10.0.{round}.{at}"));
            let body = login(&format!("{round}-{at}@lantern.example"), "battery staple");
            tokio::spawn(async move { caller.post("/api/v1/agent/session", &body).await })
        });
        for guess in guesses.collect::<Vec<_>>() {
            assert_eq!(guess.await.unwrap().refusal(), "401 sign_in_failed");
        }
    }
    let resident = resident_kib(&program);
    assert!(resident < 120 * 1024, "{resident} KiB");
    program.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_of_sign_ins_has_an_end() {
    let server = TestServer::start().await;
    let known = tries(&server.caller(), PASSWORD).await;
    let begun = Instant::now();
    let guesses = (0..300).map(|_| {
        let caller = server.caller();
        tokio::spawn(async move { tries(&caller, "battery staple").await.refusal() })
    });
    let guesses: Vec<_> = guesses.collect();
    // Who has been here before has a queue of their own.
    let again = tries(&server.caller().with("cookie", &cookies(&known)), PASSWORD).await;
    assert_eq!(again.status, 200);
    let mut refused = 0;
    for guess in guesses {
        let refusal = guess.await.unwrap();
        refused += usize::from(refusal == "429 rate_limited");
        assert!(
            ["429 rate_limited", "401 sign_in_failed"].contains(&refusal.as_str()),
            "{refusal}"
        );
    }
    assert!(refused > 0, "300 waited, for {:?}", begun.elapsed());
}

#[tokio::test]
async fn the_right_password_is_never_counted() {
    let server = TestServer::start_with(|config| {
        config.rates.sign_ins_pair = Rate { burst: 2, every: MINUTE };
        config.rates.sign_ins_email = Rate { burst: 2, every: MINUTE };
    })
    .await;
    for _ in 0..5 {
        assert_eq!(tries(&server.caller(), PASSWORD).await.status, 200);
    }
    assert_eq!(tries(&server.caller(), "battery staple").await.refusal(), "401 sign_in_failed");
    assert_eq!(tries(&server.caller(), "battery staple").await.refusal(), "401 sign_in_failed");
    assert_eq!(tries(&server.caller(), PASSWORD).await.refusal(), "429 rate_limited");
}

#[tokio::test]
async fn who_guesses_shuts_out_neither_other_networks_nor_known_devices() {
    let server = TestServer::start_with(|config| {
        config.behind_proxy = true;
        config.rates.sign_ins_pair = Rate { burst: 2, every: MINUTE };
        config.rates.sign_ins_email = Rate { burst: 6, every: MINUTE };
        config.rates.sign_ins_known = Rate { burst: 2, every: MINUTE };
    })
    .await;
    let from = |ip: &str| server.caller().with("x-forwarded-for", ip);
    let first = tries(&from("203.0.113.9"), PASSWORD).await;
    let device = cookies(&first);
    let device = device.split("; ").find(|it| it.starts_with("porchlight_device")).unwrap();
    let guesses = async |ip: &str| {
        for _ in 0..2 {
            assert_eq!(tries(&from(ip), "guess").await.refusal(), "401 sign_in_failed");
        }
        assert_eq!(tries(&from(ip), PASSWORD).await.refusal(), "429 rate_limited");
    };
    guesses("203.0.113.1").await;
    assert_eq!(tries(&from("203.0.113.2"), PASSWORD).await.status, 200, "another network");
    // Guesses from everywhere reach the limit of the address; who has signed in before does not see
    // it, even on the network of those who guess.
    guesses("203.0.113.3").await;
    guesses("203.0.113.4").await;
    assert_eq!(tries(&from("203.0.113.5"), PASSWORD).await.refusal(), "429 rate_limited");
    let known = from("203.0.113.1").with("cookie", device);
    assert_eq!(tries(&known, PASSWORD).await.status, 200);
    let session = from("203.0.113.1").with("cookie", &first.cookie());
    assert_eq!(tries(&session, PASSWORD).await.status, 200, "a session that goes on");
    // A stolen device may not guess for ever either.
    assert_eq!(tries(&known, "guess").await.refusal(), "401 sign_in_failed");
    assert_eq!(tries(&known, "guess").await.refusal(), "401 sign_in_failed");
    assert_eq!(tries(&known, PASSWORD).await.refusal(), "429 rate_limited");
    // It is nobody else's device.
    let ben = json!({"email": "ben@lantern.example", "password": "guess"});
    for status in [401, 401, 429] {
        assert_eq!(known.post("/api/v1/agent/session", &ben).await.status, status);
    }
}

#[tokio::test]
async fn servers_of_one_host_have_cookies_of_their_own() {
    let (here, there) = (TestServer::start().await, TestServer::start().await);
    let (one, other) =
        (tries(&here.caller(), PASSWORD).await, tries(&there.caller(), PASSWORD).await);
    let names = |answer: &Answer| {
        let cookies = cookies(answer);
        cookies.split("; ").map(|it| it.split('=').next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names(&one).iter().all(|name| !names(&other).contains(name)), "{:?}", names(&one));
    // A browser sends both to both.
    let both = format!("{}; {}", one.cookie(), other.cookie());
    for (server, answer) in [(&here, &one), (&there, &other)] {
        let known = server.caller().with("cookie", &both).get("/api/v1/agent/session").await;
        assert_eq!(known.ok::<Session>(), answer.ok::<Session>());
        assert_eq!(known.header("set-cookie"), "");
    }
}

#[tokio::test]
async fn a_session_from_before_goes_on_under_the_new_name() {
    let server = TestServer::start().await;
    let answer = tries(&server.caller(), PASSWORD).await;
    let (name, token) = {
        let cookie = answer.cookie();
        let (name, token) = cookie.split_once('=').unwrap();
        (name.to_owned(), token.to_owned())
    };
    let old = format!("porchlight_session={token}");
    let known = server.caller().with("cookie", &old).get("/api/v1/agent/session").await;
    assert_eq!(known.ok::<Session>(), answer.ok::<Session>());
    let set: Vec<_> = known.headers.get_all("set-cookie").iter().collect();
    assert!(set[0].to_str().unwrap().starts_with(&format!("{name}={token};")), "{set:?}");
    assert!(set[1].to_str().unwrap().starts_with("porchlight_session=;"), "{set:?}");
    assert!(set[1].to_str().unwrap().contains("Max-Age=0"), "{set:?}");
    // Nobody's token is renamed.
    let nobody = server.caller().with("cookie", "porchlight_session=x");
    let unknown = nobody.get("/api/v1/agent/session").await;
    assert_eq!((unknown.status.as_u16(), unknown.header("set-cookie")), (204, ""));
    // Signing out ends it under both names.
    let csrf = answer.ok::<Session>().csrf;
    let out = server.caller().with("cookie", &old).with("x-csrf-token", &csrf);
    let out = out.delete("/api/v1/agent/session").await;
    assert_eq!(out.headers.get_all("set-cookie").iter().count(), 2);
}

#[tokio::test]
async fn sign_ins_are_in_the_log_without_their_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::start_with(folder.path(), &[]);
    let caller = Caller { http: http(), base: program.base.clone(), headers: vec![] };
    tries(&caller, "battery staple").await;
    until("the log has it", async || program.says("a sign-in failed") == 1).await;
    let log = program.log.lock().unwrap().join("\n");
    assert!(log.contains("127.0.0.1"), "{log}");
    assert!(!log.contains("lantern.example") && !log.contains("battery"), "{log}");
    program.kill();
}
