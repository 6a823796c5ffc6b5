-- Whether a closed conversation stays on the visitor's Home until it is read.
ALTER TABLE sites ADD COLUMN keep_unread INTEGER NOT NULL DEFAULT 0;
-- The commit that last switched that off; 0 for never.
ALTER TABLE sites ADD COLUMN hide_unread_since INTEGER NOT NULL DEFAULT 0;
-- The first commit at which it was closed and read; 0 while it is open, the greatest number while it is
-- unread.
ALTER TABLE conversations ADD COLUMN read_revision INTEGER NOT NULL DEFAULT 0;
UPDATE conversations SET
    read_revision = iif(json_extract(state, '$.visitor_read.unread[0]') IS NULL,
        closed_revision, 9223372036854775807)
    WHERE closed = 1 AND json_valid(state);
CREATE INDEX conversations_read_since ON conversations (site, visitor, read_revision, active)
    WHERE closed = 1 AND put_away = 0;

-- The commit since which a waiting conversation is unanswered, or that of its last activity; 0 if it is
-- not waiting. To fill it, schema.rs folds the logs.
ALTER TABLE conversations ADD COLUMN waits_from INTEGER NOT NULL DEFAULT 0;
CREATE INDEX conversations_waiting_longest ON conversations (site, waits_from) WHERE waiting = 1;
