//! All checks, ordered so that those that fail fastest come first.

use std::cell::{Cell, OnceCell, RefCell};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use porchlight_cluster::{Cluster, Durability};

use crate::build::native::{self, Programs};
use crate::build::{self, Mode};
use crate::chaos;
use crate::report;
use crate::setup::toolchain::{Choice, Recipe};
use crate::setup::{self, TestTools, Tools};
use crate::shell;
use crate::workspace::Workspace;

mod engines;
mod in_browser;
mod stories;

/// The options of a test run.
#[derive(Args)]
pub struct Options {
    /// The groups to run; all of them if none is named.
    #[arg(value_enum)]
    groups: Vec<Group>,
    /// Run only tests whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Build fast rather than small, and don't check the budgets.
    #[arg(long)]
    dev: bool,
    /// Continue after a step that failed, so that one failure does not hide another.
    #[arg(long)]
    keep_going: bool,
    /// Run the steps N times, and stop at the first failure: finds flaky tests.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    times: u32,
    /// A browser that is missing is a failure, not a reason to skip its step.
    #[arg(long)]
    all_engines: bool,
}

impl Options {
    /// All groups and all tests in all engines, continuing after failures.
    pub fn everything() -> Self {
        Self {
            groups: Vec::new(),
            filter: None,
            dev: false,
            keep_going: true,
            times: 1,
            all_engines: true,
        }
    }

    fn includes(&self, group: Group) -> bool {
        self.groups.is_empty() || self.groups.contains(&group)
    }
}

/// A group of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Group {
    /// rustfmt and clippy, on everything.
    Lint,
    /// The pure crates, protocol and client; the pure parts of widget and inbox; and xtask itself.
    Laws,
    /// The loader on host pages, and those parts of the widget that need a browser, in a real one.
    Loader,
    /// The release build, against its size budgets.
    Sizes,
    /// The server, over real sockets.
    Server,
    /// A real browser against a real server: all stories, in Chromium; those of the store on PostgreSQL, too.
    Stories,
    /// The core stories in other engines: Firefox and WebKit.
    Engines,
}

/// One check.
struct Step {
    group: Group,
    name: &'static str,
    run: fn(&Bench) -> Result<()>,
}

const STEPS: [Step; 14] = [
    Step { group: Group::Lint, name: "format", run: format },
    Step { group: Group::Lint, name: "clippy, native", run: clippy_native },
    Step { group: Group::Lint, name: "clippy, WebAssembly", run: clippy_wasm },
    Step { group: Group::Laws, name: "laws", run: laws },
    Step { group: Group::Loader, name: "loader", run: loader },
    Step { group: Group::Loader, name: "widget's parts", run: in_browser::parts },
    Step { group: Group::Sizes, name: "build and sizes", run: sizes },
    Step { group: Group::Server, name: "server", run: server },
    Step { group: Group::Server, name: "server, PostgreSQL", run: server_on_postgres },
    Step { group: Group::Server, name: "server, chaos", run: server_in_chaos },
    Step { group: Group::Stories, name: "stories", run: stories::in_chromium },
    Step { group: Group::Stories, name: "stories, PostgreSQL", run: stories::on_postgres },
    Step { group: Group::Engines, name: "stories, Firefox", run: stories::in_firefox },
    Step { group: Group::Engines, name: "stories, WebKit", run: stories::in_webkit },
];

/// The context of the steps.
struct Bench<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    tools: Tools,
    test_tools: TestTools,
    /// Whether cargo-nextest is installed. It is faster, but not worth building.
    nextest: bool,
    /// What tests start, once they are built.
    programs: OnceCell<Programs>,
    /// Whether the pages of this run have been built for its stories.
    has_pages: Cell<bool>,
    /// Whether the filter has matched any test. A filter without a match is an error.
    ran_any: Cell<bool>,
    /// What the current step has left out.
    skipped: RefCell<Vec<Skipped>>,
    /// The release build, where it runs beside the steps before its own.
    build: RefCell<Option<shell::Logged>>,
}

/// What a step has left out: itself, or a test.
struct Skipped {
    what: String,
    why: String,
}

/// nextest's exit code when the filter matched no test.
const NO_TESTS_RUN: i32 = 4;

