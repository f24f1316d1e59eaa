-- What a browser needs to go on with a delivery after it was closed.

ALTER TABLE delivery ADD COLUMN created BIGINT NOT NULL DEFAULT 0; -- 0 for what was sent before this column was
-- 32 random bytes that seal what the sender's browser keeps; NULL once sent, and for drafts from before this column
ALTER TABLE delivery ADD COLUMN resume BLOB;
UPDATE delivery SET created = touched WHERE sent IS NULL;
CREATE INDEX delivery_draft ON delivery (sender, created) WHERE sent IS NULL;
