-- What changed in a site since a revision is found by it: events, and read marks by the revision that moved them.
ALTER TABLE conversations ADD COLUMN marks_revision INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_marked ON conversations (site, marks_revision);
CREATE INDEX events_by_revision ON events (site, revision);

-- So what commands append needs no queue of its own any more.
DROP TABLE outside;

-- Failed sign-ins: when all that were counted under a key have expired, in milliseconds of steady time.
CREATE TABLE sign_in_failures (
    key BLOB PRIMARY KEY,
    over_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_failures_over ON sign_in_failures (over_at);
