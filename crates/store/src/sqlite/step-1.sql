-- One row: the store's epoch and its newest revision.
CREATE TABLE meta (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;

CREATE TABLE sites (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- The closing settings, the commit that changed them last and the one that switched hiding on.
    hide_closed INTEGER NOT NULL DEFAULT 0,
    disable_field INTEGER NOT NULL DEFAULT 0,
    notice INTEGER NOT NULL DEFAULT 0,
    notice_text TEXT NOT NULL,
    closing_revision INTEGER NOT NULL DEFAULT 0,
    hide_closed_since INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE allow_origins (
    site INTEGER NOT NULL REFERENCES sites,
    origin TEXT NOT NULL,
    PRIMARY KEY (site, origin)
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    site INTEGER NOT NULL REFERENCES sites,
    email TEXT NOT NULL COLLATE NOCASE UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'agent')),
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE sessions (
    token BLOB PRIMARY KEY,
    site INTEGER NOT NULL REFERENCES sites,
    agent TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE bots (
    id TEXT PRIMARY KEY,
    site INTEGER NOT NULL REFERENCES sites,
    name TEXT NOT NULL,
    token BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX bots_of_site ON bots (site, created_at);

CREATE TABLE visitors (
    site INTEGER NOT NULL REFERENCES sites,
    key BLOB NOT NULL,
    id TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    PRIMARY KEY (site, key),
    UNIQUE (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX visitors_revoked ON visitors (revoked_at) WHERE revoked_at IS NOT NULL;

-- `state` is the conversation's fold; the other columns hold what queries filter and sort by.
CREATE TABLE conversations (
    site INTEGER NOT NULL REFERENCES sites,
    id TEXT NOT NULL,
    visitor TEXT NOT NULL,
    bot TEXT,
    closed INTEGER NOT NULL,
    assignee TEXT,
    -- The newest commit of any kind, and that of the last message or re-opening, which orders lists.
    revision INTEGER NOT NULL,
    active INTEGER NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (site, id),
    FOREIGN KEY (site, visitor) REFERENCES visitors (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_newest ON conversations (site, revision);
CREATE INDEX conversations_latest ON conversations (site, active);
CREATE INDEX conversations_of_status ON conversations (site, closed, active);
CREATE INDEX conversations_of_visitor ON conversations (site, visitor, active);
CREATE INDEX conversations_of_bot ON conversations (site, bot, active) WHERE bot IS NOT NULL;

-- The log. Rows are only ever added.
CREATE TABLE events (
    site INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    seq INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    at INTEGER NOT NULL,
    author TEXT NOT NULL,
    client_id TEXT,
    body TEXT NOT NULL,
    -- Of all the above: a bit that flips on the disk is noticed when the event is read.
    hash BLOB NOT NULL,
    PRIMARY KEY (site, conversation, seq),
    FOREIGN KEY (site, conversation) REFERENCES conversations (site, id)
) STRICT, WITHOUT ROWID;

-- The result of each act, so that retries are idempotent.
CREATE TABLE acts (
    site INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    author TEXT NOT NULL,
    client_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    first_seq INTEGER NOT NULL,
    events INTEGER NOT NULL,
    head INTEGER NOT NULL,
    PRIMARY KEY (site, conversation, author, client_id),
    FOREIGN KEY (site, conversation) REFERENCES conversations (site, id)
) STRICT, WITHOUT ROWID;

-- The result of each start of a conversation, for the same reason.
CREATE TABLE starts (
    site INTEGER NOT NULL,
    visitor TEXT NOT NULL,
    client_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    conversation TEXT NOT NULL,
    PRIMARY KEY (site, visitor, client_id),
    FOREIGN KEY (site, conversation) REFERENCES conversations (site, id)
) STRICT, WITHOUT ROWID;
