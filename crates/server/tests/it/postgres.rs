//! What only a store in a PostgreSQL database has: addresses, other programs' tables, connections that are lost.
//! `cargo xtask test server` starts one for them.

use porchlight_store::Place;
use serde_json::json;

use crate::commands::{refused, said};
use crate::harness::*;
use crate::program::Program;

const NEEDS_IT: &str = "PORCHLIGHT_TEST_POSTGRES";

fn server_address() -> String {
    std::env::var(NEEDS_IT).unwrap_or_else(|_| panic!("{NEEDS_IT} names no PostgreSQL server"))
}

/// Runs statements as the database's owner, behind the store's back.
fn run(address: String, statements: String) {
    blocking(move || {
        let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
        client.batch_execute(&statements).unwrap();
    });
}

fn site_list(address: &str) -> std::process::Output {
    std::process::Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(["site", "list", "--database", address])
        .output()
        .unwrap()
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn a_wrong_address_is_refused_with_what_to_do() {
    let server = server_address();
    for (address, words) in [
        (format!("{server}/nowhere"), "createdb"),
        ("postgres://postgres@127.0.0.1:1/shop".to_owned(), "is it running"),
        (format!("{server}/postgres"), "is empty"),
        ("mysql://somebody:secret@127.0.0.1/shop".to_owned(), "postgres://USER:PASSWORD@HOST/NAME"),
        ("postgres://somebody:secret@127.0.0.1:x/shop".to_owned(), "postgres://USER:PASSWORD"),
        ("postgres://somebody:secret@127.0.0.1:1/".to_owned(), "names no database"),
        (format!("{server}/postgres?sslmode=require&sslrootcert=/nowhere"), "/nowhere"),
    ] {
        let told = refused(&site_list(&address));
        assert!(told.contains(words), "{address}: {told}");
        assert!(!told.contains("os error") && !told.contains("secret"), "{told}");
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn another_programs_database_is_left_alone() {
    let server = TestServer::start().await;
    let other = server.another_database().await;
    run(other.clone(), "CREATE TABLE songs (name TEXT)".to_owned());
    let add = ["site", "add", "--name", "Shop", "--allow-origin", "https://shop.example"];
    let added = std::process::Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(add)
        .args(["--database", &other])
        .output()
        .unwrap();
    assert!(refused(&added).contains("another program's tables"));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_newer_programs_database_is_left_alone() {
    let server = TestServer::start().await;
    run(server.database(), "UPDATE meta SET form = 99".to_owned());
    let told = refused(&site_list(&server.database()));
    assert!(told.contains("newer version") && !told.contains("migrate"), "{told}");
}

/// It would write what the newer one does not expect.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_server_whose_database_is_migrated_under_it_ends_and_says_why() {
    let mut server = TestServer::start().await;
    server.stop().await;
    let program = Program::start(server.folder.path());
    run(server.database(), "UPDATE meta SET form = 99".to_owned());
    until("it ends", async || program.says("start that version here, too") > 0).await;
    let gone = async || http().get(format!("{}/healthz", program.base)).send().await.is_err();
    until("it is gone", gone).await;
}

/// The connections end as when the database is restarted. Nothing acknowledged is lost, and no node needs a restart.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_database_that_goes_away_and_comes_back_needs_no_restart() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    for round in 0..3 {
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        run(server.database(), end.to_owned());
        let (name, text) = (client_id(), format!("Round {round}"));
        until("the message is taken", async || {
            let answer = visitor.act_as(&name, &id, &message(&text)).await;
            assert!(answer.status.is_success() || answer.status == 503, "{}", answer.text);
            answer.status.is_success()
        })
        .await;
    }
    let expected = ["Hello", "Round 0", "Round 1", "Round 2"];
    assert_eq!(texts(&visitor.events(&id).await), expected, "each once");
    until("it is well", async || server.caller().get("/healthz").await.status == 200).await;
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn the_check_finds_what_is_damaged() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Pay 10 to account 1").await;
    let check = || {
        std::process::Command::new(env!("CARGO_BIN_EXE_porchlight"))
            .args(["check", "--database", &server.database()])
            .output()
            .unwrap()
    };
    assert!(said(&check()).contains("No damage found"));
    let change = "UPDATE events SET body = replace(body, 'account 1', 'account 2')";
    run(server.database(), change.to_owned());
    let found = check();
    assert!(!found.status.success());
    let printed = String::from_utf8_lossy(&found.stdout).into_owned();
    assert!(printed.contains(&format!("conversation {id}: event 1")), "{printed}");
    let answer = visitor.get(&format!("/conversations/{id}/events")).await;
    assert!(!answer.text.contains("account"), "{}", answer.text);
    assert!(server.caller().get("/healthz").await.text.contains("damaged rows: "));
}

/// The lines that a command prints for a shell are run as they are.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_database_is_backed_up_and_restored_by_the_commands_that_are_printed() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("One").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.dump");
    let database = server.database();
    let print = |args: [&str; 2]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_porchlight"));
        command.args(args).arg(&file).args(["--database", &database]);
        let told = refused(&command.output().unwrap());
        let lines = told.lines().filter_map(|line| line.strip_prefix("  ")).map(str::to_owned);
        lines.collect::<Vec<_>>()
    };
    let run = |commands: Vec<String>| {
        for command in commands {
            let mut shell = std::process::Command::new("sh");
            // Where they are not on the way.
            if let Ok(programs) = std::env::var("PORCHLIGHT_POSTGRES") {
                let path = std::env::var("PATH").unwrap();
                shell.env("PATH", format!("{programs}:{path}"));
            }
            said(&shell.args(["-c", &command]).output().unwrap());
        }
    };
    let backup = print(["backup", "--to"]);
    assert_eq!(backup.len(), 1, "{backup:?}");
    run(backup);
    visitor.says(&id, "Two").await;
    let restore = print(["restore", "--from"]);
    assert_eq!(restore.len(), 3, "{restore:?}");
    run(restore);
    let restored: Place = format!("{database}_restored").parse().unwrap();
    server.restart_with(|config| config.place = restored).await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    assert_eq!(texts(&visitor.events(&id).await), ["One"]);
    visitor.says(&id, "Another two").await;
    let place = server.place();
    let report = blocking(move || place.check().unwrap());
    assert!(report.faults.is_empty(), "{report:?}");
}

