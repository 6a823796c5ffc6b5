//! Who a visitor is: what pages claim, what their back ends prove, and how the devices of a person become one visitor.

#[allow(clippy::expect_used, reason = "as the guide has it")]
mod snippet;

use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use porchlight_protocol::person::{Identified, IdentityPage, NewSecret, Teller, VisitorRecord};
use porchlight_protocol::proof::ProofChecked;
use porchlight_protocol::wire::{Hello, Started, Welcome};
use porchlight_protocol::{ConversationId, id};
use porchlight_server::limits::Rate;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use ring::{hmac, signature};
use serde_json::{Value, json};

use crate::commands::{porchlight, refused, said};
use crate::harness::*;
use crate::records::value;

fn sign(secret: &str, text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

fn hash(secret: &str, person: &str) -> String {
    id::hex(&sign(secret, person))
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// A JWT, signed by the bytes that `sign` makes of it.
fn jwt(header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let unsigned = unsigned(header, claims);
    let signature = URL_SAFE_NO_PAD.encode(sign(&unsigned));
    format!("{unsigned}.{signature}")
}

fn hs256(secret: &str, claims: &Value) -> String {
    jwt(&json!({"alg": "HS256", "typ": "JWT"}), claims, |text| sign(secret, text))
}

impl TestServer {
    fn now_s(&self) -> i64 {
        self.app().now() / 1_000
    }
}

impl Agent {
    async fn makes_secret(&self) -> NewSecret {
        self.post("/settings/identity/secrets", &json!(null)).await.ok()
    }

    async fn sets_identity(&self, settings: &Value) -> IdentityPage {
        self.put("/settings/identity", settings).await.ok()
    }
}

impl Visitor {
    async fn tries_to_identify(&self, body: &Value) -> Answer {
        self.put("/visitor", body).await
    }

    async fn identifies(&self, body: &Value) -> Identified {
        self.tries_to_identify(body).await.ok()
    }

    async fn proves_by(&self, body: &Value) -> Identified {
        self.identifies(body).await
    }

    async fn proves(&self, secret: &str, person: &str) -> Identified {
        self.identifies(&json!({"id": person, "hash": hash(secret, person)})).await
    }
}

async fn record_of(ada: &Agent, id: &ConversationId) -> VisitorRecord {
    ada.record(&ada.visitor_of(id).await).await
}

const CLAIMED: Identified = Identified { proved: false, anew: false };
const PROVED: Identified = Identified { proved: true, anew: false };
const ANEW: Identified = Identified { proved: true, anew: true };

#[tokio::test]
async fn a_claim_is_told_as_one_and_opens_nothing() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (one, other) = (server.visitor(), server.visitor());
    let claim = json!({
        "id": "42", "name": "Bo Lee", "email": "bo@lee.example", "attributes": {"plan": "gold"},
        "language": "de", "time_zone": "Europe/Berlin", "referrer": "https://a:b@find.example/x?q=me",
    });
    assert_eq!(one.identifies(&claim).await, CLAIMED);
    let id = one.starts("Hello").await;
    assert_eq!(other.identifies(&claim).await, CLAIMED);
    assert_eq!(other.home().await, [], "a claim opens nothing");
    let record = record_of(&ada, &id).await;
    let name = record.name.clone().unwrap();
    assert_eq!((name.value.as_str(), &name.by), ("Bo Lee", &Teller::Page));
    assert_eq!(record.external_id.as_ref().unwrap().by, Teller::Page);
    assert_eq!(record.referrer.as_deref(), Some("https://find.example/x"));
    assert_eq!(record.time_zone.as_deref(), Some("Europe/Berlin"));
    assert!(!record.proved);
    // What an agent writes by hand counts more; what the page removes was its own.
    let edit = json!({"revision": record.revision, "name": "Bo L."});
    ada.edits(&record.id, &edit).await.ok::<VisitorRecord>();
    let changed =
        json!({"name": "Bobby", "email": null, "attributes": {"plan": null, "vip": true}});
    one.identifies(&changed).await;
    let record = ada.record(&record.id).await;
    assert_eq!(value(&record.name).as_deref(), Some("Bo L."));
    assert_eq!(record.email, None);
    assert_eq!(record.attributes.keys().collect::<Vec<_>>(), ["vip"]);
    // The same page again changes nothing.
    one.identifies(&changed).await;
    assert_eq!(ada.record(&record.id).await, record);
}

#[tokio::test]
async fn the_devices_of_a_person_become_one_visitor() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let secret = ada.makes_secret().await.secret;
    let (phone, laptop) = (server.visitor(), server.visitor());
    let first = phone.starts("From my phone").await;
    assert_eq!(phone.proves(&secret, "42").await, PROVED);
    let person = ada.visitor_of(&first).await;
    // The laptop has written as nobody in particular, and told its name.
    let start = json!({"client_id": client_id(), "text": "From my laptop"});
    let second = laptop.post("/conversations", &start).await.ok::<Started>().conversation.id;
    laptop.identifies(&json!({"name": "Bo Lee"})).await;
    let device = ada.visitor_of(&second).await;
    let (mut at_home, _) = laptop.socket().await;
    let (mut at_work, _) = ada.socket().await;
    let known = Hello { known: Some(laptop.sync(&hello()).await.revision), ..hello() };
    let poll = {
        let laptop = laptop.clone();
        tokio::spawn(async move { laptop.post("/sync?wait=20", &known).await.ok::<Welcome>() })
    };
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    assert_eq!(laptop.proves(&secret, "42").await, ANEW);
    assert_eq!(at_home.refused().await, ("unavailable".to_owned(), Some(1013)));
    assert_eq!(poll.await.unwrap().conversations.len(), 2, "the poll tells of it, too");
    let mut told = [at_work.next_name().await, at_work.next_name().await];
    told.sort_by_key(|name| name.joined.is_some());
    assert_eq!((&told[0].id, told[0].name.as_deref()), (&person, Some("Bo Lee")));
    assert_eq!((&told[1].id, &told[1].joined), (&device, &Some(person.clone())));
    assert_eq!(told[1].name.as_deref(), Some("Bo Lee"));
    // Both open both, and what either writes reaches the other.
    for visitor in [&phone, &laptop] {
        assert_eq!(visitor.home().await.len(), 2);
        assert_eq!(visitor.conversation(&second).await.visitor, person);
    }
    let (mut at_home, _) = laptop.socket().await;
    phone.says(&first, "More").await;
    assert_eq!(at_home.next_event().await.0, first);
    // A retry finds what it has started, and the record is one.
    let again: Started = laptop.post("/conversations", &start).await.ok();
    assert_eq!(again.conversation.id, second);
    let record = ada.record(&device).await;
    assert_eq!((&record.id, record.conversations, record.proved), (&person, 2, true));
    assert_eq!(laptop.proves(&secret, "42").await, PROVED, "once is enough");
    // A device that has written nothing yet.
    let tablet = server.visitor();
    assert_eq!(tablet.proves(&secret, "42").await, ANEW);
    assert_eq!(tablet.home().await.len(), 2);
    let record = ada.record(&person).await;
    // Somebody else at the same device has to log out first, and is nobody's visitor by then.
    let body = json!({"id": "43", "hash": hash(&secret, "43"), "name": "Eve"});
    assert_eq!(laptop.tries_to_identify(&body).await.refusal(), "409 other_person");
    let claim = json!({"id": "43", "name": "Eve"});
    assert_eq!(laptop.tries_to_identify(&claim).await.refusal(), "409 other_person");
    assert_eq!(ada.record(&person).await, record);
    assert_eq!(server.visitor().proves(&secret, "43").await, PROVED);
    let place = server.place();
    let report = blocking(move || place.check().unwrap());
    assert!(report.faults.is_empty(), "{:?}", report.faults);
    // Revoked is the person, with all devices, by whatever id.
    let revoke = ["visitor", "revoke", "--visitor", device.as_str()];
    said(&porchlight(server.folder.path(), &revoke, ""));
    for visitor in [&phone, &laptop, &tablet] {
        let answer = visitor.post("/sync", &hello()).await;
        assert_eq!(answer.refusal(), "403 visitor_key_revoked");
    }
}

