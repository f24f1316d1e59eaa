-- Accounts of people from outside, mailed codes, and where an account is logged in.

-- Adding, copying and dropping columns instead of building the table anew: dropping a table deletes what refers to it.
ALTER TABLE account ADD COLUMN new_role TEXT NOT NULL DEFAULT 'staff'
    CHECK (new_role IN ('guest', 'partner', 'staff', 'admin'));
UPDATE account SET new_role = role;
ALTER TABLE account DROP COLUMN role;
ALTER TABLE account RENAME COLUMN new_role TO role;
ALTER TABLE account ADD COLUMN language TEXT NOT NULL DEFAULT 'de' CHECK (language IN ('de', 'en'));
ALTER TABLE account ADD COLUMN last_login BIGINT;              -- NULL until the first since this column was

ALTER TABLE session ADD COLUMN id BLOB NOT NULL DEFAULT x'';   -- 16 random bytes: names it to its owner
ALTER TABLE session ADD COLUMN agent TEXT NOT NULL DEFAULT ''; -- browser and system, such as "Firefox, Linux"
ALTER TABLE session ADD COLUMN confirmed_until BIGINT NOT NULL DEFAULT 0; -- the password was typed once more
UPDATE session SET id = randomblob(16);
CREATE UNIQUE INDEX session_id ON session (id);
CREATE INDEX session_account ON session (account);

-- Keys what is kept as a keyed hash. Made at the first start since this column was.
ALTER TABLE instance ADD COLUMN hash_key BLOB;

-- From where an account was used lately: an HMAC of browser, system and network.
CREATE TABLE login_place (
    account BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    place   BLOB   NOT NULL,
    used    BIGINT NOT NULL,
    PRIMARY KEY (account, place)
);

-- A mailed code that proves a mailbox. There is a row for every request, whether or not a mail follows.
CREATE TABLE mailbox_proof (
    token_hash BLOB    PRIMARY KEY,
    email      TEXT    NOT NULL,               -- as a login name
    purpose    TEXT    NOT NULL CHECK (purpose IN ('register', 'reset')),
    code_hash  BLOB    NOT NULL,               -- HMAC of the code under the token
    created    BIGINT  NOT NULL,
    role       TEXT CHECK (role IN ('guest', 'partner', 'staff', 'admin')), -- of the account that may be made
    decided    BOOLEAN NOT NULL DEFAULT FALSE, -- what follows is the outcome
    mailed     BOOLEAN NOT NULL DEFAULT FALSE, -- a mail follows; it may say that there is an account already
    live       BOOLEAN NOT NULL DEFAULT FALSE, -- the mail has the code
    wrong      BIGINT  NOT NULL DEFAULT 0,     -- codes that were not it
    verified   BOOLEAN NOT NULL DEFAULT FALSE,
    used_for   BLOB                            -- SHA-256 of the record that it made
);
CREATE INDEX mailbox_proof_email ON mailbox_proof (email, created);
CREATE INDEX mailbox_proof_created ON mailbox_proof (created);

-- The authenticator app: a secret that it shares with this server (RFC 6238).
CREATE TABLE totp (
    account   BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    secret    BLOB   NOT NULL,
    last_step BIGINT NOT NULL                  -- time step of the last code that was shown: none works twice
);

ALTER TABLE account ADD COLUMN handle BLOB;    -- 16 random bytes that passkeys call the account by; NULL until needed
CREATE TABLE passkey (
    id         BLOB   PRIMARY KEY,             -- 16 random bytes: names it to its owner
    account    BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    credential BLOB   NOT NULL UNIQUE,         -- WebAuthn's credential id
    key        TEXT   NOT NULL,                -- public key and counter, as JSON
    name       TEXT   NOT NULL,
    created    BIGINT NOT NULL,
    used       BIGINT
);
CREATE INDEX passkey_account ON passkey (account, created);

CREATE TABLE recovery_code (
    account   BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    code_hash BLOB   NOT NULL,                 -- SHA-256; the codes have 80 random bits
    PRIMARY KEY (account, code_hash)
);
