//! What is collected of visitors: the pages of their visits, as agents see them, and the groups that a site switches off.

use porchlight_protocol::VisitorId;
use porchlight_protocol::person::VisitorRecord;
use porchlight_protocol::visit::Collecting;
use porchlight_server::limits::Rate;
use porchlight_server::{erasing, housekeeping};
use serde_json::{Value, json};

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

impl Visitor {
    async fn tries_to_be_on(&self, body: &Value) -> Answer {
        self.put("/visitor/page", body).await
    }

    async fn is_on(&self, path: &str, title: &str) {
        let body = json!({"address": format!("https://shop.example{path}"), "title": title});
        assert_eq!(self.tries_to_be_on(&body).await.status, 204);
    }
}

impl Agent {
    async fn collects(&self, collecting: Collecting) -> Collecting {
        self.put("/settings/collecting", &json!(collecting)).await.ok()
    }
}

fn paths(record: &VisitorRecord) -> Vec<(&str, &str)> {
    let pages = record.visit.iter().flat_map(|visit| &visit.pages);
    let path = |address| str::strip_prefix(address, "https://shop.example").unwrap();
    pages.map(|page| (path(&page.address), page.title.as_str())).collect()
}

const ALL: Collecting =
    Collecting { pages: true, referrer: true, device: true, time_zone: true, language: true };

async fn writes(server: &TestServer, ada: &Agent) -> (Visitor, VisitorId) {
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let id = ada.visitor_of(&id).await;
    (visitor, id)
}

#[tokio::test]
async fn agents_see_where_a_visitor_is_once_they_have_written() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let visitor = server.visitor();
    let told = json!({"address": "https://shop.example/lamps?token=secret#t", "title": "Lamps",
        "referrer": "https://find.example/s?q=me", "time_zone": "Europe/Berlin"});
    assert_eq!(visitor.tries_to_be_on(&told).await.status, 202, "who has not written is nobody");
    // Who is identified and has not written is somebody, of whom no page is kept.
    let known = server.visitor();
    known.put("/visitor", &json!({"name": "Bo"})).await.ok::<Value>();
    assert_eq!(known.tries_to_be_on(&told).await.status, 204);
    let id = ada.visitor_of(&known.starts("Hello").await).await;
    assert_eq!(ada.record(&id).await.visit, None);

    let id = ada.visitor_of(&visitor.starts("Hello").await).await;
    let (mut at_work, _) = ada.socket().await;
    assert_eq!(visitor.tries_to_be_on(&told).await.status, 204);
    let name = at_work.next_name().await;
    let record = ada.record(&id).await;
    assert_eq!((&name.id, name.revision), (&id, record.revision), "agents are told at once");
    assert_eq!(paths(&record), [("/lamps", "Lamps")]);
    assert_eq!(record.referrer.as_deref(), Some("https://find.example/s"));
    assert_eq!(record.time_zone.as_deref(), Some("Europe/Berlin"));
    visitor.is_on("/lamps/7", "Reading lamp").await;
    assert_eq!(at_work.next_name().await.id, id);
    let record = ada.record(&id).await;
    assert_eq!(paths(&record), [("/lamps/7", "Reading lamp"), ("/lamps", "Lamps")]);
    // The same once more is nothing new.
    visitor.is_on("/lamps/7", "Reading lamp").await;
    assert_eq!(ada.record(&id).await, record);
    // Half an hour later it is another visit.
    server.time.passes(31 * MINUTE);
    visitor.is_on("/", "Shop").await;
    let ada = server.agent("ada").await;
    assert_eq!(paths(&ada.record(&id).await), [("/", "Shop")]);
    for bad in [json!({"address": 7}), json!({"page": "x"}), json!([]), json!("x")] {
        assert_eq!(visitor.tries_to_be_on(&bad).await.refusal(), "400 malformed");
    }
    // The key of one site is nobody's at another.
    let elsewhere = server.visitor_with(&server.another_site(), visitor.key.clone());
    let kept = ada.record(&id).await;
    assert_eq!(elsewhere.tries_to_be_on(&told).await.status, 202);
    assert_eq!(ada.record(&id).await, kept);
}

#[tokio::test]
async fn a_visitor_who_walks_on_is_in_no_agents_way() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (visitor, id) = writes(&server, &ada).await;
    let seen = ada.record(&id).await;
    visitor.is_on("/1", "One").await;
    visitor.is_on("/2", "Two").await;
    // The agent has seen the record before both pages.
    let edit = json!({"revision": seen.revision, "name": "Bo"});
    let edited: VisitorRecord = ada.edits(&id, &edit).await.ok();
    assert_eq!(paths(&edited).len(), 2);
    let other = json!({"revision": seen.revision, "name": "Bobby"});
    assert_eq!(ada.edits(&id, &other).await.refusal(), "409 record_changed");
    visitor.is_on("/3", "Three").await;
    assert_eq!(ada.edits(&id, &other).await.refusal(), "409 record_changed", "still");
    let next = json!({"revision": edited.revision, "name": "Bobby"});
    ada.edits(&id, &next).await.ok::<VisitorRecord>();
}

