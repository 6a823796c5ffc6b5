-- What is known of visitors: a row for each of whom something is.
CREATE TABLE records (
    site INTEGER NOT NULL REFERENCES sites,
    visitor TEXT NOT NULL,
    -- The id that the site's back end has proved for the person; NULL: none was.
    person TEXT,
    -- The `VisitorRecord` as JSON. For what the other columns hold, they count.
    record TEXT NOT NULL,
    seen_at INTEGER NOT NULL,
    -- The commit that changed it last; 0 if agents have not been told of any yet.
    revision INTEGER NOT NULL,
    PRIMARY KEY (site, visitor),
    FOREIGN KEY (site, visitor) REFERENCES visitors (site, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX records_of_person ON records (site, person) WHERE person IS NOT NULL;
CREATE INDEX records_by_revision ON records (site, revision);

-- The visitor of the same person whose conversations the key opens, and the commit since when; NULL: the row's own.
ALTER TABLE visitors ADD COLUMN joined TEXT;
ALTER TABLE visitors ADD COLUMN joined_revision INTEGER;
CREATE INDEX visitors_joined ON visitors (site, joined, joined_revision) WHERE joined IS NOT NULL;
CREATE INDEX visitors_joined_since ON visitors (site, joined_revision) WHERE joined_revision IS NOT NULL;

-- Secrets by which a site's back end proves who a visitor is. Not hashes: a proof can't be checked by one.
CREATE TABLE secrets (
    site INTEGER NOT NULL REFERENCES sites,
    id TEXT NOT NULL,
    secret TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (site, id)
) STRICT, WITHOUT ROWID;

-- The `IdentitySettings` as JSON; NULL: as they are at first.
ALTER TABLE sites ADD COLUMN identity TEXT;
