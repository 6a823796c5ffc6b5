//! The program as an operator meets it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::wire::Listing;
use porchlight_store as store;
use serde_json::json;

use crate::harness::*;
use crate::pictures::{png, sets_picture};
use crate::program::{Program, ended};

pub fn porchlight(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight"));
    in_place(&mut command, folder);
    let mut child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that refuses at once reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    ended(child, &args.join(" "))
}

pub fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    // Not in the system's words, nor in SQLite's.
    for raw in ["os error", "would block", "Error code", "database is"] {
        assert!(!told.contains(raw), "{told}");
    }
    told
}

#[tokio::test]
async fn commands_work_beside_a_running_server() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let site = server.site.as_str();
    let args =
        ["agent", "add", "--email", "Eve@Lantern.example", "--name", "Eve", "--role", "agent"];
    let added = said(&porchlight(folder, &args, &format!("{PASSWORD}\n")));
    assert!(added.contains("Eve <eve@lantern.example>"), "{added}");
    assert_eq!(server.agent("eve").await.session.agent.name, "Eve");
    let again = refused(&porchlight(folder, &args, &format!("{PASSWORD}\n")));
    assert!(again.contains("already"), "{again}");

    let token = said(&porchlight(folder, &["bot", "add", "--name", "Wick"], ""));
    let token = token.lines().last().unwrap();
    assert_eq!(server.bot(token).get("/conversations").await.status, 200);

    let added = ["site", "add", "--name", "Second", "--allow-origin", "https://second.example"];
    let added = said(&porchlight(folder, &added, ""));
    assert!(
        added.contains("<script async src=\"http://localhost:8787/porchlight.js\" data-site=\"pl_")
    );
    let listed = said(&porchlight(folder, &["site", "list"], ""));
    assert!(
        listed.contains(&format!("{site}\tLantern & Oak\tprofessional\thttps://shop.example")),
        "{listed}"
    );
    assert!(listed.contains("https://second.example"), "{listed}");
    assert!(listed.contains("\tSecond\tprofessional\t"), "{listed}");

    // Plans, for a site that is new and for one that has settings.
    let args = [
        "site",
        "add",
        "--name",
        "Third",
        "--plan",
        "starter",
        "--allow-origin",
        "https://third.example",
    ];
    said(&porchlight(folder, &args, ""));
    server.set_closing(closing(true, false, false)).await;
    let moved = said(&porchlight(folder, &["site", "plan", site, "starter"], ""));
    assert!(moved.contains("from professional to starter"), "{moved}");
    assert!(moved.contains("kept, and have no effect"), "{moved}");
    let again = said(&porchlight(folder, &["site", "plan", site, "starter"], ""));
    assert!(again.contains("already on the starter plan"), "{again}");
    let listed = said(&porchlight(folder, &["site", "list"], ""));
    assert!(listed.contains(&format!("{site}\tLantern & Oak\tstarter\t")), "{listed}");
    assert!(listed.contains("\tThird\tstarter\t"), "{listed}");
    let moved = said(&porchlight(folder, &["site", "plan", site, "enterprise"], ""));
    assert!(moved.contains("from starter to enterprise"), "{moved}");
    let none = refused(&porchlight(folder, &["site", "plan", "pl_nowhere", "starter"], ""));
    assert!(none.contains("pl_nowhere"), "{none}");
    let none = refused(&porchlight(folder, &["site", "plan", site, "gold"], ""));
    assert!(none.contains("professional"), "it says which there are: {none}");

    // With several sites it must be said which.
    let which = refused(&porchlight(folder, &["bot", "add", "--name", "Wick"], ""));
    assert!(which.contains("--site"), "{which}");
    said(&porchlight(folder, &["bot", "add", "--name", "Wick", "--site", site], ""));

    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let who = visitor.conversation(&id).await.visitor.to_string();
    said(&porchlight(folder, &["visitor", "revoke", "--site", site, "--visitor", &who], ""));
    assert_eq!(visitor.post("/sync", &hello()).await.refusal(), "403 visitor_key_revoked");
}

