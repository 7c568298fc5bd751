-- One row is one visitor's session. The first three columns are Django's.
CREATE TABLE sessions (
    session_key  TEXT      NOT NULL PRIMARY KEY, -- SHA-256 of the key in the cookie, hex; the key itself is nowhere
    session_data TEXT      NOT NULL,             -- a JSON object
    expire_date  TIMESTAMP NOT NULL,             -- UTC, whole seconds; the row counts while this is in the future
    created_at   TIMESTAMP NOT NULL,             -- UTC, whole seconds; the absolute timeout counts from here
    version      BIGINT    NOT NULL,             -- one more at each save: compare-and-swap
    owner        TEXT      NULL,                 -- who is signed in
    expiry       TEXT      NULL                  -- what set_expiry asked for: 'after:300', 'at:…', 'close'; NULL: the settings
);

CREATE INDEX sessions_expire_date ON sessions (expire_date);
CREATE INDEX sessions_owner ON sessions (owner);
