-- What flow bots say and ask: a row for each version that is published, or that a conversation still goes by.
CREATE TABLE flows (
    site BIGINT NOT NULL REFERENCES sites ON DELETE CASCADE,
    bot TEXT NOT NULL REFERENCES bots ON DELETE CASCADE,
    version BIGINT NOT NULL,
    -- The JSON as it was published.
    flow TEXT NOT NULL,
    -- When it was published, by the wall clock.
    at BIGINT NOT NULL,
    PRIMARY KEY (site, bot, version)
);

-- The version with which new conversations begin; NULL if the bot has no flow, or it is switched off.
ALTER TABLE bots ADD COLUMN flow BIGINT;

-- Where each conversation with a flow bot is in its flow.
CREATE TABLE runs (
    site BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    bot TEXT NOT NULL,
    -- The version by which it goes; NULL once it has ended.
    version BIGINT,
    -- The run as JSON, with what was saved. It stays after the end.
    state TEXT NOT NULL,
    -- When it goes on by itself, in steady time; NULL if it waits for the visitor.
    wake_at BIGINT,
    PRIMARY KEY (site, conversation),
    FOREIGN KEY (site, conversation) REFERENCES conversations (site, id)
);
CREATE INDEX runs_waking ON runs (wake_at) WHERE wake_at IS NOT NULL;
CREATE INDEX runs_of_flow ON runs (site, bot, version) WHERE version IS NOT NULL;

-- Visitors can write to the team, not to bots alone.
ALTER TABLE sites ADD COLUMN live_chat BIGINT NOT NULL DEFAULT 1;
