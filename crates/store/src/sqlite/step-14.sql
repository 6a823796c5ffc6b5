-- Whether an agent has said to be away.
ALTER TABLE agents ADD COLUMN away INTEGER NOT NULL DEFAULT 0;
-- Whether nobody has touched the inbox of this session for a while.
ALTER TABLE sessions ADD COLUMN idle INTEGER NOT NULL DEFAULT 0;
