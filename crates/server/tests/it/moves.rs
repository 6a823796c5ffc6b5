//! A store moves from its folder to a database and back, with everything in it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use porchlight_protocol::wire::Hello;
use porchlight_store::{self as store, Place};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

use crate::commands::{refused, said};
use crate::harness::*;
use crate::program::ended;

/// Runs the program with nothing in its environment.
fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_porchlight"));
    command.args(args).env_remove("PORCHLIGHT_DATA").env_remove("PORCHLIGHT_DATABASE");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn run(args: &[&str]) -> Output {
    ended(program(args).spawn().unwrap(), &args.join(" "))
}

fn moves(from: &str, to: &str) -> Output {
    run(&["move", "--from", from, "--to", to])
}

/// The arguments that point a command at a place.
fn at(place: &str) -> [&str; 2] {
    [if place.starts_with("postgres://") { "--database" } else { "--data" }, place]
}

fn path(folder: &TempDir) -> &str {
    folder.path().to_str().unwrap()
}

/// A new folder in a folder, which a move makes.
fn inside(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

/// The address of a new, empty database that sorts texts as people do, unlike SQLite.
fn a_database() -> String {
    let server = std::env::var("PORCHLIGHT_TEST_POSTGRES").unwrap();
    let name = format!("moved_{}", porchlight_protocol::id::hex(&random::<8>()));
    let address = format!("{server}/{name}");
    query(
        &format!("{server}/postgres"),
        &format!(
            "CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en'"
        ),
    );
    address
}

/// Runs statements and returns the first value of each row.
fn query(address: &str, statements: &str) -> Vec<String> {
    let (address, statements) = (address.to_owned(), statements.to_owned());
    blocking(move || {
        let mut client = postgres::Client::connect(&address, postgres::NoTls).unwrap();
        let rows = client.simple_query(&statements).unwrap();
        let rows = rows.into_iter().filter_map(|row| match row {
            postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        rows.collect()
    })
}

/// The rows of every table, whatever it is. Behind the store's back, so that nothing can be forgotten in both places.
type Rows = BTreeMap<String, BTreeSet<String>>;

fn rows_of(place: &str) -> Rows {
    if place.starts_with("postgres://") { rows_of_database(place) } else { rows_of_file(place) }
}

fn rows_of_file(folder: &str) -> Rows {
    let sql = Connection::open(Path::new(folder).join(store::FILE)).unwrap();
    let all = |query: &str| -> Vec<String> {
        let mut statement = sql.prepare(query).unwrap();
        statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    let tables =
        all("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'");
    let rows = tables.into_iter().map(|table| {
        let columns = all(&format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name"));
        let values = columns.iter().map(|column| {
            format!(
                "'{column}=' || CASE typeof(\"{column}\") WHEN 'null' THEN '-' WHEN 'integer' THEN 'i' || \"{column}\" \
                 WHEN 'text' THEN 't' || \"{column}\" ELSE 'x' || lower(hex(\"{column}\")) END"
            )
        });
        let values = values.collect::<Vec<_>>().join(" || ' ' || ");
        let rows = all(&format!("SELECT {values} FROM \"{table}\""));
        (table, rows.into_iter().collect())
    });
    rows.collect()
}

fn rows_of_database(address: &str) -> Rows {
    let tables = query(
        address,
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    );
    let rows = tables.into_iter().map(|table| {
        let values = query(
            address,
            &format!(
                "SELECT string_agg(format('''%s='' || coalesce(%s, ''-'')', column_name, CASE data_type \
                 WHEN 'bigint' THEN format('''i'' || %I', column_name) \
                 WHEN 'integer' THEN format('''i'' || %I', column_name) \
                 WHEN 'bytea' THEN format('''x'' || encode(%I, ''hex'')', column_name) \
                 ELSE format('''t'' || %I', column_name) END), ' || '' '' || ' \
                 ORDER BY column_name COLLATE \"C\") \
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}'"
            ),
        );
        let rows = query(address, &format!("SELECT {} FROM \"{table}\"", values[0]));
        (table, rows.into_iter().collect())
    });
    rows.collect()
}

/// Asserts that what has moved has every row of the source.
#[track_caller]
fn assert_moved(from: &Rows, to: &Rows) {
    // Of the store itself, of what is connected now, and of a queue that nobody reads: src/mover/plan.rs has the reasons.
    let left = ["meta", "presence", "outside"];
    for table in from.keys().chain(to.keys()).filter(|table| !left.contains(&table.as_str())) {
        assert!(!from[table].is_empty(), "there is a row of {table} to move");
        assert_eq!(from[table], to[table], "{table}");
    }
    assert!(from.len() > 9);
}

/// A folder with a store that has a row in every table, and many where they differ in ways that matter.
async fn a_store() -> (TempDir, Talk) {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::Folder(folder.path().to_owned());
    add_site(&folder, "Gone");
    said(&run(&["site", "remove", "--yes", &only_site(path(&folder)), "--data", path(&folder)]));
    let mut server = TestServer::start_with(|config| config.place = place.clone()).await;
    server.site = add_site(&folder, "Lantern & Oak");
    add_agents_to(&place, &server.site);
    let talk = talk(&server).await;
    server.stop().await;
    with_file(folder.path(), |sql| sql.execute_batch(STRANGE)).unwrap();
    with_file(folder.path(), |sql| sql.execute_batch(GREETING)).unwrap();
    with_file(folder.path(), |sql| {
        // Tables that only later forms have.
        for (table, row) in LATER {
            let has = format!("SELECT count(*) FROM sqlite_schema WHERE name = '{table}'");
            if sql.query_row(&has, [], |row| row.get::<_, u32>(0))? > 0 {
                sql.execute_batch(&format!("INSERT OR IGNORE INTO {table} {row}"))?;
            }
        }
        Ok(())
    })
    .unwrap();
    (folder, talk)
}

/// What nobody writes who uses the product, and engines might read in their own ways.
const STRANGE: &str = "
    INSERT INTO sites (key, name, created_at, notices, auto_close_after_s, revision, steady) VALUES
        ('pl_strange', 'E''e \"q\" \\ %s $1 ? -- /* 🏮 ٱلعَرَبِيَّة \u{200f}\u{feff} é e\u{301}
\t', -9223372036854775808, '[]', 9223372036854775807, 9223372036854775806, -1);
    INSERT INTO visitors (site, key, id, created_at, revoked_at)
        SELECT id, x'', '', 9223372036854775807, -9223372036854775808 FROM sites WHERE key = 'pl_strange';
    INSERT INTO visitors (site, key, id, created_at, revoked_at)
        SELECT id, x'00ff00', ' ', 0, NULL FROM sites WHERE key = 'pl_strange';
    INSERT INTO bots (id, site, name, token, created_at)
        SELECT '', id, '', x'', 0 FROM sites WHERE key = 'pl_strange';
    -- More than one page of keys that people and machines sort in different orders.
    WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 1999)
        INSERT INTO allow_origins (site, origin)
        SELECT id, substr('aAbBäÄzZ_-. ~1', 1 + i % 14, 1) || substr('Zz-aÄ_', 1 + i % 6, 1) || i
        FROM sites, n WHERE key = 'pl_strange';
    INSERT OR IGNORE INTO starts (site, visitor, client_id, digest, conversation, at)
        SELECT site, visitor, '', x'00', id, -1 FROM conversations;
";

/// A rule in a column that came later.
const GREETING: &str =
    "UPDATE bots SET greeting = '{\"pages\": [\"/🏮*\"], \"visitors\": \"new\"}'";

/// Rows of tables that came later, as strange.
const LATER: [(&str, &str); 17] = [
    ("sign_in_failures", "VALUES (x'00ff', 7)"),
    (
        "texts",
        "SELECT id, 'x-''\"', '{\"a.b\": \"🏮 ٱلعَرَبِيَّة \\n\"}', 9223372036854775806 FROM sites",
    ),
    (
        "flows",
        "SELECT site, id, 9223372036854775806, '{\"flow\": 1, \"start\": \"é\", \"steps\": \
         {\"é\": {\"close\": \"🏮 ٱلعَرَبِيَّة \\n''\"}}}', -1 FROM bots",
    ),
    (
        "audit",
        "SELECT id, 9223372036854775806, -1, '', 'é', NULL, '🏮 ٱلعَرَبِيَّة', 'x''\"', '' FROM sites",
    ),
    ("trials", "SELECT id, id, '🏮 ''', '', 9223372036854775806 FROM sites"),
    (
        "invitations",
        "SELECT 'é' || id, id, CAST('é' || key AS BLOB), 'owner', '🏮 ٱلعَرَبِيَّة', '', '', -1, \
         9223372036854775806, NULL FROM sites",
    ),
    ("accounts", "SELECT '🏮' || id, '🏮 ٱلعَرَبِيَّة' || id, 'x''\"', 9223372036854775806 FROM sites"),
    (
        "second_factors",
        "(account, secret, step) SELECT id, '🏮 ''', 9223372036854775806 FROM accounts",
    ),
    ("recovery_codes", "SELECT id, x'00ff' FROM accounts"),
    (
        "records",
        "SELECT site, id, '🏮 ''' || id, '{\"name\": \"🏮 ٱلعَرَبِيَّة \\n\"}', -1, \
         9223372036854775806 FROM visitors",
    ),
    ("pictures", "SELECT site, id, '🏮 ''', x'00ff' FROM agents"),
    (
        "askings",
        "SELECT site, id, '{\"asks\": [], \"phrases\": {\"email_again\": \"🏮 ''\", \"phone_again\": \"\", \
         \"again\": \"\", \"meant\": \"\", \"skip\": \"\", \"thanks\": \"\\n\"}, \"at\": 0}' \
         FROM conversations WHERE bot IS NULL",
    ),
    ("returns", "SELECT site, x'00ff', id, '🏮 ''', 9223372036854775806, NULL FROM visitors"),
    (
        "mails",
        "(site, id, kind, about, state, recipient, planned_at, due_at, problem) \
         SELECT id, '🏮 ''', 'answer', 'é', 'failed', '🏮 ٱلعَرَبِيَّة', -1, 9223372036854775806, 'x''\"' FROM sites",
    ),
    ("unsubscribed", "SELECT id, x'00ff', 9223372036854775806 FROM sites"),
    ("secrets", "(site, id, secret, created_at) SELECT id, 'é', '🏮 ٱلعَرَبِيَّة ''', -1 FROM sites"),
    (
        "runs",
        "(site, conversation, bot, state, wake_at) \
         SELECT site, id, '', '{\"🏮\"', 9223372036854775806 FROM conversations",
    ),
];

/// What was said in a store, to be found again.
struct Talk {
    visitor: porchlight_protocol::VisitorKey,
    id: porchlight_protocol::ConversationId,
    booted: porchlight_protocol::wire::Boot,
}

async fn talk(server: &TestServer) -> Talk {
    let (visitor, ada) = (server.visitor(), server.agent("ada").await);
    let wick = server.bot(&server.add_bot(&server.site));
    let id = visitor.starts("Hello 🏮").await;
    ada.claims(&id).await;
    ada.says(&id, "\"quoted\" \\ \u{0} and a NUL").await;
    ada.act(&id, &json!({"note": {"text": "Mind"}})).await;
    visitor.put(&format!("/conversations/{id}/read"), &json!({"up_to": 3})).await;
    ada.closes(&id).await;
    let asked = visitor.starts_with_bot("Are you there?").await;
    wick.says(&asked, "Yes").await;
    server.visitor().starts("Waits").await;
    ada.sets_closing(&closing_after(60)).await;
    let booted = visitor.sync(&hello()).await.booted;
    Talk { visitor: visitor.key.clone(), id, booted }
}

fn only_site(folder: &str) -> String {
    let listed = said(&run(&["site", "list", "--data", folder]));
    listed.split('\t').next().unwrap().to_owned()
}

impl Talk {
    /// Serves a place, and finds everything there, in another life.
    async fn goes_on_in(&self, place: &str) {
        let at: Place = place.parse().unwrap();
        let site = store::AdminStore::at(at.clone());
        let sites = blocking(move || site.sites().unwrap());
        let key =
            sites.iter().find(|(site, _)| site.name == "Lantern & Oak").unwrap().0.key.clone();
        let mut server = TestServer::start_with(|config| config.place = at).await;
        let visitor = server.visitor_with(&key, self.visitor.clone());
        let hello = Hello { booted: Some(self.booted.clone()), ..hello() };
        let welcome = visitor.sync(&hello).await;
        assert_ne!(welcome.booted.epoch, self.booted.epoch, "clients start from a snapshot");
        let events = visitor.events(&self.id).await;
        assert_eq!(texts(&events)[0], "Hello 🏮");
        // And it takes new rows, of every kind that is numbered.
        visitor.says(&self.id, "Still here").await;
        let before: BTreeSet<_> = sites.iter().map(|(site, _)| site.id).collect();
        let added = server.another_site();
        let store = server.beside();
        let added = blocking(move || store.site(Some(&added)).unwrap());
        assert!(before.iter().all(|id| *id < added.id), "{before:?} {}", added.id);
        server.stop().await;
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_store_moves_to_a_database_and_back_with_every_row() {
    let (folder, talk) = a_store().await;
    let (database, back) = (a_database(), inside(&folder, "back"));
    let before = rows_of(path(&folder));
    let told = said(&moves(path(&folder), &database));
    assert!(told.contains("hold the same rows") && told.contains("No damage found"), "{told}");
    let there = rows_of(&database);
    assert_moved(&before, &there);
    said(&moves(&database, &back));
    assert_moved(&before, &rows_of(&back));
    assert_eq!(rows_of(path(&folder)), before, "the source is as it was");
    assert_eq!(rows_of(&database), there);

    talk.goes_on_in(&database).await;
    talk.goes_on_in(&back).await;
    for place in [&database, &back] {
        let check = [&["check"][..], &at(place)].concat();
        assert!(said(&run(&check)).contains("No damage found"));
    }
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_store_moves_from_one_database_to_another() {
    let (folder, talk) = a_store().await;
    let (one, two) = (a_database(), a_database());
    said(&moves(path(&folder), &one));
    let before = rows_of(&one);
    said(&moves(&one, &two));
    assert_moved(&before, &rows_of(&two));
    assert_eq!(rows_of(&one), before, "the source is as it was");
    talk.goes_on_in(&two).await;
}

#[tokio::test]
async fn a_store_moves_to_another_folder_with_every_row() {
    let (folder, talk) = a_store().await;
    let to = inside(&folder, "to");
    let before = rows_of(path(&folder));
    said(&moves(path(&folder), &to));
    assert_moved(&before, &rows_of(&to));
    talk.goes_on_in(&to).await;
}

/// The address of the server is a part of what moves, and belongs to no table of its own.
#[tokio::test]
async fn the_public_url_is_moved_along() {
    let folder = tempfile::tempdir().unwrap();
    let url = ["--public-url", "https://chat.example"];
    let add = ["site", "add", "--name", "Shop", "--allow-origin", "https://shop.example"];
    said(&run(&[&add[..], &url, &at(path(&folder))].concat()));
    let to = inside(&folder, "to");
    said(&moves(path(&folder), &to));
    let tag = said(&run(&[&["site", "tag"][..], &at(&to)].concat()));
    assert!(tag.contains("https://chat.example/porchlight.js"), "{tag}");
}

/// A folder with a store of so many visitors.
fn a_store_of_visitors(count: u32) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    add_site(&folder, "Shop");
    let fill = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         INSERT INTO visitors (site, key, id, created_at) \
         SELECT 1, randomblob(32), lower(hex(randomblob(16))), i FROM n"
    );
    with_file(folder.path(), |sql| sql.execute_batch(&fill)).unwrap();
    folder
}

fn visitors_in(place: &str) -> usize {
    rows_of(place).get("visitors").map_or(0, BTreeSet::len)
}

/// Every command that opens a store says what a half of one needs.
fn is_refused_everywhere(place: &str, from: &str) {
    let file = Path::new(place).join("backup.db");
    let backup = ["backup", "--to", file.to_str().unwrap()];
    let mut commands: Vec<&[&str]> =
        vec![&["serve", "--listen", "127.0.0.1:0"], &["site", "list"], &["check"], &["migrate"]];
    if !place.starts_with("postgres://") {
        commands.push(&backup);
    }
    for command in commands {
        let told = refused(&run(&[command, &at(place)].concat()));
        assert!(told.contains("is not finished") && told.contains("porchlight move"), "{told}");
        assert!(told.contains(from), "{told}");
    }
    let elsewhere = tempfile::tempdir().unwrap();
    let told = refused(&moves(place, &inside(&elsewhere, "to")));
    assert!(told.contains("is not finished"), "{told}");
}

/// The process dies in the middle, as in a power cut, and its connection with it.
#[test]
#[ignore = "needs a PostgreSQL server"]
fn a_move_that_was_killed_goes_on() {
    let folder = a_store_of_visitors(40_000);
    let database = a_database();
    let mut child = program(&["move", "--from", path(&folder), "--to", &database]).spawn().unwrap();
    let begun = Instant::now();
    loop {
        let set_up = query(&database, "SELECT to_regclass('unfinished_move') IS NOT NULL") == ["t"];
        if set_up && query(&database, "SELECT count(*) FROM visitors") != ["0"] {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing is moved");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let there = visitors_in(&database);
    assert!(0 < there && there < 40_000, "{there}");
    is_refused_everywhere(&database, path(&folder));

    // Another store can't be the rest of it.
    let other = a_store_of_visitors(1);
    let told = refused(&moves(path(&other), &database));
    assert!(told.contains("another store") && told.contains("empty target"), "{told}");

    let told = said(&moves(path(&folder), &database));
    assert!(told.contains("was interrupted, and goes on: "), "{told}");
    assert_eq!(rows_of(path(&folder))["visitors"], rows_of(&database)["visitors"]);
    said(&run(&["check", "--database", &database]));
}

/// Each table is interrupted in its turn, in its middle.
#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_move_whose_connection_is_lost_goes_on_in_every_table() {
    let (folder, talk) = a_store().await;
    let before = rows_of(path(&folder));
    let database = a_database();
    said(&run(&["migrate", "--database", &database]));
    let tables = before.iter().filter(|(_, rows)| rows.len() > 1).map(|(table, _)| table);
    let tables: Vec<&String> = tables.filter(|table| *table != "outside").collect();
    query(
        &database,
        "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$",
    );
    for table in &tables {
        query(
            &database,
            &format!("CREATE TRIGGER cut AFTER INSERT ON {table} EXECUTE FUNCTION cut()"),
        );
    }
    let mut cut = 0;
    loop {
        let moved = moves(path(&folder), &database);
        if moved.status.success() {
            assert!(said(&moved).contains("goes on"));
            break;
        }
        let told = refused(&moved);
        assert!(
            told.contains("Run the same command again") && told.contains("connection"),
            "{told}"
        );
        let table = told.split("in the table ").nth(1).unwrap().split(':').next().unwrap();
        query(&database, &format!("DROP TRIGGER cut ON {table}"));
        cut += 1;
    }
    assert_eq!(cut, tables.len());
    assert_moved(&before, &rows_of(&database));
    talk.goes_on_in(&database).await;
}

/// A disk that is full, or whatever else fails in the middle of a file.
#[tokio::test]
async fn a_move_into_a_folder_that_fails_goes_on() {
    let (folder, talk) = a_store().await;
    let before = rows_of(path(&folder));
    let to = tempfile::tempdir().unwrap();
    store::create(to.path()).unwrap();
    let fail = "CREATE TRIGGER fail BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'the disk fails'); END";
    with_file(to.path(), |sql| sql.execute_batch(fail)).unwrap();
    let told = refused(&moves(path(&folder), path(&to)));
    assert!(told.contains("goes on: in the table events: the disk fails"), "{told}");
    is_refused_everywhere(path(&to), path(&folder));
    with_file(to.path(), |sql| sql.execute_batch("DROP TRIGGER fail")).unwrap();
    let told = said(&moves(path(&folder), path(&to)));
    assert!(told.contains("was interrupted, and goes on: "), "{told}");
    assert_moved(&before, &rows_of(path(&to)));
    talk.goes_on_in(path(&to)).await;
}

#[tokio::test]
async fn a_source_that_was_served_meanwhile_is_not_mixed_with_what_was_moved() {
    let (folder, _) = a_store().await;
    let to = tempfile::tempdir().unwrap();
    store::create(to.path()).unwrap();
    let fail = "CREATE TRIGGER fail BEFORE INSERT ON events BEGIN SELECT raise(ABORT, 'the disk fails'); END";
    with_file(to.path(), |sql| sql.execute_batch(fail)).unwrap();
    refused(&moves(path(&folder), path(&to)));
    with_file(to.path(), |sql| sql.execute_batch("DROP TRIGGER fail")).unwrap();
    // Without a trace in the sites, as a command does it.
    let rename = "UPDATE agents SET name = 'Adele' WHERE name = 'ada'";
    with_file(folder.path(), |sql| sql.execute_batch(rename)).unwrap();
    let told = refused(&moves(path(&folder), path(&to)));
    assert!(told.contains("differ in agents") && told.contains("Start over"), "{told}");
    is_refused_everywhere(path(&to), path(&folder));
    // With one, as a server does it.
    let commit = "UPDATE sites SET revision = revision + 1 WHERE name = 'Lantern & Oak'";
    with_file(folder.path(), |sql| sql.execute_batch(commit)).unwrap();
    let told = refused(&moves(path(&folder), path(&to)));
    assert!(told.contains("before it was changed") && told.contains("Start over"), "{told}");
}

#[tokio::test]
async fn what_can_not_be_moved_is_refused_with_what_to_do() {
    let (folder, _) = a_store().await;
    let other = tempfile::tempdir().unwrap();
    add_site(&other, "Other");
    let before = (rows_of(path(&folder)), rows_of(path(&other)));
    let copied = tempfile::tempdir().unwrap();
    std::fs::copy(folder.path().join(store::FILE), copied.path().join(store::FILE)).unwrap();
    let [older, newer] = [5, 99].map(|form| {
        let folder = tempfile::tempdir().unwrap();
        add_site(&folder, "Shop");
        with_file(folder.path(), |sql| sql.pragma_update(None, "user_version", form)).unwrap();
        folder
    });
    let songs = tempfile::tempdir().unwrap();
    let file = Connection::open(songs.path().join(store::FILE)).unwrap();
    file.execute_batch("CREATE TABLE songs (name TEXT)").unwrap();
    let free = inside(&folder, "free");
    let linked = inside(&copied, "linked");
    std::os::unix::fs::symlink(folder.path(), &linked).unwrap();
    let from = path(&folder);
    for (from, to, words) in [
        (from, path(&other), "holds data already"),
        (from, from, "are the same store"),
        (from, linked.as_str(), "are the same store"),
        (from, path(&copied), "are the same store"),
        (from, path(&older), "porchlight migrate"),
        (from, path(&newer), "newer version"),
        (from, path(&songs), "no Porchlight store"),
        (path(&older), free.as_str(), "porchlight migrate"),
        (path(&newer), &free, "newer version"),
        (path(&songs), &free, "no Porchlight store"),
        (&free, path(&other), "is --from right?"),
        (from, "", "'--to': a place is"),
        (from, "postgres://somebody:s3cret@127.0.0.1:x/shop", "postgres://USER:PASSWORD@HOST"),
        (from, "postgres://somebody:s3cret@127.0.0.1:1/shop", "is it running"),
        (from, "mysql://somebody:s3cret@127.0.0.1/shop", "postgres://USER:PASSWORD@HOST"),
        ("postgres://somebody:s3cret@127.0.0.1:1/shop", &free, "is it running"),
    ] {
        let told = refused(&moves(from, to));
        assert!(told.contains(words), "{from} {to}: {told}");
        assert!(!told.contains("s3cret"), "{told}");
        assert!(!Path::new(&free).exists(), "{from} {to}: nothing is made in vain");
    }
    assert_eq!((rows_of(path(&folder)), rows_of(path(&other))), before);
}

#[tokio::test]
async fn nothing_is_moved_while_a_server_runs() {
    let mut server = TestServer::start().await;
    let (place, fresh) = (server.place(), tempfile::tempdir().unwrap());
    let place = match &place {
        Place::Folder(folder) => folder.to_str().unwrap().to_owned(),
        Place::Database(_) => server.database(),
    };
    let told = refused(&moves(&place, &inside(&fresh, "to")));
    assert!(told.contains("a server is running on") && told.contains("Stop it"), "{told}");
    // Nor into an empty store that is served.
    let (folder, _) = a_store().await;
    let to = tempfile::tempdir().unwrap();
    let empty = crate::program::Program::start(to.path());
    let told = refused(&moves(path(&folder), path(&to)));
    assert!(told.contains("a server is running on"), "{told}");
    drop(empty);
    said(&moves(path(&folder), path(&to)));
    server.stop().await;
    said(&moves(&place, &inside(&fresh, "to")));
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_database_that_can_not_be_moved_is_refused_with_what_to_do() {
    let (folder, _) = a_store().await;
    let from = path(&folder);
    let [full, songs, newer, served] = [(); 4].map(|()| a_database());
    said(&moves(from, &full));
    query(&songs, "CREATE TABLE songs (name TEXT)");
    said(&run(&["migrate", "--database", &newer]));
    query(&newer, "UPDATE meta SET form = 99");
    let address = served.parse().unwrap();
    let mut server =
        TestServer::start_with(|config| config.place = Place::Database(Box::new(address))).await;
    let free = inside(&folder, "free");
    for (from, to, words) in [
        (from, full.as_str(), "holds data already"),
        (&full, full.as_str(), "are the same store"),
        (from, &songs, "another program's tables"),
        (from, &newer, "newer version"),
        (from, &served, "a server is running on"),
        (&newer, &free, "newer version"),
        (&songs, &free, "another program's tables"),
        (&served, &free, "a server is running on"),
        (&a_database(), &free, "is empty"),
    ] {
        let told = refused(&moves(from, to));
        assert!(told.contains(words), "{from} {to}: {told}");
        assert!(!Path::new(&free).exists(), "{from} {to}: nothing is made in vain");
    }
    server.stop().await;
    said(&moves(from, &served));
    let with_password = full.replace("postgres@", "postgres:s3cretword@");
    let moved = moves(&with_password, &free);
    let printed = [moved.stdout.clone(), moved.stderr.clone()].concat();
    assert!(!String::from_utf8_lossy(&printed).contains("s3cretword"));
    said(&moved);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server"]
async fn a_damaged_row_is_moved_as_it_is_and_told() {
    let (folder, _) = a_store().await;
    let damage = "UPDATE events SET body = replace(body, 'Hello', 'Hallo') WHERE seq = 1";
    with_file(folder.path(), |sql| sql.execute_batch(damage)).unwrap();
    let database = a_database();
    let told = said(&moves(path(&folder), &database));
    assert!(told.contains("damaged still") && told.contains("event 1 is missing or not"), "{told}");
    assert_moved(&rows_of(path(&folder)), &rows_of(&database));

    // Bytes that are no text have no place in a database.
    let no_text = "UPDATE agents SET name = CAST(x'ff00fe' AS TEXT) WHERE name = 'ada'";
    with_file(folder.path(), |sql| sql.execute_batch(no_text)).unwrap();
    let told = refused(&moves(path(&folder), &a_database()));
    assert!(told.contains("in the table agents") && told.contains("is damaged"), "{told}");
}
