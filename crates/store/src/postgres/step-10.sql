-- Where and for whom a bot greets, as JSON; NULL: everywhere and everybody.
ALTER TABLE bots ADD COLUMN greeting TEXT;
