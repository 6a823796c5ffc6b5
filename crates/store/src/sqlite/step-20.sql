-- Who did what on a team. Rows are only ever added, and deleted when they are old.
CREATE TABLE audit (
    site INTEGER NOT NULL REFERENCES sites,
    -- 1, 2, 3 … at each site.
    id INTEGER NOT NULL,
    -- By the wall clock.
    at INTEGER NOT NULL,
    topic TEXT NOT NULL,
    deed TEXT NOT NULL,
    -- Who: an agent with the name of that time; NULL and empty: a command, or the server itself.
    agent TEXT,
    agent_name TEXT NOT NULL,
    -- To whom or what, and what else there is to say: see `Deed`.
    about TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (site, id)
) STRICT;
CREATE INDEX audit_of_topic ON audit (site, topic, id);
CREATE INDEX audit_by_time ON audit (at);

-- Since when the visitor is blocked, by the wall clock; NULL: they are not. By whom, and a note for the team.
ALTER TABLE visitors ADD COLUMN blocked_at INTEGER;
ALTER TABLE visitors ADD COLUMN blocked_by TEXT;
ALTER TABLE visitors ADD COLUMN blocked_note TEXT;
CREATE INDEX visitors_blocked ON visitors (site, blocked_at) WHERE blocked_at IS NOT NULL;
-- When the visitor was erased, by the wall clock; NULL: not. While `erasing` is 1, some of their texts are still there.
ALTER TABLE visitors ADD COLUMN erased_at INTEGER;
ALTER TABLE visitors ADD COLUMN erasing INTEGER NOT NULL DEFAULT 0;
CREATE INDEX visitors_erasing ON visitors (site, id) WHERE erasing = 1;

-- Days without activity after which closed conversations are removed; NULL: they are kept.
ALTER TABLE sites ADD COLUMN retention_days INTEGER;
CREATE INDEX conversations_closed_idle ON conversations (site, active_at) WHERE closed = 1;
