//! People who are agents of several sites: one address, one password, one second factor, and the way from site to site.

use porchlight_protocol::SiteKey;
use porchlight_protocol::audit::{AuditPage, Deed};
use porchlight_protocol::rights::Role;
use porchlight_protocol::team::{Account, InvitationSeen, Invited, Person, SitesOfMine, Team};
use porchlight_protocol::wire::Session;
use serde_json::{Value, json};

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

const ADA: &str = "ada@lantern.example";
const BEN: &str = "ben@lantern.example";

impl TestServer {
    /// Makes the person with this address an agent of a site, too.
    fn also(&self, site: &SiteKey, email: &'static str, name: &'static str, role: Role) {
        let (store, site) = (self.beside(), site.clone());
        blocking(move || {
            store.add_person(&store.site(Some(&site)).unwrap(), email, name, role).unwrap()
        });
    }

    /// Whoever has this answer's session.
    fn of(&self, answer: &Answer) -> (Caller, Session) {
        let session: Session = answer.ok();
        let caller = self.caller().under("/api/v1/agent").with("cookie", &answer.cookie());
        (caller.with("x-csrf-token", &session.csrf), session)
    }

    async fn signs_in(&self, email: &str) -> Answer {
        let body = json!({"email": email, "password": PASSWORD});
        self.caller().post("/api/v1/agent/session", &body).await
    }
}

fn to(site: &SiteKey) -> Value {
    json!({ "site": site })
}

async fn sites(caller: &Caller) -> Vec<(String, Role, u64)> {
    let all: SitesOfMine = caller.get("/account/sites").await.ok();
    all.sites.into_iter().map(|it| (it.name, it.role, it.waiting)).collect()
}

async fn invite(agent: &Caller, role: &str) -> String {
    let invited: Invited = agent.post("/team/invitations", &json!({ "role": role })).await.ok();
    invited.link.split_once('#').unwrap().1.to_owned()
}

#[tokio::test]
async fn a_person_goes_from_site_to_site_without_a_password() {
    let server = TestServer::start().await;
    let other = server.another_site();
    server.also(&other, BEN, "Benno", Role::Admin);
    let waiting = server.visitor_of(&other).starts("Anybody?").await;
    let ben = server.agent("ben").await;
    assert_eq!(
        ben.session.site, server.site,
        "they have been nowhere: the first site is the older one"
    );
    let all = sites(&ben).await;
    let here = ("Lantern & Oak".to_owned(), Role::Agent, 0);
    assert_eq!(all, [here.clone(), ("Other".to_owned(), Role::Admin, 1)]);
    let (mut socket, _) = ben.socket().await;

    let answer = ben.post("/session/site", &to(&other)).await;
    let (there, session) = server.of(&answer);
    assert_eq!((session.site.clone(), session.role), (other.clone(), Role::Admin));
    assert_eq!(session.agent.name, "Benno");
    assert_ne!(session.agent.id, ben.session.agent.id);
    assert_eq!(socket.refused().await.0, "sign_in_required");
    // Nothing of one is the other's.
    let listed = there.folder("?filter=all").await.conversations;
    assert_eq!(listed.len(), 1);
    there.claims(&waiting).await;
    assert_eq!(ben.get("/conversations").await.refusal(), "401 sign_in_required");
    // The next sign-in leads to where they were last.
    server.time.passes(1_000);
    let (again, session) = server.of(&server.signs_in(BEN).await);
    assert_eq!(session.site, other);
    // And one account is one list of browsers.
    assert_eq!(again.get("/account").await.ok::<Account>().sessions.len(), 2);
    // Both sites know who came.
    for site in [&server.site, &other] {
        let owner = server.agent(if *site == other { "other-ada" } else { "ada" }).await;
        let log: AuditPage = owner.get("/audit?topic=accounts").await.ok();
        let came = |entry: &&porchlight_protocol::audit::Entry| {
            entry.deed == Deed::SignedIn
                && entry.by.as_ref().is_some_and(|by| by.name.starts_with('B') || by.name == "ben")
        };
        assert!(log.entries.iter().filter(came).count() > 0, "{site}");
    }
}

