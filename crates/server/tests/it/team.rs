//! Who may answer can be taken back: agents, bots and sessions, beside the running server.

use std::path::Path;

use porchlight_protocol::EventBody;
use porchlight_protocol::wire::Role;
use reqwest::StatusCode;
use serde_json::json;

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

const BEN: &str = "ben@lantern.example";

fn run(folder: &Path, args: &[&str]) -> String {
    said(&porchlight(folder, args, ""))
}

#[tokio::test]
async fn an_agent_who_is_removed_is_out_and_what_they_own_is_nobodys() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let visitor = server.visitor();
    let (open, closed, adas) = (
        visitor.starts("Open").await,
        visitor.starts("Closed").await,
        visitor.starts("Ada's").await,
    );
    for id in [&open, &closed] {
        ben.claims(id).await;
        ben.says(id, "Ben here").await;
    }
    ben.closes(&closed).await;
    ada.claims(&adas).await;
    let (mut bens, _) = ben.socket().await;
    let (mut adas_socket, _) = ada.socket().await;
    let (mut visitors, _) = visitor.socket().await;

    let asked = refused(&porchlight(folder, &["agent", "remove", BEN], ""));
    assert!(asked.contains("--yes"), "{asked}");
    assert_eq!(ben.conversation(&open).await.assignee.unwrap().name, "ben");
    let told = run(folder, &["agent", "remove", "Ben@Lantern.example", "--yes"]);
    assert!(told.contains("unclaimed: 2"), "{told}");

    // They may be in the middle of a sentence: a clear error, and nothing of it is in the log.
    let act = ben.act(&open, &message("One more thing")).await;
    assert_eq!(act.refusal(), "401 sign_in_required");
    assert_eq!(bens.refused().await, ("sign_in_required".to_owned(), Some(1008)));
    let again = json!({"email": BEN, "password": PASSWORD});
    let again = server.caller().post("/api/v1/agent/session", &again).await;
    assert_eq!(again.refusal(), "401 sign_in_failed");

    // Everybody who is there hears of it as of any other event.
    for socket in [&mut adas_socket, &mut visitors] {
        let mut told = [socket.next_event().await, socket.next_event().await];
        told.sort_by_key(|(id, _)| *id == closed);
        assert_eq!([&told[0].0, &told[1].0], [&open, &closed]);
        for (_, event) in &told {
            assert_eq!(event.body, EventBody::assigned(None));
            assert_eq!(event.author.member().unwrap().name, "ben");
        }
    }
    let mut unassigned = ada.folder("?filter=unassigned").await.conversations;
    assert_eq!(unassigned.pop().unwrap().id, open);
    assert!(unassigned.is_empty());
    assert_eq!(ada.conversation(&adas).await.assignee.unwrap().name, "ada");
    // What they wrote keeps the name; what the visitor opens again waits for everybody.
    let events = visitor.events(&open).await;
    let wrote = events
        .iter()
        .find(|event| matches!(&event.body, EventBody::Message { text, .. } if text == "Ben here"));
    assert_eq!(wrote.unwrap().author.member().unwrap().name, "ben");
    visitor.says(&closed, "Hello again").await;
    assert_eq!(ada.conversation(&closed).await.assignee, None);
    ada.claims(&open).await;
    run(folder, &["check"]);
    let gone = refused(&porchlight(folder, &["agent", "remove", BEN, "--yes"], ""));
    assert!(gone.contains("no agent with"), "{gone}");
}