/// Runs the checks one after another, and stops at the first failure unless `--keep-going` is set.
pub fn test(workspace: &Workspace, choice: Choice, options: &Options) -> Result<()> {
    let (tools, test_tools) = setup::setup_with_tests(workspace, choice)?;
    let nextest = shell::answer(Command::new("cargo").args(["nextest", "--version"])).is_some();
    let bench = Bench {
        workspace,
        options,
        tools,
        test_tools,
        nextest,
        programs: OnceCell::new(),
        has_pages: Cell::new(false),
        ran_any: Cell::new(false),
        skipped: RefCell::default(),
        build: RefCell::default(),
    };
    build::prepare_assets(workspace)?;
    if options.groups.is_empty() && options.keep_going {
        *bench.build.borrow_mut() = Some(build_beside(workspace, choice, options)?);
    }

    for time in 1..=options.times {
        if options.times > 1 {
            report::headline(&format!("time {time} of {}", options.times));
        }
        let steps = STEPS.iter().filter(|step| options.includes(step.group));
        run_once(&bench, &steps.collect::<Vec<_>>())?;
    }
    match &options.filter {
        Some(filter) if !bench.ran_any.get() => bail!("no test has \"{filter}\" in its name"),
        _ => Ok(()),
    }
}

fn run_once(bench: &Bench, steps: &[&Step]) -> Result<()> {
    let mut outcomes = Vec::new();
    for step in steps {
        report::headline(step.name);
        let started = Instant::now();
        let error = (step.run)(bench).err();
        let took = started.elapsed();
        let failed = error.is_some();
        let outcome = Outcome { step, took, error, skipped: bench.skipped.take() };
        println!("{}: {}, {}", step.name, outcome.word(), report::seconds(took));
        outcomes.push(outcome);
        if failed && !bench.options.keep_going {
            break;
        }
    }
    print!("{}", summary(&outcomes, steps.len()));
    verdict(outcomes)
}

/// The result of a step.
struct Outcome<'a> {
    step: &'a Step,
    took: Duration,
    error: Option<anyhow::Error>,
    skipped: Vec<Skipped>,
}

impl Outcome<'_> {
    fn word(&self) -> &'static str {
        let skipped = self.skipped.iter().any(|skipped| skipped.what == self.step.name);
        match (&self.error, skipped) {
            (Some(_), _) => "FAILED",
            (None, true) => "skipped",
            (None, false) => "ok",
        }
    }
}

/// An error if any step failed, which names the step and the command to run it alone.
fn verdict(outcomes: Vec<Outcome>) -> Result<()> {
    let mut verdict = Ok(());
    for Outcome { step, error, .. } in outcomes {
        let Some(error) = error else { continue };
        let alone = format!("cargo xtask test {}", step.group.argument());
        let failure = error.context(format!("`{}` failed; to run it alone: {alone}", step.name));
        verdict = match verdict {
            Ok(()) => Err(failure),
            Err(earlier) => {
                report::failure(&earlier);
                Err(failure)
            }
        };
    }
    verdict
}

impl Group {
    fn argument(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Bench<'_> {
    fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(&self.workspace.root);
        cargo
    }

    /// Runs a command whose output is shown only if it fails.
    fn fold(&self, command: &mut Command, name: &str) -> Result<()> {
        shell::run_logged(command, &self.workspace.log(name))
    }

    /// Notes that the current step leaves something out.
    fn skip(&self, what: &str, why: &str) {
        println!("skipped: {what}: {why}");
        self.skipped.borrow_mut().push(Skipped { what: what.to_owned(), why: why.to_owned() });
    }

    /// Builds all tests, once.
    fn programs(&self) -> Result<&Programs> {
        if let Some(programs) = self.programs.get() {
            return Ok(programs);
        }
        let programs = native::tests(self.workspace)?;
        Ok(self.programs.get_or_init(|| programs))
    }

    /// Runs the tests of packages, by nextest if it is installed.
    fn test(&self, packages: &[&str], equip: impl Fn(&mut Command)) -> Result<()> {
        self.test_some(packages, &[], equip)
    }

    /// The same with arguments that choose tests, in the words of libtest, which nextest understands too.
    fn test_some(
        &self,
        packages: &[&str],
        which: &[&str],
        equip: impl Fn(&mut Command),
    ) -> Result<()> {
        let which: Vec<&str> =
            which.iter().copied().chain(self.options.filter.as_deref()).collect();
        self.run_tests(packages, &which, equip)
    }

