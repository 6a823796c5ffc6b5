//! How many statements an operation takes. PostgreSQL pays for each with a round trip, so these numbers are its speed; and
//! unlike times they are the same on every machine.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use porchlight_protocol::wire::{ReadUpTo, Role, Start};
use porchlight_protocol::{Act, ClientId, ClosingSettings, Plan};
use rusqlite::{Connection, StatementStatus};

use crate::asker::Asker;
use crate::clock::Moment;
use crate::commit::Commit;
use crate::credential::{Credential, VisitorCredential};
use crate::error::Result;
use crate::identity::Surroundings;
use crate::ops;
use crate::random::{self, Hash};
use crate::spy::{Run, Spy};
use crate::sql::{Engine, Param, Sql, with_hints};
use crate::sqlite::schema;
use crate::store::SiteId;
use crate::tables::agents::{self, NewAgent};
use crate::tables::sites::{self, NewSite};

/// A store with a site, a visitor and an agent.
struct Bench {
    engine: Connection,
    site: SiteId,
    visitor: VisitorCredential,
    /// The token of an agent's session.
    session: Hash,
}

impl Bench {
    fn new() -> Self {
        let mut engine = Connection::open_in_memory().unwrap();
        schema::prepare(&engine).unwrap();
        schema::migrate(&mut engine).unwrap();
        let new = NewSite::named("Shop", Plan::Professional, &[]).unwrap();
        let site = sites::add(Sql::new(&engine), &new).unwrap();
        let visitor = VisitorCredential { site: new.key, key: random::hash("key"), network: None };
        let bench = Bench { engine, site, visitor, session: random::hash("session") };
        let ada = NewAgent {
            email: "ada@shop.example".to_owned(),
            name: "Ada".to_owned(),
            role: Role::Agent,
            password: String::new(),
        };
        bench.counts(|commit| {
            agents::add(commit.sql, site, &ada)?;
            let login = agents::by_email(commit.sql, &ada.email)?.unwrap();
            let held = commit.hold(site)?;
            agents::sign_in(commit, held, &login, &bench.session, "", None)
        });
        bench
    }

    /// Runs `work` in a transaction as the writers do. Returns what it returns, and the number of statements between
    /// `BEGIN` and `COMMIT`; of them, those that are waited for.
    fn counts<T>(&self, work: impl FnOnce(&mut Commit<'_>) -> Result<T>) -> (T, (usize, usize)) {
        self.engine.batch("BEGIN").unwrap();
        let (statements, waited) = (Cell::new(0), Cell::new(0));
        let hear = |run: Run, _: &str, _: &[Param<'_>]| {
            statements.set(statements.get() + 1);
            waited.set(waited.get() + usize::from(run != Run::Pipelined));
        };
        let spy = Spy { engine: &self.engine, hear: &hear };
        let at = Moment { wall: 1_000_000, steady: 1_000_000 };
        let mut commit = Commit::new(Sql::new(&spy), at);
        let done = work(&mut commit).unwrap();
        commit.save_revisions().unwrap();
        self.engine.batch("COMMIT").unwrap();
        (done, (statements.get(), waited.get()))
    }
}

fn client_id(number: u8) -> ClientId {
    ClientId::from_bytes([number; 16])
}

#[test]
fn an_operation_takes_so_many_statements_and_no_more() {
    let bench = Bench::new();
    let credential = Credential::Visitor(bench.visitor.clone());
    let start = Start {
        client_id: client_id(1),
        text: "Hello".to_owned(),
        bot: false,
        bot_id: None,
        language: None,
    };
    let start = |commit: &mut Commit<'_>| {
        let site = commit.hold(bench.site)?;
        Ok(ops::start(
            commit,
            &site,
            &bench.visitor,
            &start,
            &Surroundings::default(),
            &Asker::default(),
        )?
        .0)
    };
    let (started, first) = bench.counts(start);
    let (_, first_again) = bench.counts(start);
    let id = started.conversation.id;
    let act = |commit: &mut Commit<'_>, name: u8, act: &Act| {
        let site = commit.hold(bench.site)?;
        ops::act(commit, site, &credential, &id, (&client_id(name), act), true)
    };
    let message = Act::message("Is it in stock?");
    let (_, one) = bench.counts(|commit| act(commit, 2, &message));
    let (_, again) = bench.counts(|commit| act(commit, 2, &message));
    let (_, ten) = bench.counts(|commit| {
        for name in 10..20 {
            act(commit, name, &message)?;
        }
        Ok(())
    });
    let agent = Credential::Agent(bench.session);
    let mark = |commit: &mut Commit<'_>| {
        let site = commit.hold(bench.site)?;
        ops::read(commit, site, &agent, &id, ReadUpTo { up_to: 2 })
    };
    let (((), read), ((), read_again)) = (bench.counts(mark), bench.counts(mark));
    let (_, claimed) = bench.counts(|commit| {
        let site = commit.hold(bench.site)?;
        ops::act(commit, site, &agent, &id, (&client_id(30), &Act::Claim { from: None }), true)
    });
    let (_, settings) = bench.counts(|commit| {
        let site = commit.hold(bench.site)?;
        let closing = ClosingSettings { hide_closed: true, ..ClosingSettings::default() };
        sites::set_closing(commit, &site, closing, None)
    });
    // A message waits for two: to hold the site; and to find the visitor, the conversation and an earlier try. With
    // `COMMIT` travel event, result, conversation and revision.
    assert_eq!(one, (6, 2));
    // Together they hold the site and save the revision once.
    assert_eq!(ten, (10 * 4 + 2, 1 + 10));
    assert_eq!((first, first_again), ((9, 2), (4, 4)));
    assert_eq!((again, settings), ((3, 3), (3, 1)));
    assert_eq!((read, read_again), ((4, 2), (2, 2)));
    assert_eq!(claimed, (6, 2));
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

