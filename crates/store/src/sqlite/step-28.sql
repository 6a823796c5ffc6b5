-- E-mail that goes out. A mail is a plan until it is due: what it says is composed then, from what is true then.
CREATE TABLE mails (
    site INTEGER NOT NULL REFERENCES sites,
    -- Random: the Message-ID, which is the same at each try, and by which a visitor unsubscribes.
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The conversation of an answer; else the agent to whom it goes.
    about TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'planned',
    -- The address, once it was looked up.
    recipient TEXT,
    -- By the wall clock.
    planned_at INTEGER NOT NULL,
    ended_at INTEGER,
    -- In steady time: when it is tried next, and until when a node tries it.
    due_at INTEGER NOT NULL,
    leased_until INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    problem TEXT,
    -- The last event that the visitor was told of.
    up_to INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;
-- One mail a pause.
CREATE UNIQUE INDEX mails_planned ON mails (site, kind, about) WHERE state = 'planned';
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'planned';
CREATE INDEX mails_latest ON mails (site, planned_at);
CREATE INDEX mails_about ON mails (site, about);
CREATE INDEX mails_of_hour ON mails (site, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX mails_over ON mails (ended_at) WHERE ended_at IS NOT NULL;

-- Addresses, as hashes, to which a site sends no answers any more.
CREATE TABLE unsubscribed (
    site INTEGER NOT NULL REFERENCES sites,
    address BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (site, address)
) STRICT, WITHOUT ROWID;

-- When it sends e-mail, as JSON; and which agents want to be called by it.
ALTER TABLE sites ADD COLUMN mail TEXT;
ALTER TABLE agents ADD COLUMN mails INTEGER NOT NULL DEFAULT 1;
