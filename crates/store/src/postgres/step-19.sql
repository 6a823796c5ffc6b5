-- Accounts: one person signs in by one address and password, with one second factor, and is an agent of one site or of several.
-- An agent is a person at a site. Until now an address belonged to one agent, who becomes the one agent of an account with
-- their id, by which their browsers stay known. Accounts are the server's, so their keys begin with no site.
CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    -- In lower case.
    email TEXT NOT NULL UNIQUE,
    -- The hash.
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
INSERT INTO accounts (id, email, password, created_at) SELECT id, email, password, created_at FROM agents;

ALTER TABLE agents ADD COLUMN account TEXT REFERENCES accounts;
UPDATE agents SET account = id;
ALTER TABLE agents ALTER COLUMN account SET NOT NULL;
ALTER TABLE agents DROP COLUMN email;
ALTER TABLE agents DROP COLUMN password;
-- When they came to this site last, by a sign-in or from another site: the next sign-in leads there.
ALTER TABLE agents ADD COLUMN entered_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE agents ADD UNIQUE (site, account);
CREATE INDEX agents_of_account ON agents (account);

ALTER TABLE second_factors ADD COLUMN account TEXT REFERENCES accounts ON DELETE CASCADE;
UPDATE second_factors SET account = agent;
ALTER TABLE second_factors DROP COLUMN site;
ALTER TABLE second_factors DROP COLUMN agent;
ALTER TABLE second_factors ADD PRIMARY KEY (account);

ALTER TABLE recovery_codes ADD COLUMN account TEXT REFERENCES accounts ON DELETE CASCADE;
UPDATE recovery_codes SET account = agent;
ALTER TABLE recovery_codes DROP COLUMN site;
ALTER TABLE recovery_codes DROP COLUMN agent;
ALTER TABLE recovery_codes ADD PRIMARY KEY (account, code);
