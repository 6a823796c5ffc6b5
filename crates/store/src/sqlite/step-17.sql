-- The version by which a run went until an agent claimed its conversation, and by which it goes on if the agent hands that
-- back; NULL if none is kept for it.
ALTER TABLE runs ADD COLUMN held INTEGER;
CREATE INDEX runs_held ON runs (site, bot, held) WHERE held IS NOT NULL;
