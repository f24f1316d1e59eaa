-- Deputies: who may grant deliveries in their sender's place, and until when.

CREATE TABLE deputy (
    account    BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE, -- whose
    deputy     BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE, -- who
    deputation BLOB   NOT NULL,           -- signed by the one, for recipients to check
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,           -- the first second that does not count
    PRIMARY KEY (account, deputy)
);
CREATE INDEX deputy_deputy ON deputy (deputy);

-- A delivery's keys, granted to a deputy of its sender when it was sent.
CREATE TABLE deputy_grant (
    delivery    BLOB   NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    deputy      BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    grant_bytes BLOB   NOT NULL,
    PRIMARY KEY (delivery, deputy)
);

-- Who granted it to a recipient, when it was not the sender, and what entitled them then.
ALTER TABLE recipient ADD COLUMN granted_by BIGINT;
ALTER TABLE recipient ADD COLUMN granted_deputation BLOB;
