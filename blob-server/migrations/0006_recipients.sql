-- Deliveries to named recipients, each with a link of their own.

ALTER TABLE delivery ADD COLUMN open_link BOOLEAN NOT NULL DEFAULT TRUE; -- may its own link be used?
ALTER TABLE delivery ADD COLUMN listed BOOLEAN NOT NULL DEFAULT FALSE;   -- do recipients see each other?
ALTER TABLE delivery ADD COLUMN answer_to BLOB;                          -- the delivery that it answers, if it still is
ALTER TABLE delivery ADD COLUMN files BIGINT NOT NULL DEFAULT 0;         -- blobs when it was sent
UPDATE delivery SET files = (SELECT COUNT(*) FROM blob WHERE blob.delivery = delivery.id AND NOT blob.removed);
CREATE INDEX delivery_sent ON delivery (sender, sent) WHERE sent IS NOT NULL;

CREATE TABLE recipient (
    delivery  BLOB    NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    id        BLOB    NOT NULL,         -- 16 bytes, chosen by the sender's browser
    position  BIGINT  NOT NULL,         -- in the order in which the sender named them
    email     TEXT    NOT NULL,         -- as the sender wrote it
    login     TEXT    NOT NULL,         -- the same as login name
    gate_hash BLOB    NOT NULL,         -- SHA-256 of the gate token of their link
    sealed    BLOB    NOT NULL,         -- the delivery's link secret under theirs
    mailed    BOOLEAN NOT NULL,         -- did the server mail the link?
    opened    BIGINT,                   -- first time
    collected BIGINT,                   -- the last file, for the first time
    revoked   BIGINT,                   -- taken back from this recipient
    PRIMARY KEY (delivery, id)
);
CREATE UNIQUE INDEX recipient_gate ON recipient (delivery, gate_hash);
CREATE UNIQUE INDEX recipient_login ON recipient (login, delivery);

ALTER TABLE opening ADD COLUMN recipient BLOB; -- whose link it was; NULL for the delivery's own
