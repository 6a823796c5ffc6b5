-- Columns for the inbox's folders and the visitor's Home, so that no listing reads rows that it does not
-- show. All three are derived from `state`.
--
-- Open, unclaimed, and waiting for an agent.
ALTER TABLE conversations ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;
-- Open, with messages that the team has not read.
ALTER TABLE conversations ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
-- The commit that closed it; 0 while it is open.
ALTER TABLE conversations ADD COLUMN closed_revision INTEGER NOT NULL DEFAULT 0;
-- A damaged state is skipped, so that it does not fail the migration of all others.
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
-- A visitor's Home: what is not put away, open and closed separately, and what was closed recently.
CREATE INDEX conversations_on_home ON conversations (site, visitor, closed, active)
    WHERE put_away = 0;
CREATE INDEX conversations_closed_since ON conversations (site, visitor, closed_revision)
    WHERE closed = 1 AND put_away = 0;
-- The former index served Home; what remains is the query for the newest commit of a visitor.
DROP INDEX conversations_of_visitor;
CREATE INDEX conversations_of_visitor ON conversations (site, visitor, revision);
