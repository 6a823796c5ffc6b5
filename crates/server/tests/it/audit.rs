//! The audit log: what the team does is in it, with who and when, and nothing of what visitors write.

use porchlight_protocol::audit::{AuditPage, Deed, Entry, Topic};
use porchlight_protocol::limits::AUDIT_PAGE;
use porchlight_protocol::team::Invited;
use serde_json::json;

use crate::commands::{porchlight, refused, said};
use crate::harness::*;
use crate::pictures::{png, sets_picture};

async fn log(ada: &Agent, query: &str) -> AuditPage {
    ada.get(&format!("/audit{query}")).await.ok()
}

/// The deeds of a topic, the oldest first, with whom or what they are about.
async fn deeds(ada: &Agent, topic: &str) -> Vec<(String, Deed, String, String)> {
    let page = log(ada, &format!("?topic={topic}")).await;
    let deeds = page.entries.into_iter().rev().map(|entry| {
        let Entry { by, deed, about, detail, .. } = entry;
        (by.map_or_else(|| "-".to_owned(), |by| by.name), deed, about, detail)
    });
    deeds.collect()
}

fn of(by: &str, deed: Deed, about: &str, detail: &str) -> (String, Deed, String, String) {
    (by.to_owned(), deed, about.to_owned(), detail.to_owned())
}

#[tokio::test]
async fn each_change_of_the_settings_is_noted_once_and_no_change_is_none() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (on, off) = (json!({"on": true}), json!({"on": false}));
    let hours = json!({"on": true, "zone": "UTC", "week": [], "closed_on": []});
    for _ in 0..2 {
        ada.put("/settings/live-chat", &off).await.ok::<serde_json::Value>();
        ada.put("/settings/messages", &on).await.ok::<serde_json::Value>();
        ada.put("/settings/read-receipts", &on).await.ok::<serde_json::Value>();
        ada.sets_closing(&closing(true, false, false)).await;
        ada.put("/settings/hours", &hours).await.ok::<serde_json::Value>();
        let questions = json!({"when": "away", "asks": [{"field": "name", "required": true}]});
        ada.put("/settings/questions", &questions).await.ok::<serde_json::Value>();
        ada.put("/settings/retention", &json!({"days": 90})).await.ok::<serde_json::Value>();
        let mail = json!({"call_minutes": 5, "answers": true, "language": "en"});
        ada.put("/settings/mail", &mail).await.ok::<serde_json::Value>();
    }
    // What is refused is not noted.
    assert_eq!(ada.put("/settings/retention", &json!({"days": 7})).await.status, 422);
    let ben = server.agent("ben").await;
    assert_eq!(ben.put("/settings/live-chat", &on).await.refusal(), "403 role_required");
    assert_eq!(
        deeds(&ada, "settings").await,
        [
            of("ada", Deed::LiveChatSwitched, "", "off"),
            of("ada", Deed::MessagesSwitched, "", "on"),
            of("ada", Deed::ReceiptsSwitched, "", "on"),
            of("ada", Deed::ClosingChanged, "", ""),
            of("ada", Deed::HoursChanged, "", ""),
            of("ada", Deed::QuestionsChanged, "", "away"),
            of("ada", Deed::RetentionChanged, "", "90"),
            of("ada", Deed::MailChanged, "", ""),
        ]
    );
    let now = server.app().now();
    let page = log(&ada, "").await;
    assert!(page.entries.iter().all(|entry| (now - entry.at).abs() < MINUTE));
    assert!(page.entries.is_sorted_by(|newer, older| newer.id > older.id));
}

