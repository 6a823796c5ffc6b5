//! A file that an older program wrote becomes one of this program, with everything in it.

use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::settings::ClosingEffect;
use porchlight_protocol::{Author, ClosingSettings, Conversation, Plan, VisitorKey};
use porchlight_store::{self as store, AdminStore, Place};
use rusqlite::Connection;

use crate::commands::{porchlight, refused, said};
use crate::harness::*;

const TABLES: &str = include_str!("../../../store/src/sqlite/step-1.sql");
const WRITTEN: &str = include_str!("fixtures/step-1.sql");

fn old_file() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let sql = Connection::open(folder.path().join(store::FILE)).unwrap();
    sql.execute_batch(TABLES).unwrap();
    sql.execute_batch(WRITTEN).unwrap();
    folder
}

#[tokio::test]
async fn a_file_of_step_1_is_taken_over_whole() {
    let folder = old_file();
    assert_eq!(store::migrate(folder.path()).unwrap().0, 1);
    let sites = AdminStore::new(folder.path()).sites().unwrap();
    let [(first, _), (second, _)] = &sites[..] else { panic!("{sites:?}") };
    // Existing sites are on the plan that includes what they had; a text of one's own is kept.
    assert_eq!((first.plan, second.plan), (Plan::Professional, Plan::Professional));
    let expected = ClosingSettings {
        notices: vec![notice("en", "Bye from \"Lantern & Oak\"")],
        ..closing(true, false, true)
    };
    assert_eq!(first.closing, expected);
    assert_eq!(second.closing, ClosingSettings::default(), "the built-in text needs no row");
    assert!(first.policy().hide_closed_since.is_some_and(|since| since > 0));

    let server =
        TestServer::start_with(|config| config.place = Place::Folder(folder.path().to_owned()))
            .await;
    let mut key = [0; 32];
    key[31] = 7;
    let visitor = server.visitor_with(&first.key, VisitorKey::from_bytes(key));
    let ada = server.agent("ada").await;
    assert_eq!(ada.session.role, porchlight_protocol::rights::Role::Owner, "the oldest admin");
    let all = ada.folder("?filter=all").await.conversations;
    let [with_ada, with_wick, by_visitor, by_ada] = &all[..] else { panic!("{all:?}") };
    assert!(matches!(with_wick.kind, Kind::Bot(_)) && !with_wick.is_closed());
    assert!(matches!(&by_visitor.status, Status::Closed { by: Author::Visitor, .. }));
    assert!(matches!(&by_ada.status, Status::Closed { by: Author::Agent(_), .. }));
    assert_eq!(texts(&visitor.events(&with_ada.id).await), ["Open", "Anybody?"]);
    assert_eq!(visitor.home().await, [with_ada.id.clone(), with_wick.id.clone()]);

    // The folders' columns are what the states say.
    let counts = ada.sync(&hello()).await.counts.unwrap();
    let count = |of: fn(&Conversation) -> bool| all.iter().filter(|it| of(it)).count() as u64;
    assert_eq!(counts.open, count(|it| !it.is_closed()));
    assert_eq!(counts.unassigned, count(Conversation::is_waiting));
    assert_eq!(counts.unread, count(Conversation::is_unread));
    // Since when they wait is in the logs, and in the folder's order.
    let waiting = ada.folder("?filter=unassigned&sort=waiting").await.conversations;
    assert_eq!(waiting.len() as u64, counts.unassigned);
    for conversation in all.iter().filter(|it| !it.is_closed()) {
        assert_eq!(conversation.waits_since(), conversation.unanswered);
        assert_eq!(conversation.unanswered.is_some(), conversation.is_last_of_visitor());
    }
    assert_eq!(ada.folder("?filter=mine").await.conversations.len() as u64, counts.mine);

    // Periods count from what was last done, and what is on Home is known.
    let effect = ada.effect_of(&ClosingSettings { bots_apart: true, ..closing_after(1) }).await;
    assert_eq!(
        ClosingEffect { due: 0, ..effect },
        ClosingEffect { open: 2, timed: 1, due: 0, closed: 1 }
    );
    with_file(folder.path(), |sql| {
        for conversation in &all {
            let active_at: i64 = sql.query_row(
                "SELECT active_at FROM conversations WHERE id = ?1",
                [conversation.id.as_str()],
                |row| row.get(0),
            )?;
            assert_eq!(active_at, conversation.active_at);
        }
        Ok(())
    })
    .unwrap();
    visitor.says(&with_ada.id, "Still here").await;
}

