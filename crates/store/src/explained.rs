//! The plans of the queries that every client asks: on either engine none reads more rows than it shows or counts, however
//! many there are. The queries are those of the functions that ask them: [`Spy`] hears what they ask.

use std::cell::RefCell;
use std::str::FromStr;

use porchlight_protocol::limits::PAGE_CONVERSATIONS_MAX;
use porchlight_protocol::wire::Start;
use porchlight_protocol::{
    Act, ClientId, ClosingSettings, ConversationId, Filter, MemberId, Millis, Policy, SiteKey,
    VisitorId,
};
use rusqlite::Connection;

use crate::answers::LATEST;
use crate::asker::Asker;
use crate::clock::Moment;
use crate::commit::Commit;
use crate::credential::{Credential, VisitorCredential};
use crate::identity::Surroundings;
use crate::ops;
use crate::postgres::scratch::Scratch;
use crate::spy::{Run, Spy};
use crate::sql::{Engine, Param, Session, Sql, params};
use crate::sqlite::engine::FileSession;
use crate::sqlite::schema;
use crate::tables::conversations::{self, Listed};
use crate::tables::{
    bots, deadlines, events, greetings, news, records, sites, tallies, trials, visitors,
};

const OPEN: u64 = 30_000;
const CLOSED: u64 = 100_000;

/// Tables with a few rows for each site or each agent: reading one whole is right.
const SMALL: &[&str] = &[
    "sites",
    "agents",
    "bots",
    "flows",
    "sessions",
    "allow_origins",
    "meta",
    "presence",
    "tallies",
    "trials",
];

/// How an engine answers a query.
#[derive(Debug)]
struct Plan {
    /// The plan as the engine tells it.
    text: String,
    /// Rows that are read, if the engine tells.
    rows: u64,
    /// What should not be in a plan.
    faults: Vec<String>,
}

