-- Each site has revisions of its own, and the steady time of its newest commit. They continue where the store's stood,
-- so that no client sees one go back.
ALTER TABLE sites ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN steady INTEGER NOT NULL DEFAULT 0;
UPDATE sites SET (revision, steady) = (SELECT revision, steady FROM meta);
ALTER TABLE meta DROP COLUMN steady;

-- What remains for the store as a whole: the number of its commits, by which its mark is compared.
ALTER TABLE meta RENAME COLUMN revision TO commits;
