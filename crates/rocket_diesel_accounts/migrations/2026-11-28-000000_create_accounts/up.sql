-- One row is one person who can sign in.
CREATE TABLE users (
    id            TEXT      NOT NULL PRIMARY KEY, -- 128 random bits, hex; the owner of this user's sessions
    name          TEXT      NOT NULL,             -- as the user writes it
    name_key      TEXT      NOT NULL UNIQUE,      -- the name without regard to case, made in Rust
    password_hash TEXT      NOT NULL,             -- argon2id, in the PHC format
    stamp         TEXT      NOT NULL,             -- random; new whenever all sessions of the user have to end
    is_staff      SMALLINT  NOT NULL,             -- 1: may open /admin/
    is_superuser  SMALLINT  NOT NULL,             -- 1: may also change users
    is_active     SMALLINT  NOT NULL,             -- 0: can't sign in
    created_at    TIMESTAMP NOT NULL,             -- UTC
    last_login    TIMESTAMP NULL                  -- UTC
);

-- Failed sign-ins. They count for a day; the next sign-in of anybody deletes the rows after that.
CREATE TABLE sign_in_attempts (
    attempt_key    TEXT      NOT NULL PRIMARY KEY, -- SHA-256 of a name, an address or a device: what is counted
    failures       INTEGER   NOT NULL,
    last_failed_at TIMESTAMP NOT NULL              -- UTC
);

CREATE INDEX sign_in_attempts_last_failed_at ON sign_in_attempts (last_failed_at);

-- What happened to accounts and sessions. The library only adds rows.
CREATE TABLE audit_log (
    id      TEXT      NOT NULL PRIMARY KEY, -- grows with time, then random; hex
    at      TIMESTAMP NOT NULL,             -- UTC
    actor   TEXT      NULL,                 -- the name of who did it; NULL: nobody was signed in
    action  TEXT      NOT NULL,             -- for example 'signed in'
    object  TEXT      NULL,                 -- the name of the user, or the first digits of the session's handle
    detail  TEXT      NULL,
    address TEXT      NULL                  -- where the request came from
);

CREATE INDEX audit_log_at ON audit_log (at, id);

-- The admin site lists the sessions in this order, the newest first.
CREATE INDEX sessions_created_at ON sessions (created_at);