#[tokio::test]
async fn who_signs_in_and_what_they_change_of_their_account_is_noted() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let wrong = json!({"email": "ben@lantern.example", "password": "wrong"});
    assert_eq!(
        server.caller().post("/api/v1/agent/session", &wrong).await.refusal(),
        "401 sign_in_failed"
    );
    ben.put("/account/name", &json!({"name": "Benno"})).await.ok::<serde_json::Value>();
    sets_picture(&ben, png(32, 1)).await;
    sets_picture(&ben, png(32, 1)).await;
    assert!(ben.delete("/account/picture").await.status.is_success());
    assert!(ben.delete("/account/picture").await.status.is_success());
    let email = json!({"email": "benno@lantern.example", "password": PASSWORD});
    assert!(ben.put("/account/email", &email).await.status.is_success());
    let password = json!({"current": PASSWORD, "new": "three other plain words"});
    assert!(ben.put("/account/password", &password).await.status.is_success());
    assert!(ben.delete("/account/sessions").await.status.is_success());
    let told = deeds(&ada, "accounts").await;
    let expected = [
        of("ada", Deed::SignedIn, "", ""),
        of("ben", Deed::SignedIn, "", ""),
        of("ben", Deed::Renamed, "Benno", ""),
        of("Benno", Deed::PictureSet, "", ""),
        of("Benno", Deed::PictureRemoved, "", ""),
        of("Benno", Deed::EmailChanged, "", ""),
        of("Benno", Deed::PasswordChanged, "", ""),
        of("Benno", Deed::SessionsEnded, "", ""),
    ];
    assert_eq!(told, expected);
    let whole = ada.get("/audit").await.text;
    for secret in ["lantern.example", PASSWORD, "plain words"] {
        assert!(!whole.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn what_is_done_to_the_team_and_its_bots_is_noted() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let ben = ben.session.agent.id;
    for (path, body) in [
        ("role", json!({"role": "admin"})),
        ("role", json!({"role": "admin"})),
        ("active", json!({"on": false})),
        ("active", json!({"on": true})),
    ] {
        ada.put(&format!("/team/{ben}/{path}"), &body).await.ok::<serde_json::Value>();
    }
    let body = json!({"role": "agent", "note": "for cara@shop.example"});
    let invited: Invited = ada.post("/team/invitations", &body).await.ok();
    let other: Invited = ada.post("/team/invitations", &body).await.ok();
    let path = format!("/team/invitations/{}", other.invitation.id);
    assert!(ada.delete(&path).await.status.is_success());
    let token = invited.link.split_once('#').unwrap().1;
    let accept = json!({"token": token, "name": "Cara", "email": "cara@lantern.example",
        "password": "three other plain words"});
    server
        .caller()
        .post("/api/v1/agent/invitation/accept", &accept)
        .await
        .ok::<serde_json::Value>();
    assert_eq!(
        deeds(&ada, "team").await[2..],
        [
            of("ada", Deed::RoleChanged, "ben", "admin"),
            of("ada", Deed::Deactivated, "ben", ""),
            of("ada", Deed::Reactivated, "ben", ""),
            of("ada", Deed::Invited, "", "agent"),
            of("ada", Deed::Invited, "", "agent"),
            of("ada", Deed::InvitationTakenBack, "", "agent"),
            of("Cara", Deed::Joined, "", "agent"),
        ]
    );
    let bot = ada.post("/bots", &json!({"name": "Wick"})).await.json();
    let bot = format!("/bots/{}", bot["bot"]["id"].as_str().unwrap());
    let flow = json!({"flow": 1, "start": "hi", "steps": {"hi": {"close": "Bye"}}});
    for _ in 0..2 {
        ada.put(&format!("{bot}/flow"), &flow).await.ok::<serde_json::Value>();
        let greeting = json!({"pages": ["/shop/*"]});
        ada.put(&format!("{bot}/greeting"), &greeting).await.ok::<serde_json::Value>();
    }
    for _ in 0..2 {
        assert!(ada.delete(&format!("{bot}/flow")).await.status.is_success());
    }
    assert_eq!(
        deeds(&ada, "bots").await,
        [
            of("ada", Deed::BotAdded, "Wick", ""),
            of("ada", Deed::FlowPublished, "Wick", "1"),
            of("ada", Deed::GreetingChanged, "Wick", ""),
            of("ada", Deed::FlowSwitchedOff, "Wick", ""),
        ]
    );
}

#[tokio::test]
async fn the_log_is_read_page_by_page_and_by_topic() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    for n in 0..AUDIT_PAGE + 10 {
        let on = json!({"on": n % 2 == 1});
        ada.put("/settings/live-chat", &on).await.ok::<serde_json::Value>();
    }
    let (mut query, mut seen) = ("?topic=settings".to_owned(), Vec::new());
    loop {
        let page = log(&ada, &query).await;
        assert!(page.entries.len() <= AUDIT_PAGE);
        seen.extend(page.entries);
        let Some(next) = page.next else { break };
        query = format!("?topic=settings&before={next}");
    }
    assert_eq!(seen.len(), AUDIT_PAGE + 10);
    assert!(seen.is_sorted_by(|newer, older| newer.id > older.id));
    assert!(seen.iter().all(|entry| entry.deed.topic() == Topic::Settings));
    assert_eq!(ada.get("/audit?topic=dances").await.refusal(), "422 filter_unknown");
    assert_eq!(ada.get("/audit?before=x").await.refusal(), "400 malformed");
    assert_eq!(ada.get("/audit?since=1").await.refusal(), "400 malformed");
    assert!(log(&ada, "?before=0").await.entries.is_empty());
    // Another site has a log of its own.
    server.another_site();
    let other = server.agent("other-ada").await;
    let page = log(&other, "").await;
    assert!(page.entries.iter().all(|entry| entry.deed.topic() != Topic::Settings));
}

#[tokio::test]
async fn entries_are_kept_for_400_days() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    ada.put("/settings/live-chat", &json!({"on": false})).await.ok::<serde_json::Value>();
    let forget = async || while !server.app().store.forget_old_audit().await.unwrap() {};
    server.time.passes(399 * DAY);
    forget().await;
    let ada = server.agent("ada").await;
    assert_eq!(deeds(&ada, "settings").await.len(), 1);
    server.time.passes(2 * DAY);
    forget().await;
    assert!(deeds(&ada, "settings").await.is_empty());
    assert_eq!(deeds(&ada, "accounts").await.len(), 1, "what is newer stays");
}

#[tokio::test]
async fn what_commands_do_is_noted_and_the_command_prints_it() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let ada = server.agent("ada").await;
    let site = server.site.to_string();
    let run = |args: &[&str]| said(&porchlight(folder, args, ""));
    run(&["site", "rename", &site, "Oak"]);
    run(&["site", "plan", &site, "enterprise"]);
    run(&["agent", "role", "ben@lantern.example", "admin"]);
    run(&["bot", "add", "--name", "Wick"]);
    assert_eq!(
        deeds(&ada, "settings").await,
        [of("-", Deed::SiteRenamed, "Oak", ""), of("-", Deed::PlanChanged, "", "enterprise")]
    );
    assert_eq!(deeds(&ada, "team").await[2..], [of("-", Deed::RoleChanged, "ben", "admin")]);
    assert_eq!(deeds(&ada, "bots").await, [of("-", Deed::BotAdded, "Wick", "")]);
    let printed = run(&["audit", "--topic", "settings", "--limit", "1"]);
    assert_eq!(printed.trim(), "within the hour\tcommand line\tplan_changed\t\tenterprise");
    assert!(run(&["audit"]).contains("\tada\tsigned_in"));
    let wrong = refused(&porchlight(folder, &["audit", "--topic", "dances"], ""));
    assert!(wrong.contains("accounts, visitors, settings, team, bots"), "{wrong}");
}
