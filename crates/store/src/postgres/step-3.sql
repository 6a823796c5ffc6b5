-- The numbers beside the inbox's folders, kept by triggers. Counted for each page, they would be most of its cost.
CREATE TABLE tallies (
    site BIGINT PRIMARY KEY REFERENCES sites ON DELETE CASCADE,
    -- Conversations that are open, wait for a person, and have something unread.
    open BIGINT NOT NULL,
    waiting BIGINT NOT NULL,
    unread BIGINT NOT NULL
);
INSERT INTO tallies (site, open, waiting, unread)
    SELECT site, count(*) FILTER (WHERE closed = 0), count(*) FILTER (WHERE waiting = 1),
        count(*) FILTER (WHERE unread = 1)
    FROM conversations GROUP BY site;
DROP INDEX conversations_unread;

-- Many rows at once are counted once: an insertion of thousands would update the same row as often.
CREATE FUNCTION tallies_insert() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tallies (site, open, waiting, unread)
        SELECT site, count(*) FILTER (WHERE closed = 0), count(*) FILTER (WHERE waiting = 1),
            count(*) FILTER (WHERE unread = 1)
        FROM added GROUP BY site
        ON CONFLICT (site) DO UPDATE SET open = tallies.open + EXCLUDED.open,
            waiting = tallies.waiting + EXCLUDED.waiting, unread = tallies.unread + EXCLUDED.unread;
    RETURN NULL;
END $$;
CREATE TRIGGER tallies_insert AFTER INSERT ON conversations
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION tallies_insert();

-- Most updates change none of the numbers, and cost no more than the comparison.
CREATE FUNCTION tallies_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tallies SET open = open + (NEW.closed = 0)::int - (OLD.closed = 0)::int,
        waiting = waiting + (NEW.waiting = 1)::int - (OLD.waiting = 1)::int,
        unread = unread + (NEW.unread = 1)::int - (OLD.unread = 1)::int
        WHERE site = NEW.site;
    RETURN NULL;
END $$;
CREATE TRIGGER tallies_update AFTER UPDATE OF closed, waiting, unread ON conversations FOR EACH ROW
    WHEN (OLD.closed <> NEW.closed OR OLD.waiting <> NEW.waiting OR OLD.unread <> NEW.unread)
    EXECUTE FUNCTION tallies_update();

CREATE FUNCTION tallies_delete() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE tallies t SET open = t.open - removed.open,
        waiting = t.waiting - removed.waiting, unread = t.unread - removed.unread
        FROM (SELECT site, count(*) FILTER (WHERE closed = 0) AS open,
            count(*) FILTER (WHERE waiting = 1) AS waiting, count(*) FILTER (WHERE unread = 1) AS unread
            FROM gone GROUP BY site) removed
        WHERE t.site = removed.site;
    RETURN NULL;
END $$;
CREATE TRIGGER tallies_delete AFTER DELETE ON conversations
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION tallies_delete();