/// A database elsewhere is reached by TLS, and only with a certificate that is trusted.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_database_is_reached_by_tls() {
    let server = TestServer::start().await;
    let by_tls = format!("{}?sslmode=require", server.database());
    let told = refused(&site_list(&by_tls));
    assert!(told.contains("offers no TLS") && told.contains("sslmode=disable"), "{told}");

    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (made.cert.pem(), made.signing_key.serialize_pem());
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, &certificate).unwrap();
    // The database writes them itself, so that it owns them.
    let write = |name: &str, text: &str| {
        let lines: Vec<String> = text.lines().map(|line| format!("'{line}'")).collect();
        let program = format!("umask 077; cat > {name}");
        let lines = lines.join(", ");
        run(
            server.database(),
            format!("COPY (SELECT unnest(ARRAY[{lines}])) TO PROGRAM '{program}'"),
        );
    };
    write("server.crt", &certificate);
    write("server.key", &key);
    run(server.database(), "ALTER SYSTEM SET ssl = on".to_owned());
    run(server.database(), "SELECT pg_reload_conf()".to_owned());

    let trusted = format!("{by_tls}&sslrootcert={}", authority.display());
    until("it offers TLS", async || site_list(&trusted).status.success()).await;
    let told = refused(&site_list(&by_tls));
    assert!(told.contains("not trusted") && told.contains("sslrootcert"), "{told}");
    // Its certificate is for an address, and not for a name.
    let elsewhere = trusted.replace("127.0.0.1", "localhost");
    assert!(refused(&site_list(&elsewhere)).contains("not trusted"));
}

/// Neither the log nor an error names it.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn the_password_of_a_database_is_told_to_nobody() {
    let server = TestServer::start().await;
    let there = server.database().replace("postgres@", "postgres:s3cretword@");
    let nowhere = "postgres://postgres:s3cretword@127.0.0.1:1/shop".to_owned();
    for (args, address) in [
        (&["site", "list"][..], &there),
        (&["serve", "--listen", "127.0.0.1:0"], &nowhere),
        (&["--help"], &there),
    ] {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_porchlight"))
            .args(args)
            .env("PORCHLIGHT_DATABASE", address)
            .output()
            .unwrap();
        let all = [output.stdout, output.stderr].concat();
        assert!(!String::from_utf8_lossy(&all).contains("s3cretword"), "{args:?}");
    }
    // And a visitor is told of no database at all.
    let bad = server.visitor().put("/conversations/x/events/y", &json!({})).await;
    assert!(!bad.text.contains("postgres"), "{}", bad.text);
}

/// As during an upgrade: a node of the version before knows one revision of the settings.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn settings_that_an_older_node_saves_reach_open_clients() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let (mut socket, _) = visitor.socket().await;
    let saved = "UPDATE sites SET disable_field = 1, revision = revision + 1, \
         closing_revision = revision + 1";
    run(server.database(), saved.to_owned());
    assert!(socket.next_policy().await.disable_field);
    assert!(visitor.sync(&hello()).await.policy.disable_field);
}
