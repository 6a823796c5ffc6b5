//! A file that an older program wrote becomes one of this program, with everything in it.

use porchlight_protocol::conversation::{Kind, Status};
use porchlight_protocol::settings::ClosingEffect;
use porchlight_protocol::{Author, ClosingSettings, Plan, VisitorKey};
use porchlight_server::store::{self, sites};
use rusqlite::Connection;

use crate::harness::*;

const TABLES: &str = include_str!("../../src/store/step-1.sql");
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
    let sites = store::with_file(folder.path(), |sql| Ok(sites::all(sql).unwrap())).unwrap();
    let [first, second] = &sites[..] else { panic!("{sites:?}") };
    // Existing sites are on the plan that includes what they had; a text of one's own is kept.
    assert_eq!((first.plan, second.plan), (Plan::Professional, Plan::Professional));
    let expected = ClosingSettings {
        notices: vec![notice("en", "Bye from \"Lantern & Oak\"")],
        ..closing(true, false, true)
    };
    assert_eq!(first.closing, expected);
    assert_eq!(second.closing, ClosingSettings::default(), "the built-in text needs no row");
    assert!(first.policy().hide_closed_since.is_some_and(|since| since > 0));

    let server = TestServer::start_with(|config| config.data = folder.path().to_owned()).await;
    let mut key = [0; 32];
    key[31] = 7;
    let visitor = server.visitor_with(&first.key, VisitorKey::from_bytes(key));
    let ada = server.agent("ada").await;
    let all = ada.folder("?filter=all").await.conversations;
    let [with_ada, with_wick, by_visitor, by_ada] = &all[..] else { panic!("{all:?}") };
    assert!(matches!(with_wick.kind, Kind::Bot(_)) && !with_wick.is_closed());
    assert!(matches!(&by_visitor.status, Status::Closed { by: Author::Visitor, .. }));
    assert!(matches!(&by_ada.status, Status::Closed { by: Author::Agent(_), .. }));
    assert_eq!(texts(&visitor.events(&with_ada.id).await), ["Open", "Anybody?"]);
    assert_eq!(visitor.home().await, [with_ada.id.clone(), with_wick.id.clone()]);

    // Periods count from what was last done, and what is on Home is known.
    let effect = ada.effect_of(&ClosingSettings { bots_apart: true, ..closing_after(1) }).await;
    assert_eq!(
        ClosingEffect { due: 0, ..effect },
        ClosingEffect { open: 2, timed: 1, due: 0, closed: 1 }
    );
    store::with_file(folder.path(), |sql| {
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

#[test]
fn a_file_of_a_newer_program_is_left_alone() {
    let folder = old_file();
    let path = folder.path().join(store::FILE);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let refused = store::with_file(folder.path(), |_| Ok(())).unwrap_err();
    assert!(format!("{refused:#}").contains("newer version"), "{refused:#}");
}
