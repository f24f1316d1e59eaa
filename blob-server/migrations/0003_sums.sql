-- Sums that limits are checked against, kept with each change: adding up a large delivery's parts at each new part, and
-- all parts of all deliveries for the storage quota, took longer with each part.

ALTER TABLE blob ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0;     -- of its parts
ALTER TABLE delivery ADD COLUMN bytes BIGINT NOT NULL DEFAULT 0; -- of its blobs; the cover counts by itself
UPDATE blob SET bytes = COALESCE(
    (SELECT SUM(part.size) FROM part WHERE part.delivery = blob.delivery AND part.blob = blob.id), 0);
UPDATE delivery SET bytes = COALESCE((SELECT SUM(blob.bytes) FROM blob WHERE blob.delivery = delivery.id), 0);
DROP INDEX part_size;
CREATE INDEX delivery_stored ON delivery (bytes, cover_size) WHERE ended IS NULL;