fn form(folder: &tempfile::TempDir) -> u32 {
    let sql = Connection::open(folder.path().join(store::FILE)).unwrap();
    sql.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap()
}

/// Whatever its form, all that is in it is in order afterwards, and its clients need not begin anew.
#[test]
fn files_of_every_form_are_whole_after_the_migration() {
    let second = old_file();
    let sql = Connection::open(second.path().join(store::FILE)).unwrap();
    sql.execute_batch(include_str!("../../../store/src/sqlite/step-2.sql")).unwrap();
    sql.pragma_update(None, "user_version", 2).unwrap();
    drop(sql);
    for (folder, before) in [(old_file(), 1), (second, 2)] {
        let path = folder.path().join(store::FILE);
        let epoch = || {
            let sql = Connection::open(&path).unwrap();
            sql.query_row("SELECT epoch FROM meta", [], |row| row.get::<_, String>(0)).unwrap()
        };
        let was = epoch();
        let (from, to) = store::migrate(folder.path()).unwrap();
        assert_eq!((from, to as u32), (before, form(&folder)));
        let report = store::check::file(&path).unwrap();
        assert!(report.faults.is_empty(), "{:?}", report.faults);
        assert_eq!(report.contents.conversations, 4);
        let revisions: Vec<i64> = with_file(folder.path(), |sql| {
            let mut of = sql.prepare("SELECT revision FROM sites")?;
            of.query_map([], |row| row.get(0))?.collect()
        })
        .unwrap();
        assert_eq!(revisions, [12, 12], "no site's goes back behind the store's of before");
        let unhashed: u32 = with_file(folder.path(), |sql| {
            let count = "SELECT count(*) FROM conversations WHERE hash IS NULL";
            sql.query_row(count, [], |row| row.get(0))
        })
        .unwrap();
        assert_eq!(unhashed, 0);
        assert_eq!(store::migrate(folder.path()).unwrap(), (to, to), "twice changes nothing");
        assert_eq!(epoch(), was);
    }
}

/// The new program's commands, run before the server is restarted.
#[tokio::test]
async fn a_command_leaves_an_older_file_as_it_is_and_says_what_to_do() {
    let folder = old_file();
    for args in [
        &["site", "list"][..],
        &["bot", "add", "--name", "Wick"],
        &["site", "add", "--name", "Shop", "--allow-origin", "https://shop.example"],
        &["check"],
    ] {
        let told = refused(&porchlight(folder.path(), args, ""));
        assert!(told.contains("migrate") || told.contains("restart"), "{args:?}: {told}");
        assert_eq!(form(&folder), 1, "{args:?}");
    }
    // A backup is what one makes before an upgrade.
    let to = folder.path().join("before.db");
    said(&porchlight(folder.path(), &["backup", "--to", to.to_str().unwrap()], ""));
    assert_eq!(form(&folder), 1);
    let told = said(&porchlight(folder.path(), &["migrate"], ""));
    assert!(told.contains("from schema version 1"), "{told}");
    said(&porchlight(folder.path(), &["site", "list"], ""));
}

#[tokio::test]
async fn nothing_is_migrated_under_a_running_server() {
    let server = TestServer::start().await;
    let told = refused(&porchlight(server.folder.path(), &["migrate"], ""));
    assert!(told.contains("a server is running"), "{told}");
}

#[test]
fn a_file_of_a_newer_program_is_left_alone() {
    let folder = old_file();
    let path = folder.path().join(store::FILE);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let before = std::fs::read(&path).unwrap();
    let told = |error: anyhow::Error| {
        let told = format!("{error:#}");
        assert!(told.contains("newer version"), "{told}");
    };
    let url = "https://chat.example".parse().unwrap();
    told(AdminStore::new(folder.path()).set_public_url(&url).unwrap_err());
    told(AdminStore::new(folder.path()).sites().unwrap_err());
    told(store::migrate(folder.path()).unwrap_err());
    let time = std::sync::Arc::new(TestTime::default());
    let open = store::Store::open(folder.path(), &store::StoreConfig::default(), time, |_| {});
    told(open.err().unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn another_programs_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(store::FILE);
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    let time = std::sync::Arc::new(TestTime::default());
    let open = store::Store::open(folder.path(), &store::StoreConfig::default(), time, |_| {});
    let told = format!("{:#}", open.err().unwrap());
    assert!(told.contains("another program's"), "{told}");
    let told = format!("{:#}", AdminStore::new(folder.path()).sites().unwrap_err());
    assert!(told.contains("no Porchlight store"), "{told}");
}
