//! The private cookie: how it is read, its attributes, and how it gets into the response.

mod attributes;
mod caching;
mod engine;
mod read;
mod secret_key;
pub(crate) mod set_cookie;

pub(crate) use attributes::{removal_cookie, session_cookie};
pub(crate) use caching::{forbid_sharing, forbid_storing, is_targeted_cache_control, vary_by_cookie};
pub(crate) use engine::{MAX_COOKIE_SIZE, cookie_size, decode, encode};
pub(crate) use read::{is_sent, read};
pub(crate) use secret_key::SecretKeys;
