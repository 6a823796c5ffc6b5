//! The writers: threads that commit many queued jobs in one transaction (group commit).
//!
//! Jobs wait in lanes. Those of one lane are committed in their order and by one thread at a time; lanes share nothing
//! but the threads. A file has one lane and one writer. In a database each site has a lane of its own, because a
//! transaction holds its site: so it never holds two, and two transactions never wait for each other.
//!
//! Each job runs in a savepoint of its own, so a refused job leaves nothing behind. What it writes is not waited for one by
//! one (see [`Engine::pipeline`](crate::sql::Engine::pipeline)); if some of that fails, each job gets a transaction of its
//! own, so that none fails for another one's sake. Callers get their answer, and
//! clients what was published, only after the commit is durable. A commit whose outcome is unknown is answered with
//! `unavailable`: a retry finds the act by its client id.

use std::process;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use porchlight_protocol::{ErrorCode, Millis};
use tokio::sync::oneshot;
use tracing::Span;

use crate::clock::Clock;
use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::lanes::{Lane, Lanes};
use crate::news::News;
use crate::sql::{Session, Sql, params};
use crate::stats::Stats;

/// Jobs that share one commit.
const BATCH_MAX: usize = 512;

/// Jobs that may be queued. Beyond that, callers get `unavailable`.
pub(crate) const QUEUED_MAX: usize = 8_192;

/// How often a transaction is tried again that the engine has rolled back for another one's sake.
const RETRIES_MAX: u32 = 5;

