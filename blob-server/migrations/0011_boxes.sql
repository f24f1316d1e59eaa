-- Submit boxes: people without an account send something in, with a ticket that proves their mailbox.

CREATE TABLE submit_box (
    id                    BLOB    PRIMARY KEY,     -- 16 bytes, chosen by the owner's browser
    account               BIGINT  NOT NULL UNIQUE REFERENCES account (id) ON DELETE CASCADE,
    revision              BIGINT  NOT NULL,        -- counts the changes
    name                  TEXT    NOT NULL UNIQUE, -- in links
    title                 TEXT    NOT NULL,
    greeting_de           TEXT    NOT NULL,
    greeting_en           TEXT    NOT NULL,
    max_bytes             BIGINT  NOT NULL,        -- of one submission
    types                 TEXT    NOT NULL,        -- extensions of files, with spaces between them
    is_on                 BOOLEAN NOT NULL,
    delete_after_download BOOLEAN NOT NULL,
    days                  BIGINT  NOT NULL,        -- that a submission lives
    card                  BLOB                     -- what submissions are sealed to; NULL: level 2
);

CREATE TABLE ticket (
    id         BLOB   PRIMARY KEY,                 -- 16 bytes: names it without being its token
    box        BLOB   NOT NULL REFERENCES submit_box (id) ON DELETE CASCADE,
    token_hash BLOB   NOT NULL UNIQUE,
    email      TEXT   NOT NULL,                    -- the mailbox that it went to
    login      TEXT   NOT NULL,                    -- the same as login name
    language   TEXT   NOT NULL CHECK (language IN ('de', 'en')), -- of mails to it
    created    BIGINT NOT NULL,
    expires    BIGINT NOT NULL,                    -- for new submissions
    uses       BIGINT NOT NULL,
    sealed     BLOB,                               -- what the box's owner asks for; NULL: the submitter came by themselves
    kept       BLOB,                               -- the secret of the request's link, sealed for the owner
    due        BIGINT,
    reminded   BIGINT,                             -- that it was due
    withdrawn  BIGINT
);
CREATE INDEX ticket_box ON ticket (box, created);
CREATE INDEX ticket_login ON ticket (login, created);
CREATE INDEX ticket_due ON ticket (due) WHERE due IS NOT NULL AND reminded IS NULL;

-- A delivery comes from an account or with a ticket. Adding, copying and dropping columns instead of building the table
-- anew: dropping a table deletes what refers to it.
ALTER TABLE delivery ADD COLUMN new_sender BIGINT REFERENCES account (id) ON DELETE CASCADE;
UPDATE delivery SET new_sender = sender;
DROP INDEX delivery_draft;
DROP INDEX delivery_sent;
ALTER TABLE delivery DROP COLUMN sender;
ALTER TABLE delivery RENAME COLUMN new_sender TO sender;
ALTER TABLE delivery ADD COLUMN ticket BLOB REFERENCES ticket (id) ON DELETE CASCADE
    CHECK ((sender IS NULL) <> (ticket IS NULL));
CREATE INDEX delivery_draft ON delivery (sender, created) WHERE sent IS NULL;
CREATE INDEX delivery_sent ON delivery (sender, sent) WHERE sent IS NOT NULL;
CREATE INDEX delivery_ticket ON delivery (ticket, sent) WHERE ticket IS NOT NULL;
CREATE INDEX delivery_answer ON delivery (answer_to) WHERE answer_to IS NOT NULL;

ALTER TABLE delivery ADD COLUMN cover_digest BLOB;              -- SHA-256 of the objects; NULL for what was put before this column was
ALTER TABLE delivery ADD COLUMN sealed_digest BLOB;
ALTER TABLE delivery ADD COLUMN receipt_digest BLOB;            -- of all that was submitted, as its submitter was told
ALTER TABLE delivery ADD COLUMN sent_bytes BIGINT NOT NULL DEFAULT 0; -- of what was submitted, after its content is gone too
ALTER TABLE delivery ADD COLUMN submitter BLOB;                 -- card of the submitter, for this submission alone
ALTER TABLE delivery ADD COLUMN addition BOOLEAN NOT NULL DEFAULT FALSE; -- submitted beside an earlier one of the ticket

-- The recipient opens it with what a receipt keeps, without an account.
ALTER TABLE recipient ADD COLUMN by_card BOOLEAN NOT NULL DEFAULT FALSE;

ALTER TABLE mail ADD COLUMN ticket BLOB REFERENCES ticket (id) ON DELETE CASCADE; -- the ticket that it brings
CREATE INDEX mail_ticket ON mail (ticket) WHERE ticket IS NOT NULL;
