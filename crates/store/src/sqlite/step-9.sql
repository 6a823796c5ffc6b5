-- What a site says in its own words, in place of the product's: a row for each language that has some.
CREATE TABLE texts (
    site INTEGER NOT NULL REFERENCES sites ON DELETE CASCADE,
    language TEXT NOT NULL,
    -- A JSON object of texts by key.
    texts TEXT NOT NULL,
    -- The commit that changed them last. The row stays when there are none any more.
    revision INTEGER NOT NULL,
    PRIMARY KEY (site, language)
) STRICT, WITHOUT ROWID;