    /// Runs the tests of packages that these arguments choose.
    fn run_tests(
        &self,
        packages: &[&str],
        which: &[&str],
        equip: impl Fn(&mut Command),
    ) -> Result<()> {
        let mut cargo = self.cargo();
        if self.nextest {
            self.programs()?;
            let these: Vec<String> =
                packages.iter().map(|package| format!("package(={package})")).collect();
            cargo.args(["nextest", "run"]).args(native::WHOLE);
            cargo.args(["--filterset", &these.join(" | ")]);
        } else {
            cargo.args(["test", "--tests"]);
            cargo.args(packages.iter().flat_map(|package| ["--package", package]));
        }
        cargo.arg("--no-fail-fast").arg("--").args(which);
        equip(&mut cargo);
        let status = shell::status(&mut cargo)?;
        // A filter may match nothing in one package, but not in all of them.
        let filtered_out = self.options.filter.is_some() && status.code() == Some(NO_TESTS_RUN);
        if self.nextest && filtered_out {
            return Ok(());
        }
        self.ran_any.set(true);
        shell::judged(&cargo, status)
    }

    /// Builds the pages that the server sends, if there are none. Those of an older build will do, because the
    /// server's tests don't look at their content.
    fn needs_pages(&self) -> Result<()> {
        if build::has_assets(self.workspace) {
            return Ok(());
        }
        build::build(self.workspace, &self.tools, Mode::Dev)
    }
}

fn format(bench: &Bench) -> Result<()> {
    shell::run(bench.cargo().args(["fmt", "--all", "--check"]))
        .context("`cargo fmt --all` fixes this")
}

fn clippy_native(bench: &Bench) -> Result<()> {
    let mut cargo = bench.cargo();
    cargo.args(["clippy", "--workspace", "--all-targets"]);
    for wasm in WASM_PACKAGES {
        cargo.args(["--exclude", wasm]);
    }
    bench.fold(cargo.args(["--", "--deny", "warnings"]), "clippy")
}

/// The packages that run only in a browser.
const WASM_PACKAGES: [&str; 3] = ["porchlight-browser", "porchlight-inbox", "porchlight-widget"];

fn clippy_wasm(bench: &Bench) -> Result<()> {
    let toolchain = &bench.tools.toolchain;
    let mut cargo = toolchain.cargo();
    cargo.current_dir(&bench.workspace.root);
    cargo.args(["clippy", "--tests", "--target", "wasm32-unknown-unknown"]);
    cargo.args(WASM_PACKAGES.iter().flat_map(|package| ["--package", package]));
    toolchain.equip(&mut cargo, Recipe::Fast);
    cargo.env("PATH", shell::path_with(toolchain.first_on_path())?);
    bench.fold(cargo.args(["--", "--deny", "warnings"]), "clippy-wasm")
}

fn laws(bench: &Bench) -> Result<()> {
    let pure = [
        "porchlight-protocol",
        "porchlight-client",
        "porchlight-flow",
        "porchlight-words",
        "xtask",
    ];
    bench.test(&pure, |_| {})?;
    // The pure parts of these need no browser.
    bench.test(&WASM_PACKAGES, |_| {})?;
    if bench.nextest {
        // nextest does not run doc tests.
        let mut cargo = bench.cargo();
        cargo.args(["test", "--doc", "--package", "porchlight-protocol"]);
        cargo.args(["--package", "porchlight-client", "--"]);
        shell::run(cargo.args(&bench.options.filter))?;
    }
    Ok(())
}

fn loader(bench: &Bench) -> Result<()> {
    // Node does not report whether the filter matched any test.
    bench.ran_any.set(true);
    let folder = bench.workspace.root.join("loader/test");
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"]).current_dir(&bench.workspace.root);
    if let Some(filter) = &bench.options.filter {
        node.arg(format!("--test-name-pattern={filter}"));
    }
    // File by file, because versions of Node treat a folder differently.
    node.args(files_ending_in(".test.mjs", &folder)?);
    node.env("PORCHLIGHT_CHROMIUM", &bench.test_tools.browser.chromium)
        .env("PORCHLIGHT_NODE_MODULES", &bench.tools.npm.modules);
    shell::run(&mut node)
}

