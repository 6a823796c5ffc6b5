//! What agents change of their own accounts.

use porchlight_protocol::Member;
use porchlight_protocol::team::{Account, SignedIn};
use porchlight_protocol::wire::Session;
use serde_json::{Value, json};

use crate::harness::*;

const SOUND: &str = "a lamp in the window";

async fn account(agent: &Agent) -> Account {
    agent.get("/account").await.ok()
}

async fn signs_in(server: &TestServer, email: &str, password: &str) -> bool {
    let body = json!({"email": email, "password": password});
    server.caller().post("/api/v1/agent/session", &body).await.status == 200
}

#[tokio::test]
async fn an_agent_changes_their_name() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    let id = server.visitor().starts("Hello").await;
    ben.claims(&id).await;
    ben.says(&id, "Ben here").await;
    let renamed: Member = ben.put("/account/name", &json!({"name": " Benjamin\n"})).await.ok();
    assert_eq!(renamed.name, "Benjamin");
    let said = ben.says(&id, "It's me").await;
    assert_eq!(said.events[0].author.member().unwrap().name, "Benjamin");
    let before = ben.events(&id).await;
    assert!(before.iter().any(|event| event.author.member().is_some_and(|it| it.name == "ben")));
    assert_eq!(ben.get("/session").await.ok::<Session>().agent.name, "Benjamin");
    for (name, refusal) in [("", "422 text_empty"), (&*"x".repeat(81), "422 text_too_long")] {
        let answer = ben.put("/account/name", &json!({ "name": name })).await;
        assert_eq!(answer.refusal(), refusal);
    }
}

#[tokio::test]
async fn an_agent_changes_their_address_with_their_password() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    let email = |email: &str, password: &str| json!({"email": email, "password": password});
    let put = async |body: Value| ben.put("/account/email", &body).await;
    let wrong = put(email("new@lantern.example", "nonsense")).await;
    assert_eq!(wrong.refusal(), "403 password_wrong");
    assert_eq!(put(email("new", PASSWORD)).await.refusal(), "422 email_invalid");
    let taken = put(email("Ada@Lantern.example", PASSWORD)).await;
    assert_eq!(taken.refusal(), "409 email_taken");
    assert_eq!(account(&ben).await.email, "ben@lantern.example");
    assert_eq!(put(email(" New@Lantern.example ", PASSWORD)).await.status, 204);
    assert_eq!(account(&ben).await.email, "new@lantern.example");
    assert!(signs_in(&server, "new@lantern.example", PASSWORD).await);
    assert!(!signs_in(&server, "ben@lantern.example", PASSWORD).await);
    assert_eq!(put(email("new@lantern.example", PASSWORD)).await.status, 204, "the same is fine");
}

#[tokio::test]
async fn another_password_ends_the_other_sessions() {
    let server = TestServer::start().await;
    let (ada, here, there) =
        (server.agent("ada").await, server.agent("ben").await, server.agent("ben").await);
    let (mut socket, _) = there.socket().await;
    let new = |current: &str, new: &str| json!({"current": current, "new": new});
    let put = async |body: Value| here.put("/account/password", &body).await;
    assert_eq!(put(new("nonsense", SOUND)).await.refusal(), "403 password_wrong");
    assert_eq!(put(new(PASSWORD, "short")).await.refusal(), "422 password_weak");
    let weak = put(new(PASSWORD, "lantern & oak")).await;
    assert_eq!(weak.refusal(), "422 password_weak");
    assert_eq!(there.get("/conversations").await.status, 200, "nothing has changed");
    let changed = put(new(PASSWORD, SOUND)).await;
    assert_eq!(changed.status, 204);
    assert!(changed.header("set-cookie").contains("device"), "the device stays known");
    assert_eq!(socket.refused().await, ("sign_in_required".to_owned(), Some(1008)));
    assert_eq!(there.get("/conversations").await.refusal(), "401 sign_in_required");
    assert_eq!(here.get("/conversations").await.status, 200);
    assert_eq!(ada.get("/conversations").await.status, 200);
    assert!(signs_in(&server, "ben@lantern.example", SOUND).await);
    assert!(!signs_in(&server, "ben@lantern.example", PASSWORD).await);
}

#[tokio::test]
async fn whoever_finds_an_open_inbox_cant_guess_its_password() {
    let server = TestServer::start_with(|config| {
        config.rates.sign_ins_known = porchlight_server::limits::Rate::new(3, 60_000);
    })
    .await;
    let ben = server.agent("ben").await;
    for tried in ["one", "two", "three"] {
        let body = json!({"current": tried, "new": SOUND});
        let answer = ben.put("/account/password", &body).await;
        assert_eq!(answer.refusal(), "403 password_wrong");
    }
    let body = json!({"current": PASSWORD, "new": SOUND});
    assert_eq!(ben.put("/account/password", &body).await.refusal(), "429 rate_limited");
}

#[tokio::test]
async fn an_agent_sees_and_ends_their_own_sessions_and_nobody_elses() {
    let server = TestServer::start().await;
    let (ada, here, there, third) = (
        server.agent("ada").await,
        server.agent("ben").await,
        server.agent("ben").await,
        server.agent("ben").await,
    );
    let sessions = account(&here).await.sessions;
    assert_eq!(sessions.len(), 3);
    let this: Vec<&SignedIn> = sessions.iter().filter(|it| it.this).collect();
    assert_eq!(this.len(), 1);
    let token = here.cookie.split('=').nth(1).unwrap();
    let text = here.get("/account").await.text;
    assert!(!text.contains(token) && !text.contains(&token[..16]), "no secret is told");

    let own = account(&there).await.sessions.into_iter().find(|it| it.this).unwrap();
    let path = format!("/account/sessions/{}", own.id);
    assert_eq!(ada.delete(&path).await.refusal(), "404 not_found", "somebody else's");
    let (mut socket, _) = there.socket().await;
    assert_eq!(here.delete(&path).await.status, 204);
    assert_eq!(socket.refused().await, ("sign_in_required".to_owned(), Some(1008)));
    assert_eq!(here.delete(&path).await.refusal(), "404 not_found");
    assert_eq!(here.delete("/account/sessions").await.status, 204);
    assert_eq!(third.get("/conversations").await.refusal(), "401 sign_in_required");
    assert_eq!(account(&here).await.sessions.len(), 1);
    assert_eq!(account(&ada).await.sessions.len(), 1);
}

#[tokio::test]
async fn a_browser_is_called_by_its_name() {
    let server = TestServer::start().await;
    let body = json!({"email": "ben@lantern.example", "password": PASSWORD});
    let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:148.0) Gecko/20100101 Firefox/148.0";
    let answer =
        server.caller().with("user-agent", firefox).post("/api/v1/agent/session", &body).await;
    let caller = server.caller().with("cookie", &answer.cookie());
    let account: Account = caller.get("/api/v1/agent/account").await.ok();
    assert_eq!(account.sessions[0].device, "Firefox, Linux");
}
