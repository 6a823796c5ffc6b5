-- Owners: beside the role, because what reads roles by the table's CHECK, such as a node of the version before during an
-- upgrade, then takes an owner for the admin that they are, too.
ALTER TABLE agents ADD COLUMN owner BIGINT NOT NULL DEFAULT 0;
-- Each site that has admins needs an owner, because only owners make others: it is the admin who was there first, as a rule
-- whoever set the site up.
UPDATE agents SET owner = 1 WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY site ORDER BY created_at, id) AS place FROM agents WHERE role = 'admin'
    ) AS admins WHERE place = 1
);
-- When the agent was deactivated, by the wall clock; NULL: they are active.
ALTER TABLE agents ADD COLUMN deactivated_at BIGINT;

-- The browser and its system, in words; empty: unknown.
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';

-- Links that make whoever opens them an agent, once. Those that can't be accepted any more stay for a while, so that the
-- answer says why.
CREATE TABLE invitations (
    id TEXT PRIMARY KEY,
    site BIGINT NOT NULL REFERENCES sites,
    -- The hash of the secret in the link.
    token BYTEA NOT NULL UNIQUE,
    role TEXT NOT NULL,
    -- Whom it is for, as a note for the team.
    note TEXT NOT NULL,
    -- Who invites: their id, by which an invitation ends with the right to make it, and their name.
    agent TEXT NOT NULL,
    agent_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it was accepted; NULL: not yet.
    used_at BIGINT
);
CREATE INDEX invitations_of_site ON invitations (site, created_at);

-- The hash of the secret by which an empty store can be set up; NULL: by none.
ALTER TABLE meta ADD COLUMN setup BYTEA;
