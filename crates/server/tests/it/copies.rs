//! Backups, putting them back, and looking a store through, as an operator does it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use porchlight_protocol::wire::Hello;
use porchlight_store as store;
use rusqlite::Connection;

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

fn back_up(folder: &Path, to: &Path) -> Output {
    porchlight(folder, &["backup", "--to", to.to_str().unwrap()], "")
}

fn restore(folder: &Path, from: &Path) -> Output {
    porchlight(folder, &["restore", "--from", from.to_str().unwrap()], "")
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// A file of a test's own, outside the data folder.
fn place() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("copy.db");
    (folder, file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_beside_a_busy_server_is_whole() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    let (writer, at) = (visitor.clone(), id.clone());
    let writes = tokio::spawn(async move {
        for number in 0..200 {
            writer.says(&at, &format!("Message {number}")).await;
        }
    });
    until("something is written", async || visitor.conversation(&id).await.head > 20).await;
    let (kept, to) = place();
    let (folder, file) = (server.folder.path().to_owned(), to.clone());
    let before = visitor.conversation(&id).await.head;
    let made = tokio::task::spawn_blocking(move || back_up(&folder, &file)).await.unwrap();
    assert!(said(&made).contains("conversations: 1"));
    writes.await.unwrap();
    assert_eq!(names(kept.path()), ["copy.db"], "one file, and nothing beside it");
    let mode = std::os::unix::fs::PermissionsExt::mode(&to.metadata().unwrap().permissions());
    assert_eq!(mode & 0o077, 0, "nobody else may read it");
    let checked = porchlight(kept.path(), &["check", "--file", to.to_str().unwrap()], "");
    assert!(said(&checked).contains("No damage found"));
    let sql = Connection::open(&to).unwrap();
    let events: u32 = sql.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert!((before..=201).contains(&u64::from(events)), "{events}");
}

#[tokio::test]
async fn a_backup_overwrites_nothing_that_it_was_not_told_to() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    visitor.starts("Hello").await;
    let folder = server.folder.path();
    let (kept, to) = place();
    fs::write(&to, "precious").unwrap();
    assert!(refused(&back_up(folder, &to)).contains("--force"));
    assert_eq!(fs::read_to_string(&to).unwrap(), "precious");
    let folder_refused = refused(&back_up(folder, kept.path()));
    assert!(folder_refused.contains("is a folder"), "{folder_refused}");
    let nowhere = kept.path().join("no").join("where.db");
    assert!(refused(&back_up(folder, &nowhere)).contains("was not made"));

    let forced = ["backup", "--force", "--to"];
    let live = folder.join(store::FILE);
    let linked = kept.path().join("linked.db");
    fs::hard_link(&live, &linked).unwrap();
    for file in [&live, &folder.join("porchlight.db-wal"), &folder.join(store::MARK_FILE), &linked]
    {
        let args = [&forced[..], &[file.to_str().unwrap()]].concat();
        let told = refused(&porchlight(folder, &args, ""));
        assert!(told.contains("the store itself"), "{told}");
    }
    fs::remove_file(&linked).unwrap();
    said(&porchlight(folder, &[&forced[..], &[to.to_str().unwrap()]].concat(), ""));
    assert_eq!(names(kept.path()), ["copy.db"]);
    said(&porchlight(folder, &["check", "--file", to.to_str().unwrap()], ""));
    visitor.starts("All the same").await;
    assert!(said(&porchlight(folder, &["check"], "")).contains("conversations: 2"));
}

/// A file that can't grow is the same to SQLite as a disk that is full: an error in the middle.
#[tokio::test]
async fn a_backup_that_does_not_fit_leaves_no_half_file() {
    let server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("Hello").await;
    for _ in 0..20 {
        visitor.says(&id, &"x".repeat(4_000)).await;
    }
    let (kept, to) = place();
    fs::write(&to, "the backup of yesterday").unwrap();
    let limited = "trap '' XFSZ; ulimit -f 40; exec \"$0\" backup --force --to \"$1\"";
    let output = Command::new("sh")
        .args(["-c", limited, env!("CARGO_BIN_EXE_porchlight")])
        .arg(&to)
        .env("PORCHLIGHT_DATA", server.folder.path())
        .output()
        .unwrap();
    let told = refused(&output);
    assert!(told.contains("was not made"), "{told}");
    assert_eq!(names(kept.path()), ["copy.db"]);
    assert_eq!(fs::read_to_string(&to).unwrap(), "the backup of yesterday");
    visitor.says(&id, "All the same").await;
}

#[tokio::test]
async fn a_backup_is_put_back_as_another_life_and_the_store_of_before_is_kept() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("One").await;
    let booted = visitor.sync(&hello()).await.booted;
    let (_kept, to) = place();
    said(&back_up(server.folder.path(), &to));
    visitor.says(&id, "Two").await;

    let told = refused(&restore(server.folder.path(), &to));
    assert!(told.contains("a server is running"), "{told}");
    assert_eq!(visitor.conversation(&id).await.head, 2);
    server.stop().await;
    let told = said(&restore(server.folder.path(), &to));
    let aside =
        told.lines().find_map(|line| line.strip_prefix("The former store is kept as ")).unwrap();
    let aside = PathBuf::from(aside.trim_end_matches('.'));
    let sql = Connection::open(&aside).unwrap();
    let events: u32 = sql.query_row("SELECT count(*) FROM events", [], |row| row.get(0)).unwrap();
    assert_eq!(events, 2, "nothing is thrown away");
    drop(sql);

    server.run().await;
    let visitor = server.visitor_with(&server.site, visitor.key.clone());
    let hello = Hello { booted: Some(booted.clone()), ..hello() };
    let welcome = visitor.sync(&hello).await;
    assert_ne!(welcome.booted.epoch, booted.epoch);
    assert_eq!(texts(&visitor.events(&id).await), ["One"]);
    visitor.says(&id, "Another two").await;
    said(&porchlight(server.folder.path(), &["check"], ""));

    // On a new machine there is nothing to keep.
    let machine = tempfile::tempdir().unwrap();
    let data = machine.path().join("data");
    let told = said(&restore(&data, &to));
    assert!(told.contains("events: 1") && !told.contains("former"), "{told}");
    assert!(said(&porchlight(&data, &["check"], "")).contains("events: 1"));
}

