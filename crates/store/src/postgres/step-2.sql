-- What changed in a site since a revision is found by it: events, and read marks by the revision that moved them.
ALTER TABLE conversations ADD COLUMN marks_revision BIGINT NOT NULL DEFAULT 0;
CREATE INDEX conversations_marked ON conversations (site, marks_revision);
CREATE INDEX events_by_revision ON events (site, revision);

-- So what commands append needs no queue of its own any more.
DROP TABLE outside;

-- Failed sign-ins: when all that were counted under a key have expired, in milliseconds of steady time.
CREATE TABLE sign_in_failures (
    key BYTEA PRIMARY KEY,
    over_at BIGINT NOT NULL
);
CREATE INDEX sign_in_failures_over ON sign_in_failures (over_at);

-- The nodes that have agents of a site connected, each until it says so again. In milliseconds of the database's clock.
CREATE TABLE presence (
    site BIGINT NOT NULL REFERENCES sites ON DELETE CASCADE,
    node TEXT NOT NULL,
    until BIGINT NOT NULL,
    PRIMARY KEY (site, node)
);
