-- The place in *Unassigned* with left messages first: see Conversation::left_first; 0 if it is not waiting. Nothing was left before.
ALTER TABLE conversations ADD COLUMN left_first BIGINT NOT NULL DEFAULT 0;
UPDATE conversations SET left_first = active WHERE waiting = 1;
CREATE INDEX conversations_left_first ON conversations (site, left_first) WHERE waiting = 1;

-- Whether visitors can leave messages while live chat is off.
ALTER TABLE sites ADD COLUMN takes_messages BIGINT NOT NULL DEFAULT 0;