/// SQLite plans a statement anew when a parameter that the plan depends on gets another value. That costs several times
/// the execution.
#[test]
fn a_statement_is_prepared_once() {
    let bench = Bench::new();
    let credential = Credential::Visitor(bench.visitor.clone());
    let agent = Credential::Agent(bench.session);
    let heard = RefCell::new(BTreeSet::new());
    let hear = |_: Run, sql: &str, _: &[Param<'_>]| {
        heard.borrow_mut().insert(with_hints(sql).into_owned());
    };
    let spy = Spy { engine: &bench.engine, hear: &hear };
    for round in 1..=3 {
        let at = Moment { wall: 1_000_000 + i64::from(round), steady: 1_000_000 };
        let mut commit = Commit::new(Sql::new(&spy), at);
        let site = commit.hold(bench.site).unwrap();
        let text = format!("Hello {round}");
        let new = Start {
            client_id: client_id(round),
            text: text.clone(),
            bot: false,
            bot_id: None,
            language: None,
        };
        let id = ops::start(
            &mut commit,
            &site,
            &bench.visitor,
            &new,
            &Surroundings::default(),
            &Asker::default(),
        );
        let id = id.unwrap().0.conversation.id;
        let acts = [
            (&credential, Act::message(text)),
            (&agent, Act::Claim { from: None }),
            (&agent, Act::Close { seen: 9 }),
        ];
        for (at, (who, act)) in (0..).zip(acts) {
            let site = commit.hold(bench.site).unwrap();
            ops::act(&mut commit, site, who, &id, (&client_id(10 * round + at), &act), true)
                .unwrap();
        }
        let site = commit.hold(bench.site).unwrap();
        ops::read(&mut commit, site, &agent, &id, ReadUpTo { up_to: 2 }).unwrap();
        commit.save_revisions().unwrap();
    }
    let heard = heard.into_inner();
    assert!(heard.len() > 8);
    for sql in heard {
        let statement = bench.engine.prepare_cached(&sql).unwrap();
        assert!(statement.get_status(StatementStatus::Run) > 0, "not from the cache: {sql}");
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0, "{sql}");
    }
}