#[tokio::test]
async fn of_two_devices_that_prove_the_same_at_once_one_is_joined() {
    let server = TestServer::start().await;
    let secret = server.agent("ada").await.makes_secret().await.secret;
    for round in 0..10 {
        let person = format!("user-{round}");
        let devices = [server.visitor(), server.visitor(), server.visitor()];
        for device in &devices {
            device.starts("Hello").await;
        }
        let all = devices.iter().map(|device| device.proves(&secret, &person));
        let all = futures_util::future::join_all(all).await;
        assert_eq!(all.iter().filter(|one| one.anew).count(), 2, "{all:?}");
        for device in &devices {
            assert_eq!(device.home().await.len(), 3);
        }
    }
}

#[tokio::test]
async fn what_proves_nothing_is_refused_and_stores_nothing() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let told = |field: &str, proof: &str| json!({"id": "42", "name": "Eve", (field): proof});
    let none = told("hash", &hash("x", "42"));
    assert_eq!(visitor.tries_to_identify(&none).await.refusal(), "403 proof_unexpected");
    let secret = ada.makes_secret().await.secret;
    let good = hash(&secret, "42");
    for wrong in [
        "",
        "00",
        "zz",
        &"0".repeat(64),
        &good[..62],
        &format!("{good}00"),
        &hash(&secret, "43"),
        &hash("another", "42"),
        &"é".repeat(64),
    ] {
        let answer = visitor.tries_to_identify(&told("hash", wrong)).await;
        assert_eq!(answer.refusal(), "403 hash_wrong", "{wrong}");
    }
    for bad in ["", " 42", "4\u{202e}2", &"x".repeat(256)] {
        let body = json!({"id": bad, "hash": good});
        let answer = visitor.tries_to_identify(&body).await;
        assert_eq!(answer.refusal(), "422 external_id_invalid", "{bad:?}");
        assert_eq!(answer.json()["field"], "id");
    }
    assert_eq!(
        visitor.tries_to_identify(&json!({"hash": good})).await.refusal(),
        "422 external_id_invalid"
    );
    let both = json!({"id": "42", "hash": good, "jwt": "e30.e30.e30"});
    assert_eq!(visitor.tries_to_identify(&both).await.refusal(), "403 proof_unexpected");
    let token = hs256(&secret, &json!({"sub": "42", "exp": server.now_s() + 60}));
    let answer = visitor.tries_to_identify(&told("jwt", &token)).await;
    assert_eq!(answer.refusal(), "403 proof_unexpected", "the site's setting decides");

    ada.sets_identity(&json!({"method": "jwt_hs256", "required": false})).await;
    let now = server.now_s();
    let fresh = json!({"sub": "42", "exp": now + 60});
    let header = |alg: &str| json!({"alg": alg});
    let by_secret = |text: &str| sign(&secret, text);
    for (token, refusal) in [
        ("", "403 token_invalid"),
        ("e30", "403 token_invalid"),
        ("e30.e30", "403 token_invalid"),
        ("e30.e30.e30", "403 token_invalid"),
        (&"x.".repeat(20_000), "403 token_invalid"),
        (&hs256("another", &fresh), "403 token_invalid"),
        (&format!("{}.", unsigned(&header("none"), &fresh)), "403 token_algorithm"),
        (&format!("{}.", unsigned(&header("None"), &fresh)), "403 token_algorithm"),
        (&format!("{}.", unsigned(&header("HS256"), &fresh)), "403 token_invalid"),
        (&jwt(&header("HS512"), &fresh, by_secret), "403 token_algorithm"),
        (&jwt(&header("ES256"), &fresh, by_secret), "403 token_algorithm"),
        (&jwt(&json!({"alg": "HS256", "crit": ["b64"]}), &fresh, by_secret), "403 token_invalid"),
        (&jwt(&json!({}), &fresh, by_secret), "403 token_invalid"),
        (&hs256(&secret, &json!({"sub": "42"})), "403 token_invalid"),
        (&hs256(&secret, &json!({"sub": "42", "exp": "never"})), "403 token_invalid"),
        (&hs256(&secret, &json!({"sub": "42", "exp": now - 120})), "403 token_expired"),
        (&hs256(&secret, &json!({"sub": "42", "exp": 0})), "403 token_expired"),
        (
            &hs256(&secret, &json!({"sub": "42", "exp": now + 900, "nbf": now + 600})),
            "403 token_invalid",
        ),
        (&hs256(&secret, &json!({"exp": now + 60})), "403 token_invalid"),
        (&hs256(&secret, &json!({"sub": 42, "exp": now + 60})), "403 token_invalid"),
        (&hs256(&secret, &json!({"sub": " ", "exp": now + 60})), "403 token_invalid"),
        (&hs256(&secret, &json!({"sub": "43", "exp": now + 60})), "403 token_invalid"),
        (
            &hs256(&secret, &json!({"sub": "42", "exp": now + 60, "email": "x"})),
            "422 email_invalid",
        ),
    ] {
        let answer = visitor.tries_to_identify(&told("jwt", token)).await;
        assert_eq!(answer.refusal(), refusal, "{token}");
    }
    let record = record_of(&ada, &id).await;
    assert!(record.name.is_none() && record.external_id.is_none() && record.revision == 0);
}

