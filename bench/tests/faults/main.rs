//! What the sessions survive. Each test runs the real server in a process of its own, on files of its own, and does to
//! them what a bad day does.
//!
//! `cargo test --release -p bench --test faults -- --test-threads=2`; a few minutes, one of which is a lock.

// What the tests are made of.
mod chance; // the moment of a kill, from a seed that is printed
mod database; // the server's file, as another program has it open
mod server; // a server process and what it says
mod site; // the files that servers run on, one after the other
mod visitor; // a client with a cookie
mod writer; // a visitor who knows what the session must hold

// The process ends.
mod killed_changes; // at any moment of a storm of changes
mod killed_ends; // at any moment of a storm of flushes
mod torn_wal; // and the journal is shorter afterwards, or longer

// The file is in trouble, and the process is not.
mod full; // no space is left on the disk, or the file may not grow
mod locked; // another program writes
mod read_only; // and then it is not
mod removed; // moved away, or its journal
mod replaced; // a backup is moved over it

// The process is busy.
mod crowd; // with clients who want nothing, or are slow
mod million; // with a million requests
