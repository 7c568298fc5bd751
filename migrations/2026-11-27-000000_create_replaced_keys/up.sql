-- For a minute after `login` or `cycle_key`, a row leads from the handle that a session had to the one that it has.
CREATE TABLE replaced_keys (
    old_key    TEXT      NOT NULL PRIMARY KEY, -- SHA-256 of the former key, hex
    new_key    TEXT      NOT NULL,             -- the handle that the session has instead
    expires_at TIMESTAMP NOT NULL              -- UTC; the sweeper deletes the row after this
);

CREATE INDEX replaced_keys_expires_at ON replaced_keys (expires_at);