#[tokio::test]
async fn what_a_page_tells_is_checked_as_a_whole() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    for (body, refusal) in [
        (json!({"name": "Eve", "email": "nobody"}), "422 email_invalid"),
        (json!({"name": "Eve", "phone": "call me"}), "422 phone_invalid"),
        (json!({"name": "Eve", "attributes": {"a": []}}), "422 attribute_invalid"),
        (json!({"name": "Eve", "attributes": {"a": null, "é": 1}}), "422 attribute_invalid"),
        (json!({"name": "é".repeat(81)}), "422 text_too_long"),
        (json!({"name": "Eve", "attributes": {"a": "x".repeat(1 << 20)}}), "413 body_too_large"),
        (json!({"name": "Eve", "nickname": "E"}), "400 malformed"),
        (json!({"name": ["Eve"]}), "400 malformed"),
        (json!(["Eve"]), "400 malformed"),
    ] {
        assert_eq!(visitor.tries_to_identify(&body).await.refusal(), refusal);
    }
    assert_eq!(record_of(&ada, &id).await.revision, 0);
    // What the browser says of itself is ignored where it makes no sense.
    let odd = json!({"name": "\u{202e}Bo", "language": "no tag", "time_zone": "\u{202e}", "referrer": "x"});
    visitor.identifies(&odd).await;
    let record = record_of(&ada, &id).await;
    assert_eq!(value(&record.name).as_deref(), Some("Bo"));
    assert_eq!((record.language, record.time_zone, record.referrer), (None, None, None));
    let stranger = server.visitor().without("authorization");
    let answer = stranger.put("/visitor", &json!({"name": "Eve"})).await;
    assert_eq!(answer.refusal(), "401 visitor_key_invalid");
}

