//! What `read` and `write` promise, and what they say of a database in trouble.

mod test_database; // a database file for each test, and another program on it

mod batch; // many writes, one commit
mod checkpoint; // how long the journal gets
mod file; // removed, replaced
mod journal; // the journal's files, removed
mod trouble; // locked, not migrated, no database
mod verbs; // read and write
