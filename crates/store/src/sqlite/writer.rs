//! The single writer: a thread that commits many queued jobs in one transaction (group commit).
//!
//! Each job runs in a savepoint of its own, so a refused job leaves nothing behind. Callers get their answer, and
//! clients what was published, only after the commit is on the disk. After a fault of the disk nobody knows what the
//! file holds, so the process ends rather than try again: the next start recovers from the write-ahead log.

use std::process;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Context;
use porchlight_protocol::ErrorCode;
use rusqlite::{Connection, ffi};
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::news::Published;

use crate::commit::Commit;
use crate::sql::{Sql, params};

use super::mark::Marker;

/// Jobs that share one commit.
const BATCH_MAX: usize = 512;

/// Jobs that may be queued. Beyond that, callers get `unavailable`.
const QUEUED_MAX: usize = 8_192;

/// A queued job. The `Outcome` that it returns sends the answer, after the commit.
type Job = Box<dyn FnOnce(&mut Commit<'_>) -> Outcome + Send>;
type Answer = Box<dyn FnOnce(Result<()>) + Send>;

struct Outcome {
    failed: Option<Failure>,
    answer: Answer,
}

/// A job's failure, with SQLite's error if that was the cause.
struct Failure(Option<ffi::Error>);

/// The server that owns the file.
pub(crate) struct Owner {
    /// The number that the server took at its start.
    pub(crate) server: i64,
    /// The mark that follows the newest revision.
    pub(crate) marker: Arc<Mutex<Marker>>,
}

/// The reason for which a server ends that finds another server's number in the file.
pub(crate) const TAKEN: &str = "another server has taken over the data file";

pub(crate) struct Writer {
    jobs: Mutex<Option<SyncSender<Job>>>,
    thread: Mutex<Option<thread::JoinHandle<()>>>,
}

impl Writer {
    pub(crate) fn start(
        sql: Connection,
        clock: Arc<Clock>,
        owner: Owner,
        publish: Box<dyn Fn(Published) + Send>,
    ) -> anyhow::Result<Self> {
        let (jobs, queued) = sync_channel(QUEUED_MAX);
        let thread = thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || {
                let _end_with_us = EndProcessOnPanic;
                run(&sql, &clock, &owner, &queued, &*publish);
            })
            .context("can't start the writer")?;
        Ok(Writer { jobs: Mutex::new(Some(jobs)), thread: Mutex::new(Some(thread)) })
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Commit<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answered) = oneshot::channel();
        let job: Job = Box::new(move |commit| {
            let result = work(commit);
            let failed = result.as_ref().err().map(|error| Failure(error.sqlite()));
            // A caller that was cancelled needs no answer.
            let answer: Answer = Box::new(move |committed| {
                let _ = reply.send(committed.and(result));
            });
            Outcome { failed, answer }
        });
        {
            let jobs = self.jobs.lock().map_err(|_| ErrorCode::Unavailable)?;
            let jobs = jobs.as_ref().ok_or(ErrorCode::Unavailable)?;
            jobs.try_send(job).map_err(|error| match error {
                TrySendError::Full(_) => Error::overloaded(),
                TrySendError::Disconnected(_) => ErrorCode::Unavailable.into(),
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

fn run(
    sql: &Connection,
    clock: &Clock,
    owner: &Owner,
    queued: &Receiver<Job>,
    publish: &dyn Fn(Published),
) {
    while let Ok(first) = queued.recv() {
        let more = queued.try_iter().take(BATCH_MAX - 1);
        batch(sql, clock, owner, std::iter::once(first).chain(more), publish);
    }
    // Everything is committed already; this only spares the next start some work.
    if let Err(error) = sql.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the last checkpoint failed");
    }
}

fn batch(
    sql: &Connection,
    clock: &Clock,
    owner: &Owner,
    jobs: impl Iterator<Item = Job>,
    publish: &dyn Fn(Published),
) {
    let mut answers = Vec::new();
    let at = clock.now();
    let mut commit = Commit::new(Sql::new(sql), at.wall, at.steady);
    let done = transaction(sql, owner.server, &mut commit, jobs, &mut answers);
    match done {
        Ok(number) => {
            if let Some(number) = number {
                let mut marker = owner.marker.lock().unwrap_or_else(PoisonError::into_inner);
                marker.reached(number);
            }
            for answer in answers {
                answer(Ok(()));
            }
            commit.published().into_iter().for_each(publish);
        }
        Err(error) => {
            end_if_fatal(error.sqlite());
            tracing::error!(?error, "a commit failed");
            if !sql.is_autocommit()
                && let Err(error) = sql.execute_batch("ROLLBACK")
            {
                end(&format!("can't roll back: {error}"));
            }
            for answer in answers {
                answer(Err(ErrorCode::Unavailable.into()));
            }
        }
    }
}

/// Runs the jobs in one transaction and commits it. Returns the number of the commit, if revisions were taken.
fn transaction(
    sql: &Connection,
    server: i64,
    commit: &mut Commit<'_>,
    jobs: impl Iterator<Item = Job>,
    answers: &mut Vec<Answer>,
) -> Result<Option<u64>> {
    // Jobs are taken out even if the transaction can't begin: each gets its answer.
    let begun = commit.sql.batch("BEGIN IMMEDIATE").and_then(|()| end_if_taken(commit.sql, server));
    let mut failed = begun.err();
    for job in jobs {
        if failed.is_some() {
            answers.push(unrun(job));
            continue;
        }
        match savepoint(sql, commit, job) {
            Ok(answer) => answers.push(answer),
            Err((error, answer)) => {
                failed = Some(error);
                answers.extend(answer);
            }
        }
    }
    if let Some(error) = failed {
        return Err(error);
    }
    let number = commit.save_revisions()?;
    commit.sql.batch("COMMIT")?;
    Ok(number)
}

/// Ends the process if the file belongs to another server.
fn end_if_taken(sql: Sql<'_>, server: i64) -> Result<()> {
    let owner: i64 = sql.value("SELECT server FROM meta", params![])?;
    if owner != server {
        end(TAKEN);
    }
    Ok(())
}

/// A job that never ran is dropped: its caller's channel closes, which reads as `unavailable`.
fn unrun(job: Job) -> Answer {
    Box::new(move |_| drop(job))
}

type Failed = (Error, Option<Answer>);

fn savepoint(sql: &Connection, commit: &mut Commit<'_>, job: Job) -> Result<Answer, Failed> {
    let before = commit.savepoint();
    if let Err(error) = sql.execute_batch("SAVEPOINT job") {
        return Err((error.into(), Some(unrun(job))));
    }
    let Outcome { failed, answer } = job(commit);
    let ended = match failed {
        None => sql.execute_batch("RELEASE job"),
        Some(Failure(fault)) => {
            end_if_fatal(fault);
            commit.roll_back(before);
            // A full disk may have rolled back everything: then the whole batch has failed.
            sql.execute_batch("ROLLBACK TO job; RELEASE job")
        }
    };
    match ended {
        Ok(()) => Ok(answer),
        Err(error) => Err((error.into(), Some(answer))),
    }
}

fn end_if_fatal(fault: Option<ffi::Error>) {
    use ffi::ErrorCode as Fault;
    if let Some(fault) = fault
        && matches!(
            fault.code,
            Fault::SystemIoFailure
                | Fault::DatabaseCorrupt
                | Fault::NotADatabase
                | Fault::CannotOpen
                | Fault::OutOfMemory
                | Fault::ReadOnly
        )
    {
        end(&format!("the disk or the data file fails: {fault}"));
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
