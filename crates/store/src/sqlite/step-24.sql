-- Accounts: one person signs in by one address and password, with one second factor, and is an agent of one site or of several.
-- An agent is a person at a site. Until now an address belonged to one agent, who becomes the one agent of an account with
-- their id, by which their browsers stay known.
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE UNIQUE,
    -- The hash.
    password TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
INSERT INTO accounts (id, email, password, created_at) SELECT id, email, password, created_at FROM agents;

-- SQLite drops no column that is unique: the table is made anew, and with it those that refer to it, because to drop a table
-- deletes its rows first, and what refers to them.
ALTER TABLE agents RENAME TO agents_before;
CREATE TABLE agents (
    id TEXT PRIMARY KEY,
    site INTEGER NOT NULL REFERENCES sites,
    account TEXT NOT NULL REFERENCES accounts,
    name TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('admin', 'agent')),
    owner INTEGER NOT NULL DEFAULT 0,
    away INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    deactivated_at INTEGER,
    -- When they came to this site last, by a sign-in or from another site: the next sign-in leads there.
    entered_at INTEGER NOT NULL DEFAULT 0,
    UNIQUE (site, account)
) STRICT;
INSERT INTO agents (id, site, account, name, role, owner, away, created_at, deactivated_at)
    SELECT id, site, id, name, role, owner, away, created_at, deactivated_at FROM agents_before;
CREATE INDEX agents_of_account ON agents (account);

CREATE TABLE sessions_now (
    token BLOB PRIMARY KEY,
    site INTEGER NOT NULL REFERENCES sites,
    agent TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL DEFAULT 0,
    idle INTEGER NOT NULL DEFAULT 0,
    device TEXT NOT NULL DEFAULT ''
) STRICT, WITHOUT ROWID;
INSERT INTO sessions_now (token, site, agent, created_at, expires_at, seen_at, idle, device)
    SELECT token, site, agent, created_at, expires_at, seen_at, idle, device FROM sessions;
DROP TABLE sessions;
ALTER TABLE sessions_now RENAME TO sessions;
CREATE INDEX sessions_over ON sessions (site, expires_at);
CREATE INDEX sessions_of_agent ON sessions (agent);

CREATE TABLE second_factors_now (
    account TEXT PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    secret TEXT NOT NULL,
    confirmed_at INTEGER,
    step INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO second_factors_now (account, secret, confirmed_at, step)
    SELECT agent, secret, confirmed_at, step FROM second_factors;
DROP TABLE second_factors;
ALTER TABLE second_factors_now RENAME TO second_factors;

CREATE TABLE recovery_codes_now (
    account TEXT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    code BLOB NOT NULL,
    PRIMARY KEY (account, code)
) STRICT, WITHOUT ROWID;
INSERT INTO recovery_codes_now (account, code) SELECT agent, code FROM recovery_codes;
DROP TABLE recovery_codes;
ALTER TABLE recovery_codes_now RENAME TO recovery_codes;

DROP TABLE agents_before;