/// The files in `folder` whose names end in `end`, sorted.
fn files_ending_in(end: &str, folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot_list = || format!("cannot list {}", folder.display());
    let entries = folder.read_dir().with_context(cannot_list)?;
    let files: std::io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.path())).collect();
    let mut files = files.with_context(cannot_list)?;
    files.retain(|file| file.to_string_lossy().ends_with(end));
    files.sort();
    if files.is_empty() {
        bail!("no test in {}", folder.display());
    }
    Ok(files)
}

/// Starts the build. A module of the inbox's size keeps one processor busy for minutes, and the steps before leave it idle;
/// nothing stops a run that keeps going before it has come to the build.
fn build_beside(workspace: &Workspace, choice: Choice, options: &Options) -> Result<shell::Logged> {
    let program = std::env::current_exe().context("xtask does not know its own file")?;
    let mut build = Command::new(program);
    let choice = choice.to_possible_value().context("a toolchain without a name")?;
    build.args(["--wasm-toolchain", choice.get_name(), "build"]);
    build.args(options.dev.then_some("--dev")).current_dir(&workspace.root);
    shell::Logged::start(&mut build, &workspace.log("build"))
}

fn sizes(bench: &Bench) -> Result<()> {
    if let Some(build) = bench.build.take() {
        print!("{}", build.finish()?);
        return Ok(());
    }
    build::build(bench.workspace, &bench.tools, Mode::from_dev_flag(bench.options.dev))
}

fn server(bench: &Bench) -> Result<()> {
    bench.needs_pages()?;
    bench.test(&["porchlight-store", "porchlight-server"], |_| {})
}

/// Tests of what only a data file has, by the beginnings of their names.
const ONLY_OF_A_FILE: &[&str] = &[
    "commands::a_site_that_is_removed_takes_everything_of_its_own_along",
    "conversations::a_second_server_on_the_same_data_is_refused",
    "copies::",
    "crash::",
    "damage::",
    "explained::no_query_of_a_file",
    "lives::",
    "migration::",
    "team::what_acts_came_to_is_forgotten",
    "timer::a_damaged_conversation",
];

/// Tests that ask for nothing of the store, or only measure.
const OF_NO_STORE: &[&str] = &["described::", "docs::", "guide::", "load::", "program::"];

/// The tests of the store and the server once more, on PostgreSQL, and those that are ignored without it.
fn server_on_postgres(bench: &Bench) -> Result<()> {
    bench.needs_pages()?;
    let cluster = Cluster::start(&bench.test_tools.chaos.postgres, Durability::Killed)?;
    let skipped = ONLY_OF_A_FILE.iter().chain(OF_NO_STORE).flat_map(|name| ["--skip", *name]);
    let which: Vec<&str> = ["--include-ignored"].into_iter().chain(skipped).collect();
    let packages = ["porchlight-cluster", "porchlight-store", "porchlight-server"];
    bench.test_some(&packages, &which, |cargo| {
        cargo
            .env("PORCHLIGHT_POSTGRES", &bench.test_tools.chaos.postgres)
            .env("PORCHLIGHT_TEST_POSTGRES", cluster.address())
            .env("PORCHLIGHT_NATS", &bench.test_tools.chaos.nats);
    })
}

/// Seeds of chaos on PostgreSQL and on a data file: some minutes of them on two cores.
const CHAOS_SEEDS: (u64, u64) = (8, 3);

/// Clients at random while nodes, the database and connections fail; the checker itself comes first.
fn server_in_chaos(bench: &Bench) -> Result<()> {
    bench.test(&["porchlight-drill"], |_| {})?;
    if bench.options.filter.is_some() {
        return Ok(());
    }
    let (on_postgres, on_file) = CHAOS_SEEDS;
    let options = chaos::Options { seeds: Some(on_postgres), ..chaos::Options::default() };
    chaos::run(bench.programs()?, &bench.test_tools.chaos, &options)?;
    let options =
        chaos::Options { seeds: Some(on_file), sqlite: true, ..chaos::Options::default() };
    chaos::run(bench.programs()?, &bench.test_tools.chaos, &options)
}

