//! The lanes in which jobs wait for the writers.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::store::SiteId;

/// A lane: jobs of one lane run in their order, and never two at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// The jobs that hold this site.
    Site(SiteId),
    /// The jobs that hold none, and all jobs of a store with one writer.
    Common,
}

/// A job that was not queued.
#[derive(Debug)]
pub(crate) struct Refused {
    /// True if too many are queued; false if the lanes are closed.
    pub(crate) is_full: bool,
}

/// Jobs in their lanes.
pub(crate) struct Lanes<J> {
    waiting: Mutex<Waiting<J>>,
    changed: Condvar,
    jobs_max: usize,
}

struct Waiting<J> {
    lanes: HashMap<Lane, VecDeque<J>>,
    /// Lanes with jobs that no writer is at, in the order in which their turn comes.
    turns: VecDeque<Lane>,
    in_work: HashSet<Lane>,
    jobs: usize,
    closed: bool,
}

impl<J> Lanes<J> {
    /// Lanes for so many waiting jobs.
    pub(crate) fn new(jobs_max: usize) -> Self {
        let waiting = Waiting {
            lanes: HashMap::new(),
            turns: VecDeque::new(),
            in_work: HashSet::new(),
            jobs: 0,
            closed: false,
        };
        Lanes { waiting: Mutex::new(waiting), changed: Condvar::new(), jobs_max }
    }

    /// A poisoned lock is used anyway: no critical section here can panic half-way.
    fn lock(&self) -> MutexGuard<'_, Waiting<J>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a job at the end of its lane.
    pub(crate) fn push(&self, lane: Lane, job: J) -> Result<(), Refused> {
        let mut waiting = self.lock();
        if waiting.closed || waiting.jobs >= self.jobs_max {
            return Err(Refused { is_full: !waiting.closed });
        }
        waiting.jobs += 1;
        let queue = waiting.lanes.entry(lane).or_default();
        queue.push_back(job);
        if queue.len() == 1 && !waiting.in_work.contains(&lane) {
            waiting.turns.push_back(lane);
            self.changed.notify_one();
        }
        Ok(())
    }

    /// Waits for a lane with jobs, and takes the first ones, `jobs_max` at most. Until [`Lanes::done`], the lane is the
    /// caller's. `None` once the lanes are closed and empty.
    pub(crate) fn take(&self, jobs_max: usize) -> Option<(Lane, Vec<J>)> {
        let mut waiting = self.lock();
        loop {
            if let Some(lane) = waiting.turns.pop_front() {
                let queue = waiting.lanes.entry(lane).or_default();
                let jobs: Vec<J> = queue.drain(..queue.len().min(jobs_max)).collect();
                waiting.jobs -= jobs.len();
                waiting.in_work.insert(lane);
                return Some((lane, jobs));
            }
            if waiting.closed {
                return None;
            }
            waiting = self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Gives a lane back.
    pub(crate) fn done(&self, lane: Lane) {
        let mut waiting = self.lock();
        waiting.in_work.remove(&lane);
        if waiting.lanes.get(&lane).is_some_and(|queue| !queue.is_empty()) {
            waiting.turns.push_back(lane);
            self.changed.notify_one();
        } else {
            waiting.lanes.remove(&lane);
        }
    }

    /// Refuses further jobs. The queued ones are still taken.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Lane = Lane::Site(1);
    const TWO: Lane = Lane::Site(2);

    #[test]
    fn a_lane_is_one_takers_until_it_is_done_and_keeps_its_order() {
        let lanes = Lanes::new(10);
        for job in [10, 11, 12] {
            lanes.push(ONE, job).unwrap();
        }
        lanes.push(TWO, 20).unwrap();
        assert_eq!(lanes.take(2), Some((ONE, vec![10, 11])));
        lanes.push(ONE, 13).unwrap();
        assert_eq!(lanes.take(2), Some((TWO, vec![20])), "lane one is in work");
        lanes.done(ONE);
        assert_eq!(lanes.take(2), Some((ONE, vec![12, 13])));
        lanes.done(ONE);
        lanes.done(TWO);
        lanes.close();
        assert_eq!(lanes.take(2), None);
    }

    #[test]
    fn too_many_jobs_are_refused_and_closed_lanes_are_emptied() {
        let lanes = Lanes::new(2);
        lanes.push(ONE, 1).unwrap();
        lanes.push(TWO, 2).unwrap();
        assert!(lanes.push(TWO, 3).unwrap_err().is_full);
        lanes.close();
        assert!(!lanes.push(TWO, 3).unwrap_err().is_full);
        assert_eq!(lanes.take(9), Some((ONE, vec![1])));
        assert_eq!(lanes.take(9), Some((TWO, vec![2])));
        assert_eq!(lanes.take(9), None);
    }
}
