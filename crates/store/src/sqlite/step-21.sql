-- Two-step sign-in: the secrets that agents' authenticator apps share with the server.
CREATE TABLE second_factors (
    site INTEGER NOT NULL REFERENCES sites,
    agent TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
    -- In base 32. Codes are computed of it, so it can't be kept as a hash.
    secret TEXT NOT NULL,
    -- When a code has shown that the app has the secret; NULL: it is not asked for yet.
    confirmed_at INTEGER,
    -- The time step of the newest code that was accepted: each counts once.
    step INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (site, agent)
) STRICT, WITHOUT ROWID;

-- The hashes of the recovery codes that have not been used.
CREATE TABLE recovery_codes (
    site INTEGER NOT NULL REFERENCES sites,
    agent TEXT NOT NULL REFERENCES agents ON DELETE CASCADE,
    code BLOB NOT NULL,
    PRIMARY KEY (site, agent, code)
) STRICT, WITHOUT ROWID;
