//! Two-step sign-in: set up, asked for, and got round only by recovery codes and by who runs the server.

use std::time::Duration;

use porchlight_protocol::Millis;
use porchlight_protocol::second_factor::{NewSecondFactor, RecoveryCodes};
use porchlight_protocol::team::Account;
use porchlight_protocol::wire::Session;
use porchlight_server::limits::Rate;
use serde_json::{Value, json};
use totp_rs::{Builder, Secret};

use crate::commands::{porchlight, said};
use crate::harness::*;

const PATH: &str = "/account/second-factor";
const STEP: Millis = 30_000;

/// An authenticator app.
struct Phone(String);

impl Phone {
    fn code(&self, server: &TestServer) -> String {
        let secret = Secret::try_from_base32(&self.0).unwrap();
        let seconds = u64::try_from(server.app().now() / 1000).unwrap();
        Builder::new().with_secret(secret).build_noncompliant().generate(seconds).to_string()
    }

    /// A code that nobody has used.
    fn next_code(&self, server: &TestServer) -> String {
        server.time.passes(STEP);
        self.code(server)
    }
}

fn password() -> Value {
    json!({ "password": PASSWORD })
}

impl Agent {
    async fn begins(&self) -> Phone {
        Phone(self.post(PATH, &password()).await.ok::<NewSecondFactor>().secret)
    }

    async fn confirms(&self, code: &str) -> Answer {
        self.put(PATH, &json!({ "code": code })).await
    }

    /// Sets two-step sign-in up.
    async fn is_careful(&self, server: &TestServer) -> (Phone, Vec<String>) {
        let phone = self.begins().await;
        let codes: RecoveryCodes = self.confirms(&phone.code(server)).await.ok();
        (phone, codes.codes)
    }

    async fn account(&self) -> Account {
        self.get("/account").await.ok()
    }
}

impl TestServer {
    async fn ben_signs_in(&self, code: Option<&str>) -> Answer {
        let mut body = json!({"email": "ben@lantern.example", "password": PASSWORD});
        if let Some(code) = code {
            body["code"] = json!(code);
        }
        self.caller().post("/api/v1/agent/session", &body).await
    }
}

#[tokio::test]
async fn the_code_of_the_app_is_asked_for_once_it_has_been_shown_to_work() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    let phone = ben.begins().await;
    assert_eq!(ben.account().await.second_factor, None);
    server.ben_signs_in(None).await.ok::<Session>();
    assert_eq!(ben.confirms("000000").await.refusal(), "403 second_factor_wrong");
    server.ben_signs_in(None).await.ok::<Session>();
    let codes: RecoveryCodes = ben.confirms(&phone.code(&server)).await.ok();
    assert_eq!(codes.codes.len(), 10);
    let factor = ben.account().await.second_factor.unwrap();
    assert_eq!(factor.recovery_codes, 10);

    assert_eq!(server.ben_signs_in(None).await.refusal(), "401 second_factor_required");
    let used = server.ben_signs_in(Some(&phone.code(&server))).await;
    assert_eq!(used.refusal(), "403 second_factor_wrong", "each code counts once");
    let next = phone.next_code(&server);
    server.ben_signs_in(Some(&format!(" {} {}", &next[..3], &next[3..]))).await.ok::<Session>();
    assert_eq!(server.ben_signs_in(Some(&next)).await.refusal(), "403 second_factor_wrong");
    let (old, _) = (phone.next_code(&server), server.time.passes(2 * STEP));
    assert_eq!(server.ben_signs_in(Some(&old)).await.refusal(), "403 second_factor_wrong");
    let wrong_password = json!({"email": "ben@lantern.example", "password": "x", "code": next});
    let refused = server.caller().post("/api/v1/agent/session", &wrong_password).await;
    assert_eq!(refused.refusal(), "401 sign_in_failed", "who lacks the password learns nothing");
    assert_eq!(ben.get("/conversations").await.status, 200, "open sessions go on");
    server.agent("ada").await;
}

