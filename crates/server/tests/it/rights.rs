//! The matrix of authorisation: every route of the API × everybody who may ask × their own and somebody else's object.
//!
//! [`ROUTES`] says whose each route is. A route that is missing there fails the test, and so does one that lets somebody
//! else in, or keeps out whoever has the right.

use std::collections::BTreeSet;

use porchlight_protocol::mail::MailSettings;
use porchlight_protocol::rights::{Right, Role};
use porchlight_protocol::team::{Invited, Person};
use porchlight_protocol::visit::Collecting;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::*;
use crate::pictures::{png, sets_picture};

/// Whose a route is.
#[derive(Debug, Clone, Copy, PartialEq)]
enum For {
    /// Nobody shows a credential: what is asked for is public, or the body holds a secret.
    Anybody,
    /// The visitor whose key it is, at their site.
    Visitor,
    /// The site's bot.
    Bot,
    /// Everybody on the team who has the right.
    Team(Right),
    /// Every agent, for themselves alone.
    Self_,
}

use For::{Anybody, Bot, Self_, Team, Visitor};

/// Every operation: its method and path, whose it is, and a body that is well formed. In paths, `{site}`, `{id}` and the
/// like are somebody's own objects at first.
fn routes() -> Vec<(&'static str, &'static str, For, Value)> {
    let (answer, see) = (Team(Right::Answer), Team(Right::SeeSettings));
    let (change, bots) = (Team(Right::ChangeSettings), Team(Right::ManageBots));
    let (manage, people) = (Team(Right::ManageTeam), Team(Right::EditVisitors));
    let identity = json!({"method": "hmac", "required": false});
    let collecting = json!(Collecting::default());
    let (block, data) = (Team(Right::Block), Team(Right::ManageData));
    let nothing = json!(null);
    let say = message("Hi");
    let start = json!({"client_id": client_id(), "text": "Hi"});
    let flow = json!({"flow": 1, "start": "hi", "steps": {"hi": {"close": "Bye"}}});
    let on = json!({"on": true});
    let read = json!({"up_to": 1});
    let closing = serde_json::to_value(closing(false, false, false)).unwrap();
    let hours = json!({"on": false, "zone": "UTC", "week": [], "closed_on": []});
    let texts = json!({"texts": []});
    let token = json!({"token": "x"});
    let (token_of_setup, join) = (token.clone(), token.clone());
    let setup = json!({"token": "x", "site_name": "X", "address": "https://x.example", "name": "X",
        "email": "x@x.example", "password": "x"});
    let accept = json!({"token": "x", "name": "X", "email": "x@x.example", "password": "x"});
    let wrong = json!({"current": "x", "new": "x"});
    let confirmation = json!({"password": "x"});
    let email = json!({"email": "x@x.example", "password": "x"});
    vec![
        ("POST", "/api/v1/sites/{site}/sync", Visitor, json!(hello())),
        ("POST", "/api/v1/sites/{site}/conversations", Anybody, start),
        ("GET", "/api/v1/sites/{site}/conversations/{id}", Visitor, nothing.clone()),
        ("GET", "/api/v1/sites/{site}/conversations/{id}/events", Visitor, nothing.clone()),
        ("PUT", "/api/v1/sites/{site}/conversations/{id}/events/{client_id}", Visitor, say.clone()),
        ("PUT", "/api/v1/sites/{site}/conversations/{id}/typing", Visitor, nothing.clone()),
        ("PUT", "/api/v1/sites/{site}/conversations/{id}/read", Visitor, read.clone()),
        ("PUT", "/api/v1/sites/{site}/visitor", Anybody, json!({"name": "Bo"})),
        // Of who is nobody it is taken, and not kept.
        ("PUT", "/api/v1/sites/{site}/visitor/page", Anybody, json!({"title": "Lamps"})),
        // The secret of the link says which conversation.
        ("PUT", "/api/v1/sites/{site}/visitor/return", Anybody, json!({"link": "x"})),
        ("POST", "/api/v1/agent/sync", answer, json!(hello())),
        ("GET", "/api/v1/agent/conversations", answer, nothing.clone()),
        ("GET", "/api/v1/agent/conversations/{id}", answer, nothing.clone()),
        ("GET", "/api/v1/agent/conversations/{id}/events", answer, nothing.clone()),
        (
            "PUT",
            "/api/v1/agent/conversations/{id}/events/{client_id}",
            answer,
            json!({"note": {"text": "Hm"}}),
        ),
        ("PUT", "/api/v1/agent/conversations/{id}/typing", answer, nothing.clone()),
        ("PUT", "/api/v1/agent/conversations/{id}/read", answer, read),
        ("GET", "/api/v1/agent/visitors/{visitor}", people, nothing.clone()),
        ("PATCH", "/api/v1/agent/visitors/{visitor}", people, json!({"revision": 0, "name": "Bo"})),
        ("GET", "/api/v1/agent/visitors/{visitor}/conversations", answer, nothing.clone()),
        ("PUT", "/api/v1/agent/away", Self_, on.clone()),
        ("PUT", "/api/v1/agent/idle", Self_, on.clone()),
        ("GET", "/api/v1/agent/settings/closing", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/closing", change, closing.clone()),
        ("POST", "/api/v1/agent/settings/closing/effect", change, closing),
        ("GET", "/api/v1/agent/settings/hours", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/hours", change, hours),
        ("GET", "/api/v1/agent/settings/questions", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/questions", change, json!({"when": "never", "asks": []})),
        ("GET", "/api/v1/agent/settings/live-chat", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/live-chat", change, on.clone()),
        ("GET", "/api/v1/agent/settings/messages", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/messages", change, on.clone()),
        ("GET", "/api/v1/agent/settings/read-receipts", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/read-receipts", change, on.clone()),
        ("GET", "/api/v1/agent/settings/texts?language=en", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/texts?language=en", change, texts),
        ("GET", "/api/v1/agent/settings/identity", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/identity", change, identity),
        ("POST", "/api/v1/agent/settings/identity/secrets", change, nothing.clone()),
        ("DELETE", "/api/v1/agent/settings/identity/secrets/{secret}", change, nothing.clone()),
        (
            "PATCH",
            "/api/v1/agent/settings/identity/secrets/{secret}",
            change,
            json!({"in_hours": 1}),
        ),
        ("POST", "/api/v1/agent/settings/identity/check", change, json!({"hash": "5f"})),
        ("GET", "/api/v1/agent/settings/collecting", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/collecting", change, collecting),
        ("GET", "/api/v1/agent/settings/retention", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/retention", change, json!({"days": 365})),
        ("GET", "/api/v1/agent/settings/mail", see, nothing.clone()),
        ("PUT", "/api/v1/agent/settings/mail", change, json!(MailSettings::default())),
        ("POST", "/api/v1/agent/settings/mail/test", change, nothing.clone()),
        ("GET", "/api/v1/agent/settings/mail/queue", change, nothing.clone()),
        ("POST", "/api/v1/agent/settings/mail/queue/{mail}/retry", change, nothing.clone()),
        ("GET", "/api/v1/agent/account/mail", Self_, nothing.clone()),
        ("PUT", "/api/v1/agent/account/mail", Self_, on.clone()),
        ("POST", "/api/v1/agent/settings/retention/effect", change, json!({"days": 365})),
        ("GET", "/api/v1/agent/visitors/blocked", block, nothing.clone()),
        ("GET", "/api/v1/agent/visitors/{gone}/standing", answer, nothing.clone()),
        ("PUT", "/api/v1/agent/visitors/{gone}/block", block, json!({"note": "Spam"})),
        ("DELETE", "/api/v1/agent/visitors/{gone}/block", block, nothing.clone()),
        ("GET", "/api/v1/agent/visitors/{gone}/export.json", data, nothing.clone()),
        ("GET", "/api/v1/agent/visitors/{gone}/export.html", data, nothing.clone()),
        ("POST", "/api/v1/agent/visitors/{gone}/erase", data, nothing.clone()),
        ("GET", "/api/v1/agent/audit", Team(Right::SeeAudit), nothing.clone()),
        ("GET", "/api/v1/agent/bots", see, nothing.clone()),
        ("POST", "/api/v1/agent/bots", bots, json!({"name": "Wick"})),
        ("POST", "/api/v1/agent/bots/{bot}/trial", bots, flow.clone()),
        ("DELETE", "/api/v1/agent/bots/{bot}/trial", bots, nothing.clone()),
        ("GET", "/api/v1/agent/bots/{bot}/flow", see, nothing.clone()),
        ("PUT", "/api/v1/agent/bots/{bot}/flow", bots, flow),
        ("GET", "/api/v1/agent/bots/{bot}/flow/versions", see, nothing.clone()),
        ("GET", "/api/v1/agent/bots/{bot}/flow/versions/{version}", see, nothing.clone()),
        ("DELETE", "/api/v1/agent/bots/{bot}/flow", bots, nothing.clone()),
        ("GET", "/api/v1/agent/bots/{bot}/greeting", see, nothing.clone()),
        ("PUT", "/api/v1/agent/bots/{bot}/greeting", bots, json!({})),
        ("GET", "/api/v1/agent/team", Team(Right::SeeTeam), nothing.clone()),
        ("PUT", "/api/v1/agent/team/{person}/role", manage, json!({"role": "agent"})),
        ("PUT", "/api/v1/agent/team/{person}/active", manage, on),
        ("GET", "/api/v1/agent/team/invitations", manage, nothing.clone()),
        ("POST", "/api/v1/agent/team/invitations", manage, json!({"role": "agent"})),
        ("DELETE", "/api/v1/agent/team/invitations/{invitation}", manage, nothing.clone()),
        ("POST", "/api/v1/agent/invitation", Anybody, token),
        ("POST", "/api/v1/agent/invitation/accept", Anybody, accept),
        ("POST", "/api/v1/agent/invitation/join", Self_, join),
        ("POST", "/api/v1/agent/session/site", Self_, json!({"site": "pl_nobodys_site"})),
        ("GET", "/api/v1/agent/account/sites", Self_, nothing.clone()),
        ("POST", "/api/v1/agent/setup/check", Anybody, token_of_setup),
        ("POST", "/api/v1/agent/setup", Anybody, setup),
        ("GET", "/api/v1/agent/account", Self_, nothing.clone()),
        ("PUT", "/api/v1/agent/account/name", Self_, json!({"name": "Somebody"})),
        ("GET", "/api/v1/agent/pictures/{picture}", Team(Right::SeeTeam), nothing.clone()),
        ("PUT", "/api/v1/agent/account/picture", Self_, json!("no picture")),
        ("DELETE", "/api/v1/agent/account/picture", Self_, nothing.clone()),
        ("PUT", "/api/v1/agent/account/email", Self_, email.clone()),
        ("PUT", "/api/v1/agent/account/password", Self_, wrong),
        ("POST", "/api/v1/agent/account/second-factor", Self_, confirmation.clone()),
        ("PUT", "/api/v1/agent/account/second-factor", Self_, json!({"code": "1"})),
        ("DELETE", "/api/v1/agent/account/second-factor", Self_, confirmation.clone()),
        ("POST", "/api/v1/agent/account/second-factor/recovery-codes", Self_, confirmation),
        ("DELETE", "/api/v1/agent/account/sessions/{session}", Self_, nothing.clone()),
        ("DELETE", "/api/v1/agent/account/sessions", Self_, nothing.clone()),
        ("GET", "/api/v1/bot/conversations", Bot, nothing.clone()),
        ("GET", "/api/v1/bot/conversations/{of_bot}/events", Bot, nothing.clone()),
        ("PUT", "/api/v1/bot/conversations/{of_bot}/events/{client_id}", Bot, say),
        ("GET", "/healthz", Anybody, nothing.clone()),
        ("GET", "/readyz", Anybody, nothing.clone()),
        // The first frame carries the credential: `sockets.rs` has its cases.
        ("GET", "/api/v1/socket", Anybody, nothing.clone()),
        ("POST", "/api/v1/agent/session", Anybody, email),
        // To ask who is signed in is no mistake of nobody.
        ("GET", "/api/v1/agent/session", Anybody, nothing.clone()),
        // Last, because nobody does anything afterwards.
        ("DELETE", "/api/v1/agent/session", Self_, nothing),
    ]
}

/// Codes that refuse whoever asks, and what they ask for.
const REFUSED: [&str; 9] = [
    "sign_in_required",
    "role_required",
    "owner_required",
    "visitor_key_invalid",
    "bot_token_invalid",
    "site_unknown",
    "conversation_unknown",
    "visitor_unknown",
    "not_found",
];

/// What a path names, at one site.
struct Objects(Vec<(&'static str, String)>);

impl Objects {
    fn path(&self, path: &str) -> String {
        let mut path = path.to_owned();
        for (name, id) in &self.0 {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        path.replace("{client_id}", client_id().as_str()).replace("{version}", "1")
    }
}

/// Everybody at one site, with what is theirs.
struct Site {
    team: Vec<(Role, Agent)>,
    visitor: crate::harness::Visitor,
    bot: Caller,
    objects: Objects,
}

async fn site(server: &TestServer, key: &porchlight_protocol::SiteKey, prefix: &str) -> Site {
    let ada = server.agent(&format!("{prefix}ada")).await;
    let ben = server.agent(&format!("{prefix}ben")).await;
    let token = server.add_bot(key);
    let visitor = server.visitor_of(key);
    let id = visitor.starts("Hello").await;
    let of_bot = visitor.starts_with_bot("Hello").await;
    let gone = server.visitor_of(key).starts("Hello").await;
    let gone = ada.conversation(&gone).await.visitor;
    let join = async |role: &str, name: &str| {
        let body = json!({ "role": role });
        let invited: Invited = ada.post("/team/invitations", &body).await.ok();
        let token = invited.link.split_once('#').unwrap().1;
        let email = format!("{prefix}{name}@lantern.example");
        let body = json!({"token": token, "name": name, "email": email, "password": PASSWORD});
        server.caller().post("/api/v1/agent/invitation/accept", &body).await.ok::<Value>();
        server.agent(&format!("{prefix}{name}")).await
    };
    let cara = join("admin", "cara").await;
    let dan = join("agent", "dan").await;
    let invited: Invited = ada.post("/team/invitations", &json!({"role": "agent"})).await.ok();
    let bots = ada.get("/bots").await.json();
    let secret = ada.post("/settings/identity/secrets", &json!(null)).await.json();
    // Another one at each site: what is the same has the same address.
    let shade = if prefix.is_empty() { 10 } else { 200 };
    let picture = sets_picture(&dan, png(32, shade)).await;
    let objects = Objects(vec![
        ("site", key.to_string()),
        ("id", id.to_string()),
        ("of_bot", of_bot.to_string()),
        ("visitor", visitor.conversation(&id).await.visitor.to_string()),
        ("secret", secret["seen"]["id"].as_str().unwrap().to_owned()),
        ("bot", bots["bots"][0]["bot"]["id"].as_str().unwrap().to_owned()),
        ("person", dan.session.agent.id.to_string()),
        ("picture", picture.to_string()),
        ("invitation", invited.invitation.id.to_string()),
        ("session", "0123456789ab".to_owned()),
        ("mail", "0".repeat(32)),
        ("gone", gone.to_string()),
    ]);
    let team = vec![(Role::Agent, ben), (Role::Admin, cara), (Role::Owner, ada)];
    Site { team, visitor, bot: server.bot(&token), objects }
}

fn bare(caller: &Caller, server: &TestServer) -> Caller {
    Caller { base: server.base.clone(), ..caller.clone() }
}

async fn ask(caller: &Caller, method: &str, path: &str, body: &Value) -> Answer {
    let method: Method = method.parse().unwrap();
    let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
    caller.send(method, path, body).await
}

fn is_refused(answer: &Answer) -> bool {
    answer.json()["code"].as_str().is_some_and(|code| REFUSED.contains(&code))
}

#[tokio::test]
async fn everybody_may_what_the_table_says_and_nothing_else() {
    let server = TestServer::start().await;
    let here = site(&server, &server.site, "").await;
    let there = site(&server, &server.another_site(), "other-").await;
    let stranger = server.caller();
    let other_visitor = bare(&server.visitor(), &server);
    let visitor = bare(&here.visitor, &server);
    let bot = bare(&here.bot, &server);
    // Somebody who was deactivated in the midst of it.
    let eve = server.agent("ben").await;
    let eve = {
        let active = format!("/team/{}/active", eve.session.agent.id);
        let (_, ada) = &here.team[2];
        ada.put(&active, &json!({"on": false})).await.ok::<Person>();
        ada.put(&active, &json!({"on": true})).await.ok::<Person>();
        eve
    };
    let ben = server.agent("ben").await;
    let team: Vec<(Role, Caller)> = here
        .team
        .iter()
        .map(|(role, agent)| if *role == Role::Agent { (*role, &ben) } else { (*role, agent) })
        .map(|(role, agent)| (role, bare(agent, &server)))
        .collect();

    for (method, template, whose, body) in routes() {
        let path = here.objects.path(template);
        let far = there.objects.path(template);
        let mut out: Vec<(&str, &Caller, &str)> = Vec::new();
        let ended = bare(&eve, &server);
        match whose {
            Anybody => {
                let answer = ask(&stranger, method, &path, &body).await;
                assert_ne!(answer.status, 404, "{method} {path}");
                continue;
            }
            Visitor => {
                out.push(("a stranger", &stranger, &path));
                out.push(("a bot", &bot, &path));
                out.push(("an agent", &team[2].1, &path));
                out.push(("the visitor at another site", &visitor, &far));
                if template.contains("{id}") {
                    out.push(("another visitor", &other_visitor, &path));
                }
            }
            Bot => {
                out.push(("a stranger", &stranger, &path));
                out.push(("a visitor", &visitor, &path));
                out.push(("an agent", &team[2].1, &path));
                if far.contains("conversations/") {
                    out.push(("the bot at another site", &bot, &far));
                }
            }
            Team(_) | Self_ => {
                out.push(("a stranger", &stranger, &path));
                out.push(("a visitor", &visitor, &path));
                out.push(("a bot", &bot, &path));
                out.push(("somebody whose session has ended", &ended, &path));
            }
        }
        let owner_elsewhere = bare(&there.team[2].1, &server);
        if matches!(whose, Team(_)) && template.contains('{') {
            out.push(("the owner of another site", &owner_elsewhere, &path));
        }
        for (who, caller, path) in out {
            let answer = ask(caller, method, path, &body).await;
            assert!(is_refused(&answer), "{who}: {method} {path}: {answer:?}");
        }
        match whose {
            Team(right) => {
                for (role, caller) in &team {
                    let answer = ask(caller, method, &path, &body).await;
                    // What an earlier one has deleted, or was never there, nobody finds.
                    let gone = answer.json()["code"] == "not_found";
                    let refused = is_refused(&answer) && !gone;
                    let may = role.may(right);
                    assert_eq!(refused, !may, "{role:?}: {method} {path}: {answer:?}");
                    if !may {
                        assert_eq!(answer.refusal(), "403 role_required", "{method} {path}");
                    }
                }
            }
            Self_ => {
                for (role, caller) in &team {
                    let answer = ask(caller, method, &path, &body).await;
                    let gone = answer.json()["code"] == "not_found";
                    assert!(!is_refused(&answer) || gone, "{role:?}: {method} {path}: {answer:?}");
                }
            }
            Visitor | Bot => {
                let caller = if whose == Bot { &bot } else { &visitor };
                let answer = ask(caller, method, &path, &body).await;
                assert!(!is_refused(&answer), "{method} {path}: {answer:?}");
            }
            Anybody => {}
        }
    }
}

/// Whoever may change nothing sees no change.
#[tokio::test]
async fn what_is_refused_has_changed_nothing() {
    let server = TestServer::start().await;
    let here = site(&server, &server.site, "").await;
    let there = site(&server, &server.another_site(), "other-").await;
    let ada = &here.team[2].1;
    let state = async || {
        let mut all = Vec::new();
        let visitor = here.objects.path("/visitors/{visitor}");
        let standing = format!("/visitors/{}/standing", here.objects.path("{gone}"));
        for path in [
            "/team",
            "/team/invitations",
            "/bots",
            "/settings/live-chat",
            "/settings/identity",
            "/settings/retention",
            "/settings/mail",
            "/audit",
            &visitor,
            &standing,
        ] {
            all.push(ada.get(path).await.text);
        }
        all
    };
    let before = state().await;
    let callers = [
        server.caller(),
        bare(&here.visitor, &server),
        bare(&here.bot, &server),
        bare(&there.team[2].1, &server),
    ];
    for (method, template, whose, body) in routes() {
        let path = here.objects.path(template);
        let changes = method != "GET" && matches!(whose, Team(_));
        let theirs = path != template && !path.ends_with("/sync");
        if !changes {
            continue;
        }
        for (number, caller) in callers.iter().enumerate() {
            // The owner of another site changes that one.
            if number < 3 || theirs {
                ask(caller, method, &path, &body).await;
            }
        }
    }
    assert_eq!(state().await, before);
}

#[test]
fn every_route_is_in_the_matrix() {
    let description = porchlight_server::routes::description("session");
    let document: Value = serde_json::from_slice(description.as_bytes()).unwrap();
    let plain = |path: &str| {
        let segments = path.split('?').next().unwrap().split('/');
        let named: Vec<&str> =
            segments.map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect();
        named.join("/")
    };
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| (method.to_uppercase(), plain(path)))
        })
        .collect();
    let table: BTreeSet<(String, String)> =
        routes().into_iter().map(|(method, path, ..)| (method.to_owned(), plain(path))).collect();
    assert_eq!(described, table, "each route needs a line in routes() that says whose it is");
}
