//! The mark beside the data file: the store's epoch and the number of its commits, and the identity of the file. A file that is
//! behind its mark, or another file than the marked one, has gone back in time: a copy was put back, or its newest
//! commits are lost. It then gets a new epoch, and clients start from a snapshot.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::UNIX_EPOCH;

use anyhow::Context;
use porchlight_protocol::Epoch;
use serde::{Deserialize, Serialize};

use crate::store::FILE;

/// The name of the mark in the data folder.
pub const MARK_FILE: &str = "porchlight.mark";

/// The size of the mark in bytes. It is fixed, so that a single write replaces the mark.
const BYTES: usize = 256;

/// The contents of the mark.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    epoch: Epoch,
    /// How many commits the store has seen, or a few less. Older versions counted revisions here.
    #[serde(alias = "revision")]
    commits: u64,
    /// The identity of the file: a copy has another one.
    file: String,
}

/// The data file compared with its mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Past {
    /// The file that was served last.
    Same,
    /// There is no mark.
    Unmarked,
    /// A copy, or a file of another epoch.
    Copy,
    /// The newest commits are missing.
    Behind(u64),
}

impl Mark {
    pub(crate) fn of(folder: &Path, epoch: &Epoch, commits: u64) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        let file = fs::metadata(&path).with_context(|| format!("can't read {}", path.display()))?;
        // A file system reuses the numbers of deleted files, but not at the same time of creation.
        let born = file.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        let file = format!("{}.{}", file.ino(), born.unwrap_or_default().as_nanos());
        Ok(Mark { epoch: epoch.clone(), commits, file })
    }

    /// The mark of a folder, if there is one that can be read.
    pub(crate) fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(MARK_FILE)).ok()?).ok()
    }

    /// The number of the store's commits.
    pub(crate) fn commits(&self) -> u64 {
        self.commits
    }

    /// Compares a file, whose mark would be `now`, with the mark that was found.
    pub(crate) fn past(found: Option<&Mark>, now: &Mark) -> Past {
        match found {
            None => Past::Unmarked,
            Some(found) if found.epoch != now.epoch => Past::Copy,
            Some(found) if found.commits > now.commits => Past::Behind(found.commits),
            Some(found) if found.file != now.file => Past::Copy,
            Some(_) => Past::Same,
        }
    }
}

/// The mark of an open store.
#[derive(Debug)]
pub(crate) struct Marker {
    file: File,
    mark: Mark,
    failed: bool,
}

impl Marker {
    /// Writes a mark, and keeps its file open to replace it.
    pub(crate) fn new(folder: &Path, mark: Mark) -> anyhow::Result<Self> {
        let path = folder.join(MARK_FILE);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.with_context(|| format!("can't write {}", path.display()))?;
        let marker = Marker { file, mark, failed: false };
        marker.write().with_context(|| format!("can't write {}", path.display()))?;
        Ok(marker)
    }

    /// Writes the number of a commit. Called after each commit, before it is answered and published.
    pub(crate) fn reached(&mut self, commits: u64) {
        self.mark.commits = self.mark.commits.max(commits);
        self.save();
    }

    /// Writes a new epoch.
    pub(crate) fn renewed(&mut self, epoch: &Epoch) {
        self.mark.epoch = epoch.clone();
        self.save();
    }

    fn save(&mut self) {
        match self.write() {
            Ok(()) => self.failed = false,
            Err(error) if !self.failed && error.kind() != ErrorKind::Interrupted => {
                self.failed = true;
                tracing::warn!(%error, "the mark beside the data file can't be written");
            }
            Err(_) => {}
        }
    }

    fn write(&self) -> std::io::Result<()> {
        let mut bytes = serde_json::to_vec(&self.mark)?;
        bytes.resize(BYTES.max(bytes.len()), b' ');
        if let Some(last) = bytes.last_mut() {
            *last = b'\n';
        }
        self.file.write_all_at(&bytes, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(epoch: u8, commits: u64, file: &str) -> Mark {
        Mark { epoch: Epoch::from_bytes([epoch; 16]), commits, file: file.to_owned() }
    }

    #[test]
    fn a_file_that_has_gone_back_in_time_is_told_from_one_that_has_not() {
        let now = mark(1, 41, "7.1");
        let past = |found: Mark| Mark::past(Some(&found), &now);
        assert_eq!(past(mark(1, 41, "7.1")), Past::Same);
        assert_eq!(past(mark(1, 40, "7.1")), Past::Same, "a command may have gone on");
        assert_eq!(past(mark(1, 42, "7.1")), Past::Behind(42));
        assert_eq!(past(mark(1, 41, "8.1")), Past::Copy);
        assert_eq!(past(mark(1, 41, "7.2")), Past::Copy, "a number that was used again");
        assert_eq!(past(mark(2, 41, "7.1")), Past::Copy);
        assert_eq!(Mark::past(None, &now), Past::Unmarked);
    }

    #[test]
    fn a_mark_is_read_as_it_was_written_whatever_stood_there() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "").unwrap();
        fs::write(folder.path().join(MARK_FILE), "x".repeat(300)).unwrap();
        assert_eq!(Mark::read(folder.path()), None);
        fs::remove_file(folder.path().join(MARK_FILE)).unwrap();
        let epoch = Epoch::from_bytes([1; 16]);
        let mark = Mark::of(folder.path(), &epoch, 1_000).unwrap();
        let mut marker = Marker::new(folder.path(), mark.clone()).unwrap();
        assert_eq!(Mark::read(folder.path()), Some(mark.clone()));
        marker.reached(1_001);
        marker.reached(7);
        marker.renewed(&Epoch::from_bytes([2; 16]));
        let expected = Mark { epoch: Epoch::from_bytes([2; 16]), commits: 1_001, ..mark };
        assert_eq!(Mark::read(folder.path()), Some(expected));
    }
}