#[tokio::test]
async fn a_recovery_code_signs_in_once() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    let (_, codes) = ben.is_careful(&server).await;
    server.ben_signs_in(Some(&codes[3].to_uppercase().replace('-', " "))).await.ok::<Session>();
    assert_eq!(server.ben_signs_in(Some(&codes[3])).await.refusal(), "403 second_factor_wrong");
    assert_eq!(ben.account().await.second_factor.unwrap().recovery_codes, 9);
    let wrong = ben.post(&format!("{PATH}/recovery-codes"), &json!({"password": "x"})).await;
    assert_eq!(wrong.refusal(), "403 password_wrong");
    let renewed: RecoveryCodes =
        ben.post(&format!("{PATH}/recovery-codes"), &password()).await.ok();
    assert_eq!(server.ben_signs_in(Some(&codes[0])).await.refusal(), "403 second_factor_wrong");
    server.ben_signs_in(Some(&renewed.codes[0])).await.ok::<Session>();
}

#[tokio::test]
async fn it_is_set_up_and_switched_off_with_the_password() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    for method in [reqwest::Method::POST, reqwest::Method::DELETE] {
        let answer = ben.send(method, PATH, json!({"password": "x"}).to_string()).await;
        assert_eq!(answer.refusal(), "403 password_wrong");
    }
    assert_eq!(ben.confirms("123456").await.refusal(), "403 second_factor_wrong", "none was begun");
    let none = ben.post(&format!("{PATH}/recovery-codes"), &password()).await;
    assert_eq!(none.refusal(), "404 not_found");
    let first = ben.begins().await;
    let second = ben.begins().await;
    assert_eq!(ben.confirms(&first.code(&server)).await.refusal(), "403 second_factor_wrong");
    ben.confirms(&second.code(&server)).await.ok::<RecoveryCodes>();
    assert_eq!(ben.post(PATH, &password()).await.refusal(), "409 second_factor_on");
    let again = ben.confirms(&second.next_code(&server)).await;
    assert_eq!(again.refusal(), "409 second_factor_on");
    let off = ben.send(reqwest::Method::DELETE, PATH, password().to_string()).await;
    assert_eq!(off.status, 204);
    assert_eq!(ben.account().await.second_factor, None);
    server.ben_signs_in(None).await.ok::<Session>();
    server.is_whole();
}

#[tokio::test]
async fn codes_are_guessed_no_faster_than_passwords() {
    let server = TestServer::start_with(|config| {
        config.rates.sign_ins_email = Rate { burst: 5, every: Duration::from_secs(60) };
    })
    .await;
    let ben = server.agent("ben").await;
    let (phone, _) = ben.is_careful(&server).await;
    let mut refusals = Vec::new();
    for _ in 0..12 {
        refusals.push(server.ben_signs_in(Some("000000")).await.refusal());
    }
    assert_eq!(refusals[0], "403 second_factor_wrong");
    assert_eq!(refusals[11], "429 rate_limited", "{refusals:?}");
    let right = server.ben_signs_in(Some(&phone.next_code(&server))).await;
    assert_eq!(right.refusal(), "429 rate_limited", "the right one has to wait, too");
}

#[tokio::test]
async fn who_runs_the_server_resets_it_after_a_lost_phone() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    ben.is_careful(&server).await;
    let reset = ["agent", "reset-second-factor", "ben@lantern.example"];
    let told = said(&porchlight(server.folder.path(), &reset, ""));
    assert!(told.contains("signs in with the password alone now"), "{told}");
    server.ben_signs_in(None).await.ok::<Session>();
    let told = said(&porchlight(server.folder.path(), &reset, ""));
    assert!(told.contains("has no two-step sign-in"), "{told}");
}

/// Nothing of an account is left behind it.
#[tokio::test]
async fn it_goes_with_the_agent() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    ben.is_careful(&server).await;
    let remove = ["agent", "remove", "--yes", "ben@lantern.example"];
    said(&porchlight(server.folder.path(), &remove, ""));
    server.is_whole();
}
