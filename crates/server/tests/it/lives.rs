//! The lives of a store: copies that are put back, files that are lost, servers that take over. Open
//! clients must notice, and start from a snapshot.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};

use porchlight_protocol::wire::{Boot, Hello};
use porchlight_store as store;
use serde_json::Value;

use crate::harness::*;
use crate::program::Program;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), to.join(file.file_name())).unwrap();
    }
}

fn empty(folder: &Path) {
    for file in fs::read_dir(folder).unwrap() {
        fs::remove_file(file.unwrap().path()).unwrap();
    }
}

/// The epoch that a client of before finds.
async fn epoch_for(server: &TestServer, visitor: &Visitor, booted: &Boot) -> Boot {
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let mut socket = Socket::open(server.address, &[]).await;
    let hello = Hello { auth: Some(visitor.auth()), booted: Some(booted.clone()), ..hello() };
    socket.hello(hello).await.booted
}

/// However the copy comes back: as the whole folder, as the file alone over the newer one, or as a file
/// that was moved in its place.
#[tokio::test]
async fn a_copy_that_is_put_back_is_another_life() {
    for way in ["folder", "over", "moved"] {
        let mut server = TestServer::start().await;
        let visitor = server.visitor();
        let id = visitor.starts("One").await;
        let booted = visitor.sync(&hello()).await.booted;
        server.stop().await;
        let kept = tempfile::tempdir().unwrap();
        copy(server.folder.path(), kept.path());
        server.run().await;
        assert_eq!(epoch_for(&server, &visitor, &booted).await, booted, "a restart is no new life");
        let again = server.visitor_with(&server.site, visitor.key.clone());
        again.says(&id, "Lost").await;
        again.says(&id, "Lost, too").await;
        server.stop().await;

        let (folder, file) = (server.folder.path(), kept.path().join(store::FILE));
        match way {
            "folder" => {
                empty(folder);
                copy(kept.path(), folder);
            }
            "over" => drop(fs::copy(file, folder.join(store::FILE)).unwrap()),
            _ => {
                fs::copy(file, folder.join("again")).unwrap();
                fs::rename(folder.join("again"), folder.join(store::FILE)).unwrap();
            }
        }
        server.run().await;
        let now = epoch_for(&server, &visitor, &booted).await;
        assert_ne!(now.epoch, booted.epoch, "{way}");
        let again = server.visitor_with(&server.site, visitor.key.clone());
        assert_eq!(texts(&again.events(&id).await), ["One"]);
        // That was once: from here on it is one life.
        again.says(&id, "Two").await;
        server.restart().await;
        assert_eq!(epoch_for(&server, &visitor, &now).await, now, "{way}");
    }
}

/// What `serve` says until it listens.
fn log_of_start(folder: &Path) -> (String, std::process::Child) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
        .env("PORCHLIGHT_DATA", folder)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = String::new();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    loop {
        let line = lines.next().expect("it listens");
        log.push_str(&line);
        let line: Value = serde_json::from_str(&line).unwrap();
        if let Some(listen) = line["listen"].as_str() {
            assert!(log.contains(
                &format!("{listen}/dashboard/chat/inbox").replace("127.0.0.1", "localhost")
            ));
            break;
        }
    }
    std::thread::spawn(move || lines.for_each(drop));
    (log, child)
}

