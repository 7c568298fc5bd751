//! The table `users`.
//!
//! `user` is a row, `name` says which names are allowed, `read` and `write` are the statements.

mod name;
mod read;
mod user;
mod write;

pub(crate) use name::{check_name, has_nul, name_key};
pub(crate) use read::{by_id, by_name, count, list, names_of_ids, search};
pub use user::User;
pub(crate) use user::{Flags, NewUser, STAMP};
pub(crate) use write::{Updated, insert, set_last_login, set_password, update, upgrade_hash};
