-- What the site's live chats ask, as JSON; NULL: nothing.
ALTER TABLE sites ADD COLUMN questions TEXT;

-- Where each live chat is in its questions.
CREATE TABLE askings (
    site INTEGER NOT NULL,
    conversation TEXT NOT NULL,
    -- As JSON, with the questions. It stays after the last one: what was asked is not asked again.
    state TEXT NOT NULL,
    PRIMARY KEY (site, conversation),
    FOREIGN KEY (site, conversation) REFERENCES conversations (site, id)
) STRICT, WITHOUT ROWID;
