-- Links that lead a visitor back to a conversation, from elsewhere than the page on which it was begun: each in one browser.
CREATE TABLE returns (
    site INTEGER NOT NULL REFERENCES sites,
    -- The hash of the link's secret.
    token BLOB NOT NULL,
    visitor TEXT NOT NULL,
    conversation TEXT NOT NULL,
    -- By the wall clock.
    expires_at INTEGER NOT NULL,
    -- The device that has come by it: an id of `visitors`. NULL: none yet.
    device TEXT,
    PRIMARY KEY (site, token)
) STRICT, WITHOUT ROWID;
CREATE INDEX returns_of_visitor ON returns (site, visitor);
CREATE INDEX returns_by_expiry ON returns (site, expires_at);
