-- Visitors see when the team has seen their last message.
ALTER TABLE sites ADD COLUMN read_receipts BIGINT NOT NULL DEFAULT 0;
