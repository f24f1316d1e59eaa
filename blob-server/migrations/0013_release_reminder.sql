-- When a sender was last reminded of those who wait for a release.

ALTER TABLE account ADD COLUMN release_reminded BIGINT;