/// Nobody has to look up how a database is backed up, and no password is in what is printed.
#[test]
fn a_database_is_backed_up_and_restored_by_its_own_programs() {
    let address = "postgres://ada:s3cret@db.internal:5433/my%20shop";
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight"));
        refused(&command.args(args).env("PORCHLIGHT_DATABASE", address).output().unwrap())
    };
    let server = "--host=db.internal --port=5433 --username=ada";
    let told = run(&["backup", "--to", "/tmp/shop.dump"]);
    let expected = format!("pg_dump {server} --format=custom --file=/tmp/shop.dump 'my shop'");
    assert!(told.contains(&expected) && !told.contains("s3cret"), "{told}");
    let told = run(&["restore", "--from", "/tmp/shop.dump"]);
    for expected in [
        format!("createdb {server} --encoding=UTF8 --template=template0 'my shop_restored'"),
        format!(
            "pg_restore {server} --exit-on-error --no-owner --dbname='my shop_restored' /tmp/shop.dump"
        ),
        format!("vacuumdb {server} --analyze 'my shop_restored'"),
    ] {
        assert!(told.contains(&expected) && !told.contains("s3cret"), "{told}");
    }
}

#[tokio::test]
async fn what_is_no_whole_backup_is_not_put_back() {
    let mut server = TestServer::start().await;
    let visitor = server.visitor();
    let id = visitor.starts("One").await;
    for _ in 0..60 {
        visitor.says(&id, &"x".repeat(4_000)).await;
    }
    let (kept, sound) = place();
    said(&back_up(server.folder.path(), &sound));
    server.stop().await;
    let folder = server.folder.path();
    let before = (names(folder), fs::read(folder.join(store::FILE)).unwrap());

    let newer = kept.path().join("newer.db");
    fs::copy(&sound, &newer).unwrap();
    Connection::open(&newer).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let text = kept.path().join("text.db");
    fs::write(&text, "This is a letter.".repeat(1_000)).unwrap();
    let other = kept.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    let blank = kept.path().join("blank.db");
    fs::write(&blank, "").unwrap();
    let damaged = kept.path().join("damaged.db");
    let mut bytes = fs::read(&sound).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 16_384].fill(0xa5);
    fs::write(&damaged, &bytes).unwrap();
    let cut = kept.path().join("cut.db");
    fs::write(&cut, &fs::read(&sound).unwrap()[..middle]).unwrap();
    for (file, why) in [
        (&newer, "newer version"),
        (&text, ""),
        (&other, "no Porchlight store"),
        (&blank, "no Porchlight store"),
        (&damaged, ""),
        (&cut, ""),
        (&kept.path().join("none.db"), "there is no file"),
        (&folder.join(store::FILE), "nothing to put back"),
    ] {
        let told = refused(&restore(folder, file));
        assert!(told.contains(why), "{}: {told}", file.display());
        let now = (names(folder), fs::read(folder.join(store::FILE)).unwrap());
        assert_eq!(now, before, "{}", file.display());
    }
}

#[tokio::test]
async fn a_check_names_what_is_wrong_and_fails() {
    let server = TestServer::start().await;
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let id = visitor.starts("One").await;
    ada.claims(&id).await;
    ada.says(&id, "Two").await;
    ada.put(&format!("/conversations/{id}/read"), &serde_json::json!({"up_to": 3})).await;
    ada.act(&id, &serde_json::json!({"note": {"text": "Mind"}})).await;
    ada.closes(&id).await;
    visitor.says(&id, "Three").await;
    let other = visitor.starts("Untouched").await;
    let folder = server.folder.path();
    let whole = said(&porchlight(folder, &["check"], ""));
    assert!(whole.contains("No damage found") && whole.contains("conversations: 2"), "{whole}");

    for (damage, named) in [
        ("UPDATE events SET body = replace(body, 'Two', 'Six') WHERE seq = 3", "event 3"),
        ("DELETE FROM events WHERE seq = 2", "event 2"),
        (
            "DELETE FROM events WHERE conversation = :id AND seq = (SELECT max(seq) FROM events)",
            "ends",
        ),
        ("UPDATE conversations SET state = replace(state, 'Three', 'Throw')", "as it was written"),
        (
            "UPDATE conversations SET state = replace(state, 'Three', 'Throw'), hash = NULL",
            "the fold",
        ),
        ("UPDATE conversations SET closed = 1 - closed WHERE id = :id", "columns"),
        ("UPDATE sites SET notices = 'x'", "sites"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        let file = copy.path().join(store::FILE);
        said(&back_up(folder, &file));
        let sql = Connection::open(&file).unwrap();
        let damage = damage.replace(":id", &format!("'{id}'"));
        assert!(sql.execute(&damage, []).unwrap() > 0, "{damage}");
        drop(sql);
        let checked = porchlight(copy.path(), &["check"], "");
        let told = refused(&checked);
        assert!(told.contains("is damaged"), "{told}");
        let found = String::from_utf8(checked.stdout).unwrap();
        assert!(found.contains(named), "{damage}: {found}");
        assert!(named == "sites" || found.contains(id.as_str()), "{damage}: {found}");
        assert!(!found.contains(other.as_str()), "{damage}: {found}");
    }
}
