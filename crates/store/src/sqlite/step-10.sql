-- What flow bots say and ask: a row for each version that is published, or that a conversation still goes by.
CREATE TABLE flows (
    site INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    bot TEXT NOT NULL REFERENCES bots ON DELETE CASCADE,
    version INTEGER NOT NULL,
    -- The JSON as it was published.
    flow TEXT NOT NULL,
    -- When it was published, by the wall clock.
    at INTEGER NOT NULL,
    PRIMARY KEY (site, bot, version)
) STRICT;

-- The version with which new conversations begin; NULL if the bot has no flow, or it is switched off.
ALTER TABLE bots ADD COLUMN flow INTEGER;

-- Where each conversation with a flow bot is in its flow.
CREATE TABLE runs (
    site INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    bot TEXT NOT NULL,
    -- The version by which it goes; NULL once it has ended.
    version INTEGER,
    -- The run as JSON, with what was saved. It stays after the end.
    state TEXT NOT NULL,
    -- When it goes on by itself, in steady time; NULL if it waits for the visitor.
    wake_at INTEGER,
    PRIMARY KEY (site, conversation),
    FOREIGN KEY (site, conversation) REFERENCES conversations (site, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_waking ON runs (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX runs_of_flow ON runs (site, bot, version) WHERE version IS NOT NULL;

-- Visitors can write to the team, not to bots alone.
ALTER TABLE sites ADD COLUMN live_chat INTEGER NOT NULL DEFAULT 1;