#[tokio::test]
async fn a_visitor_who_is_removed_leaves_nothing_behind_and_takes_nobody_along() {
    let server = TestServer::start().await;
    let folder = server.folder.path();
    let (gone, stays, ada) = (server.visitor(), server.visitor(), server.agent("ada").await);
    let (erased, kept) = (gone.starts("My number is 5417").await, stays.starts("Hello").await);
    gone.starts("And my street is Mill Lane").await;
    ada.claims(&erased).await;
    ada.says(&erased, "Thank you, 5417 it is").await;
    let who = ada.conversation(&erased).await.visitor.to_string();
    let (mut socket, _) = gone.socket().await;

    let nobody = "0".repeat(32);
    let refused_ = refused(&porchlight(folder, &["visitor", "remove", "--visitor", &nobody], ""));
    assert!(refused_.contains("no visitor"), "{refused_}");
    let unasked = refused(&porchlight(folder, &["visitor", "remove", "--visitor", &who], ""));
    assert!(unasked.contains("2 conversations") && unasked.contains("--yes"), "{unasked}");
    let told = said(&porchlight(folder, &["visitor", "remove", "--visitor", &who, "--yes"], ""));
    assert!(told.contains("Conversations removed: 2"), "{told}");

    assert_eq!(socket.refused().await, ("visitor_key_revoked".to_owned(), Some(1008)));
    assert_eq!(gone.post("/sync", &hello()).await.refusal(), "403 visitor_key_revoked");
    let start = json!({"client_id": client_id(), "text": "Hi"});
    assert_eq!(gone.post("/conversations", &start).await.refusal(), "403 visitor_key_revoked");
    let path = format!("/conversations/{erased}/events");
    assert_eq!(ada.get(&path).await.refusal(), "404 conversation_unknown");
    let listed: Vec<_> = ada.folder("?filter=all").await.conversations;
    assert_eq!(listed.iter().map(|it| &it.id).collect::<Vec<_>>(), [&kept]);
    assert_eq!(stays.home().await, [kept]);
    said(&porchlight(folder, &["check"], ""));
    // Again, it changes nothing.
    said(&porchlight(folder, &["visitor", "remove", "--visitor", &who, "--yes"], ""));
}

#[test]
fn commands_refuse_what_can_not_be() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(store::create(folder).unwrap());
    let agent =
        ["agent", "add", "--email", "eve@lantern.example", "--name", "Eve", "--role", "agent"];
    assert!(refused(&porchlight(folder, &agent, "correct horse")).contains("no site yet"));
    let site = ["site", "add", "--name", "Shop", "--allow-origin", "https://shop.example"];
    said(&porchlight(folder, &site, ""));
    assert!(refused(&porchlight(folder, &agent, "short\n")).contains("at least 8"));
    for weak in ["password\n", "12345678\n", "eve@lantern.example\n", "qwertyuiop\n"] {
        assert!(refused(&porchlight(folder, &agent, weak)).contains("easy to guess"), "{weak}");
    }
    for name in ["", "\u{200b}", "\u{3164}", "\u{ad}\u{2060}", "two\nlines"] {
        let args = ["site", "add", "--name", name, "--allow-origin", "https://shop.example"];
        assert!(refused(&porchlight(folder, &args, "")).contains("name"), "{name:?}");
        let args = ["bot", "add", "--name", name];
        assert!(refused(&porchlight(folder, &args, "")).contains("name"), "{name:?}");
    }
    let again = refused(&porchlight(folder, &site, ""));
    assert!(again.contains("already") && again.contains("origins add pl_"), "{again}");
    let origin = ["site", "add", "--name", "Shop", "--allow-origin", "https://*.shop.example"];
    assert!(refused(&porchlight(folder, &origin, "")).contains("no wildcards"));
    let name = ["site", "add", "--name", " ", "--allow-origin", "https://shop.example"];
    assert!(refused(&porchlight(folder, &name, "")).contains("1 to 80"));
}

#[test]
fn a_busy_port_says_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let error = refused(&porchlight(folder.path(), &["serve", "--listen", &address], ""));
    assert!(error.contains("in use") && error.contains("another port"), "{error}");
}