#[tokio::test]
async fn a_token_proves_what_is_in_it() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let secret = ada.makes_secret().await.secret;
    ada.sets_identity(&json!({"method": "jwt_hs256", "required": false})).await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let claims = json!({
        "sub": "42", "exp": server.now_s() - 30, "iat": 1, "aud": ["shop"], "name": "Bo Lee",
        "attributes": {"plan": "gold"},
    });
    let body = json!({"jwt": hs256(&secret, &claims), "name": "Eve", "phone": "+49 30 1234"});
    assert_eq!(visitor.identifies(&body).await, PROVED, "clocks may differ by a minute");
    let record = record_of(&ada, &id).await;
    assert_eq!(value(&record.external_id).as_deref(), Some("42"));
    let name = record.name.clone().unwrap();
    assert_eq!((name.value.as_str(), &name.by), ("Bo Lee", &Teller::Proof));
    assert_eq!(record.attributes["plan"].by, Teller::Proof);
    assert_eq!(record.phone.clone().unwrap().by, Teller::Page, "it stands beside the token");
    // A fraction of a second is a time, too.
    let claims = json!({"sub": "42", "exp": server.now_s() as f64 + 59.5, "name": "Bo"});
    assert_eq!(visitor.identifies(&json!({"jwt": hs256(&secret, &claims)})).await, PROVED);
    assert_eq!(value(&record_of(&ada, &id).await.name).as_deref(), Some("Bo"));
}

/// A key pair for ES256, and its public key as PEM.
fn key_pair() -> (EcdsaKeyPair, String) {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
    let prefix = "3059301306072a8648ce3d020106082a8648ce3d030107034200";
    let prefix = (0..26).map(|at| u8::from_str_radix(&prefix[2 * at..2 * at + 2], 16).unwrap());
    let der: Vec<u8> = prefix.chain(pair.public_key().as_ref().iter().copied()).collect();
    let pem =
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
    (pair, pem)
}

#[tokio::test]
async fn a_private_key_that_only_the_back_end_has_signs_as_well() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (pair, pem) = key_pair();
    let ecdsa =
        |text: &str| pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref().to_vec();
    for key in
        [Value::Null, json!("x"), json!(pem.replace("MFkw", "MFkx")), json!("x".repeat(2_000))]
    {
        let body = json!({"method": "jwt_es256", "required": false, "public_key": key});
        let answer = ada.put("/settings/identity", &body).await;
        assert_eq!(answer.refusal(), "422 public_key_invalid");
    }
    let body = json!({"method": "jwt_es256", "required": false, "public_key": pem});
    let page = ada.sets_identity(&body).await;
    assert_eq!(page.settings.public_key.as_deref(), Some(pem.trim()));
    let claims = json!({"sub": "42", "exp": server.now_s() + 60});
    let visitor = server.visitor();
    let header = json!({"alg": "ES256"});
    // The classic: the public key, which everybody may know, as a secret.
    let confused = jwt(&json!({"alg": "HS256"}), &claims, |text| sign(pem.trim(), text));
    let answer = visitor.tries_to_identify(&json!({"jwt": confused})).await;
    assert_eq!(answer.refusal(), "403 token_algorithm");
    let confused = jwt(&header, &claims, |text| sign(pem.trim(), text));
    let (other, _) = key_pair();
    let by_other = jwt(&header, &claims, |text| {
        let signed: signature::Signature =
            other.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
        signed.as_ref().to_vec()
    });
    let zero = jwt(&header, &claims, |_| vec![0; 64]);
    for token in [confused, by_other, zero] {
        let answer = visitor.tries_to_identify(&json!({"jwt": token})).await;
        assert_eq!(answer.refusal(), "403 token_invalid");
    }
    let token = jwt(&header, &claims, ecdsa);
    assert_eq!(visitor.identifies(&json!({"id": "42", "jwt": token})).await, PROVED);
}