#[tokio::test]
async fn another_password_ends_every_session_of_its_agent_and_of_nobody_else() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (ada, here, there) =
        (server.agent("ada").await, server.agent("ben").await, server.agent("ben").await);
    let id = server.visitor().starts("Hello").await;
    here.claims(&id).await;
    let (mut first, _) = here.socket().await;
    let (mut second, _) = there.socket().await;
    let (mut adas, _) = ada.socket().await;

    let weak = refused(&porchlight(folder, &["agent", "password", BEN], "password1\n"));
    assert!(weak.contains("easy to guess"), "{weak}");
    let told = said(&porchlight(folder, &["agent", "password", BEN], "a lamp in the window\n"));
    assert!(told.contains("ended: 2"), "{told}");
    for socket in [&mut first, &mut second] {
        assert_eq!(socket.refused().await, ("sign_in_required".to_owned(), Some(1008)));
    }
    assert_eq!(here.get("/conversations").await.refusal(), "401 sign_in_required");
    let sign_in = async |password: &str| {
        let body = json!({"email": BEN, "password": password});
        server.caller().post("/api/v1/agent/session", &body).await.status
    };
    assert_eq!(sign_in(PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in("a lamp in the window").await, StatusCode::OK);
    // It is the same person: what they own stays theirs.
    assert_eq!(ada.conversation(&id).await.assignee.unwrap().name, "ben");
    server.visitor().starts("Ada is still there").await;
    adas.next_event().await;
}

#[tokio::test]
async fn a_session_is_ended_from_outside() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (here, there, ada) =
        (server.agent("ben").await, server.agent("ben").await, server.agent("ada").await);
    let (mut first, _) = here.socket().await;
    let (mut second, _) = there.socket().await;
    let listed = run(folder, &["session", "list"]);
    let of_ben: Vec<&str> = listed.lines().filter(|line| line.contains(BEN)).collect();
    assert_eq!((listed.lines().count(), of_ben.len()), (3, 2), "{listed}");
    assert!(!listed.contains(here.cookie.split('=').nth(1).unwrap()), "no secret is printed");

    let id = of_ben[0].split('\t').next().unwrap();
    run(folder, &["session", "end", id]);
    let none = refused(&porchlight(folder, &["session", "end", id], ""));
    assert!(none.contains("no session"), "{none}");
    let (one, other) = tokio::join!(here.get("/conversations"), there.get("/conversations"));
    let mut still = [one.status, other.status];
    still.sort();
    assert_eq!(still, [StatusCode::OK, StatusCode::UNAUTHORIZED], "one of the two");
    let told = run(folder, &["session", "end", "--email", BEN]);
    assert!(told.contains("ended: 1"), "{told}");
    for socket in [&mut first, &mut second] {
        assert_eq!(socket.refused().await, ("sign_in_required".to_owned(), Some(1008)));
    }
    assert_eq!(ada.get("/conversations").await.status, 200);
}

#[tokio::test]
async fn a_session_that_nobody_uses_ends_before_its_time() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    server.time.passes(7 * DAY - MINUTE);
    assert_eq!(ben.get("/conversations").await.status, 200);
    server.time.passes(2 * MINUTE);
    assert_eq!(ben.get("/conversations").await.refusal(), "401 sign_in_required");
}

/// As the housekeeping writes it down for those who are here.
#[tokio::test]
async fn a_session_that_is_in_use_goes_on() {
    let server = TestServer::start().await;
    let ben = server.agent("ben").await;
    for _ in 0..4 {
        server.time.passes(6 * DAY);
        assert_eq!(ben.get("/conversations").await.status, 200);
        server.writes_down_who_is_here().await;
    }
    server.time.passes(7 * DAY);
    assert_eq!(
        ben.get("/conversations").await.refusal(),
        "401 sign_in_required",
        "30 days at most"
    );
}