#[tokio::test]
async fn a_site_of_others_is_as_one_that_does_not_exist() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let ben = server.agent("ben").await;
    let nowhere: SiteKey = "pl_nobodys_site".parse().unwrap();
    for site in [&other, &nowhere] {
        assert_eq!(ben.post("/session/site", &to(site)).await.refusal(), "404 not_found");
    }
    assert_eq!(sites(&ben).await.len(), 1);
    // Deactivated there, or removed.
    server.also(&other, BEN, "Benno", Role::Agent);
    let owner = server.agent("other-ada").await;
    let team: Team = owner.get("/team").await.ok();
    let benno = team.people.iter().find(|it| it.agent.name == "Benno").unwrap();
    let active = format!("/team/{}/active", benno.agent.id);
    owner.put(&active, &json!({"on": false})).await.ok::<Person>();
    assert_eq!(ben.post("/session/site", &to(&other)).await.refusal(), "403 account_deactivated");
    assert_eq!(sites(&ben).await.len(), 1, "it is not offered");
    let (_, session) = server.of(&server.signs_in(BEN).await);
    assert_eq!(session.site, server.site, "a sign-in leads to where they may be");
    ben.get("/account").await.ok::<Account>();
    // What a tab asks that still shows another session is not answered by the new one's.
    owner.put(&active, &json!({"on": true})).await.ok::<Person>();
    let answer = ben.post("/session/site", &to(&other)).await;
    let mixed = server.caller().under("/api/v1/agent").with("cookie", &answer.cookie());
    let mixed = mixed.with("x-csrf-token", &ben.session.csrf);
    assert_eq!(mixed.get("/conversations").await.refusal(), "401 sign_in_required");
    assert_eq!(mixed.put("/away", &json!({"on": true})).await.refusal(), "403 csrf_token_invalid");
}

#[tokio::test]
async fn password_address_and_second_step_are_one_for_all_sites() {
    let server = TestServer::start().await;
    let other = server.another_site();
    server.also(&other, BEN, "Benno", Role::Agent);
    let elsewhere = server.agent("ben").await;
    let ben = server.agent("ben").await;
    let (there, _) = server.of(&ben.post("/session/site", &to(&other)).await);
    let body = json!({"email": "benno@lantern.example", "password": PASSWORD});
    assert_eq!(there.put("/account/email", &body).await.status, 204);
    let body = json!({"current": PASSWORD, "new": "four lamps and no oil"});
    assert_eq!(there.put("/account/password", &body).await.status, 204);
    assert_eq!(elsewhere.get("/account").await.refusal(), "401 sign_in_required");
    assert_eq!(server.signs_in(BEN).await.refusal(), "401 sign_in_failed");
    let body = json!({"email": "benno@lantern.example", "password": "four lamps and no oil"});
    server.caller().post("/api/v1/agent/session", &body).await.ok::<Session>();
    let account: Account = there.get("/account").await.ok();
    assert_eq!(
        (account.email.as_str(), account.agent.name.as_str()),
        ("benno@lantern.example", "Benno")
    );
    // The names are of the sites.
    there.put("/account/name", &json!({"name": "Benjamin"})).await.ok::<Value>();
    let ada = server.agent("ada").await;
    let team: Team = ada.get("/team").await.ok();
    assert!(
        team.people.iter().any(|it| it.agent.name == "ben" && it.email == "benno@lantern.example")
    );
}

