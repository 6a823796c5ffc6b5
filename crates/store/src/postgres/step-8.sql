-- How long the visitor had waited when an agent answered first, in milliseconds; NULL: not yet.
ALTER TABLE conversations ADD COLUMN answered_after_ms BIGINT;
