//! First-run set-up: whoever has the address that the server has printed makes the first site and its owner, once.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use porchlight_protocol::rights::Role;
use porchlight_protocol::wire::Session;
use porchlight_store::random as secrets;
use serde_json::{Value, json};

use crate::harness::*;

const SOUND: &str = "three boats on a hill";

fn body(token: &str, name: &str) -> Value {
    json!({
        "token": token,
        "site_name": "Lantern & Oak",
        "address": "https://shop.example",
        "name": name,
        "email": format!("{name}@lantern.example"),
        "password": SOUND,
    })
}

async fn check(server: &TestServer, token: &str) -> Answer {
    server.caller().post("/api/v1/agent/setup/check", &json!({ "token": token })).await
}

async fn set_up(server: &TestServer, body: &Value) -> Answer {
    server.caller().post("/api/v1/agent/setup", body).await
}

/// A server whose store has no site any more, as one has none at first.
async fn empty() -> TestServer {
    let server = TestServer::start().await;
    let (store, site) = (server.beside(), server.site.clone());
    blocking(move || {
        let site = store.site(Some(&site)).unwrap();
        store.remove_site(&site).unwrap();
    });
    server
}

async fn offered(server: &TestServer) -> String {
    let token = secrets::token().unwrap();
    assert!(server.app().store.offer_setup(secrets::hash(&token)).await.unwrap());
    token
}

#[tokio::test]
async fn the_first_site_and_its_owner_are_made_once() {
    let server = empty().await;
    assert_eq!(check(&server, "x").await.refusal(), "410 invitation_ended");
    let former = offered(&server).await;
    let token = offered(&server).await;
    assert_eq!(
        check(&server, &former).await.refusal(),
        "410 invitation_ended",
        "the newest counts"
    );
    assert_eq!(check(&server, &token).await.status, 204);
    for (field, value, refusal) in [
        ("site_name", " ", "422 text_empty"),
        ("address", "shop.example", "422 address_invalid"),
        ("address", "https://shop.example/page", "422 address_invalid"),
        ("name", "", "422 text_empty"),
        ("email", "ada", "422 email_invalid"),
        ("password", "password1", "422 password_weak"),
        ("token", "x", "410 invitation_ended"),
    ] {
        let mut wrong = body(&token, "ada");
        wrong[field] = json!(value);
        assert_eq!(set_up(&server, &wrong).await.refusal(), refusal, "{field}: {value}");
    }
    let answer = set_up(&server, &body(&token, "ada")).await;
    let cookie = answer.cookie();
    let session: Session = answer.ok();
    assert_eq!((session.role, session.site_name.as_str()), (Role::Owner, "Lantern & Oak"));
    let caller = server.caller().with("cookie", &cookie);
    assert_eq!(caller.get("/api/v1/agent/session").await.ok::<Session>(), session);
    let chat = server.caller().get(&format!("/chat/{}", session.site)).await;
    assert!(chat.header("content-security-policy").contains("https://shop.example"));

    assert_eq!(check(&server, &token).await.refusal(), "410 invitation_used");
    assert_eq!(set_up(&server, &body(&token, "eve")).await.refusal(), "410 invitation_used");
    let offered = server.app().store.offer_setup(secrets::hash("x")).await.unwrap();
    assert!(!offered, "a server with a site offers nothing");
}

#[tokio::test]
async fn of_two_who_set_up_at_once_one_does() {
    let server = empty().await;
    at_once(&server, &server).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_who_set_up_at_two_nodes_one_does() {
    let one = empty().await;
    let two = one.another_node().await;
    at_once(&one, &two).await;
}

async fn at_once(one: &TestServer, two: &TestServer) {
    let token = offered(one).await;
    let bodies = ["ada", "eve"].map(|name| body(&token, name));
    let (first, second) = tokio::join!(set_up(one, &bodies[0]), set_up(two, &bodies[1]));
    let mut both = [first.status.as_u16(), second.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 410], "{first:?} {second:?}");
    let store = one.beside();
    let (sites, agents) =
        blocking(move || (store.sites().unwrap().len(), store.agents(None).unwrap().len()));
    assert_eq!((sites, agents), (1, 1), "nothing of the other is stored");
}

#[test]
fn a_server_with_an_empty_store_prints_the_address_and_its_log_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(folder.path())
        .env_remove("PORCHLIGHT_DATABASE")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(server.stdout.take().unwrap()).lines().map_while(Result::ok);
    let address = lines.find(|line| line.contains("/dashboard/setup#"));
    server.kill().unwrap();
    let output = server.wait_with_output().unwrap();
    let address = address.expect("an address is printed");
    let (_, token) = address.trim().split_once('#').unwrap();
    assert_eq!(token.len(), 64, "{address}");
    assert!(!String::from_utf8_lossy(&output.stderr).contains(token), "the log has no secret");
}