/// What the disk lost, the log tells: the newest commits, or everything.
#[tokio::test]
async fn a_lost_wal_and_an_emptied_file_are_said_in_the_log() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("One").await;
    server.stop().await;
    let folder = server.folder.path();
    let booted = || {
        let sql = rusqlite::Connection::open(folder.join(store::FILE)).unwrap();
        sql.query_row("SELECT epoch FROM meta", [], |row| row.get::<_, String>(0)).unwrap()
    };
    let first = booted();
    let (log, mut child) = log_of_start(folder);
    assert!(!log.contains("gone back") && !log.contains("copy"), "{log}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(booted(), first);

    let program = Program::start(folder);
    let at_it = program.visitor(&server.site, &visitor.key);
    at_it.says(&id, "Only in the write-ahead log").await;
    program.kill();
    assert!(folder.join("porchlight.db-wal").metadata().unwrap().len() > 0);
    fs::remove_file(folder.join("porchlight.db-wal")).unwrap();
    let _ = fs::remove_file(folder.join("porchlight.db-shm"));
    let (log, mut child) = log_of_start(folder);
    assert!(log.contains("gone back in time"), "{log}");
    child.kill().unwrap();
    child.wait().unwrap();
    let second = booted();
    assert_ne!(second, first);

    for name in ["porchlight.db", "porchlight.db-wal", "porchlight.db-shm"] {
        let _ = fs::remove_file(folder.join(name));
    }
    fs::write(folder.join("porchlight.db"), "").unwrap();
    let (log, mut child) = log_of_start(folder);
    assert!(log.contains("was missing or empty") && log.contains("restore"), "{log}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_ne!(booted(), second);
}

/// A machine that was set back to a snapshot of itself takes the mark along. Only clients know.
#[tokio::test]
async fn a_client_that_has_seen_the_future_proves_another_life() {
    let mut server = TestServer::start().await;
    let (visitor, other) = (server.visitor(), server.visitor());
    visitor.starts("One").await;
    other.starts("One").await;
    let booted = visitor.sync(&hello()).await.booted;
    let (mut open, _) = other.socket().await;

    let future = Boot { revision: booted.revision + 1, ..booted.clone() };
    let now = epoch_for(&server, &visitor, &future).await;
    assert_ne!(now.epoch, booted.epoch, "the client itself starts anew at once");
    assert!(now.revision <= booted.revision);
    // And everybody else, who may have missed what they can't know of.
    assert_eq!(open.refused().await, ("unavailable".to_owned(), Some(1013)));
    let renewed = other.sync(&Hello { booted: Some(booted.clone()), ..hello() }).await.booted;
    assert_ne!(renewed.epoch, booted.epoch);
    server.restart().await;
    let kept = epoch_for(&server, &other, &renewed).await;
    assert_eq!(kept, renewed, "the new epoch is in the file");
}

/// It may have booted before the snapshot, and seen what came after it.
#[tokio::test]
async fn a_client_that_knows_a_commit_that_is_still_to_come_is_told_another_life() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("One").await;
    let welcome = visitor.sync(&hello()).await;
    let booted = Some(welcome.booted.clone());
    let known = |known: u64| Hello { booted: booted.clone(), known: Some(known), ..hello() };
    let mut socket = Socket::open(server.address, &[]).await;
    let same = socket.hello(Hello { auth: Some(visitor.auth()), ..known(welcome.revision) }).await;
    assert_eq!(same.booted, welcome.booted);
    let mut socket = Socket::open(server.address, &[]).await;
    let future = Hello { auth: Some(visitor.auth()), ..known(welcome.revision + 1) };
    assert_ne!(socket.hello(future).await.booted.epoch, welcome.booted.epoch);
    let polled = visitor.sync(&known(welcome.revision + 1)).await;
    assert_ne!(polled.booted.epoch, welcome.booted.epoch);
}

/// Anybody may say anything: it must not make everybody start anew again and again.
#[tokio::test]
async fn a_client_that_lies_gains_nothing() {
    let server = TestServer::start().await;
    let (liar, other) = (server.visitor(), server.visitor());
    liar.starts("One").await;
    other.starts("One").await;
    let mut booted = other.sync(&hello()).await.booted;
    let far = |booted: &Boot| Boot { revision: i64::MAX as u64, ..booted.clone() };
    let answered = liar.sync(&Hello { booted: Some(far(&booted)), ..hello() }).await.booted;
    assert_ne!(answered.epoch, booted.epoch);
    until("the one new life that a start may have", async || {
        other.sync(&hello()).await.booted.epoch != booted.epoch
    })
    .await;
    booted = other.sync(&hello()).await.booted;
    let (mut socket, _) = other.socket().await;
    for _ in 0..3 {
        let answered = liar.sync(&Hello { booted: Some(far(&booted)), ..hello() }).await.booted;
        assert_ne!(answered.epoch, booted.epoch);
        // With the next hello the liar is of this life as everybody.
        let answered = liar.sync(&Hello { booted: Some(answered), ..hello() }).await.booted;
        assert_eq!(answered.epoch, booted.epoch);
    }
    // Longer than it takes to look.
    tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
    assert_eq!(other.sync(&hello()).await.booted.epoch, booted.epoch);
    let id = other.starts("Still there").await;
    assert_eq!(socket.next_event().await.0, id);
}

/// Somebody tidies the lock away, and starts a second server: the first one's clients would never hear
/// of what the second one takes.
#[tokio::test]
async fn a_server_that_lost_its_file_to_another_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    store::create(folder.path()).unwrap();
    let mut first = Program::start(folder.path());
    let second = Command::new(env!("CARGO_BIN_EXE_porchlight"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .env("PORCHLIGHT_DATA", folder.path())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&second.stderr).contains("a server is running"));
    fs::remove_file(folder.path().join(store::LOCK_FILE)).unwrap();
    let second = Program::start(folder.path());
    let begun = std::time::Instant::now();
    let status = loop {
        if let Some(status) = first.child.try_wait().unwrap() {
            break status;
        }
        assert!(begun.elapsed() < SOON, "the first one goes on");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert_eq!(status.code(), Some(70));
    let health = http().get(format!("{}/healthz", second.base)).send().await.unwrap();
    assert_eq!(health.status(), 200);
    second.kill();
}
