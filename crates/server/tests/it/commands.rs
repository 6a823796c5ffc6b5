//! The program as an operator meets it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use porchlight_protocol::conversation::Kind;
use porchlight_protocol::wire::Listing;
use serde_json::json;

use crate::harness::*;

fn porchlight(folder: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(args)
        .env("PORCHLIGHT_DATA", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
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
    assert!(moved.contains("starter now; it was on professional"), "{moved}");
    assert!(moved.contains("kept, and have no effect"), "{moved}");
    let again = said(&porchlight(folder, &["site", "plan", site, "starter"], ""));
    assert!(again.contains("starter already"), "{again}");
    let listed = said(&porchlight(folder, &["site", "list"], ""));
    assert!(listed.contains(&format!("{site}\tLantern & Oak\tstarter\t")), "{listed}");
    assert!(listed.contains("\tThird\tstarter\t"), "{listed}");
    let moved = said(&porchlight(folder, &["site", "plan", site, "enterprise"], ""));
    assert!(moved.contains("enterprise now; it was on starter"), "{moved}");
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

#[test]
fn commands_refuse_what_can_not_be() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let agent =
        ["agent", "add", "--email", "eve@lantern.example", "--name", "Eve", "--role", "agent"];
    assert!(refused(&porchlight(folder, &agent, "correct horse")).contains("no site yet"));
    assert!(refused(&porchlight(folder, &agent, "short\n")).contains("at least 8"));
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