#[tokio::test]
async fn a_secret_is_replaced_without_a_gap() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let old = ada.makes_secret().await;
    assert_eq!(server.visitor().proves(&old.secret, "1").await, PROVED);
    let new = ada.makes_secret().await;
    assert!(new.secret.starts_with("pls_") && new.secret.len() == 68);
    for (n, secret) in [(2, &old), (3, &new)] {
        assert_eq!(server.visitor().proves(&secret.secret, &n.to_string()).await, PROVED);
    }
    let page: IdentityPage = ben.get("/settings/identity").await.ok();
    let mut listed: Vec<_> = page.secrets.iter().map(|seen| seen.id.clone()).collect();
    listed.sort();
    let mut made = vec![old.seen.id.clone(), new.seen.id.clone()];
    made.sort();
    assert_eq!(listed, made);
    let text = ada.get("/settings/identity").await.text;
    assert!(!text.contains(&old.secret) && !text.contains(&new.secret), "it is shown once");
    let path = format!("/settings/identity/secrets/{}", old.seen.id);
    assert_eq!(ben.delete(&path).await.refusal(), "403 role_required");
    assert_eq!(ada.delete(&path).await.status, 204);
    assert_eq!(ada.delete(&path).await.refusal(), "404 not_found");
    let body = json!({"id": "4", "hash": hash(&old.secret, "4")});
    let answer = server.visitor().tries_to_identify(&body).await;
    assert_eq!(answer.refusal(), "403 hash_wrong");
    ada.makes_secret().await;
    ada.makes_secret().await;
    let answer = ada.post("/settings/identity/secrets", &json!(null)).await;
    assert_eq!(answer.refusal(), "409 too_many_secrets");
    // Of another site, neither list nor secrets are seen.
    server.another_site();
    let stranger = server.agent("other-ada").await;
    let page: IdentityPage = stranger.get("/settings/identity").await.ok();
    assert!(page.secrets.is_empty());
    let path = format!("/settings/identity/secrets/{}", new.seen.id);
    assert_eq!(stranger.delete(&path).await.refusal(), "404 not_found");
    assert_eq!(server.visitor().proves(&new.secret, "5").await, PROVED);
}

#[tokio::test]
async fn a_secret_retires_when_it_was_said_and_that_can_be_taken_back() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (old, new) = (ada.makes_secret().await, ada.makes_secret().await);
    let path = format!("/settings/identity/secrets/{}", old.seen.id);
    let retires = async |body: Value| ada.patch(&path, &body).await;
    for bad in [
        json!({"in_hours": 0}),
        json!({"in_hours": 8_761}),
        json!({"in_hours": -1}),
        json!({"at": 5}),
    ] {
        assert_eq!(retires(bad).await.refusal(), "400 malformed");
    }
    let page: IdentityPage = retires(json!({"in_hours": 1})).await.ok();
    let retiring = page.secrets.iter().find(|it| it.id == old.seen.id).unwrap();
    assert!(retiring.retires_at.is_some_and(|at| at > server.app().now()));
    let page: IdentityPage = retires(json!({})).await.ok();
    assert!(page.secrets.iter().all(|it| it.retires_at.is_none()), "taken back");
    retires(json!({"in_hours": 24})).await.ok::<IdentityPage>();
    server.time.passes(23 * 60 * MINUTE);
    assert_eq!(server.visitor().proves(&old.secret, "1").await, PROVED);
    server.time.passes(61 * MINUTE);
    let body = json!({"id": "2", "hash": hash(&old.secret, "2")});
    let answer = server.visitor().tries_to_identify(&body).await;
    assert_eq!(answer.refusal(), "403 hash_wrong");
    assert_eq!(server.visitor().proves(&new.secret, "2").await, PROVED);
    let ada = server.agent("ada").await;
    let page: IdentityPage = ada.get("/settings/identity").await.ok();
    assert_eq!(page.secrets.iter().map(|it| &it.id).collect::<Vec<_>>(), [&new.seen.id]);
    assert_eq!(ada.patch(&path, &json!({})).await.refusal(), "404 not_found", "it is too late");
    // It takes no place any more.
    ada.makes_secret().await;
    ada.makes_secret().await;
    let answer = ada.post("/settings/identity/secrets", &json!(null)).await;
    assert_eq!(answer.refusal(), "409 too_many_secrets");
    server.app().store.remove_retired_secrets().await.unwrap();
    let page: IdentityPage = ada.get("/settings/identity").await.ok();
    assert_eq!(page.secrets.len(), 3);
}

