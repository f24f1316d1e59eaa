-- Mails: what waits for the mail server, and what became of the rest.

CREATE TABLE mail (
    id         INTEGER PRIMARY KEY,
    address    TEXT   NOT NULL,           -- whom it goes to, alone
    language   TEXT   NOT NULL CHECK (language IN ('de', 'en')),
    kind       TEXT   NOT NULL,
    payload    TEXT,                      -- what it says, as JSON; NULL once it is gone or refused: a link's secret may be in it
    message_id TEXT   NOT NULL UNIQUE,    -- the same for every try, so that programs can tell one that came twice
    delivery   BLOB REFERENCES delivery (id) ON DELETE CASCADE,
    recipient  BLOB,                      -- 16 bytes: the recipient of that delivery whose mail it is
    created    BIGINT NOT NULL,
    next_try   BIGINT NOT NULL,           -- during a try: when it counts as broken off
    tries      BIGINT NOT NULL DEFAULT 0,
    state      TEXT   NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'gone', 'refused')),
    ended      BIGINT,                    -- when it was taken or refused for good
    error      TEXT                       -- why the last try failed: a short code, nothing that anybody wrote
);
CREATE INDEX mail_waiting ON mail (next_try) WHERE state = 'waiting';
CREATE INDEX mail_delivery ON mail (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX mail_ended ON mail (ended) WHERE ended IS NOT NULL;
