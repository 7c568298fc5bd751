//! Passwords: `policy` says which ones are allowed, `hasher` makes and checks their hashes.

mod hasher;
mod policy;

pub(crate) use hasher::{Hasher, is_outdated, on_a_thread};
pub(crate) use policy::weaknesses;