#[tokio::test]
async fn what_is_wrong_with_a_proof_is_told_and_nothing_is_kept() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let check = async |body: Value| -> ProofChecked {
        ada.post("/settings/identity/check", &body).await.ok()
    };
    let problem = async |body: Value| check(body).await.problem.map(|problem| json!(problem));
    let hashed = |secret: &str| json!({"id": "42", "hash": hash(secret, "42")});
    assert_eq!(problem(hashed("x")).await, Some(json!("no_key")));
    let (one, two) = (ada.makes_secret().await, ada.makes_secret().await);
    let held = check(hashed(&two.secret)).await;
    assert_eq!((held.problem, held.id.as_deref()), (None, Some("42")));
    assert_eq!(held.secret.unwrap().id, two.seen.id);
    assert_eq!(check(hashed(&one.secret)).await.secret.unwrap().id, one.seen.id);
    for (body, wrong) in [
        (json!({}), "absent"),
        (json!({"hash": ""}), "absent"),
        (json!({"id": "43", "hash": hash(&one.secret, "42")}), "hash_wrong"),
        (hashed("another"), "hash_wrong"),
        (json!({"id": "42", "hash": "5f"}), "no_hash"),
        (json!({"hash": hash(&one.secret, "42")}), "id_invalid"),
        (json!({"jwt": "a.b.c"}), "other_method"),
    ] {
        assert_eq!(problem(body.clone()).await, Some(json!(wrong)), "{body}");
    }
    ada.sets_identity(&json!({"method": "jwt_hs256", "required": false})).await;
    let now = server.now_s();
    let signed = |claims: &Value| json!({"jwt": hs256(&one.secret, claims)});
    let none = json!({"alg": "none"});
    let unsigned = jwt(&none, &json!({"sub": "42", "exp": now + 60}), |_| Vec::new());
    let other = hs256("another", &json!({"sub": "42", "exp": now + 60}));
    let of_another =
        json!({"id": "43", "jwt": hs256(&one.secret, &json!({"sub": "42", "exp": now + 60}))});
    for (body, wrong, at) in [
        (hashed(&one.secret), "other_method", None),
        (json!({"jwt": "a.b"}), "no_token", None),
        (json!({ "jwt": unsigned }), "algorithm", Some("none")),
        (json!({ "jwt": other }), "signature", None),
        (signed(&json!({"sub": "42"})), "no_expiry", None),
        (signed(&json!({"sub": "42", "exp": "soon"})), "no_expiry", None),
        (signed(&json!({"sub": "42", "exp": now - 61})), "expired", None),
        (signed(&json!({"sub": "42", "exp": now + 600, "nbf": now + 500})), "not_yet", None),
        (signed(&json!({"sub": 42, "exp": now + 60})), "no_subject", None),
        (signed(&json!({"sub": " ", "exp": now + 60})), "no_subject", None),
        (signed(&json!({"sub": "42", "exp": now + 60, "email": "no"})), "claim", Some("email")),
        (of_another, "other_id", Some("42")),
    ] {
        let checked = check(body.clone()).await;
        assert_eq!(checked.problem.map(|it| json!(it)), Some(json!(wrong)), "{body}");
        assert_eq!(checked.at.as_deref(), at, "{body}");
        if wrong == "expired" {
            assert_eq!(checked.expires_at, Some((now - 61) * 1_000));
        }
    }
    let held =
        check(signed(&json!({"sub": "42", "exp": now + 60, "email": "bo@lee.example"}))).await;
    assert_eq!((held.problem, held.id.as_deref()), (None, Some("42")));
    assert_eq!((held.expires_at, held.secret.unwrap().id), (Some((now + 60) * 1_000), one.seen.id));
    let answer = ben.post("/settings/identity/check", &json!({})).await;
    assert_eq!(answer.refusal(), "403 role_required");
    // A check makes nobody.
    let conversations = ada.get("/conversations").await.json();
    assert_eq!(conversations["conversations"], json!([]));
    assert_eq!(
        server.visitor().proves_by(&signed(&json!({"sub": "42", "exp": now + 60}))).await,
        PROVED
    );
}

#[tokio::test]
async fn a_site_may_let_only_those_write_whom_it_knows() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let secret = ada.makes_secret().await.secret;
    let before = server.visitor();
    let id = before.starts("Hello").await;
    ada.sets_identity(&json!({"method": "hmac", "required": true})).await;
    let start = || json!({"client_id": client_id(), "text": "Hello"});
    for visitor in [&before, &server.visitor()] {
        let answer = visitor.post("/conversations", &start()).await;
        assert_eq!(answer.refusal(), "403 identity_required");
        visitor.identifies(&json!({"id": "42", "name": "Bo"})).await;
        let answer = visitor.post("/conversations", &start()).await;
        assert_eq!(answer.refusal(), "403 identity_required", "a claim is none");
    }
    before.says(&id, "What was begun goes on").await;
    let known = server.visitor();
    known.proves(&secret, "42").await;
    known.starts("Hello").await;
    // In a trial of a bot there is nobody whom the site's back end could prove.
    let added: Value = ada.post("/bots", &json!({"name": "Lumen"})).await.ok();
    let bot = added["bot"]["id"].as_str().unwrap();
    let flow = json!({"flow": 1, "start": "a", "steps": {"a": {"say": "Hi", "then": "b"}, "b": {"end": true}}});
    let trial: Value = ada.post(&format!("/bots/{bot}/trial"), &flow).await.ok();
    let chat = trial["chat"].as_str().unwrap().parse().unwrap();
    server.visitor_of(&chat).starts_with_bot("Hi").await;
}

