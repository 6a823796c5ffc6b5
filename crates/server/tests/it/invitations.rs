//! Invitations: a link makes whoever opens it first a colleague, once.

use porchlight_protocol::limits::INVITATIONS_MAX;
use porchlight_protocol::rights::Role;
use porchlight_protocol::team::{InvitationSeen, Invitations, Invited, Person, Team};
use porchlight_protocol::wire::Session;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::*;

const SOUND: &str = "a lamp in the window";

async fn invite(agent: &Agent, role: &str, note: &str) -> (Invited, String) {
    let body = json!({"role": role, "note": note});
    let invited: Invited = agent.post("/team/invitations", &body).await.ok();
    let (address, token) = invited.link.split_once('#').unwrap();
    assert!(address.ends_with("/dashboard/invite"), "{address}");
    assert_eq!(token.len(), 64);
    let token = token.to_owned();
    (invited, token)
}

async fn look(server: &TestServer, token: &str) -> Answer {
    server.caller().post("/api/v1/agent/invitation", &json!({ "token": token })).await
}

fn joining(token: &str, email: &str) -> Value {
    json!({"token": token, "name": "Cara", "email": email, "password": SOUND})
}

async fn accept(server: &TestServer, body: &Value) -> Answer {
    server.caller().post("/api/v1/agent/invitation/accept", body).await
}

async fn open(agent: &Agent) -> Vec<String> {
    let all: Invitations = agent.get("/team/invitations").await.ok();
    all.invitations.into_iter().map(|it| it.note).collect()
}

#[tokio::test]
async fn an_invited_person_joins_and_is_signed_in() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (invited, token) = invite(&ada, "admin", " cara@lantern.example\n ").await;
    assert_eq!(invited.invitation.note, "cara@lantern.example");
    assert_eq!(open(&ada).await, ["cara@lantern.example"]);
    let seen: InvitationSeen = look(&server, &token).await.ok();
    assert_eq!((seen.site_name.as_str(), seen.role), ("Lantern & Oak", Role::Admin));
    assert_eq!((seen.by.as_str(), seen.expires_at), ("ada", invited.invitation.expires_at));

    let answer = accept(&server, &joining(&token, " Cara@Lantern.example ")).await;
    let cookie = answer.cookie();
    let session: Session = answer.ok();
    assert_eq!((session.agent.name.as_str(), session.role), ("Cara", Role::Admin));
    let caller = server.caller().with("cookie", &cookie);
    let again: Session = caller.get("/api/v1/agent/session").await.ok();
    assert_eq!(again, session);
    let body = json!({"email": "cara@lantern.example", "password": SOUND});
    assert_eq!(server.caller().post("/api/v1/agent/session", &body).await.status, 200);
    assert!(open(&ada).await.is_empty());
    let team: Team = ada.get("/team").await.ok();
    assert_eq!(team.people.len(), 3);
}

#[tokio::test]
async fn an_invitation_works_once() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (_, token) = invite(&ada, "agent", "").await;
    accept(&server, &joining(&token, "cara@lantern.example")).await.ok::<Session>();
    for _ in 0..2 {
        let again = accept(&server, &joining(&token, "dan@lantern.example")).await;
        assert_eq!(again.refusal(), "410 invitation_used");
        assert_eq!(again.header("set-cookie"), "");
        assert_eq!(look(&server, &token).await.refusal(), "410 invitation_used");
    }
    assert_eq!(ada.get("/team").await.ok::<Team>().people.len(), 3);
}

#[tokio::test]
async fn of_two_who_accept_at_once_one_joins() {
    let server = TestServer::start().await;
    one_joins(&server, &server).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn of_two_who_accept_at_two_nodes_one_joins() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    one_joins(&one, &two).await;
}

async fn one_joins(one: &TestServer, two: &TestServer) {
    let ada = one.agent("ada").await;
    for round in 0..4 {
        let (_, token) = invite(&ada, "agent", "").await;
        let bodies =
            ["cara", "dan"].map(|name| joining(&token, &format!("{name}{round}@lantern.example")));
        let (first, second) = tokio::join!(accept(one, &bodies[0]), accept(two, &bodies[1]));
        let mut both = [first.status.as_u16(), second.status.as_u16()];
        both.sort_unstable();
        assert_eq!(both, [200, 410], "{first:?} {second:?}");
        let people = ada.get("/team").await.ok::<Team>().people.len();
        assert_eq!(people, 3 + round, "nothing of the other is stored");
    }
}

#[tokio::test]
async fn an_invitation_ends_after_a_week_and_when_it_is_taken_back() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (invited, token) = invite(&ada, "agent", "back").await;
    let (_, late) = invite(&ada, "agent", "late").await;
    assert_eq!(open(&ada).await.len(), 2);
    let path = format!("/team/invitations/{}", invited.invitation.id);
    assert_eq!(ada.delete(&path).await.status, StatusCode::NO_CONTENT);
    assert_eq!(ada.delete(&path).await.refusal(), "404 not_found");
    assert_eq!(open(&ada).await, ["late"]);
    server.time.passes(7 * DAY - MINUTE);
    assert_eq!(look(&server, &late).await.status, 200);
    server.time.passes(2 * MINUTE);
    let unknown = "ab".repeat(32);
    for token in [&token, &late, &unknown, "", "x"] {
        assert_eq!(look(&server, token).await.refusal(), "410 invitation_ended", "{token}");
        let body = joining(token, "cara@lantern.example");
        assert_eq!(accept(&server, &body).await.refusal(), "410 invitation_ended", "{token}");
    }
    let ada = server.agent("ada").await;
    assert!(open(&ada).await.is_empty());
    assert_eq!(ada.get("/team").await.ok::<Team>().people.len(), 2);
}

