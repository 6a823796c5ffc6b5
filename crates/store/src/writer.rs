//! The single writer: a thread that commits many queued jobs in one transaction (group commit).
//!
//! Each job runs in a savepoint of its own, so a refused job leaves nothing behind. Callers get their answer, and
//! clients what was published, only after the commit is durable. A commit whose outcome is unknown is answered with
//! `unavailable`: a retry finds the act by its client id.

use std::process;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

use anyhow::Context;
use porchlight_protocol::{ErrorCode, Millis};
use tokio::sync::oneshot;
use tracing::Span;

use crate::clock::Clock;
use crate::commit::Commit;
use crate::error::{Error, Result};
use crate::news::Published;
use crate::sql::{Session, Sql};
use crate::stats::Stats;

/// Jobs that share one commit.
const BATCH_MAX: usize = 512;

/// Jobs that may be queued. Beyond that, callers get `unavailable`.
pub(crate) const QUEUED_MAX: usize = 8_192;

/// A queued job. The `Outcome` that it returns sends the answer, after the commit.
type Job = Box<dyn FnOnce(&mut Commit<'_>, &mut dyn Keeper) -> Outcome + Send>;
type Answer = Box<dyn FnOnce(Result<()>) + Send>;

struct Outcome {
    failed: bool,
    answer: Answer,
}

/// Opens the writer's session. Called again after the session was lost.
pub(crate) type Open = Box<dyn FnMut() -> Result<Box<dyn Session>> + Send>;

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

pub(crate) struct Writer {
    jobs: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
    stats: Arc<Stats>,
}

impl Writer {
    pub(crate) fn start(
        session: Box<dyn Session>,
        open: Open,
        keeper: Box<dyn Keeper>,
        clock: Arc<Clock>,
        stats: Arc<Stats>,
        publish: Box<dyn Fn(Published) + Send>,
    ) -> anyhow::Result<Self> {
        let (jobs, queued) = sync_channel(QUEUED_MAX);
        let counted = Arc::clone(&stats);
        let session = Some(session);
        let mut thread = WriterThread { session, open, keeper, clock, stats: counted, publish };
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let _end_with_us = EndProcessOnPanic;
                thread.run(&queued);
            })
            .context("can't start the writer")?;
        Ok(Writer { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)), stats })
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answered) = oneshot::channel();
        let span = Span::current();
        let job: Job = Box::new(move |commit, keeper| {
            let result = span.in_scope(|| work(commit));
            let failed = result.as_ref().inspect_err(|error| keeper.failed(error)).is_err();
            // A caller that was cancelled needs no answer.
            let answer: Answer = Box::new(move |committed| {
                let _ = reply.send(committed.and(result));
            });
            Outcome { failed, answer }
        });
        {
            let jobs = self.jobs.lock().map_err(|_| ErrorCode::Unavailable)?;
            let jobs = jobs.as_ref().ok_or(ErrorCode::Unavailable)?;
            self.stats.queued();
            jobs.try_send(job).map_err(|error| {
                self.stats.taken();
                match error {
                    TrySendError::Full(_) => {
                        self.stats.job_refused();
                        Error::overloaded()
                    }
                    TrySendError::Disconnected(_) => ErrorCode::Unavailable.into(),
                }
            })?;
        }
        answered.await.unwrap_or_else(|_| Err(ErrorCode::Unavailable.into()))
    }

    pub(crate) async fn close(&self) {
        if let Ok(mut jobs) = self.jobs.lock() {
            jobs.take();
        }
        let thread = self.thread.lock().ok().and_then(|mut thread| thread.take());
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

struct WriterThread {
    session: Option<Box<dyn Session>>,
    open: Open,
    keeper: Box<dyn Keeper>,
    clock: Arc<Clock>,
    stats: Arc<Stats>,
    publish: Box<dyn Fn(Published) + Send>,
}

impl WriterThread {
    fn run(&mut self, queued: &Receiver<Job>) {
        while let Ok(first) = queued.recv() {
            let more = queued.try_iter().take(BATCH_MAX - 1);
            let stats = Arc::clone(&self.stats);
            self.batch(std::iter::once(first).chain(more).inspect(|_| stats.taken()));
        }
        if let Some(session) = &self.session {
            self.keeper.closing(Sql::new(session.engine()));
        }
    }

    /// Begins a transaction, in a new session if the one of before was lost.
    fn begin(&mut self) -> Result<()> {
        let begin = |session: &dyn Session| session.engine().batch(session.begin_write());
        if let Some(session) = &self.session {
            match begin(&**session) {
                Err(error) if !session.is_open() => tracing::warn!(?error, "the session was lost"),
                begun => return begun,
            }
            self.session = None;
        }
        let session = (self.open)()?;
        begin(&*session)?;
        self.session = Some(session);
        Ok(())
    }

    fn batch(&mut self, jobs: impl Iterator<Item = Job>) {
        let begun = self.begin().inspect_err(|error| {
            error.log();
            self.keeper.failed(error);
        });
        let (Ok(()), Some(session)) = (begun, &self.session) else {
            // Dropped, which answers them with `unavailable`.
            return jobs.for_each(drop);
        };
        let mut answers = Vec::new();
        let at = self.clock.now();
        let mut commit = Commit::new(Sql::new(session.engine()), at.wall, at.steady);
        match transaction(&mut *self.keeper, &mut commit, jobs, &mut answers) {
            Ok(moved) => {
                self.stats.committed(answers.len());
                if moved {
                    self.keeper.committed();
                }
                for answer in answers {
                    answer(Ok(()));
                }
                commit.published().into_iter().for_each(&self.publish);
            }
            Err(error) => {
                self.keeper.failed(&error);
                self.stats.commit_failed();
                tracing::error!(?error, "a commit failed");
                if let Err(error) = session.roll_back() {
                    tracing::error!(?error, "can't roll back");
                    self.session = None;
                }
                for answer in answers {
                    answer(Err(ErrorCode::Unavailable.into()));
                }
            }
        }
    }
}

/// Runs the jobs in a transaction that has begun, and commits it. True if it took revisions.
fn transaction(
    keeper: &mut dyn Keeper,
    commit: &mut Commit<'_>,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<bool> {
    // Jobs are taken out even if the transaction has failed: each gets its answer.
    let mut failed = keeper.begun(commit.sql).err();
    for job in jobs {
        if failed.is_some() {
            answers.push(unrun(job));
            continue;
        }
        match savepoint(keeper, commit, job) {
            Ok(answer) => answers.push(answer),
            Err((error, answer)) => {
                failed = Some(error);
                answers.push(answer);
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let moved = commit.save_revisions()?;
    if moved {
        keeper.committing(commit.sql, commit.steady)?;
    }
    commit.sql.batch("COMMIT")?;
    Ok(moved)
}

/// A job that never ran is dropped: its caller's channel closes, which reads as `unavailable`.
fn unrun(job: Job) -> Answer {
    Box::new(move |_| drop(job))
}

fn savepoint(
    keeper: &mut dyn Keeper,
    commit: &mut Commit<'_>,
    job: Job,
) -> Result<Answer, (Error, Answer)> {
    let before = commit.savepoint();
    if let Err(error) = commit.sql.batch("SAVEPOINT job") {
        return Err((error, unrun(job)));
    }
    let Outcome { failed, answer } = job(commit, keeper);
    let ended = if failed {
        commit.roll_back(before);
        // A full disk or a lost connection may have rolled back everything: then the whole batch has failed.
        commit.sql.batch("ROLLBACK TO SAVEPOINT job; RELEASE SAVEPOINT job")
    } else {
        commit.sql.batch("RELEASE SAVEPOINT job")
    };
    match ended {
        Ok(()) => Ok(answer),
        Err(error) => Err((error, answer)),
    }
}

pub(crate) fn end(why: &str) -> ! {
    tracing::error!(why, "the writer can't go on; the process ends");
    process::exit(70);
}

/// Ends the process when the writer panics: without it, the server would accept what it can't store.
struct EndProcessOnPanic;

impl Drop for EndProcessOnPanic {
    fn drop(&mut self) {
        if thread::panicking() {
            end("it panicked");
        }
    }
}
