-- The owner of a box deletes what came through it: its content goes, their inbox forgets it, and its submitter is told.

ALTER TABLE recipient ADD COLUMN deleted BIGINT;
