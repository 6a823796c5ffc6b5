-- E-mail that goes out. A mail is a plan until it is due: what it says is composed then, from what is true then.
CREATE TABLE mails (
    site BIGINT NOT NULL REFERENCES sites,
    -- Random: the Message-ID, which is the same at each try, and by which a visitor unsubscribes.
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    -- The conversation of an answer; else the agent to whom it goes.
    about TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'planned',
    -- The address, once it was looked up.
    recipient TEXT,
    -- By the wall clock.
    planned_at BIGINT NOT NULL,
    ended_at BIGINT,
    -- In steady time: when it is tried next, and until when a node tries it.
    due_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL DEFAULT 0,
    tries BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    -- The last event that the visitor was told of.
    up_to BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (site, id)
);
-- One mail a pause.
CREATE UNIQUE INDEX mails_planned ON mails (site, kind, about) WHERE state = 'planned';
CREATE INDEX mails_due ON mails (due_at) WHERE state = 'planned';
CREATE INDEX mails_latest ON mails (site, planned_at);
CREATE INDEX mails_about ON mails (site, about);
CREATE INDEX mails_of_hour ON mails (site, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX mails_over ON mails (ended_at) WHERE ended_at IS NOT NULL;

-- Addresses, as hashes, to which a site sends no answers any more.
CREATE TABLE unsubscribed (
    site BIGINT NOT NULL REFERENCES sites,
    address BYTEA NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (site, address)
);

-- When it sends e-mail, as JSON; and which agents want to be called by it.
ALTER TABLE sites ADD COLUMN mail TEXT;
ALTER TABLE agents ADD COLUMN mails BIGINT NOT NULL DEFAULT 1;
