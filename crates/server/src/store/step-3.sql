-- A state has a hash as an event has one: of the conversation's id and the state.
ALTER TABLE conversations ADD COLUMN hash BLOB;

-- Where browsers reach the server, for the script tags that commands print.
ALTER TABLE meta ADD COLUMN public_url TEXT;
-- The server that runs on this file: each start takes a new number. Who finds another one has lost it.
ALTER TABLE meta ADD COLUMN server INTEGER NOT NULL DEFAULT 0;

-- When a session was last used: one that nobody uses ends before its time.
ALTER TABLE sessions ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET seen_at = unixepoch() * 1000;
CREATE INDEX sessions_over ON sessions (site, expires_at);
CREATE INDEX sessions_of_agent ON sessions (agent);

-- When an act was done: what is older than any outbox needs no row.
ALTER TABLE acts ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
UPDATE acts SET at = unixepoch() * 1000;
CREATE INDEX acts_by_age ON acts (at);
ALTER TABLE starts ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
UPDATE starts SET at = unixepoch() * 1000;
CREATE INDEX starts_by_age ON starts (at);
CREATE INDEX starts_of_conversation ON starts (site, conversation);

-- Events that commands appended beside a running server, until it has told of them.
CREATE TABLE outside (
    site INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (site, conversation, seq)
) STRICT, WITHOUT ROWID;
