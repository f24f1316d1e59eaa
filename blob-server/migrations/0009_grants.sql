-- Deliveries of levels 3 and 4: what only keys open, and who was granted them.

ALTER TABLE delivery ADD COLUMN sealed_object TEXT;                  -- what only keys open
ALTER TABLE delivery ADD COLUMN sealed_size BIGINT NOT NULL DEFAULT 0;
ALTER TABLE delivery ADD COLUMN own_grant BLOB;                      -- the keys, granted to the sender

ALTER TABLE recipient ADD COLUMN grant_bytes BLOB;                   -- the keys, granted to the recipient
ALTER TABLE recipient ADD COLUMN offer BLOB;                         -- what an invitation code opens
ALTER TABLE recipient ADD COLUMN proof BLOB;                         -- the code was used, for the sender to check
ALTER TABLE recipient ADD COLUMN waits_since BIGINT;                 -- the recipient has keys and waits for the sender
