//! The real server in a process of its own, on loopback: how fast it is, and what it survives.

pub mod served;
