//! The people of a site: their roles, and who is deactivated; by the inbox's API and by commands.

use std::time::{Duration, Instant};

use porchlight_protocol::rights::Role;
use porchlight_protocol::team::{Person, Team};
use porchlight_protocol::{EventBody, MemberId};
use serde_json::json;

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

const BEN: &str = "ben@lantern.example";

/// Sockets of somebody who was deactivated end within 2 s. A busy machine gets some more.
const ENDED: Duration = Duration::from_secs(4);

fn of(id: &MemberId, what: &str) -> String {
    format!("/team/{id}/{what}")
}

async fn people(agent: &Agent) -> Vec<Person> {
    agent.get("/team").await.ok::<Team>().people
}

async fn sign_in(server: &TestServer, email: &str) -> Answer {
    let body = json!({"email": email, "password": PASSWORD});
    server.caller().post("/api/v1/agent/session", &body).await
}

#[tokio::test]
async fn everybody_sees_the_team_and_the_first_admin_owns_the_site() {
    let server = TestServer::start().await;
    server.another_site();
    let ben = server.agent("ben").await;
    let listed = people(&ben).await;
    let names: Vec<_> = listed.iter().map(|it| (it.agent.name.as_str(), it.role)).collect();
    assert_eq!(names, [("ada", Role::Owner), ("ben", Role::Agent)]);
    assert_eq!(listed[1].email, BEN);
    assert!(listed.iter().all(|it| it.active && !it.away));
    assert!(listed[0].seen_at.is_none() && listed[1].seen_at.is_some());
    ben.put("/away", &json!({"on": true})).await;
    assert!(people(&ben).await[1].away);
}

#[tokio::test]
async fn a_role_is_changed_by_whoever_may() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let (adas, bens) = (&ada.session.agent.id, &ben.session.agent.id);
    let admin = json!({"role": "admin"});
    assert_eq!(ben.put(&of(bens, "role"), &admin).await.refusal(), "403 role_required");
    let changed: Person = ada.put(&of(bens, "role"), &admin).await.ok();
    assert_eq!((changed.role, changed.email.as_str()), (Role::Admin, BEN));
    // From the next request on.
    ben.sets_closing(&closing_after(10)).await;
    // An admin neither makes owners nor touches them.
    let owner = json!({"role": "owner"});
    assert_eq!(ben.put(&of(bens, "role"), &owner).await.refusal(), "403 owner_required");
    assert_eq!(ben.put(&of(adas, "role"), &admin).await.refusal(), "403 owner_required");
    let off = json!({"on": false});
    assert_eq!(ben.put(&of(adas, "active"), &off).await.refusal(), "403 owner_required");
    // The same again changes nothing.
    assert_eq!(ada.put(&of(bens, "role"), &admin).await.ok::<Person>(), changed);
    for (body, code) in [
        (json!({"role": "king"}), "400 malformed"),
        (json!({"role": null}), "400 malformed"),
        (json!({"role": "agent", "more": 1}), "400 malformed"),
    ] {
        assert_eq!(ada.put(&of(bens, "role"), &body).await.refusal(), code);
    }
    for nobody in [MemberId::from_bytes([7; 16]).as_str(), "x", "..%2f"] {
        let answer = ada.put(&format!("/team/{nobody}/role"), &admin).await;
        assert_eq!(answer.refusal(), "404 not_found");
    }
    assert_eq!(people(&ada).await[0].role, Role::Owner);
}

#[tokio::test]
async fn the_last_owner_stays_whoever_asks() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    let (adas, bens) = (&ada.session.agent.id, &ben.session.agent.id);
    let (agent, off) = (json!({"role": "agent"}), json!({"on": false}));
    let all_refused = async || {
        assert_eq!(ada.put(&of(adas, "role"), &agent).await.refusal(), "409 last_owner");
        assert_eq!(ada.put(&of(adas, "active"), &off).await.refusal(), "409 last_owner");
        for command in [
            ["role", "ada@lantern.example", "admin"].as_slice(),
            &["deactivate", "ada@lantern.example"],
            &["remove", "ada@lantern.example", "--yes"],
        ] {
            let told = refused(&porchlight(folder, &[&["agent"], command].concat(), ""));
            assert!(told.contains("Make somebody else an owner first"), "{command:?}: {told}");
        }
        let people = people(&ada).await;
        assert!(people[0].active && people[0].role == Role::Owner, "nothing is stored");
    };
    all_refused().await;
    // An owner who is deactivated does not count.
    ada.put(&of(bens, "role"), &json!({"role": "owner"})).await.ok::<Person>();
    ada.put(&of(bens, "active"), &off).await.ok::<Person>();
    all_refused().await;
    ada.put(&of(bens, "active"), &json!({"on": true})).await.ok::<Person>();
    ada.put(&of(adas, "role"), &agent).await.ok::<Person>();
    assert_eq!(ada.put(&of(bens, "role"), &agent).await.refusal(), "403 role_required");
}

