//! What `read` and `write` promise, and what they say of a database in trouble.

mod house; // a database of its own for each test, and another program at it

mod batch; // many writes, one commit
mod checkpoint; // how long the journal gets
mod file; // removed, replaced
mod journal; // the journal's files, removed
mod trouble; // locked, not migrated, no database
mod verbs; // read and write