/// The table of steps, with results and durations, and what was skipped.
fn summary(outcomes: &[Outcome], of: usize) -> String {
    let mut summary = String::from("\n");
    for outcome in outcomes {
        let (word, took) = (outcome.word(), report::seconds(outcome.took));
        summary.push_str(&format!("  {:<24}{word:<8}{took:>14}\n", outcome.step.name));
    }
    for outcome in outcomes {
        for Skipped { what, why } in &outcome.skipped {
            let line = format!("  skipped in “{}”: {what}: {why}\n", outcome.step.name);
            summary.push_str(&line);
        }
    }
    let passed = outcomes.iter().filter(|outcome| outcome.word() == "ok").count();
    let total = report::seconds(outcomes.iter().map(|outcome| outcome.took).sum());
    summary.push_str(&format!("{passed} of {of} steps passed in {total}"));
    match outcomes.iter().map(|outcome| outcome.skipped.len()).sum::<usize>() {
        0 => {}
        1 => summary.push_str(", 1 thing was skipped"),
        more => summary.push_str(&format!(", {more} things were skipped")),
    }
    summary.push('\n');
    summary
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Otherwise a new crate would only look tested.
    #[test]
    fn the_tests_of_every_crate_are_run_by_a_step() {
        let root = Workspace::locate().unwrap().root;
        let steps = std::fs::read_to_string(root.join("xtask/src/test/mod.rs")).unwrap();
        for entry in root.join("crates").read_dir().unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let package = format!("\"porchlight-{name}\"");
            assert!(steps.contains(&package), "no step runs the tests of {package}");
        }
    }

    #[test]
    fn no_group_means_every_group() {
        assert!(Options::everything().includes(Group::Stories));
        let some = Options { groups: vec![Group::Lint, Group::Laws], ..Options::everything() };
        assert!(some.includes(Group::Laws));
        assert!(!some.includes(Group::Stories));
    }

    #[test]
    fn a_group_is_called_on_the_command_line_as_the_help_says() {
        assert_eq!(Group::Stories.argument(), "stories");
    }

    fn outcome<'a>(step: &'a Step, millis: u64, error: Option<&'static str>) -> Outcome<'a> {
        let took = Duration::from_millis(millis);
        Outcome { step, took, error: error.map(anyhow::Error::msg), skipped: Vec::new() }
    }

    fn skipped(what: &str, why: &str) -> Skipped {
        Skipped { what: what.to_owned(), why: why.to_owned() }
    }

    #[test]
    fn the_summary_tells_each_step_and_counts_those_that_passed() {
        let [format, _, _, laws, ..] = &STEPS;
        let outcomes = [outcome(format, 400, None), outcome(laws, 80_000, Some("broken"))];
        let expected = "
  format                  ok               0.4 s
  laws                    FAILED      1 min 20 s
1 of 9 steps passed in 1 min 20 s
";
        assert_eq!(summary(&outcomes, 9), expected);
    }

    #[test]
    fn the_summary_names_and_counts_what_was_skipped() {
        let [.., firefox, webkit] = &STEPS;
        let mut outcomes = [outcome(firefox, 90_000, None), outcome(webkit, 0, None)];
        outcomes[0].skipped.push(skipped("losses::a_tunnel", "it has no tunnels"));
        outcomes[1].skipped.push(skipped("stories, WebKit", "apt-get is not on PATH"));
        let expected = "
  stories, Firefox        ok          1 min 30 s
  stories, WebKit         skipped          0.0 s
  skipped in “stories, Firefox”: losses::a_tunnel: it has no tunnels
  skipped in “stories, WebKit”: stories, WebKit: apt-get is not on PATH
1 of 2 steps passed in 1 min 30 s, 2 things were skipped
";
        assert_eq!(summary(&outcomes, 2), expected);
    }

    #[test]
    fn a_failure_says_how_to_run_its_step_alone() {
        let [format, _, _, laws, ..] = &STEPS;
        let passed = vec![outcome(format, 400, None), outcome(laws, 80_000, None)];
        assert!(verdict(passed).is_ok());
        let failed = vec![outcome(format, 400, None), outcome(laws, 80_000, Some("broken"))];
        let error = verdict(failed).unwrap_err();
        assert_eq!(
            format!("{error:#}"),
            "`laws` failed; to run it alone: cargo xtask test laws: broken"
        );
    }
}
