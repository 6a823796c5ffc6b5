//! How many statements an operation takes. PostgreSQL pays for each with a round trip, so these numbers are its speed; and
//! unlike times they are the same on every machine.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use porchlight_protocol::wire::{ReadUpTo, Start};
use porchlight_protocol::{Act, ClientId, ClosingSettings, Member, MemberId, Millis, Plan};
use rusqlite::Connection;

use crate::catalogue::Table;
use crate::clock::Moment;
use crate::commit::Commit;
use crate::credential::{Credential, VisitorCredential};
use crate::error::Result;
use crate::ops::{self, Actor};
use crate::random;
use crate::sql::{Engine, Param, Row, Sql};
use crate::sqlite::schema;
use crate::store::SiteId;
use crate::tables::sites::{self, NewSite};
use crate::tables::visitors;

/// An engine whose statements are counted.
struct Counted {
    engine: Connection,
    statements: Rc<Cell<usize>>,
}

impl Counted {
    fn count(&self) {
        self.statements.set(self.statements.get() + 1);
    }
}

impl Engine for Counted {
    fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>> {
        self.count();
        self.engine.query(sql, params)
    }

    fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize> {
        self.count();
        Engine::execute(&self.engine, sql, params)
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.count();
        self.engine.batch(sql)
    }

    fn note_damage(&self, row: fmt::Arguments<'_>) {
        panic!("damage: {row}");
    }

    fn damaged_rows(&self) -> usize {
        0
    }

    fn look_over(&self) -> Result<()> {
        self.engine.look_over()
    }

    fn bytes(&self) -> Result<u64> {
        self.engine.bytes()
    }

    fn has_table(&self, name: &str) -> Result<bool> {
        self.engine.has_table(name)
    }

    fn tables(&self) -> Result<Vec<Table>> {
        self.engine.tables()
    }

    fn settle(&self) -> Result<()> {
        self.engine.settle()
    }

    fn wall(&self) -> Result<Option<Millis>> {
        self.engine.wall()
    }

    fn life(&self) -> Result<Option<String>> {
        self.engine.life()
    }
}

/// A store with a site and a visitor, and the number of statements since the last question.
struct Bench {
    engine: Counted,
    statements: Rc<Cell<usize>>,
    site: SiteId,
    visitor: VisitorCredential,
}

impl Bench {
    fn new() -> Self {
        let mut file = Connection::open_in_memory().unwrap();
        schema::migrate(&mut file).unwrap();
        let new = NewSite::named("Shop", Plan::Professional, &[]).unwrap();
        let site = sites::add(Sql::new(&file), &new).unwrap();
        let statements = Rc::<Cell<usize>>::default();
        let engine = Counted { engine: file, statements: Rc::clone(&statements) };
        let visitor = VisitorCredential { site: new.key, key: random::hash("key") };
        Bench { engine, statements, site, visitor }
    }

    /// Runs `work` in a transaction as the writers do. Returns what it returns, and the number of statements between
    /// `BEGIN` and `COMMIT`.
    fn counts<T>(&self, work: impl FnOnce(&mut Commit<'_>) -> Result<T>) -> (T, usize) {
        self.engine.engine.batch("BEGIN").unwrap();
        self.statements.set(0);
        let at = Moment { wall: 1_000_000, steady: 1_000_000 };
        let mut commit = Commit::new(Sql::new(&self.engine), at);
        let done = work(&mut commit).unwrap();
        commit.save_revisions().unwrap();
        let statements = self.statements.get();
        self.engine.engine.batch("COMMIT").unwrap();
        (done, statements)
    }
}

fn client_id(number: u8) -> ClientId {
    ClientId::from_bytes([number; 16])
}

#[test]
fn an_operation_takes_so_many_statements_and_no_more() {
    let bench = Bench::new();
    let credential = Credential::Visitor(bench.visitor.clone());
    let (started, first) = bench.counts(|commit| {
        let site = commit.hold(bench.site)?;
        let visitor = visitors::by_key_or_new(commit, &site, &bench.visitor.key)?;
        let start = Start { client_id: client_id(1), text: "Hello".to_owned(), bot: false };
        Ok(ops::start(commit, &site, &visitor, &start)?.0)
    });
    let id = started.conversation.id;
    let act = |commit: &mut Commit<'_>, name: u8, act: &Act| {
        let site = commit.hold(bench.site)?;
        let grant = credential.authorise_at(commit.sql, site, commit.now)?;
        ops::act(commit, &grant.site, &grant.actor, &id, &client_id(name), act)
    };
    let message = Act::Message { text: "Is it in stock?".to_owned() };
    let (_, one) = bench.counts(|commit| act(commit, 2, &message));
    let (_, again) = bench.counts(|commit| act(commit, 2, &message));
    let (_, ten) = bench.counts(|commit| {
        for name in 10..20 {
            act(commit, name, &message)?;
        }
        Ok(())
    });
    let ada = Member { id: MemberId::from_bytes([1; 16]), name: "Ada".to_owned() };
    let (_, read) = bench.counts(|commit| {
        let site = commit.hold(bench.site)?;
        ops::read(commit, &site, &Actor::Agent(ada), &id, ReadUpTo { up_to: 1 })
    });
    let (_, settings) = bench.counts(|commit| {
        let site = commit.hold(bench.site)?;
        let closing = ClosingSettings { hide_closed: true, ..ClosingSettings::default() };
        sites::set_closing(commit, &site, closing, None)
    });
    // A message: hold the site, find the visitor, the conversation and an earlier try; insert event and result, save
    // the conversation and the revision.
    assert_eq!(one, 8);
    // Together they hold the site and save the revision once.
    assert_eq!(ten, 10 * 6 + 2);
    assert_eq!((first, again, settings), (11, 5, 3));
    // Without finding the agent, who is not in this store.
    assert_eq!(read, 4);
}

/// Within a transaction, a site is as that transaction has changed it.
#[test]
fn a_held_site_follows_its_changes_and_goes_back_with_a_savepoint() {
    let bench = Bench::new();
    bench.counts(|commit| {
        let hides = |hide_closed| ClosingSettings { hide_closed, ..ClosingSettings::default() };
        let site = commit.hold(bench.site)?;
        sites::set_closing(commit, &site, hides(true), None)?;
        assert!(commit.hold(bench.site)?.closing.hide_closed);
        let refused: Result<()> = commit.whole(|commit| {
            let site = commit.hold(bench.site)?;
            sites::set_closing(commit, &site, hides(false), None)?;
            assert!(!commit.hold(bench.site)?.closing.hide_closed);
            Err(porchlight_protocol::ErrorCode::NotAllowed.into())
        });
        assert!(refused.is_err() && commit.hold(bench.site)?.closing.hide_closed);
        Ok(())
    });
}