#[tokio::test]
async fn what_is_wrong_with_who_joins_is_said_and_the_link_still_works() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let (_, token) = invite(&ada, "agent", "").await;
    let with = |field: &str, value: &str| {
        let mut body = joining(&token, "cara@lantern.example");
        body[field] = json!(value);
        body
    };
    for (field, value, refusal) in [
        ("name", " \u{200b}", "422 text_empty"),
        ("name", &*"x".repeat(81), "422 text_too_long"),
        ("email", "cara", "422 email_invalid"),
        ("email", "ADA@lantern.example", "409 email_taken"),
        ("password", "short", "422 password_weak"),
        ("password", "password1", "422 password_weak"),
        ("password", "lantern & oak", "422 password_weak"),
        ("password", &*"x7#".repeat(400), "422 password_weak"),
    ] {
        let answer = accept(&server, &with(field, value)).await;
        assert_eq!(answer.refusal(), refusal, "{field}: {value}");
        assert_eq!(answer.header("set-cookie"), "");
    }
    assert_eq!(ada.get("/team").await.ok::<Team>().people.len(), 2);
    accept(&server, &with("name", "Cara")).await.ok::<Session>();
}

#[tokio::test]
async fn who_invites_may_manage_the_role_that_they_give() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let body = |role: &str| json!({ "role": role });
    let post = async |agent: &Agent, role: &str| agent.post("/team/invitations", &body(role)).await;
    assert_eq!(post(&ben, "agent").await.refusal(), "403 role_required");
    assert_eq!(ben.get("/team/invitations").await.refusal(), "403 role_required");
    let bens_role = format!("/team/{}/role", ben.session.agent.id);
    ada.put(&bens_role, &body("admin")).await.ok::<Person>();
    assert_eq!(post(&ben, "owner").await.refusal(), "403 owner_required");
    let (owners, _) = invite(&ada, "owner", "of Ada").await;
    let path = format!("/team/invitations/{}", owners.invitation.id);
    assert_eq!(ben.delete(&path).await.refusal(), "403 owner_required");
    assert_eq!(post(&ada, "king").await.refusal(), "400 malformed");

    // Who loses the right loses what they have invited, so that nobody comes back by a link of their own.
    let (_, token) = invite(&ben, "agent", "of Ben").await;
    ada.put(&bens_role, &body("agent")).await.ok::<Person>();
    assert_eq!(open(&ada).await, ["of Ada"]);
    assert_eq!(look(&server, &token).await.refusal(), "410 invitation_ended");
    ada.put(&bens_role, &body("admin")).await.ok::<Person>();
    let (_, token) = invite(&ben, "agent", "of Ben").await;
    let bens_active = format!("/team/{}/active", ben.session.agent.id);
    ada.put(&bens_active, &json!({"on": false})).await.ok::<Person>();
    assert_eq!(open(&ada).await, ["of Ada"]);
    assert_eq!(look(&server, &token).await.refusal(), "410 invitation_ended");
}

#[tokio::test]
async fn invitations_have_limits() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    for number in 0..INVITATIONS_MAX {
        invite(&ada, "agent", &number.to_string()).await;
    }
    let body = json!({"role": "agent"});
    let refused = ada.post("/team/invitations", &body).await;
    assert_eq!(refused.refusal(), "409 too_many_invitations");
    let long = json!({"role": "agent", "note": "x".repeat(121)});
    assert_eq!(ada.post("/team/invitations", &long).await.refusal(), "422 text_too_long");
    let newest: Invitations = ada.get("/team/invitations").await.ok();
    assert_eq!(newest.invitations.len(), INVITATIONS_MAX);
    let path = format!("/team/invitations/{}", newest.invitations[0].id);
    ada.delete(&path).await;
    invite(&ada, "agent", "one more").await;
}

#[tokio::test]
async fn strangers_who_guess_are_slowed_down() {
    let server = TestServer::start_with(|config| {
        config.rates.invitations_ip = porchlight_server::limits::Rate::new(3, 60_000);
    })
    .await;
    let ada = server.agent("ada").await;
    let (_, token) = invite(&ada, "agent", "").await;
    for _ in 0..3 {
        assert_eq!(look(&server, "nonsense").await.refusal(), "410 invitation_ended");
    }
    assert_eq!(look(&server, "nonsense").await.refusal(), "429 rate_limited");
    let body = joining(&token, "cara@lantern.example");
    assert_eq!(accept(&server, &body).await.refusal(), "429 rate_limited");
}

#[tokio::test]
async fn no_secret_of_an_invitation_is_stored() {
    let server = TestServer::start().await;
    if !server.folder.path().join(porchlight_store::FILE).exists() {
        return;
    }
    let ada = server.agent("ada").await;
    let (_, token) = invite(&ada, "agent", "").await;
    let found: u32 = with_file(server.folder.path(), |sql| {
        sql.query_row(
            "SELECT count(*) FROM invitations WHERE CAST(token AS TEXT) LIKE ?1 OR hex(token) LIKE ?1",
            [format!("%{}%", &token[..16])],
            |row| row.get(0),
        )
    })
    .unwrap();
    assert_eq!(found, 0);
}