/// How an engine would answer a query.
type Explain<'a> = &'a dyn Fn(&str, &[Param<'_>]) -> Plan;

/// An id of 32 digits.
fn id(number: u64) -> String {
    format!("{number:032}")
}

/// The same in SQL.
const ID: &str =
    "substr('00000000000000000000000000000000' || CAST(i AS TEXT), length(CAST(i AS TEXT)) + 1)";

const AGENT: u64 = 7;
const BOT: u64 = 3;
/// The visitor with 2,000 conversations.
const BUSY: u64 = 0;
/// A closed conversation with a long log.
const LONG: u64 = 22;

/// Fills a store with open and closed conversations of every sort, as they come in a site that has been there for long.
/// `to_bytes` makes bytes of the text of `i`.
fn fill(sql: Sql<'_>, to_bytes: &str) {
    let all = OPEN + CLOSED;
    let numbers = |count: u64| {
        format!(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
        )
    };
    let padded = |number: &str| ID.replace("CAST(i ", &format!("CAST({number} "));
    let hash = [0; 32];
    let visitor = "CASE WHEN i % 65 = 0 THEN 0 ELSE 1 + i % 26000 END";
    let (open, bot) = ("i % 13 > 9", "i % 5 = 0");
    let owned = format!("({open}) AND NOT ({bot}) AND i % 3 = 0");
    let flag = |what: &str| format!("CASE WHEN {what} THEN 1 ELSE 0 END");
    for site in ["big", "small"] {
        sql.execute(
            "INSERT INTO sites (key, name, created_at, revision, auto_close_after_s, bots_apart, \
             bot_auto_close_after_s) VALUES ($1, $1, 0, 1000000, 60, 1, 60)",
            params![site],
        )
        .unwrap();
    }
    let bot_row =
        "INSERT INTO bots (id, site, name, token, created_at) VALUES ($1, 1, 'Wick', $2, 0)";
    sql.execute(bot_row, params![id(BOT), hash]).unwrap();
    sql.execute(
        &format!(
            "{} INSERT INTO visitors (site, key, id, created_at, revoked_at) \
             SELECT 1, {to_bytes}, {}, i, CASE WHEN i % 1000 = 1 THEN i END FROM n",
            numbers(26_001),
            padded("i - 1"),
        ),
        params![],
    )
    .unwrap();
    // Of all visitors something is known, and some have joined others.
    let record = format!(
        "{{\"id\":\"{}\",\"name\":{{\"value\":\"Bo\",\"by\":\"page\",\"at\":0}},\"first_seen\":0,\
         \"last_seen\":0,\"revision\":0,\"conversations\":0}}",
        id(BUSY)
    );
    let records = format!(
        "{} INSERT INTO records (site, visitor, person, record, seen_at, revision) \
         SELECT 1, {}, CAST(i AS TEXT), $1, 0, i FROM n",
        numbers(26_001),
        padded("i - 1"),
    );
    sql.execute(&records, params![&record]).unwrap();
    let joined = "UPDATE visitors SET joined = $1, joined_revision = created_at \
         WHERE site = 1 AND created_at % 20 = 7";
    sql.execute(joined, params![id(BUSY)]).unwrap();
    let text = |what: &str| format!("' || {what} || '");
    let bot_id = id(BOT);
    let state = format!(
        "'{{\"id\":\"{}\",\"kind\":{},\"visitor\":\"{}\",\"started_at\":0,\"head\":1,\"revision\":{},\"status\":{},\
         \"active_at\":{},\"active_revision\":{},\"visitor_seq\":1,\"visitor_read\":{{\"up_to\":1}},\
         \"team_read\":{{\"up_to\":0,\"unread\":[1]}}}}'",
        text(ID),
        text(&format!(
            "CASE WHEN {bot} THEN '{{\"bot\":{{\"id\":\"{bot_id}\",\"name\":\"Wick\"}}}}' ELSE '\"live\"' END"
        )),
        text(&padded(visitor)),
        text("CAST(i AS TEXT)"),
        text(&format!(
            "CASE WHEN {open} THEN '\"open\"' \
             ELSE '{{\"closed\":{{\"by\":\"timer\",\"at\":0,\"revision\":' || CAST(i AS TEXT) || '}}}}' END"
        )),
        text("CAST(i AS TEXT)"),
        text("CAST(i AS TEXT)"),
    );
    let insert = format!(
        "{} INSERT INTO conversations (site, id, visitor, bot, closed, assignee, revision, active, active_at, put_away, \
         waiting, unread, closed_revision, read_revision, waits_from, left_first, state) \
         SELECT 1, {ID}, {}, CASE WHEN {bot} THEN '{bot_id}' END, {}, CASE WHEN {owned} THEN {} END, i, i, i, {}, \
         {}, {}, {}, {}, {}, {}, {state} FROM n",
        numbers(all),
        padded(visitor),
        flag(&format!("NOT ({open})")),
        padded("i % 20"),
        flag(&format!("NOT ({open}) AND i % 4 = 0")),
        flag(&format!("({open}) AND NOT ({bot}) AND NOT ({owned})")),
        flag(&format!("({open}) AND i % 2 = 0")),
        format_args!("CASE WHEN {open} THEN 0 ELSE i END"),
        format_args!("CASE WHEN {open} THEN 0 WHEN i % 7 = 0 THEN {} ELSE i + 1 END", i64::MAX),
        format_args!("CASE WHEN ({open}) AND NOT ({bot}) AND NOT ({owned}) THEN i ELSE 0 END"),
        format_args!("CASE WHEN ({open}) AND NOT ({bot}) AND NOT ({owned}) THEN i ELSE 0 END"),
    );
    sql.execute(&insert, params![]).unwrap();
    let event = "(site, conversation, seq, revision, at, author, body, hash) SELECT 1";
    let each = format!(
        "{} INSERT INTO events {event}, {ID}, 1, i, 0, '\"visitor\"', '{{}}', $1 FROM n",
        numbers(all)
    );
    sql.execute(&each, params![hash]).unwrap();
    let long = format!(
        "{} INSERT INTO events {event}, '{}', i + 1, i, 0, '\"visitor\"', '{{}}', $1 FROM n",
        numbers(5_000),
        id(LONG)
    );
    sql.execute(&long, params![hash]).unwrap();
    let acts = format!(
        "{} INSERT INTO acts (site, conversation, author, client_id, digest, first_seq, events, head, at) \
         SELECT 1, {ID}, 'visitor', 'x', $1, 1, 1, 1, i FROM n",
        numbers(all)
    );
    sql.execute(&acts, params![hash]).unwrap();
    let starts = format!(
        "{} INSERT INTO starts (site, visitor, client_id, digest, conversation, at) \
         SELECT 1, {}, CAST(i AS TEXT), $1, {ID}, i FROM n",
        numbers(all),
        padded(visitor),
    );
    sql.execute(&starts, params![hash]).unwrap();
    // Flows that wait for an answer, and some that wait for a time.
    let runs = format!(
        "{} INSERT INTO runs (site, conversation, bot, version, state, wake_at) \
         SELECT 1, {ID}, '{bot_id}', 1, '{{}}', CASE WHEN i % 20 = 0 THEN i END FROM n",
        numbers(all),
    );
    sql.execute(&runs, params![]).unwrap();
}

fn count(sql: Sql<'_>, of: &str) -> u64 {
    sql.value(&format!("SELECT count(*) FROM conversations WHERE site = 1 AND {of}"), params![])
        .unwrap()
}

/// Asks everything that clients ask, and the timer, and the housekeeping.
fn ask_everything(engine: &dyn Engine, explain: Explain<'_>) {
    let plain = Sql::new(engine);
    assert_eq!((count(plain, "closed = 0"), count(plain, "closed = 1")), (OPEN, CLOSED));
    // Asks, and allows so many rows to be read by each query.
    let ask = |name: &str, rows: u64, call: &dyn Fn(Sql<'_>)| {
        let plans = RefCell::new(Vec::<(String, Plan)>::new());
        let hear = |run: Run, sql: &str, params: &[Param<'_>]| {
            let is_known = plans.borrow().iter().any(|(known, _)| known == sql);
            if run != Run::Batch && !sql.contains("SAVEPOINT") && !is_known {
                let plan = explain(sql, params);
                plans.borrow_mut().push((sql.to_owned(), plan));
            }
        };
        call(Sql::new(&Spy { engine, hear: &hear }));
        let plans = plans.into_inner();
        assert!(!plans.is_empty(), "{name} asks nothing");
        for (sql, Plan { text, rows: read, faults }) in plans {
            assert!(faults.is_empty(), "{name}: {faults:?} in\n{sql}\n{text}");
            assert!(read <= rows, "{name} reads {read} rows, and not {rows}:\n{sql}\n{text}");
        }
    };
    let agent: MemberId = id(AGENT).parse().unwrap();
    let bot: MemberId = id(BOT).parse().unwrap();
    let busy: VisitorId = id(BUSY).parse().unwrap();
    let page = 50;
    let mut listed: Vec<(String, Listed)> = Filter::ALL
        .into_iter()
        .map(|filter| (format!("the folder {filter:?}"), Listed::Folder(filter, agent.clone())))
        .collect();
    listed.push(("waiting longest".to_owned(), Listed::Waiting));
    listed.push(("the bot's list".to_owned(), Listed::Bot(bot)));
    listed.push(("the visitor's list".to_owned(), Listed::Visitor(busy.clone())));
    for (name, listed) in &listed {
        let mut from = None;
        for turn in ["first", "next"] {
            ask(&format!("{name}, {turn} page"), page + 1, &|sql| {
                let found = conversations::list(sql, 1, listed, from, page as usize).unwrap();
                assert_eq!(found.conversations.len() as u64, page, "{name}");
            });
            from = conversations::list(plain, 1, listed, from, page as usize).unwrap().next;
        }
        // In the middle, which is a rest of other sizes.
        ask(&format!("{name}, in the middle"), page + 1, &|sql| {
            conversations::list(sql, 1, listed, Some(65_000), page as usize).unwrap();
        });
    }
    let most = [
        count(plain, "closed = 0"),
        count(plain, "waiting = 1"),
        count(plain, &format!("closed = 0 AND assignee = '{}'", agent.as_str())),
        count(plain, "unread = 1"),
    ];
    ask("the counts", most[2], &|sql| {
        let counts = tallies::counts(sql, 1, &agent, 0).unwrap();
        assert_eq!([counts.open, counts.unassigned, counts.mine, counts.unread], most);
    });

    let on_home = PAGE_CONVERSATIONS_MAX as u64;
    let hides = Policy { hide_closed_since: Some(1), ..Policy::default() };
    let keeps = Policy { keep_unread: true, ..hides.clone() };
    for (name, policy) in [("all", Policy::default()), ("open", hides), ("unread", keeps)] {
        for booted in [1_000, 100_000, 1_000_000] {
            ask(&format!("Home with {name} at {booted}"), on_home, &|sql| {
                conversations::home(sql, 1, &busy, &policy, booted).unwrap();
            });
        }
    }
    ask("the visitor's newest", 1, &|sql| {
        conversations::newest_of_visitor(sql, 1, &busy).unwrap();
    });
    ask("how long visitors waited", LATEST, &|sql| {
        conversations::waited(sql, 1, 0).unwrap();
    });
    ask("the site's newest", 1, &|sql| {
        conversations::newest_of_site(sql, 1).unwrap();
    });
    ask("what is known of visitors", page, &|sql| {
        let listed = Listed::Folder(Filter::All, agent.clone());
        let found = conversations::list(plain, 1, &listed, None, page as usize).unwrap();
        assert!(records::names(sql, 1, &found.conversations).unwrap().len() > 40);
    });
    ask("a record", 1, &|sql| {
        assert!(records::of(sql, 1, &busy).unwrap().is_some());
        assert_eq!(records::person(sql, 1, "1").unwrap().as_ref(), Some(&busy));
        assert!(records::is_stale(sql, 1, &busy, Millis::MAX / 2).unwrap());
        assert_eq!(visitors::resolved(sql, 1, &busy).unwrap().as_ref(), Some(&busy));
    });
    ask("the newest of the records", 1, &|sql| {
        assert_eq!(records::newest(sql, 1).unwrap(), 26_001);
        assert_eq!(visitors::joined_last(sql, 1, &busy).unwrap(), 25_987);
    });
    ask("records that changed", page, &|sql| {
        assert_eq!(records::changed(sql, 1, 25_951, 1_000).unwrap().len() as u64, page);
        assert_eq!(records::joined(sql, 1, 25_951, 1_000).unwrap().len(), 2);
    });
    let long: ConversationId = id(LONG).parse().unwrap();
    ask("a conversation", 1, &|sql| {
        conversations::load(sql, 1, &long).unwrap().unwrap();
    });
    ask("the log's last", 1, &|sql| assert_eq!(events::last(sql, 1, &long).unwrap(), 5_001));
    ask("a page of the log", page, &|sql| {
        events::after(sql, 1, &long, 5_001, 2_000, page as usize).unwrap();
        events::before(sql, 1, &long, 5_001, 2_000, page as usize).unwrap();
    });
    ask("the log's beginning and end", page, &|sql| {
        events::range(sql, 1, &long, 1, page).unwrap();
        events::range(sql, 1, &long, 5_002 - page, 5_001).unwrap();
    });

    ask("what is due", 64, &|sql| {
        let due = deadlines::due(sql, 1_000_000_000).unwrap();
        assert_eq!((due.sites.len(), due.flows[&1].len()), (1, 64));
    });
    let on_home = count(plain, "closed = 1 AND put_away = 0");
    ask("the effect of settings", on_home.max(OPEN), &|sql| {
        let site = sites::by_id(sql, 1).unwrap();
        let settings = ClosingSettings { auto_close_after_s: Some(60), ..Default::default() };
        let effect = deadlines::effect(sql, &site, &settings, 100_000).unwrap();
        assert_eq!((effect.open, effect.closed), (OPEN, on_home));
    });
    let write = |name: &str, rows: u64, call: &dyn Fn(&mut Commit<'_>)| {
        let now = Moment { wall: 1_000_000_000, steady: 1_000_000_000 };
        ask(name, rows, &|sql| {
            sql.batch("BEGIN").unwrap();
            call(&mut Commit::new(sql, now));
            sql.batch("ROLLBACK").unwrap();
        });
    };
    let key = [1; 32];
    let keyed = "UPDATE visitors SET key = $1 WHERE site = 1 AND id = $2";
    plain.execute(keyed, params![key, id(23)]).unwrap();
    let client_id = ClientId::from_bytes([1; 16]);
    write("a start", 1, &|commit| {
        let site = commit.hold(1).unwrap();
        let start = Start {
            client_id: client_id.clone(),
            text: "Hello".to_owned(),
            bot: false,
            bot_id: None,
            language: None,
        };
        let from = VisitorCredential { site: site.key.clone(), key, network: None };
        assert!(
            ops::start(commit, &site, &from, &start, &Surroundings::default(), &Asker::default())
                .unwrap()
                .1
        );
    });
    let shop = SiteKey::from_str("pl_shop_00").unwrap();
    let theirs: ConversationId = id(26_022).parse().unwrap();
    write("a message", 1, &|commit| {
        let site = commit.hold(1).unwrap();
        let credential =
            Credential::Visitor(VisitorCredential { site: shop.clone(), key, network: None });
        let act = Act::message("Hello");
        assert!(ops::act(commit, site, &credential, &theirs, (&client_id, &act), true).unwrap().1);
    });
    write("an agent's and a bot's message", 1, &|commit| {
        let site = commit.hold(1).unwrap();
        for credential in [Credential::Agent(key), Credential::Bot(key)] {
            let act = Act::message("Hello");
            let done =
                ops::act(commit, site.clone(), &credential, &theirs, (&client_id, &act), true);
            assert!(done.unwrap_err().is(credential.refusal()));
        }
    });
    // The incremental sort of PostgreSQL reads some rows ahead.
    write("closing what is due", 64 + 64, &|commit| {
        let site = commit.hold(1).unwrap();
        let closed = deadlines::close_due(commit, &site, 64).unwrap();
        assert_eq!((closed.closed, closed.stuck), (64, 0));
    });
    write("forgetting old acts", 1_000, &|commit| {
        let late = Moment { wall: Millis::MAX / 2, steady: 0 };
        let commit = &mut Commit::new(commit.sql, late);
        assert!(!ops::forget_old_acts(commit).unwrap());
    });
    ask("who was revoked", 27, &|sql| {
        assert_eq!(visitors::revoked_since(sql, 0).unwrap().len(), 27);
    });
    ask("what is small", 10, &|sql| {
        bots::of_site(sql, 1, None).unwrap();
        greetings::all(sql, 1).unwrap();
        sites::heads(sql).unwrap();
        sites::steady(sql).unwrap();
        sites::listed(sql).unwrap();
        trials::ended(sql, 0).unwrap();
        trials::one_of(sql, 1).unwrap();
        trials::tried(sql, -1).unwrap();
    });
    // The newest 200 events, and the conversations that they belong to.
    ask("what changed in a site", 600, &|sql| {
        let newest = sql.value::<u64>("SELECT max(revision) FROM events WHERE site = 1", params![]);
        let after = newest.unwrap() - 200;
        assert!(news::since(sql, 1, after).unwrap().is_some());
    });
    ask("the visitor's conversations", 2_001, &|sql| {
        let standing = visitors::standing(sql, 1, &busy, 0).unwrap();
        assert_eq!(standing.unwrap().conversations, 2_000);
    });
}

#[test]
fn no_query_of_a_file_reads_more_than_it_shows() {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::prepare(&connection).unwrap();
    schema::migrate(&mut connection).unwrap();
    let session = FileSession(connection);
    let engine = session.engine();
    fill(Sql::new(engine), "CAST(i AS BLOB)");
    engine.batch("ANALYZE").unwrap();
    ask_everything(engine, &|sql, params| explained_by_sqlite(engine, sql, params));
}

fn explained_by_sqlite(engine: &dyn Engine, sql: &str, params: &[Param<'_>]) -> Plan {
    let steps: Vec<String> = Sql::new(engine)
        .all(&format!("EXPLAIN QUERY PLAN {sql}"), params, |row| row.get(3))
        .unwrap();
    let is_fault = |step: &&String| {
        let scans = step.strip_prefix("SCAN ").is_some_and(|what| {
            let what = what.split(' ').next().unwrap();
            what != "CONSTANT" && !SMALL.contains(&what)
        });
        // "For the last term" sorts the rows that are equal in the index's order, and no more of them than are wanted.
        let sorts = step.contains("TEMP B-TREE") && !step.contains("FOR LAST TERM");
        scans || sorts || step.contains("AUTOMATIC")
    };
    let faults = steps.iter().filter(is_fault).cloned().collect();
    Plan { rows: 0, faults, text: steps.join("\n") }
}

#[test]
#[ignore = "needs a PostgreSQL server"]
fn no_query_of_a_database_reads_more_than_it_shows() {
    let scratch = Scratch::new("explained");
    let database = &scratch.database;
    database.migrate().unwrap();
    let session = database.session().unwrap();
    let engine = session.engine();
    // The rows refer to each other as they should: checking each takes longer than all the rest.
    engine.batch("SET session_replication_role = replica").unwrap();
    fill(Sql::new(engine), "CAST(CAST(i AS TEXT) AS BYTEA)");
    engine.batch("SET session_replication_role = DEFAULT").unwrap();
    let tallied = "INSERT INTO tallies SELECT site, sum(1 - closed), sum(waiting), sum(unread) \
         FROM conversations GROUP BY site";
    engine.batch(tallied).unwrap();
    engine.settle().unwrap();
    let beside = RefCell::new(scratch.client());
    ask_everything(engine, &|sql, params| {
        explained_by_postgres(&mut beside.borrow_mut(), sql, params)
    });
}

/// The plan that a connection of the server has after some time: PostgreSQL plans a prepared statement anew at its first
/// executions, and then may keep a plan for all parameters.
fn explained_by_postgres(client: &mut postgres::Client, sql: &str, params: &[Param<'_>]) -> Plan {
    let literals: Vec<String> = params.iter().map(literal).collect();
    let literals =
        if literals.is_empty() { String::new() } else { format!("({})", literals.join(", ")) };
    client.batch_execute(&format!("PREPARE asked AS {sql}")).unwrap();
    let reads = sql.starts_with("SELECT");
    if reads {
        for _ in 0..8 {
            client.simple_query(&format!("EXECUTE asked{literals}")).unwrap();
        }
    }
    let how = if reads { "ANALYZE, TIMING off, FORMAT JSON" } else { "FORMAT JSON" };
    let told = client.simple_query(&format!("EXPLAIN ({how}) EXECUTE asked{literals}")).unwrap();
    client.batch_execute("DEALLOCATE asked").unwrap();
    let text = told.iter().find_map(|told| match told {
        postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let text = text.unwrap();
    let told: serde_json::Value = serde_json::from_str(text).unwrap();
    let mut plan = Plan { text: text.to_owned(), rows: 0, faults: Vec::new() };
    look(&told[0]["Plan"], &mut plan);
    plan
}

fn literal(param: &Param<'_>) -> String {
    match param {
        Param::Null => "NULL".to_owned(),
        Param::Int(int) => format!("'{int}'"),
        Param::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Param::Bytes(bytes) => format!("'\\x{}'", porchlight_protocol::id::hex(bytes)),
    }
}

/// Looks at a node of a plan and those below it.
fn look(node: &serde_json::Value, plan: &mut Plan) {
    let kind = node["Node Type"].as_str().unwrap();
    let of = |name: &str| node[name].as_f64().unwrap_or_default();
    let table = node["Relation Name"].as_str().unwrap_or_default();
    if kind.ends_with("Scan") && !SMALL.contains(&table) {
        let read =
            of("Actual Rows") + of("Rows Removed by Filter") + of("Rows Removed by Index Recheck");
        plan.rows = plan.rows.max((read * of("Actual Loops")).round() as u64);
    }
    if kind == "Seq Scan" && !SMALL.contains(&table) {
        plan.faults.push(format!("reads {table} whole"));
    }
    let below = node["Plans"].as_array().into_iter().flatten();
    if kind == "Sort" {
        let sorted = of("Actual Rows") * of("Actual Loops");
        let sorted = below
            .clone()
            .map(|node| node["Actual Rows"].as_f64().unwrap_or_default())
            .fold(sorted, f64::max);
        if sorted > 200.0 {
            plan.faults.push(format!("sorts {sorted} rows"));
        }
    }
    for node in below {
        look(node, plan);
    }
}
