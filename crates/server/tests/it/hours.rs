//! Settings → Opening hours, and what visitors are told of them.

use porchlight_protocol::hours::{Away, Hours, HoursPage};
use porchlight_protocol::wire::ServerFrame;
use serde_json::{Value, json};

use crate::harness::*;

const PATH: &str = "/settings/hours";

/// A site that opens for two hours on each day.
fn daily() -> Value {
    let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let span = |day| json!({ "day": day, "opens": "09:00", "closes": "11:00" });
    let week: Vec<Value> = days.into_iter().map(span).collect();
    json!({ "on": true, "zone": "Europe/Berlin", "week": week, "closed_on": [] })
}

#[tokio::test]
async fn they_are_kept_and_open_clients_follow_at_once() {
    let server = TestServer::start().await;
    let (visitor, ada, ben) =
        (server.visitor(), server.agent("ada").await, server.agent("ben").await);
    visitor.starts("Hello").await;
    let (mut socket, welcome) = visitor.socket().await;
    assert_eq!(welcome.policy.away, [], "nobody has set any");
    let page: HoursPage = ada.get(PATH).await.ok();
    assert!(!page.hours.on && page.hours.week.is_empty());

    let saved: HoursPage = ada.put(PATH, &daily()).await.ok();
    let days = saved.hours.week.iter().map(|span| span.day);
    assert!(days.is_sorted(), "they come back in order");
    assert!(saved.away.len() > 10 && saved.away.is_sorted_by_key(|away| away.from));
    assert_eq!(socket.next_policy().await.away, saved.away);
    assert_eq!(visitor.sync(&hello()).await.policy.away, saved.away, "who comes is told as well");
    assert_eq!(ben.get(PATH).await.ok::<HoursPage>().hours, saved.hours);

    // What is switched off is kept.
    let mut off = daily();
    off["on"] = json!(false);
    let page: HoursPage = ada.put(PATH, &off).await.ok();
    assert_eq!((page.hours.week, page.away), (saved.hours.week, saved.away));
    assert_eq!(socket.next_policy().await.away, []);
}

#[tokio::test]
async fn the_document_tells_who_is_not_connected_yet() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let never = json!({ "on": true, "zone": "UTC", "week": [] });
    assert_eq!(ada.put(PATH, &never).await.ok::<HoursPage>().away, [Away { from: 0, until: None }]);
    let document = server.caller().get(&format!("/chat/{}", server.site)).await.text;
    assert!(document.contains(r#""away":[{"from":0}]"#), "{document}");
}

#[tokio::test]
async fn admins_set_them_on_every_plan_for_their_own_site() {
    let server = TestServer::start().await;
    let (visitor, other) = (server.visitor(), server.visitor_of(&server.another_site()));
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    assert_eq!(ben.put(PATH, &daily()).await.refusal(), "403 role_required");
    server.set_plan(porchlight_protocol::Plan::Starter);
    ada.put(PATH, &daily()).await.ok::<HoursPage>();
    other.starts("Hello").await;
    assert_eq!(other.sync(&hello()).await.policy.away, []);
    // Neither the same hours again nor other settings make a change of them.
    visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    ada.put(PATH, &daily()).await.ok::<HoursPage>();
    ada.put("/settings/live-chat", &json!({ "on": false })).await;
    match socket.next().await {
        ServerFrame::Policy(policy) => assert!(policy.live_chat_off && !policy.away.is_empty()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn two_admins_do_not_overwrite_each_others_hours_unseen() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let seen = ada.get(PATH).await.ok::<HoursPage>().hours;
    let saves = |on: bool, seen: &Hours| {
        let mut hours = daily();
        hours["on"] = json!(on);
        hours["seen"] = json!(seen);
        hours
    };
    let theirs = ada.put(PATH, &saves(true, &seen)).await.ok::<HoursPage>().hours;
    let late = ada.put(PATH, &saves(false, &seen)).await;
    assert_eq!(late.refusal(), "409 settings_changed");
    assert_eq!(ada.get(PATH).await.ok::<HoursPage>().hours, theirs);
    ada.put(PATH, &saves(false, &theirs)).await.ok::<HoursPage>();
}

#[tokio::test]
async fn hours_that_nobody_can_keep_are_refused_with_the_part_at_fault() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let with = |part: &str, value: Value| {
        let mut hours = daily();
        hours[part] = value;
        hours
    };
    let span = |opens, closes| json!({ "day": "tue", "opens": opens, "closes": closes });
    let many: Vec<Value> = (0..101).map(|day| json!(format!("2{day:03}-01-01"))).collect();
    for (hours, field) in [
        (with("zone", json!("Mars/Olympus")), "zone"),
        (with("zone", json!("")), "zone"),
        (with("zone", json!("../../etc/localtime")), "zone"),
        (with("week", json!([span("10:00", "10:00")])), "week.tue"),
        (with("week", json!([span("18:00", "09:00")])), "week.tue"),
        (with("week", json!([span("09:00", "12:00"), span("11:59", "14:00")])), "week.tue"),
        (with("week", Value::from(vec![span("09:00", "09:30"); 2])), "week.tue"),
        (with("closed_on", json!(many)), "closed_on"),
    ] {
        let answer = ada.put(PATH, &hours).await;
        assert_eq!(answer.refusal(), "422 hours_invalid", "{hours}");
        let body: Value = serde_json::from_str(&answer.text).unwrap();
        assert_eq!(body["field"], field, "{hours}");
    }
    for (part, value) in [
        ("week", json!([span("9:00", "10:00")])),
        ("week", json!([span("09:00", "24:01")])),
        ("week", json!([{ "day": "today", "opens": "09:00", "closes": "10:00" }])),
        ("closed_on", json!(["2026-02-29"])),
        ("closed_on", json!(["25.12.2026"])),
        ("on", json!("yes")),
        ("more", json!(1)),
    ] {
        assert_eq!(ada.put(PATH, &with(part, value)).await.refusal(), "400 malformed");
    }
    assert!(!ada.get(PATH).await.ok::<HoursPage>().hours.on, "nothing of it is kept");
}

/// The example of `docs/hours.md`.
#[tokio::test]
async fn the_documented_hours_are_taken_as_they_are() {
    let guide = include_str!("../../../../docs/hours.md");
    let (_, rest) = guide.split_once("```json").unwrap();
    let (example, _) = rest.split_once("```").unwrap();
    let example: Value = serde_json::from_str(example).unwrap();
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let page: Value = ada.put(PATH, &example).await.ok();
    assert_eq!(page["hours"], example);
}
