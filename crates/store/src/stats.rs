//! What the store counts of its own work, since it was opened.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// The number of groups in [`COMMIT_JOBS`].
const GROUPS: usize = 10;

/// Commits are counted in groups, by the number of jobs that shared them. These are the groups' largest numbers.
pub const COMMIT_JOBS: [usize; GROUPS] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// The counters of an open store.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    commits: [AtomicU64; GROUPS],
    committed_jobs: AtomicU64,
    commits_failed: AtomicU64,
    retries: AtomicU64,
    queued: AtomicUsize,
    jobs_refused: AtomicU64,
    reads: AtomicU64,
    reads_refused: AtomicU64,
}

/// The counts at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    /// Commits, by the groups of [`COMMIT_JOBS`].
    pub commits: [u64; GROUPS],
    /// Jobs in these commits, refused ones included.
    pub committed_jobs: u64,
    /// Commits that failed.
    pub commits_failed: u64,
    /// Transactions that were tried again, because the engine had rolled them back for another one's sake.
    pub retries: u64,
    /// Jobs that wait for the writer.
    pub queued: usize,
    /// Jobs that may wait for the writer.
    pub queued_max: usize,
    /// Jobs that were refused, because the writer's queue was full.
    pub jobs_refused: u64,
    /// Reads, failed ones included.
    pub reads: u64,
    /// Reads that were refused, because too many were waiting.
    pub reads_refused: u64,
}

impl Counts {
    /// True if seven eighths of the writer's queue are taken: what comes next may be refused.
    pub fn queue_is_nearly_full(&self) -> bool {
        self.queued >= self.queued_max - self.queued_max / 8
    }
}

fn add(counter: &AtomicU64, number: usize) {
    counter.fetch_add(u64::try_from(number).unwrap_or(u64::MAX), Ordering::Relaxed);
}

impl Stats {
    /// Notes that a job waits for the writer. Called before the job is queued, so that no job is taken uncounted.
    pub(crate) fn queued(&self) {
        self.queued.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a job waits no longer: the writer took it, or it was not queued after all.
    pub(crate) fn taken(&self) {
        self.queued.fetch_sub(1, Ordering::Relaxed);
    }

    /// Notes that a job was refused, because the queue was full.
    pub(crate) fn job_refused(&self) {
        add(&self.jobs_refused, 1);
    }

    /// Notes a commit with so many jobs.
    pub(crate) fn committed(&self, jobs: usize) {
        let group = COMMIT_JOBS.iter().position(|most| jobs <= *most).unwrap_or(GROUPS - 1);
        if let Some(commits) = self.commits.get(group) {
            add(commits, 1);
        }
        add(&self.committed_jobs, jobs);
    }

    /// Notes that a commit failed.
    pub(crate) fn commit_failed(&self) {
        add(&self.commits_failed, 1);
    }

    /// Notes that a transaction is tried again.
    pub(crate) fn retried(&self) {
        add(&self.retries, 1);
    }

    /// Notes a read.
    pub(crate) fn read(&self) {
        add(&self.reads, 1);
    }

    /// Notes that a read was refused.
    pub(crate) fn read_refused(&self) {
        add(&self.reads_refused, 1);
    }

    /// The counts now.
    pub(crate) fn counts(&self, queued_max: usize) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            commits: self.commits.each_ref().map(of),
            committed_jobs: of(&self.committed_jobs),
            commits_failed: of(&self.commits_failed),
            retries: of(&self.retries),
            queued: self.queued.load(Ordering::Relaxed),
            queued_max,
            jobs_refused: of(&self.jobs_refused),
            reads: of(&self.reads),
            reads_refused: of(&self.reads_refused),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commits_are_counted_by_their_jobs_and_the_queue_by_what_waits() {
        let stats = Stats::default();
        for jobs in [1, 2, 3, 512] {
            stats.committed(jobs);
        }
        let counts = stats.counts(8);
        assert_eq!(counts.commits, [1, 1, 1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(counts.committed_jobs, 518);
        (0..7).for_each(|_| stats.queued());
        assert!(stats.counts(8).queue_is_nearly_full());
        stats.taken();
        assert!(!stats.counts(8).queue_is_nearly_full());
    }
}