#[tokio::test]
async fn what_strangers_tell_has_a_limit() {
    let server = TestServer::start_with(|config| {
        config.rates.identifies = Rate::new(5, 60_000);
    })
    .await;
    let visitor = server.visitor();
    for _ in 0..5 {
        visitor.identifies(&json!({"name": "Bo"})).await;
    }
    let answer = visitor.tries_to_identify(&json!({"name": "Bo"})).await;
    assert_eq!(answer.refusal(), "429 rate_limited");
    // Made-up keys make no more visitors than starts do.
    let server = TestServer::start_with(|config| {
        config.rates.starts = Rate::new(3, 60_000);
    })
    .await;
    let visitors = [(); 4].map(|()| server.visitor());
    for visitor in &visitors[..3] {
        visitor.identifies(&json!({"name": "Bo"})).await;
    }
    let answer = visitors[3].tries_to_identify(&json!({"name": "Bo"})).await;
    assert_eq!(answer.refusal(), "429 rate_limited");
    visitors[0].identifies(&json!({"name": "Bo"})).await;
}

#[tokio::test]
async fn a_device_brings_only_so_much_along() {
    let server = TestServer::start().await;
    let secret = server.agent("ada").await.makes_secret().await.secret;
    server.visitor().proves(&secret, "42").await;
    let flood = server.visitor();
    for _ in 0..201 {
        let id = flood.starts("Hello").await;
        flood.closes(&id).await;
    }
    let last = flood.starts("Hello").await;
    let body = json!({"id": "42", "hash": hash(&secret, "42")});
    assert_eq!(flood.tries_to_identify(&body).await.refusal(), "409 join_too_large");
    assert_eq!(flood.home().await, [last], "nothing is moved");
}

#[tokio::test]
async fn identity_is_set_by_commands_too() {
    let server = TestServer::start().await;
    let folder = server.folder.path().to_owned();
    let run = |args: &[&str]| porchlight(&folder, args, "");
    assert!(said(&run(&["identity", "secret", "list"])).contains("no secrets"));
    let secret = said(&run(&["identity", "secret", "add"])).trim().to_owned();
    assert_eq!(server.visitor().proves(&secret, "1").await, PROVED);
    let listed = said(&run(&["identity", "secret", "list"]));
    assert!(listed.contains(&secret[64..]) && !listed.contains(&secret), "{listed}");
    assert!(said(&run(&["identity", "require", "on"])).contains("Only visitors"));
    let start = json!({"client_id": client_id(), "text": "Hello"});
    let answer = server.visitor().post("/conversations", &start).await;
    assert_eq!(answer.refusal(), "403 identity_required");
    said(&run(&["identity", "require", "off"]));
    server.visitor().starts("Hello").await;
    let told = refused(&run(&["identity", "method", "jwt-es256"]));
    assert!(told.contains("public key"), "{told}");
    let file = folder.join("key.pem");
    std::fs::write(&file, key_pair().1).unwrap();
    let es256 = ["identity", "method", "jwt-es256", "--public-key", file.to_str().unwrap()];
    assert!(said(&run(&es256)).contains("jwt-es256"));
    said(&run(&["identity", "method", "jwt-hs256"]));
    let token = hs256(&secret, &json!({"sub": "2", "exp": server.now_s() + 60}));
    assert_eq!(server.visitor().identifies(&json!({"jwt": token})).await, PROVED);
    let id = listed.split_whitespace().next().unwrap();
    said(&run(&["identity", "secret", "remove", id]));
    let told = refused(&run(&["identity", "secret", "remove", id]));
    assert!(told.contains("no secret"), "{told}");
}

/// The code in a language of docs/identity.md under a heading.
fn code(heading: &str, language: &str) -> String {
    blocks(heading, language).swap_remove(0)
}