#[tokio::test]
async fn what_is_switched_off_is_gone_and_never_kept() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let page: Collecting = ben.get("/settings/collecting").await.ok();
    assert_eq!(page, ALL, "a new site collects all of it");
    let (visitor, id) = writes(&server, &ada).await;
    let told = json!({"address": "https://shop.example/1", "title": "One",
        "referrer": "https://find.example/", "time_zone": "Europe/Berlin"});
    assert_eq!(visitor.tries_to_be_on(&told).await.status, 204);
    visitor.put("/visitor", &json!({"name": "Bo", "language": "de"})).await.ok::<Value>();
    let document = async || {
        let path = format!("{}/chat/{}", server.base, server.site);
        reqwest::get(path).await.unwrap().text().await.unwrap()
    };
    let tells = "\"told\":[\"address\",\"title\",\"referrer\",\"time_zone\"]";
    assert!(document().await.contains(tells));
    let none = Collecting {
        pages: false,
        referrer: false,
        device: false,
        time_zone: false,
        language: false,
    };
    let answer = ben.put("/settings/collecting", &json!(none)).await;
    assert_eq!(answer.refusal(), "403 role_required");
    for bad in [json!({"pages": true}), json!({"pages": 1}), json!(null)] {
        assert_eq!(ada.put("/settings/collecting", &bad).await.refusal(), "400 malformed");
    }
    let is_bare = |record: &VisitorRecord| {
        record.visit.is_none()
            && record.referrer.is_none()
            && record.time_zone.is_none()
            && record.language.is_none()
            && record.device.is_none()
    };
    assert!(!is_bare(&ada.record(&id).await));
    assert_eq!(ada.collects(none).await, none);
    assert!(is_bare(&ada.record(&id).await), "it is not shown from now on");
    let export = ada.get(&format!("/visitors/{id}/export.json")).await.text;
    assert!(!export.contains("Berlin") && !export.contains("shop.example"), "{export}");
    assert!(!document().await.contains("\"told\":"));
    // What is told all the same is not kept: of the page, by the page, by a message.
    assert_eq!(visitor.tries_to_be_on(&told).await.status, 204);
    let says =
        json!({"language": "de", "time_zone": "Europe/Berlin", "referrer": "https://a.example"});
    visitor.put("/visitor", &says).await.ok::<Value>();
    visitor.starts("Again").await;
    // It is out of the store, so that switching on again brings nothing back.
    housekeeping::sweep(server.app()).await.unwrap();
    assert!(server.app().store.sweeping().await.unwrap().is_empty());
    assert_eq!(ada.collects(ALL).await, ALL);
    let record = ada.record(&id).await;
    assert!(is_bare(&record), "{record:?}");
    assert_eq!(record.name.unwrap().value, "Bo", "what was told by somebody stays");
    let audit = ada.get("/audit").await.text;
    assert!(audit.contains("collecting_changed"), "{audit}");
}

#[tokio::test]
async fn pages_go_with_what_was_written_and_with_the_visitor() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (visitor, id) = writes(&server, &ada).await;
    visitor.is_on("/secret-plan", "Plan").await;
    let json = ada.get(&format!("/visitors/{id}/export.json")).await.text;
    let html = ada.get(&format!("/visitors/{id}/export.html")).await.text;
    assert!(json.contains("/secret-plan") && html.contains("/secret-plan"), "it is exported");
    ada.post(&format!("/visitors/{id}/erase"), &json!(null)).await;
    assert_eq!(ada.record(&id).await.visit, None);
    assert_eq!(visitor.tries_to_be_on(&json!({})).await.status, 202, "there is nobody any more");

    // With the last conversation that retention removes.
    let (other, id) = writes(&server, &ada).await;
    other.is_on("/1", "One").await;
    let conversation = other.home().await.remove(0);
    other.closes(&conversation).await;
    ada.put("/settings/retention", &json!({"days": 30})).await.ok::<Value>();
    erasing::remove_idle(server.app()).await.unwrap();
    assert!(ada.record(&id).await.visit.is_some());
    server.time.passes(31 * DAY);
    erasing::remove_idle(server.app()).await.unwrap();
    let ada = server.agent("ada").await;
    let record = ada.record(&id).await;
    assert_eq!((record.conversations, record.visit), (0, None));
}

#[tokio::test]
async fn pages_are_limited() {
    let few = Rate::new(2, 60_000);
    let server = TestServer::start_with(|config| config.rates.pages = few).await;
    let ada = server.agent("ada").await;
    let (visitor, _) = writes(&server, &ada).await;
    visitor.is_on("/1", "One").await;
    visitor.is_on("/2", "Two").await;
    let answer = visitor.tries_to_be_on(&json!({"title": "Three"})).await;
    assert_eq!(answer.refusal(), "429 rate_limited");
    let (other, _) = writes(&server, &ada).await;
    other.is_on("/1", "One").await;
}

#[tokio::test]
async fn what_is_collected_is_set_by_a_command_too() {
    let server = TestServer::start().await;
    let folder = server.folder.path().to_owned();
    let site = server.site.to_string();
    let run =
        |args: &[&str]| porchlight(&folder, &[&["site", "collect", &site], args].concat(), "");
    assert!(said(&run(&[])).contains("pages referrer device time_zone language"));
    let told = said(&run(&["pages", "off"]));
    assert!(told.contains("referrer") && !told.contains("pages "), "{told}");
    assert!(said(&run(&["time-zone", "off"])).contains("referrer device language"));
    assert!(refused(&run(&["shoes", "off"])).contains("shoes"));
    assert!(!refused(&run(&["pages"])).is_empty(), "on or off?");
    let ada = server.agent("ada").await;
    let page: Collecting = ada.get("/settings/collecting").await.ok();
    assert!(!page.pages && page.referrer && !page.time_zone);
}
