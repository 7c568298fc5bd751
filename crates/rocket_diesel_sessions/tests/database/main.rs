//! What `Database::read` and `Database::write` guarantee, and which errors they return.

mod test_database; // a database file for each test, and other programs that use it

mod backup; // copies of a database that is in use
mod batch; // several writes in one commit
mod checkpoint; // how large the WAL file becomes
mod errors; // a database that is locked, not migrated or not a database
mod file; // a database file that is removed or replaced
mod read_write; // reads and writes without errors
mod wal; // a WAL file or WAL index that is removed or replaced
