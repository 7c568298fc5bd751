//! The faults that the sessions survive. Each test runs the real server in a process of its own, on its own files, and
//! then causes a fault.
//!
//! Run them with `cargo test --release -p bench --test faults -- --test-threads=2`. They take a few minutes. One of
//! these minutes is a long lock.

// Helpers.
mod database; // opens the server's database from another program
mod installation; // the database file and the settings from which servers are started
mod random; // random numbers with a printed seed
mod server; // a server process and its log
mod visitor; // a client with a cookie
mod writer; // a visitor who knows what the session must contain

// The server process is killed.
mod damaged_wal; // and its WAL is damaged afterwards
mod killed_during_changes; // while visitors change their sessions
mod killed_during_logouts; // while visitors end their sessions

// The server runs, but something is wrong with its database file.
mod disk_full; // the disk is full, or the file must not grow
mod locked_database; // another program holds the lock
mod read_only; // the file or its folder is read-only
mod removed_file; // the file or its WAL is moved away or deleted
mod replaced_file; // a backup is moved over the file

// The server is busy.
mod million_requests; // with a million requests
mod slow_clients; // with clients that are idle or slow