/// Starts the demo, and tells the addresses of the shop and the product.
fn demo(folder: &Path) -> (std::process::Child, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(["demo", "--listen", "127.0.0.1:0", "--shop-listen", "127.0.0.1:0"])
        .env("PORCHLIGHT_DATA", folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    let mut address = |label: &str| {
        let line = lines.find(|line| line.contains(label)).unwrap();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let shop = address("The shop");
    let inbox = address("The inbox");
    (child, shop, inbox.replace("/dashboard/chat/inbox", ""))
}

#[tokio::test]
async fn the_demo_has_something_in_it_and_is_the_same_when_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut found = Vec::new();
    for _ in 0..2 {
        let (mut child, shop, product) = demo(folder.path());
        let page = http().get(&shop).send().await.unwrap().text().await.unwrap();
        assert!(page.contains(&format!("{product}/porchlight.js")), "{page}");
        assert!(!page.contains("{{"), "{page}");

        let caller = Caller { http: http(), base: product, headers: Vec::new() };
        let body = json!({"email": "ada@lantern.example", "password": "porchlight"});
        let answer = caller.post("/api/v1/agent/session", &body).await;
        let ada = caller.with("cookie", &answer.cookie());
        let listing: Listing = ada.get("/api/v1/agent/conversations?filter=all").await.ok();
        found.push(listing.conversations);

        let stop = Command::new("kill").arg(child.id().to_string()).status().unwrap();
        assert!(stop.success());
        assert!(child.wait().unwrap().success(), "it goes down in peace");
    }
    assert_eq!(found[0], found[1]);
    let closed = found[0].iter().filter(|conversation| conversation.is_closed()).count();
    let bots = found[0].iter().filter(|found| matches!(found.kind, Kind::Bot(_))).count();
    assert_eq!((found[0].len(), closed, bots), (9, 4, 1));
    // Of every kind of closing one, over some days.
    let by = |author: &str| {
        let by = found[0].iter().filter(|it| {
            let status = serde_json::to_value(&it.status).unwrap();
            status["closed"]["by"] == author
        });
        by.count()
    };
    assert_eq!((by("visitor"), by("timer")), (1, 1));
    assert!(found[0].is_sorted_by_key(|it| std::cmp::Reverse(it.active_at)));
    assert!(found[0][0].active_at - found[0][8].active_at > 5 * DAY);
}

/// A mistyped folder is named, and nothing is made in it.
#[test]
fn only_what_makes_a_store_makes_one() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("typo");
    let member = "0123456789abcdef0123456789abcdef";
    let to = parent.path().join("copy").to_str().unwrap().to_owned();
    for args in [
        &["site", "list"][..],
        &["site", "tag"],
        &["site", "rename", "pl_shop", "Shop"],
        &["site", "origins", "list", "pl_shop"],
        &["site", "origins", "add", "pl_shop", "https://shop.example"],
        &["site", "origins", "remove", "pl_shop", "https://shop.example"],
        &["site", "plan", "pl_shop", "starter"],
        &["site", "remove", "pl_shop", "--yes"],
        &["agent", "add", "--email", "a@b.example", "--name", "A", "--role", "admin"],
        &["agent", "list"],
        &["agent", "remove", "a@b.example", "--yes"],
        &["agent", "password", "a@b.example"],
        &["agent", "role", "a@b.example", "admin"],
        &["agent", "rename", "a@b.example", "B"],
        &["session", "list"],
        &["session", "end", "0123456789ab"],
        &["session", "end", "--email", "a@b.example"],
        &["bot", "add", "--name", "Wick"],
        &["bot", "list"],
        &["bot", "remove", "Wick", "--yes"],
        &["visitor", "revoke", "--visitor", member],
        &["backup", "--to", &to],
        &["check"],
        &["migrate"],
    ] {
        let said = refused(&porchlight(&folder, args, "correct horse\n"));
        assert!(said.contains("no store in") && said.contains("typo"), "{args:?}: {said}");
        assert!(!folder.exists(), "{args:?} made the folder");
    }
    assert!(!Path::new(&to).exists());
    let args = ["site", "add", "--name", "Shop", "--allow-origin", "https://shop.example"];
    let made = porchlight(&folder, &args, "");
    said(&made);
    let note = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(note.contains("new store") && note.contains("typo"), "{note}");
    said(&porchlight(&folder, &["site", "list"], ""));
}

#[test]
fn a_look_at_the_sites_waits_for_no_writer() {
    let folder = tempfile::tempdir().unwrap();
    store::create(folder.path()).unwrap();
    with_file(folder.path(), |_| {
        said(&porchlight(folder.path(), &["site", "list"], ""));
        Ok(())
    })
    .unwrap();
}

