-- What is collected of a site's visitors, as JSON; NULL: what was collected before that could be chosen.
ALTER TABLE sites ADD COLUMN collecting TEXT;

-- Up to which visitor the records have lost what is not collected any more; NULL: all have.
ALTER TABLE sites ADD COLUMN sweep TEXT;

-- When a secret retires, by the wall clock; NULL: not yet.
ALTER TABLE secrets ADD COLUMN retires_at BIGINT;
