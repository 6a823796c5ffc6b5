-- The numbers beside the inbox's folders, kept by triggers. Counted for each page, they would be most of its cost.
CREATE TABLE tallies (
    site INTEGER PRIMARY KEY REFERENCES sites ON DELETE CASCADE,
    -- Conversations that are open, wait for a person, and have something unread.
    open INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    unread INTEGER NOT NULL
) STRICT;
INSERT INTO tallies (site, open, waiting, unread)
    SELECT site, sum(closed = 0), sum(waiting = 1), sum(unread = 1) FROM conversations GROUP BY site;
DROP INDEX conversations_unread;

CREATE TRIGGER tallies_insert AFTER INSERT ON conversations BEGIN
    INSERT INTO tallies (site, open, waiting, unread)
        VALUES (NEW.site, NEW.closed = 0, NEW.waiting = 1, NEW.unread = 1)
        ON CONFLICT (site) DO UPDATE SET open = open + EXCLUDED.open,
            waiting = waiting + EXCLUDED.waiting, unread = unread + EXCLUDED.unread;
END;
CREATE TRIGGER tallies_update AFTER UPDATE OF closed, waiting, unread ON conversations
    WHEN OLD.closed <> NEW.closed OR OLD.waiting <> NEW.waiting OR OLD.unread <> NEW.unread
BEGIN
    UPDATE tallies SET open = open + (NEW.closed = 0) - (OLD.closed = 0),
        waiting = waiting + (NEW.waiting = 1) - (OLD.waiting = 1),
        unread = unread + (NEW.unread = 1) - (OLD.unread = 1)
        WHERE site = NEW.site;
END;
CREATE TRIGGER tallies_delete AFTER DELETE ON conversations BEGIN
    UPDATE tallies SET open = open - (OLD.closed = 0),
        waiting = waiting - (OLD.waiting = 1), unread = unread - (OLD.unread = 1)
        WHERE site = OLD.site;
END;
