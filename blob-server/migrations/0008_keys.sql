-- What accounts keep here of their keys: cards are public, all else is sealed in the owner's browser.

CREATE TABLE account_keys (
    account       BIGINT PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    revision      BIGINT NOT NULL,             -- counts the changes of all but the vault
    identity      BLOB   NOT NULL,             -- seeds, sealed under the master key
    secupass      BLOB   NOT NULL,             -- master key, sealed under the SecuPass
    recovery      BLOB   NOT NULL,             -- master key, sealed under the recovery code
    vault_version BIGINT NOT NULL,
    vault         BLOB   NOT NULL
);

CREATE TABLE card (
    account  BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,                  -- from 0, the last is in use
    card     BLOB   NOT NULL,
    created  BIGINT NOT NULL,
    PRIMARY KEY (account, position)
);

ALTER TABLE account ADD COLUMN public_id BLOB NOT NULL DEFAULT x''; -- 16 random bytes: names it outside, as on cards
UPDATE account SET public_id = randomblob(16);
CREATE UNIQUE INDEX account_public_id ON account (public_id);
