//! What `read` and `write` promise, and what they say of a database in trouble.

mod house; // a database of its own for each test, and another program at it

mod batch; // many writes, one commit
mod file; // removed, replaced, without its journal
mod trouble; // locked, not migrated, no database
mod verbs; // read and write