#[tokio::test]
async fn two_owners_who_demote_each_other_at_once_leave_one() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    demote_each_other(&ada, &ben, &ada).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn two_owners_who_demote_each_other_at_two_nodes_leave_one() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let (ada, ben) = (one.agent("ada").await, two.agent("ben").await);
    demote_each_other(&ada, &ben, &ada.at(&two)).await;
}

async fn demote_each_other(ada: &Agent, ben: &Agent, also_ada: &Agent) {
    let (adas, bens) = (ada.session.agent.id.clone(), ben.session.agent.id.clone());
    let (owner, admin) = (json!({"role": "owner"}), json!({"role": "admin"}));
    for _ in 0..8 {
        let all = people(also_ada).await;
        let by_id = |id: &MemberId| all.iter().find(|it| it.agent.id == *id).unwrap().role;
        // Whoever is an owner makes the other one.
        let (who, whom) = if by_id(&adas) == Role::Owner { (ada, &bens) } else { (ben, &adas) };
        who.put(&of(whom, "role"), &owner).await.ok::<Person>();
        let (bens_role, adas_role) = (of(&bens, "role"), of(&adas, "role"));
        let (one, other) = tokio::join!(ada.put(&bens_role, &admin), ben.put(&adas_role, &admin));
        let done = [&one, &other].into_iter().filter(|answer| answer.status == 200).count();
        assert_eq!(done, 1, "{one:?} {other:?}");
        let lost = if one.status == 200 { other } else { one };
        // By then they are an admin, who does not touch owners.
        assert_eq!(lost.refusal(), "403 owner_required");
        let owners = people(also_ada).await;
        assert_eq!(owners.iter().filter(|it| it.role == Role::Owner).count(), 1);
    }
}

#[tokio::test]
async fn two_owners_who_leave_at_once_leave_one() {
    let server = TestServer::start().await;
    let (ada, ben) = (server.agent("ada").await, server.agent("ben").await);
    leave_at_once(&ada, &ben).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn two_owners_who_leave_at_two_nodes_leave_one() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    let (ada, ben) = (one.agent("ada").await, two.agent("ben").await);
    leave_at_once(&ada, &ben).await;
}

async fn leave_at_once(ada: &Agent, ben: &Agent) {
    let (adas, bens) = (ada.session.agent.id.clone(), ben.session.agent.id.clone());
    ada.put(&of(&bens, "role"), &json!({"role": "owner"})).await.ok::<Person>();
    let agent = json!({"role": "agent"});
    let (adas_role, bens_role) = (of(&adas, "role"), of(&bens, "role"));
    let (one, other) = tokio::join!(ada.put(&adas_role, &agent), ben.put(&bens_role, &agent));
    let mut both = [one.status.as_u16(), other.status.as_u16()];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{one:?} {other:?}");
    let lost = if one.status == 200 { other } else { one };
    assert_eq!(lost.refusal(), "409 last_owner");
}