/// All of them.
fn blocks(heading: &str, language: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/identity.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, rest) = text.split_once(&format!("## {heading}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let begins = format!("```{language}\n");
    let blocks = section.split(&begins).skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

fn output(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The hashes of those languages that this machine happens to have.
fn made_elsewhere(secret: &str, person: &str) -> Vec<(&'static str, String)> {
    let folder = tempfile::tempdir().unwrap();
    let hash = |language| code("A hash", language);
    let called = format!("({person:?})");
    let programs = [
        ("php", "php", &[][..], format!("<?php {} echo porchlight_hash{called};", hash("php"))),
        ("ruby", "rb", &[], format!("{}\nputs porchlight_hash{called}", hash("ruby"))),
        (
            "go",
            "go",
            &["run"],
            format!(
                "package main\nimport \"fmt\"\n{}\nfunc main() {{ fmt.Println(porchlightHash{called}) }}",
                hash("go")
            ),
        ),
    ];
    let mut made = Vec::new();
    for (language, ending, arguments, script) in programs {
        if Command::new(language).arg("--help").output().is_err() {
            continue;
        }
        let file = folder.path().join(format!("hash.{ending}"));
        std::fs::write(&file, script).unwrap();
        let mut program = Command::new(language);
        program.args(arguments).arg(file).env("PORCHLIGHT_SECRET", secret);
        // Go compiles, which is kept nowhere.
        program.env("GOCACHE", folder.path());
        made.push((language, output(&mut program)));
    }
    made
}

/// The tokens of those libraries that this machine happens to have, for the user 42, Bo Lee.
fn made_by_libraries(secret: &str) -> Vec<(&'static str, String)> {
    let user = json!({"id": "42", "name": "Bo Lee", "email": "bo@lee.example"});
    let node = blocks("A token", "js").swap_remove(1);
    let node = format!("{node}\nconsole.log(porchlightToken({user}))");
    let python = format!("{}\nprint(porchlight_token({user}))", code("A token", "python"));
    // Where Node finds packages: it looks for those of a module beside the module.
    let folder = tempfile::tempdir().unwrap();
    if let Some(packages) = std::env::var_os("NODE_PATH") {
        std::os::unix::fs::symlink(packages, folder.path().join("node_modules")).unwrap();
    }
    let mut made = Vec::new();
    for (name, library, program, file, script) in [
        ("jsonwebtoken", "import 'jsonwebtoken'", "node", "token.mjs", node),
        ("PyJWT", "import jwt", "python3", "token_of_user.py", python),
    ] {
        let run = |script: &str| {
            let file = folder.path().join(file);
            std::fs::write(&file, script).unwrap();
            let mut program = Command::new(program);
            program.arg(file).env("PORCHLIGHT_SECRET", secret);
            program
        };
        if run(library).output().is_ok_and(|output| output.status.success()) {
            made.push((name, output(&mut run(&script))));
        }
    }
    made
}

/// Those for languages that every machine has on which this is built, that of this language itself, and what else there is.
#[tokio::test]
async fn the_guides_code_makes_proofs_that_hold() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let secret = ada.makes_secret().await.secret;
    let person = "user-42 é";
    let js = |code: &str, last: &str| {
        let script = format!("{code}\nconsole.log({last});");
        let mut node = Command::new("node");
        output(node.args(["--input-type=module", "-e", &script]).env("PORCHLIGHT_SECRET", &secret))
    };
    let node = js(&code("A hash", "js"), &format!("porchlightHash({person:?})"));
    let script = format!("{}\nprint(porchlight_hash({person:?}))", code("A hash", "python"));
    let mut python = Command::new("python3");
    let python = output(python.args(["-c", &script]).env("PORCHLIGHT_SECRET", &secret));
    assert_eq!(code("A hash", "rust"), include_str!("identity/snippet.rs"));
    let rust = snippet::porchlight_hash(&secret, person);
    let mut all = vec![("js", node), ("python", python), ("rust", rust)];
    all.extend(made_elsewhere(&secret, person));
    for (language, made) in all {
        assert_eq!(made, hash(&secret, person), "{language}");
        let body = json!({"id": person, "hash": made});
        assert!(server.visitor().identifies(&body).await.proved, "{language}");
    }
    ada.sets_identity(&json!({"method": "jwt_hs256", "required": false})).await;
    let user = json!({"id": "42", "name": "Bo Lee", "email": "bo@lee.example"});
    let token = js(&code("A token", "js"), &format!("porchlightToken({user})"));
    let mut all = made_by_libraries(&secret);
    all.push(("Node without a library", token));
    for (made_by, token) in all {
        let visitor = server.visitor();
        assert!(visitor.identifies(&json!({"jwt": token})).await.proved, "{made_by}");
        let record = record_of(&ada, &visitor.starts("Hello").await).await;
        assert_eq!(record.email.unwrap().by, Teller::Proof, "{made_by}");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_device_that_is_joined_at_one_node_begins_anew_at_another() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let ada = one.agent("ada").await;
    let secret = ada.makes_secret().await.secret;
    let (phone, laptop) = (one.visitor(), one.visitor());
    phone.starts("From my phone").await;
    phone.proves(&secret, "42").await;
    laptop.starts("From my laptop").await;
    let (mut at_home, _) = laptop.at(&two).socket().await;
    let (mut at_work, _) = ada.at(&two).socket().await;
    assert_eq!(laptop.proves(&secret, "42").await, ANEW);
    assert_eq!(at_home.refused().await.0, "unavailable");
    let names = [at_work.next_name().await, at_work.next_name().await];
    assert!(names.iter().any(|name| name.joined.is_some()));
    let (_, welcome) = laptop.at(&two).socket().await;
    assert_eq!(welcome.conversations.len(), 2);
    assert!(welcome.visitors.is_empty() && names.iter().all(|name| name.proved));
}
