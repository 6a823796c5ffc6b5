-- Each site's plan, and the settings for auto-close. Periods in seconds.
ALTER TABLE sites ADD COLUMN plan TEXT NOT NULL DEFAULT 'professional'
    CHECK (plan IN ('starter', 'professional', 'enterprise'));
ALTER TABLE sites ADD COLUMN auto_close_after_s INTEGER;
ALTER TABLE sites ADD COLUMN bots_apart INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sites ADD COLUMN bot_auto_close_after_s INTEGER;
ALTER TABLE sites ADD COLUMN warn_before_s INTEGER;

-- The notice's texts by language: a JSON list, the site's default first. Empty if the text was never
-- changed.
ALTER TABLE sites ADD COLUMN notices TEXT NOT NULL DEFAULT '[]';
UPDATE sites SET notices = json_array(json_object('language', 'en', 'text', notice_text))
    WHERE notice_text <> 'This conversation has been closed. Thank you for talking with us!';
ALTER TABLE sites DROP COLUMN notice_text;

-- The newest steady time (see clock.rs) of a commit.
ALTER TABLE meta ADD COLUMN steady INTEGER NOT NULL DEFAULT 0;

-- The steady time from which auto-close counts. The deadline is no column: queries add the site's period,
-- so that changing the period changes no row.
ALTER TABLE conversations ADD COLUMN active_at INTEGER NOT NULL DEFAULT 0;
-- Closed, and not on the visitor's Home because the visitor closed or dismissed it.
ALTER TABLE conversations ADD COLUMN put_away INTEGER NOT NULL DEFAULT 0;
UPDATE conversations SET
    active_at = json_extract(state, '$.active_at'),
    put_away = closed = 1 AND json_extract(state, '$.status.closed.by') = 'visitor';
CREATE INDEX conversations_idle_live ON conversations (site, active_at, closed, bot)
    WHERE closed = 0 AND bot IS NULL;
CREATE INDEX conversations_idle_bots ON conversations (site, active_at, closed, bot)
    WHERE closed = 0 AND bot IS NOT NULL;
CREATE INDEX conversations_closed_on_home ON conversations (site, closed, put_away)
    WHERE closed = 1 AND put_away = 0;