/// The address that browsers use is kept, so that every tag is right.
#[test]
fn tags_have_the_address_that_was_given_last() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let add = |name: &str, more: &[&str]| {
        let args = ["site", "add", "--name", name, "--allow-origin", "https://shop.example"];
        porchlight(folder, &[&args[..], more].concat(), "")
    };
    let first = add("First", &[]);
    assert!(said(&first).contains("src=\"http://localhost:8787/porchlight.js\""));
    let note = String::from_utf8_lossy(&first.stderr).into_owned();
    assert!(note.contains("--public-url") && note.contains("site tag pl_"), "{note}");
    let told = said(&add("Second", &["--public-url", "https://chat.example"]));
    assert!(told.contains("src=\"https://chat.example/porchlight.js\""), "{told}");
    let third = add("Third", &[]);
    assert!(said(&third).contains("src=\"https://chat.example/porchlight.js\""));
    assert!(!String::from_utf8_lossy(&third.stderr).contains("--public-url"));

    let serve = ["--public-url", "https://other.example"];
    Program::start_with(folder, &serve).kill();
    let key = said(&porchlight(folder, &["site", "list"], ""));
    let key = key.split('\t').next().unwrap();
    let tag = said(&porchlight(folder, &["site", "tag", key], ""));
    assert!(
        tag.contains(&format!("src=\"https://other.example/porchlight.js\" data-site=\"{key}\""))
    );
}

#[tokio::test]
async fn a_site_can_be_corrected() {
    let server = TestServer::start().await;
    let (folder, key) = (server.folder.path(), server.site.as_str());
    said(&porchlight(folder, &["site", "rename", key, "Lamps & Co"], ""));
    let origins = |args: &[&str]| {
        let all = [&["site", "origins"], args].concat();
        porchlight(folder, &all, "")
    };
    let added = said(&origins(&["add", key, "https://www.shop.example", "https://bücher.example"]));
    assert!(added.contains("2 of 2"), "{added}");
    let added = said(&origins(&["add", key, "https://www.shop.example"]));
    assert!(added.contains("0 of 1"), "{added}");
    said(&origins(&["remove", key, "https://shop.example"]));
    let none = refused(&origins(&["remove", key, "https://shop.example"]));
    assert!(none.contains("not an origin"), "{none}");
    assert!(refused(&origins(&["add", key, "http://localhost:99999"])).contains("not an address"));
    let listed = said(&origins(&["list", key]));
    assert_eq!(listed, "https://www.shop.example\nhttps://xn--bcher-kva.example\n");
    let listed = said(&porchlight(folder, &["site", "list"], ""));
    assert!(listed.starts_with(&format!("{key}\tLamps & Co\t")), "{listed}");
}

#[tokio::test]
async fn a_site_that_is_removed_takes_everything_of_its_own_along_and_nothing_else() {
    let server = TestServer::start().await;
    let other = server.another_site();
    let folder = server.folder.path();
    let (gone, stays) = (server.visitor_of(&other), server.visitor());
    let token = server.add_bot(&other);
    for _ in 0..3 {
        gone.starts("Hello").await;
    }
    let kept = stays.starts("Hello").await;
    let agent = server.agent("other-ada").await;
    sets_picture(&agent, png(32, 1)).await;
    let (mut visitors, _) = gone.socket().await;
    let (mut agents, _) = agent.socket().await;

    let asked = refused(&porchlight(folder, &["site", "remove", other.as_str()], ""));
    assert!(asked.contains("3 conversations") && asked.contains("--yes"), "{asked}");
    assert_eq!(gone.home().await.len(), 3, "nothing was removed");
    said(&porchlight(folder, &["site", "remove", other.as_str(), "--yes"], ""));

    assert_eq!(gone.post("/sync", &hello()).await.refusal(), "404 site_unknown");
    assert_eq!(visitors.refused().await, ("site_unknown".to_owned(), Some(1008)));
    let (code, number) = agents.refused().await;
    assert!(["sign_in_required", "site_unknown"].contains(&code.as_str()), "{code}");
    assert_eq!(number, Some(1008));
    assert_eq!(server.bot(&token).get("/conversations").await.refusal(), "401 bot_token_invalid");
    assert_eq!(stays.home().await, [kept]);
    with_file(folder, |sql| {
        for table in [
            "agents",
            "bots",
            "visitors",
            "conversations",
            "events",
            "acts",
            "starts",
            "sessions",
            "pictures",
        ] {
            let sites: i64 = sql.query_row(
                &format!("SELECT count(DISTINCT site) FROM {table} WHERE site <> 1"),
                [],
                |row| row.get(0),
            )?;
            assert_eq!(sites, 0, "{table}");
        }
        Ok(())
    })
    .unwrap();
    said(&porchlight(folder, &["check"], ""));
}