/// A queued job.
pub(crate) trait Job: Send {
    /// Does the work, and keeps the result. May be called again if the transaction was rolled back. Returns the error
    /// with which it failed.
    fn run(&mut self, commit: &mut Commit<'_>) -> Option<&Error>;

    /// Answers the caller: with the result, or with the error for which the transaction was not committed.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// A job whose caller waits for an answer.
struct Asked<T, W> {
    work: W,
    span: Span,
    result: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, W: FnMut(&mut Commit<'_>) -> Result<T> + Send> Job for Asked<T, W> {
    fn run(&mut self, commit: &mut Commit<'_>) -> Option<&Error> {
        let result = self.span.in_scope(|| (self.work)(commit));
        self.result.insert(result).as_ref().err()
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let result = self.result.unwrap_or_else(|| Err(ErrorCode::Unavailable.into()));
        // A caller that was cancelled needs no answer.
        let _ = self.reply.send(committed.and(result));
    }
}

/// Opens a writer's session. Called again after the session was lost.
pub(crate) type Open = Box<dyn FnMut() -> Result<Box<dyn Session>> + Send>;

/// Takes what commits publish, in the order of the commits of each lane.
pub(crate) type Publish = Arc<dyn Fn(News) + Send + Sync>;

/// What an engine does beside the statements of the jobs, on the writer's thread.
pub(crate) trait Keeper: Send {
    /// A transaction has begun. If this fails, none of its jobs runs.
    fn begun(&mut self, _sql: Sql<'_>) -> Result<()> {
        Ok(())
    }

    /// A transaction that took revisions is about to be committed, at this steady time.
    fn committing(&mut self, _sql: Sql<'_>, _steady: Millis) -> Result<()> {
        Ok(())
    }

    /// It is committed.
    fn committed(&mut self) {}

    /// A job or a commit has failed. Ends the process if nobody knows what the disk holds now.
    fn failed(&mut self, _error: &Error) {}

    /// The last transaction is committed.
    fn closing(&mut self, _sql: Sql<'_>) {}
}

/// One writer, before its thread is started.
pub(crate) struct Pen {
    /// The open session, if there is one.
    pub(crate) session: Option<Box<dyn Session>>,
    /// Opens a session where there is none.
    pub(crate) open: Open,
    /// What its engine does beside the statements.
    pub(crate) keeper: Box<dyn Keeper>,
}

/// The writers of a store.
pub(crate) struct Writers {
    lanes: Arc<Lanes<Box<dyn Job>>>,
    threads: std::sync::Mutex<Vec<thread::JoinHandle<()>>>,
    stats: Arc<Stats>,
}

impl Writers {
    pub(crate) fn start(
        pens: Vec<Pen>,
        clock: &Arc<Clock>,
        stats: &Arc<Stats>,
        publish: &Publish,
    ) -> anyhow::Result<Self> {
        let lanes = Arc::new(Lanes::new(QUEUED_MAX));
        let mut threads = Vec::new();
        for pen in pens {
            let lanes = Arc::clone(&lanes);
            let mut writer = Writer {
                pen,
                clock: Arc::clone(clock),
                stats: Arc::clone(stats),
                publish: Arc::clone(publish),
            };
            let thread = thread::Builder::new().name("writer".to_owned()).spawn(move || {
                let _end_with_us = EndProcessOnPanic;
                writer.run(&lanes);
            });
            threads.push(thread.context("can't start a writer")?);
        }
        Ok(Writers { lanes, threads: threads.into(), stats: Arc::clone(stats) })
    }

    /// Runs `work` in a transaction and returns after the commit. `work` is called again if the engine has rolled the
    /// transaction back for another one's sake.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        lane: Lane,
        work: impl FnMut(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answered) = oneshot::channel();
        let job = Asked { work, span: Span::current(), result: None, reply };
        self.stats.queued();
        if let Err(error) = self.lanes.push(lane, Box::new(job)) {
            self.stats.taken();
            if error.is_full {
                self.stats.job_refused();
                return Err(Error::overloaded());
            }
            return Err(ErrorCode::Unavailable.into());
        }
        answered.await.unwrap_or_else(|_| Err(ErrorCode::Unavailable.into()))
    }

    pub(crate) async fn close(&self) {
        self.lanes.close();
        let threads = self.threads.lock().map(|mut threads| std::mem::take(&mut *threads));
        for thread in threads.unwrap_or_default() {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// A writer that was not closed ends when its jobs are done.
impl Drop for Writers {
    fn drop(&mut self) {
        self.lanes.close();
    }
}

struct Writer {
    pen: Pen,
    clock: Arc<Clock>,
    stats: Arc<Stats>,
    publish: Publish,
}

/// How a transaction has ended.
enum Ended {
    /// Committed, with what it changed for clients.
    Committed(Vec<News>),
    /// Rolled back, because its only job failed.
    Undone,
    /// Rolled back by the engine, for another transaction's sake.
    Again,
    /// Rolled back, because the session was lost before `COMMIT` was sent.
    Lost,
    /// Rolled back, because a statement has failed that was not waited for: it is not known of which job.
    Apart,
}

impl Writer {
    fn run(&mut self, lanes: &Lanes<Box<dyn Job>>) {
        while let Some((lane, jobs)) = lanes.take(BATCH_MAX) {
            jobs.iter().for_each(|_| self.stats.taken());
            self.batch(jobs);
            lanes.done(lane);
        }
        if let Some(session) = &self.pen.session {
            self.pen.keeper.closing(Sql::new(session.engine()));
        }
    }

    fn batch(&mut self, mut jobs: Vec<Box<dyn Job>>) {
        let (mut retries, mut lost) = (0, false);
        let ended = loop {
            match self.transaction(&mut jobs) {
                Ok(Ended::Again) if retries < RETRIES_MAX => {
                    retries += 1;
                    self.stats.retried();
                    tracing::debug!(retries, "a transaction is tried again");
                }
                Ok(Ended::Lost) if !lost => {
                    lost = true;
                    tracing::warn!("the session was lost");
                }
                ended => break ended,
            }
        };
        let jobs = jobs.into_iter();
        match ended {
            Ok(Ended::Committed(news)) => {
                self.stats.committed(jobs.len());
                jobs.for_each(|job| job.answer(Ok(())));
                news.into_iter().for_each(|news| (self.publish)(news));
            }
            Ok(Ended::Undone) => jobs.for_each(|job| job.answer(Ok(()))),
            Ok(Ended::Apart) => jobs.for_each(|job| self.batch(vec![job])),
            // There is one job, and it would fail again.
            Err(error) if error.is_of_a_statement() => {
                let mut failed = Some(error);
                jobs.for_each(|job| job.answer(Err(failed.take().unwrap_or_else(Error::broken))));
            }
            failed @ (Ok(Ended::Again | Ended::Lost) | Err(_)) => {
                self.stats.commit_failed();
                tracing::error!(error = ?failed.err(), retries, "a commit failed");
                jobs.for_each(|job| job.answer(Err(ErrorCode::Unavailable.into())));
            }
        }
    }

    /// Begins a transaction, in a new session if the one of before was lost.
    fn begin(&mut self) -> Result<()> {
        let session = match self.pen.session.take() {
            Some(session) if session.is_open() => session,
            _ => (self.pen.open)()?,
        };
        let session = self.pen.session.insert(session);
        session.engine().pipeline(session.begin_write(), &[])
    }

    /// Runs the jobs in one transaction and commits it.
    fn transaction(&mut self, jobs: &mut [Box<dyn Job>]) -> Result<Ended> {
        let begun = self.begin();
        let keeper = &mut *self.pen.keeper;
        begun.inspect_err(|error| keeper.failed(error))?;
        let Some(session) = &self.pen.session else { return Err(ErrorCode::Unavailable.into()) };
        let at = self.clock.now();
        let mut commit = Commit::new(Sql::new(session.engine()), at);
        let ready = ready(keeper, &mut commit, jobs);
        if !session.is_open() {
            self.pen.session = None;
            return Ok(Ended::Lost);
        }
        let committed = ready.and_then(|ready| {
            let Some(moved) = ready else { return Ok(false) };
            commit.sql.batch("COMMIT")?;
            if moved {
                keeper.committed();
            }
            Ok(true)
        });
        match committed {
            Ok(true) => return Ok(Ended::Committed(commit.into_news())),
            Ok(false) => self.roll_back(),
            Err(error) => {
                keeper.failed(&error);
                self.roll_back();
                if error.is_rolled_back() {
                    return Ok(Ended::Again);
                }
                if error.is_of_a_statement() && jobs.len() > 1 {
                    return Ok(Ended::Apart);
                }
                return Err(error);
            }
        }
        Ok(Ended::Undone)
    }

    fn roll_back(&mut self) {
        if let Some(session) = &self.pen.session
            && let Err(error) = session.roll_back()
        {
            tracing::error!(?error, "can't roll back");
            self.pen.session = None;
        }
    }
}

/// Runs the jobs in a transaction that has begun, up to its `COMMIT`: true if it takes revisions. `None` if it is to be
/// rolled back, because its only job has failed.
fn ready(
    keeper: &mut dyn Keeper,
    commit: &mut Commit<'_>,
    jobs: &mut [Box<dyn Job>],
) -> Result<Option<bool>> {
    keeper.begun(commit.sql)?;
    if let [only] = jobs {
        // The transaction is its savepoint.
        if !run(keeper, commit, &mut **only)? {
            return Ok(None);
        }
    } else {
        for job in jobs {
            in_savepoint(keeper, commit, &mut **job)?;
        }
    }
    let moved = commit.save_revisions()?;
    if moved {
        keeper.committing(commit.sql, commit.steady)?;
    }
    Ok(Some(moved))
}

fn in_savepoint(keeper: &mut dyn Keeper, commit: &mut Commit<'_>, job: &mut dyn Job) -> Result<()> {
    let before = commit.savepoint();
    commit.sql.pipeline("SAVEPOINT job", params![])?;
    if run(keeper, commit, job)? {
        return commit.sql.pipeline("RELEASE SAVEPOINT job", params![]);
    }
    commit.roll_back(before);
    // A full disk or a lost connection may have rolled back everything: then the whole batch has failed.
    commit.sql.batch("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job")
}

/// Runs a job. False if it failed; an error if the whole transaction has to be tried again.
fn run(keeper: &mut dyn Keeper, commit: &mut Commit<'_>, job: &mut dyn Job) -> Result<bool> {
    let Some(error) = job.run(commit) else { return Ok(true) };
    keeper.failed(error);
    if error.is_rolled_back() { Err(Error::rolled_back()) } else { Ok(false) }
}

pub(crate) fn end(why: &str) -> ! {
    tracing::error!(why, "the writer can't go on; the process ends");
    process::exit(70);
}

/// Ends the process when a writer panics: without it, the server would accept what it can't store.
struct EndProcessOnPanic;

impl Drop for EndProcessOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            end("it panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::SystemTime;
    use crate::postgres::scratch::Scratch;

    struct NoKeeper;

    impl Keeper for NoKeeper {}

    fn writer(scratch: &Scratch) -> Writers {
        let database = scratch.database.clone();
        let pen = Pen {
            session: None,
            open: Box::new(move || Ok(Box::new(database.connect()?))),
            keeper: Box::new(NoKeeper),
        };
        let clock = Arc::new(Clock::resumed(Arc::new(SystemTime::default()), 0));
        Writers::start(vec![pen], &clock, &Arc::default(), &(Arc::new(|_| {}) as Publish)).unwrap()
    }

    fn insert(n: i64) -> impl FnMut(&mut Commit<'_>) -> Result<()> + Send {
        move |commit| commit.sql.pipeline("INSERT INTO t (n) VALUES ($1)", params![n])
    }

    fn numbers(scratch: &Scratch) -> Vec<i64> {
        let found = scratch.client().query("SELECT n FROM t ORDER BY n", &[]).unwrap();
        found.iter().map(|row| row.get(0)).collect()
    }

    #[tokio::test]
    #[ignore = "needs a PostgreSQL server"]
    async fn a_job_whose_statement_fails_takes_no_other_along() {
        let scratch = tokio::task::spawn_blocking(|| Scratch::new("apart")).await.unwrap();
        let writers = writer(&scratch);
        let batch = |commit: &mut Commit<'_>| {
            commit.sql.batch("CREATE TABLE t (n BIGINT PRIMARY KEY CHECK (n <> 3))")?;
            // Meanwhile the others queue up, and share a transaction.
            thread::sleep(Duration::from_millis(300));
            Ok(())
        };
        let made = writers.write(Lane::Common, batch);
        let others = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let write = |n| writers.write(Lane::Common, insert(n));
            tokio::join!(write(1), write(2), write(3), write(4), write(2))
        };
        let (made, others) = tokio::join!(made, others);
        made.unwrap();
        let (one, two, three, four, twice) = others;
        assert!(one.is_ok() && two.is_ok() && four.is_ok());
        assert!(three.unwrap_err().is_of_a_statement());
        assert!(twice.unwrap_err().is_of_a_statement());
        writers.close().await;
        let there = tokio::task::spawn_blocking(move || numbers(&scratch)).await.unwrap();
        assert_eq!(there, [1, 2, 4]);
    }

    #[tokio::test]
    #[ignore = "needs a PostgreSQL server"]
    async fn a_transaction_whose_session_was_lost_is_begun_in_another() {
        let scratch = tokio::task::spawn_blocking(|| Scratch::new("lost")).await.unwrap();
        let writers = writer(&scratch);
        let make =
            |commit: &mut Commit<'_>| commit.sql.batch("CREATE TABLE t (n BIGINT PRIMARY KEY)");
        writers.write(Lane::Common, make).await.unwrap();
        let scratch = tokio::task::spawn_blocking(move || {
            let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()";
            scratch.client().query(end, &[]).unwrap();
            scratch
        });
        let scratch = scratch.await.unwrap();
        let mut once_more = insert(2);
        let asked = writers.write(Lane::Common, move |commit| {
            commit.sql.value::<i64>("SELECT count(*) FROM t", params![])?;
            once_more(commit)
        });
        asked.await.unwrap();
        writers.close().await;
        let there = tokio::task::spawn_blocking(move || numbers(&scratch)).await.unwrap();
        assert_eq!(there, [2]);
    }
}
