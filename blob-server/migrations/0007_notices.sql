-- Whether an account's owner wants mails that they can do without: that somebody has collected a delivery.

ALTER TABLE account ADD COLUMN notices BOOLEAN NOT NULL DEFAULT TRUE;
