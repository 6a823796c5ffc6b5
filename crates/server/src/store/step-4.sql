-- What the inbox's folders and a visitor's Home look for, so that no list reads rows that it does not
-- show. All three follow from `state`.
--
-- Open, nobody's, and a person should look after it.
ALTER TABLE conversations ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
-- Open, with messages that nobody of the team has read.
ALTER TABLE conversations ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
-- The commit that closed it; 0 while it is open.
ALTER TABLE conversations ADD COLUMN closed_revision INTEGER NOT NULL DEFAULT 0;
-- A damaged row stays as it is: it concerns nobody else.
UPDATE conversations SET
    waiting = closed = 0 AND assignee IS NULL
        AND (bot IS NULL OR json_extract(state, '$.last.author') IS 'visitor'),
    unread = closed = 0 AND json_extract(state, '$.team_read.unread[0]') IS NOT NULL,
    closed_revision = coalesce(json_extract(state, '$.status.closed.revision'), 0)
    WHERE json_valid(state);

CREATE INDEX conversations_of_owner ON conversations (site, assignee, active)
    WHERE closed = 0 AND assignee IS NOT NULL;
CREATE INDEX conversations_waiting ON conversations (site, active) WHERE waiting = 1;
CREATE INDEX conversations_unread ON conversations (site) WHERE unread = 1;
-- A visitor's Home: what they have not put away, open and closed apart, and what was closed lately.
CREATE INDEX conversations_on_home ON conversations (site, visitor, closed, active)
    WHERE put_away = 0;
CREATE INDEX conversations_closed_since ON conversations (site, visitor, closed_revision)
    WHERE closed = 1 AND put_away = 0;
-- It served Home; what is left to ask of all that a visitor has is its newest commit.
DROP INDEX conversations_of_visitor;
CREATE INDEX conversations_of_visitor ON conversations (site, visitor, revision);