#[tokio::test]
async fn who_has_an_account_accepts_an_invitation_with_it() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let owner = server.agent("other-ada").await;
    let ben = server.agent("ben").await;
    let token = invite(&owner, "admin").await;
    // Whoever has the address has to sign in: nobody else becomes them.
    let body =
        json!({"token": token, "name": "Ben", "email": BEN, "password": "a lamp in the window"});
    let taken = server.caller().post("/api/v1/agent/invitation/accept", &body).await;
    assert_eq!(taken.refusal(), "409 email_taken");
    let body = json!({ "token": token });
    let stranger = server.caller().post("/api/v1/agent/invitation/join", &body).await;
    assert_eq!(stranger.refusal(), "401 sign_in_required");

    let answer = ben.post("/invitation/join", &body).await;
    let (there, session) = server.of(&answer);
    assert_eq!((session.site.clone(), session.role), (other.clone(), Role::Admin));
    assert_eq!(session.agent.name, "ben");
    assert_eq!(sites(&there).await.len(), 2);
    let log: AuditPage = owner.get("/audit?topic=team").await.ok();
    assert_eq!(log.entries[0].deed, Deed::Joined);
    // Once, and nobody twice.
    let again = there.post("/invitation/join", &body).await;
    assert_eq!(again.refusal(), "410 invitation_used");
    let another = json!({ "token": invite(&owner, "agent").await });
    assert_eq!(there.post("/invitation/join", &another).await.refusal(), "409 already_on_team");
    let seen = server.caller().post("/api/v1/agent/invitation", &another).await;
    seen.ok::<InvitationSeen>();
    let team: Team = owner.get("/team").await.ok();
    assert_eq!(team.people.len(), 3);
}

#[tokio::test]
async fn who_leaves_one_site_stays_at_the_other() {
    let server = TestServer::start().await;
    let other = server.another_site();
    server.also(&other, BEN, "Benno", Role::Agent);
    let ben = server.agent("ben").await;
    let theirs = server.visitor().starts("Hello").await;
    ben.claims(&theirs).await;
    let (store, site) = (server.beside(), other.clone());
    blocking(move || {
        assert!(store.agent(BEN, None).is_err(), "which one?");
        store.remove_agent(&store.agent(BEN, Some(&site)).unwrap().1).unwrap();
    });
    ben.get("/account").await.ok::<Account>();
    assert_eq!(ben.conversation(&theirs).await.assignee.unwrap().id, ben.session.agent.id);
    assert_eq!(sites(&ben).await.len(), 1);
    // A site that is removed takes nobody along.
    server.also(&other, BEN, "Benno", Role::Agent);
    let (store, site) = (server.beside(), other.clone());
    blocking(move || store.remove_site(&store.site(Some(&site)).unwrap()).unwrap());
    server.signs_in(BEN).await.ok::<Session>();
    let unknown = server.signs_in("other-ben@lantern.example").await;
    assert_eq!(unknown.refusal(), "401 sign_in_failed");
    // Whoever was nowhere else is forgotten: the address can be used again.
    let store = server.beside();
    assert!(!blocking(move || store.has_account("other-ben@lantern.example").unwrap()));
}

#[tokio::test]
async fn commands_name_the_site_where_there_are_several() {
    let mut server = TestServer::start().await;
    let other = server.another_site();
    server.stop().await;
    let folder = server.folder.path();
    let add = ["agent", "add", "--email", ADA, "--name", "Ada", "--role", "agent", "--site"];
    let there = [&add[..], &[other.as_str()]].concat();
    let told = said(&porchlight(folder, &there, ""));
    assert!(told.contains("sign in as before"), "{told}");
    assert!(refused(&porchlight(folder, &there, "")).contains("already"));
    for act in ["deactivate", "reactivate", "remove"] {
        let told = refused(&porchlight(folder, &["agent", act, ADA], ""));
        assert!(told.contains("--site KEY"), "{told}");
    }
    let site = ["--site", other.as_str()];
    let rename = [&["agent", "rename", ADA, "Adele"][..], &site].concat();
    said(&porchlight(folder, &rename, ""));
    let listed = said(&porchlight(folder, &["agent", "list"], ""));
    let of = |name: &str| {
        listed.lines().filter(|line| line.starts_with(ADA) && line.contains(name)).count()
    };
    assert_eq!((of("\tada\t"), of("\tAdele\t")), (1, 1), "{listed}");
    let log = said(&porchlight(folder, &[&["audit"][..], &site].concat(), ""));
    assert!(log.contains("person_renamed"), "{log}");
    let remove = [&["agent", "remove", ADA, "--yes"][..], &site].concat();
    said(&porchlight(folder, &remove, ""));
    said(&porchlight(folder, &["agent", "role", ADA, "owner"], ""));
}