#[tokio::test]
async fn a_role_and_a_name_are_changed() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    ben.claims(&id).await;
    let settings = "/settings/closing";
    assert_eq!(ben.put(settings, &closing_after(10)).await.refusal(), "403 role_required");
    run(folder, &["agent", "role", BEN, "admin"]);
    ben.sets_closing(&closing_after(10)).await;
    run(folder, &["agent", "role", BEN, "owner"]);
    let told = porchlight(folder, &["agent", "role", "ada@lantern.example", "agent"], "");
    said(&told);
    assert!(!String::from_utf8_lossy(&told.stderr).contains("no admin"));
    assert_eq!(ada.put(settings, &closing_after(20)).await.refusal(), "403 role_required");
    let last = refused(&porchlight(folder, &["agent", "role", BEN, "agent"], ""));
    assert!(last.contains("Make somebody else an owner first"), "{last}");
    run(folder, &["agent", "role", "ada@lantern.example", "owner"]);
    run(folder, &["agent", "role", BEN, "agent"]);

    run(folder, &["agent", "rename", BEN, "Benjamin"]);
    let said_since = ben.says(&id, "It's me").await;
    assert_eq!(said_since.events[0].author.member().unwrap().name, "Benjamin");
    let listed = run(folder, &["agent", "list"]);
    assert!(listed.contains("ben@lantern.example\tBenjamin\tagent\t"), "{listed}");
    assert!(listed.contains("within the hour"), "{listed}");
    for bad in ["", "\u{200b}", "a\nb"] {
        refused(&porchlight(folder, &["agent", "rename", BEN, bad], ""));
    }
    let session: porchlight_protocol::wire::Session = ben.get("/session").await.ok();
    assert_eq!((session.agent.name.as_str(), session.role), ("Benjamin", Role::Agent));
}

#[tokio::test]
async fn a_bot_is_taken_off_the_team() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let token = server.add_bot(&server.site);
    let id = server.visitor().starts_with_bot("Hello").await;
    let bot = server.bot(&token);
    bot.says(&id, "At your service").await;
    let listed = run(folder, &["bot", "list"]);
    let (bot_id, rest) = listed.split_once('\t').unwrap();
    assert_eq!(rest, format!("Wick\t{}\n", server.site));
    server.add_bot(&server.site);
    let which = refused(&porchlight(folder, &["bot", "remove", "Wick", "--yes"], ""));
    assert!(which.contains("several bots"), "{which}");
    run(folder, &["bot", "remove", bot_id, "--yes"]);
    assert_eq!(bot.act(&id, &message("Hello?")).await.refusal(), "401 bot_token_invalid");
    let ada = server.agent("ada").await;
    ada.claims(&id).await;
    assert_eq!(texts(&ada.events(&id).await), ["Hello", "At your service"]);
    run(folder, &["bot", "remove", "Wick", "--yes"]);
    assert_eq!(run(folder, &["bot", "list"]), "");
}

/// What no outbox can send again needs no row; what one can, does.
#[tokio::test]
async fn what_acts_came_to_is_forgotten_when_nobody_can_ask_again() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let (old, new) = (client_id(), client_id());
    visitor.act_as(&old, &id, &message("Old")).await.ok::<serde_json::Value>();
    visitor.act_as(&new, &id, &message("New")).await.ok::<serde_json::Value>();
    with_file(server.folder.path(), |sql| {
        let long_ago = porchlight_store::ops::ACTS_KEPT_MS + 60_000;
        sql.execute(
            "UPDATE acts SET at = at - ?2 WHERE client_id <> ?1",
            (new.as_str(), long_ago),
        )?;
        sql.execute("UPDATE starts SET at = at - ?1", [long_ago])?;
        Ok(())
    })
    .unwrap();
    server.forgets_old_acts().await;
    let acts: u32 = with_file(server.folder.path(), |sql| {
        sql.query_row("SELECT count(*) FROM acts", [], |row| row.get(0))
    })
    .unwrap();
    assert_eq!(acts, 1);
    let starts: u32 = with_file(server.folder.path(), |sql| {
        sql.query_row("SELECT count(*) FROM starts", [], |row| row.get(0))
    })
    .unwrap();
    assert_eq!(starts, 0);
    let again = visitor.act_as(&new, &id, &message("New")).await;
    assert_eq!(again.status, 200, "it was done before");
    assert_eq!(visitor.conversation(&id).await.head, 3);
}
