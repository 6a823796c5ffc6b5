-- The hash of the conversation's id and state, to detect damage, as events have one.
ALTER TABLE conversations ADD COLUMN hash BLOB;

-- The server's public URL, for the script tags that commands print.
ALTER TABLE meta ADD COLUMN public_url TEXT;
-- The random number of the server that runs on this file. A server that finds another one has lost the
-- file.
ALTER TABLE meta ADD COLUMN server INTEGER NOT NULL DEFAULT 0;

-- When a session was last used: an idle session expires early.
ALTER TABLE sessions ADD COLUMN seen_at INTEGER NOT NULL DEFAULT 0;
UPDATE sessions SET seen_at = unixepoch() * 1000;
CREATE INDEX sessions_over ON sessions (site, expires_at);
CREATE INDEX sessions_of_agent ON sessions (agent);

-- When an act was done: rows older than any outbox are deleted.
ALTER TABLE acts ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
UPDATE acts SET at = unixepoch() * 1000;
CREATE INDEX acts_by_age ON acts (at);
ALTER TABLE starts ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
UPDATE starts SET at = unixepoch() * 1000;
CREATE INDEX starts_by_age ON starts (at);
CREATE INDEX starts_of_conversation ON starts (site, conversation);

-- Events that commands appended beside a running server, until it has published them.
CREATE TABLE outside (
    site INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (site, conversation, seq)
) STRICT, WITHOUT ROWID;
