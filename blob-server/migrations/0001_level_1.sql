-- What the server keeps for level 1: accounts, sessions, deliveries and where their ciphertext lies.
-- Times are seconds since 1970-01-01T00:00:00Z by the server's clock; sizes are bytes of ciphertext; every *_hash is
-- the SHA-256 of a token that only its bearer has.

-- One row: what this installation made at its first start.
CREATE TABLE instance (
    id           BIGINT PRIMARY KEY CHECK (id = 1),
    opaque_setup BLOB   NOT NULL          -- OPAQUE ServerSetup: with it the login records can be checked
);

CREATE TABLE account (
    id            INTEGER PRIMARY KEY,
    email         TEXT   NOT NULL UNIQUE, -- lower case
    name          TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('admin', 'staff')),
    opaque_record BLOB   NOT NULL,        -- OPAQUE RegistrationRecord: no password, no hash of one
    created       BIGINT NOT NULL
);

CREATE TABLE session (
    token_hash BLOB   PRIMARY KEY,
    account    BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    created    BIGINT NOT NULL,
    used       BIGINT NOT NULL            -- last use, exact to a minute
);

-- A delivery is a draft until `sent`, visible until `expires` or `ended`, and then a tombstone without content.
CREATE TABLE delivery (
    id            BLOB    PRIMARY KEY,    -- 16 bytes, chosen by the sender's browser
    sender        BIGINT  NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    level         BIGINT  NOT NULL CHECK (level BETWEEN 1 AND 4),
    gate_hash     BLOB    NOT NULL,
    auth_hash     BLOB    NOT NULL,
    password      BOOLEAN NOT NULL,
    days          BIGINT  NOT NULL,
    touched       BIGINT  NOT NULL,       -- last progress of a draft
    sent          BIGINT,
    expires       BIGINT,
    ended         BIGINT,                 -- its content is gone
    cover_object  TEXT,                   -- object key of the encrypted manifest
    cover_size    BIGINT  NOT NULL DEFAULT 0,
    wrong_guesses BIGINT  NOT NULL DEFAULT 0,
    wait_until    BIGINT  NOT NULL DEFAULT 0
);
CREATE INDEX delivery_expires ON delivery (expires) WHERE ended IS NULL AND sent IS NOT NULL;
CREATE INDEX delivery_touched ON delivery (touched) WHERE sent IS NULL;
CREATE INDEX delivery_ended ON delivery (ended) WHERE ended IS NOT NULL;
CREATE INDEX delivery_cover ON delivery (cover_object);

-- One file's ciphertext; `parts` is NULL until the sender has declared it complete.
CREATE TABLE blob (
    delivery BLOB    NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    id       BLOB    NOT NULL,            -- 16 bytes, chosen by the sender's browser
    parts    BIGINT,
    removed  BOOLEAN NOT NULL DEFAULT FALSE, -- taken back: remembered, so that a part on its way does not revive it
    PRIMARY KEY (delivery, id)
);

CREATE TABLE part (
    delivery BLOB   NOT NULL,
    blob     BLOB   NOT NULL,
    number   BIGINT NOT NULL,
    size     BIGINT NOT NULL,
    digest   BLOB   NOT NULL,             -- SHA-256 of the part's ciphertext
    object   TEXT   NOT NULL UNIQUE,      -- object key
    PRIMARY KEY (delivery, blob, number),
    FOREIGN KEY (delivery, blob) REFERENCES blob (delivery, id) ON DELETE CASCADE
);
CREATE INDEX part_size ON part (size);    -- the storage quota sums it without reading the table

-- A recipient opened a delivery; kept for the sender until the tombstone goes.
CREATE TABLE opening (
    id         INTEGER PRIMARY KEY,
    delivery   BLOB   NOT NULL REFERENCES delivery (id) ON DELETE CASCADE,
    token_hash BLOB   NOT NULL UNIQUE,
    email      TEXT   NOT NULL,           -- as the recipient typed it
    opened     BIGINT NOT NULL
);
CREATE INDEX opening_delivery ON opening (delivery, opened);

-- A recipient's browser verified a file to its end.
CREATE TABLE collection (
    opening   BIGINT NOT NULL REFERENCES opening (id) ON DELETE CASCADE,
    blob      BLOB   NOT NULL,
    collected BIGINT NOT NULL,
    PRIMARY KEY (opening, blob)
);