#[tokio::test]
async fn who_is_deactivated_is_out_and_comes_back() {
    let server = TestServer::start().await;
    is_out_and_comes_back(&server, &server).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn who_is_deactivated_at_one_node_is_out_at_another() {
    let one = TestServer::start().await;
    let two = one.another_node().await;
    is_out_and_comes_back(&one, &two).await;
}

/// Ada is at one node, Ben at another.
async fn is_out_and_comes_back(one: &TestServer, two: &TestServer) {
    let (ada, ben) = (one.agent("ada").await, two.agent("ben").await);
    let here_too = one.agent("ben").await;
    let visitor = two.visitor();
    let (open, closed) = (visitor.starts("Open").await, visitor.starts("Closed").await);
    for id in [&open, &closed] {
        ben.claims(id).await;
        ben.says(id, "Ben here").await;
    }
    ben.closes(&closed).await;
    let (mut bens, _) = ben.socket().await;
    let (mut bens_here, _) = here_too.socket().await;
    let (mut visitors, _) = visitor.socket().await;
    let active = of(&ben.session.agent.id, "active");

    let begun = Instant::now();
    let person: Person = ada.put(&active, &json!({"on": false})).await.ok();
    assert!(!person.active);
    // In the middle of a sentence: a clear error, and nothing of it is in the log.
    assert_eq!(ben.act(&open, &message("One more")).await.refusal(), "401 sign_in_required");
    for socket in [&mut bens_here, &mut bens] {
        assert_eq!(socket.refused().await, ("sign_in_required".to_owned(), Some(1008)));
    }
    assert!(begun.elapsed() < ENDED, "{:?}", begun.elapsed());
    let answer = sign_in(two, BEN).await;
    assert_eq!(answer.refusal(), "403 account_deactivated");
    assert_eq!(answer.header("set-cookie"), "");
    // Only with the right password: strangers learn nothing.
    let wrong = json!({"email": BEN, "password": "nonsense"});
    let wrong = two.caller().post("/api/v1/agent/session", &wrong).await;
    assert_eq!(wrong.refusal(), "401 sign_in_failed");

    let mut ids = [visitors.next_event().await, visitors.next_event().await].map(|(id, event)| {
        assert_eq!(event.body, EventBody::assigned(None));
        assert_eq!(event.author.member().unwrap().name, "ben");
        id
    });
    ids.sort();
    let mut both = [open.clone(), closed.clone()];
    both.sort();
    assert_eq!(ids, both);
    let unassigned = ada.folder("?filter=unassigned").await.conversations;
    assert_eq!(unassigned.iter().map(|it| &it.id).collect::<Vec<_>>(), [&open]);
    assert_eq!(texts(&visitor.events(&open).await), ["Open", "Ben here"]);
    visitor.says(&closed, "Hello again").await;
    assert_eq!(ada.conversation(&closed).await.assignee, None);
    let listed = people(&ada).await;
    assert!(!listed[1].active && listed[1].seen_at.is_none());
    // The same again changes nothing.
    assert_eq!(ada.put(&active, &json!({"on": false})).await.ok::<Person>(), person);

    let back: Person = ada.put(&active, &json!({"on": true})).await.ok();
    assert!(back.active);
    assert_eq!(ben.get("/conversations").await.refusal(), "401 sign_in_required");
    let again = two.agent("ben").await;
    again.claims(&open).await;
    assert_eq!(ada.conversation(&closed).await.assignee, None, "what was given back stays so");
}

#[tokio::test]
async fn commands_deactivate_and_reactivate() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let ben = server.agent("ben").await;
    let id = server.visitor().starts("Hello").await;
    ben.claims(&id).await;
    let told = said(&porchlight(folder, &["agent", "deactivate", "Ben@Lantern.example"], ""));
    assert!(told.contains("unclaimed: 1"), "{told}");
    assert_eq!(ben.get("/conversations").await.refusal(), "401 sign_in_required");
    let listed = said(&porchlight(folder, &["agent", "list"], ""));
    assert!(listed.contains("\towner\t"), "{listed}");
    let bens = listed.lines().find(|line| line.starts_with(BEN)).unwrap();
    assert!(bens.ends_with("not signed in\tdeactivated"), "{listed}");
    said(&porchlight(folder, &["agent", "reactivate", BEN], ""));
    let again = server.agent("ben").await;
    assert_eq!(again.get("/conversations").await.status, 200);
    said(&porchlight(folder, &["check"], ""));
}

/// A sign-in whose password was checked before its agent was deactivated begins no session.
#[tokio::test]
async fn signing_in_and_being_deactivated_at_once_leaves_no_session() {
    let server = TestServer::start().await;
    let ada = server.agent("ada").await;
    let ben = server.agent("ben").await.session.agent.id;
    for _ in 0..6 {
        let active = of(&ben, "active");
        let (off, on) = (json!({"on": false}), json!({"on": true}));
        let (answer, deactivated) = tokio::join!(sign_in(&server, BEN), ada.put(&active, &off));
        assert_eq!(deactivated.status, 200);
        if answer.status == 200 {
            let caller = server.caller().with("cookie", &answer.cookie());
            let folder = caller.get("/api/v1/agent/conversations").await;
            assert_eq!(folder.refusal(), "401 sign_in_required");
        }
        assert!(people(&ada).await.iter().all(|it| it.active || it.seen_at.is_none()));
        ada.put(&active, &on).await.ok::<Person>();
    }
}
