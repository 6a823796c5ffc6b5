//! What docs/operating.md and docs/protocol.md say of the program, its metrics and its errors, held against them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use porchlight_protocol::ErrorCode;

use crate::metrics;

fn document(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// What `--help` says of a command, in a line for each thing.
fn help(command: &[String]) -> String {
    let mut porchlight = Command::new(env!("CARGO_BIN_EXE_porchlight"));
    let output = porchlight.args(command).arg("--help").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The names under *Commands* in a help.
fn subcommands(help: &str) -> Vec<String> {
    let Some((_, rest)) = help.split_once("Commands:\n") else { return Vec::new() };
    let lines = rest.lines().take_while(|line| !line.is_empty());
    let named = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = named.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Every command that can be given, with what its help says.
fn commands() -> Vec<(Vec<String>, String)> {
    let mut found = Vec::new();
    let mut ahead = vec![Vec::new()];
    while let Some(command) = ahead.pop() {
        let help = help(&command);
        let inner = subcommands(&help);
        for name in &inner {
            ahead.push(command.iter().chain([name]).cloned().collect());
        }
        if inner.is_empty() {
            found.push((command, help));
        }
    }
    found
}

/// A command of the table in docs/operating.md, as it is written there. "… rename" after `agent role` may be
/// `agent rename` or `agent role rename`: the one that exists is meant.
type Written = Vec<String>;

/// The commands of the table in docs/operating.md.
fn documented() -> Vec<Written> {
    let text = document("docs/operating.md");
    let mut documented = Vec::new();
    for row in text.lines().filter(|line| line.starts_with("| `porchlight ")) {
        let row = row.replace("\\|", "\u{0}");
        let cell = row.split('|').nth(1).unwrap().replace('\u{0}', "|");
        let mut parts = cell.split('`').skip(1).step_by(2);
        let first = parts.next().unwrap().strip_prefix("porchlight ").unwrap().to_owned();
        let words: Vec<&str> = first.split_whitespace().collect();
        let mut of_row = vec![vec![first.clone()]];
        for part in parts {
            match part.strip_prefix("… ") {
                Some(rest) => of_row.push(vec![
                    format!("{} {rest}", words[0]),
                    format!("{} {} {rest}", words[0], words[1]),
                ]),
                // Another way to say the same.
                None => of_row[0][0].push_str(&format!(" {part}")),
            }
        }
        documented.extend(of_row);
    }
    documented
}

#[test]
fn the_table_of_commands_has_every_command_and_no_other_and_only_flags_that_are_there() {
    let documented = documented();
    let commands = commands();
    assert!(commands.len() >= 8, "{commands:?}");
    for (command, _) in &commands {
        let name = command.join(" ");
        let there = documented.iter().flatten().any(|written| is_of(written, &name));
        assert!(there, "docs/operating.md has no row for `porchlight {name}`");
    }
    for written in &documented {
        let meant = written.iter().find_map(|written| {
            let (_, help) = commands.iter().find(|(name, _)| is_of(written, &name.join(" ")))?;
            Some((written, help))
        });
        let (written, help) =
            meant.unwrap_or_else(|| panic!("there is no command `porchlight {}`", written[0]));
        for flag in written.split(|c: char| c.is_whitespace() || "[]|…,".contains(c)) {
            if flag.starts_with("--") {
                assert!(help.contains(flag), "`porchlight {written}`: there is no {flag}");
            }
        }
    }
}

/// Whether a row is about a command: it begins with its words, whatever follows. `add|remove` is both.
fn is_of(row: &str, command: &str) -> bool {
    let mut words = row.split_whitespace();
    command.split(' ').all(|wanted| {
        words.next().is_some_and(|word| word.split('|').any(|either| either == wanted))
    })
}

#[test]
fn the_table_of_errors_names_codes_that_there_are() {
    let text = document("docs/protocol.md");
    let (_, table) = text.split_once("| code | what a client does |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    let codes: BTreeSet<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    let mut seen = 0;
    for row in rows {
        let named = row.split('|').nth(1).unwrap();
        for code in named.split('`').skip(1).step_by(2) {
            assert!(codes.contains(code), "there is no error {code}");
            seen += 1;
        }
    }
    assert!(seen >= 8, "only {seen} codes found");
}

/// What stands in backticks in each row of the table with this head.
fn rows_of(text: &str, head: &str) -> Vec<Vec<String>> {
    let (_, table) = text.split_once(head).unwrap_or_else(|| panic!("no table {head}"));
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned).collect()).collect()
}

#[test]
fn the_table_of_the_configuration_has_every_flag_of_serve_with_its_variable() {
    let text = document("docs/operating.md");
    let documented: BTreeSet<(String, String)> =
        rows_of(&text, "| flag | variable | default | meaning |")
            .into_iter()
            .map(|row| (row[0].clone(), row[1].clone()))
            .collect();
    // A flag stands in a line of its own; its variable follows, on that line or a later one.
    let mut flag = String::new();
    let mut flags = BTreeSet::new();
    for line in help(&["serve".to_owned()]).lines().map(str::trim_start) {
        if let Some(name) = line.split_whitespace().next().filter(|name| name.starts_with("--")) {
            flag = name.to_owned();
        }
        if let Some((_, rest)) = line.split_once("[env: ") {
            let variable = rest.split(['=', ']']).next().unwrap();
            flags.insert((flag.clone(), variable.to_owned()));
        }
    }
    assert_eq!(documented, flags);
}

#[tokio::test]
async fn the_table_of_metrics_has_every_metric_and_no_other() {
    let server = metrics::measured().await;
    server.caller().get("/healthz").await;
    let there: BTreeSet<String> = metrics::metrics(&server).await.types.into_keys().collect();
    let text = document("docs/operating.md");
    let rows = rows_of(&text, "| metric | labels | what it is |");
    let documented: BTreeSet<String> = rows.into_iter().map(|row| row[0].clone()).collect();
    assert_eq!(documented, there);
    // The alerts are about metrics that there are.
    let alerts = rows_of(&text, "| expression | it means |");
    let words = alerts.iter().flatten().flat_map(|code| {
        code.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .filter(|word| word.starts_with("porchlight_"))
    });
    for word in words {
        assert!(there.contains(word), "an alert is about {word}");
    }
}
