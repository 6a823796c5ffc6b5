-- The revision at which what clients know of a site changed last: closing settings, plan, live chat, opening hours.
ALTER TABLE sites ADD COLUMN policy_revision BIGINT NOT NULL DEFAULT 0;
UPDATE sites SET policy_revision = closing_revision;

-- The opening hours as JSON; NULL: none have been set.
ALTER TABLE sites ADD COLUMN hours TEXT;
