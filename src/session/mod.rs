//! Django's session framework for Rocket.
//!
//! A [`Session`] is a request guard: a map that belongs to one visitor. Its data lives in a [`Store`]; the visitor's
//! private cookie carries a key, and nothing else. [`SessionFairing`] commits what the handlers changed:
//!
//! > A session changes exactly when Rocket sends its cookie.
//!
//! Read on in this order: how a session is loaded in `transfer`; what a handler sees in `guard`; what one request did
//! in `state`, and key by key in `changes`; which cookie stands for that in `scope` and `attempt`; and what becomes of
//! it at the response in `fairing` and `verdict`, and in `transfer` again.
//!
//! Four enums say the same in turn, each to another reader: the cookie that a state has `Wanted` is `Queued` in the
//! jar; the verdict on the response is a `Commit`, for the store; and what came of that is what was `Sent` to the
//! browser.

mod attempt;
mod changes;
mod clock;
mod cookie;
mod error;
mod error_page;
mod event;
mod example;
mod expiry;
mod fairing;
#[cfg(any(test, fuzzing))]
pub mod fuzz;
mod guard;
mod handle;
mod key;
mod launch;
mod listed;
mod pace;
#[cfg(feature = "pieces")]
#[doc(hidden)]
pub mod pieces;
mod record;
mod reply;
mod scope;
mod sealed;
mod sessions;
mod settings;
mod state;
pub mod store;
mod sweep;
mod transfer;
mod verdict;

pub use clock::Clock;
pub use error::{Error, Result};
pub use event::Event;
#[doc(hidden)]
pub use example::example;
pub use expiry::Expiry;
pub use fairing::SessionFairing;
pub use guard::Session;
pub use handle::Handle;
pub use launch::LaunchError;
pub use listed::Listed;
pub use record::{Alive, Record};
pub use sessions::Sessions;
pub use settings::{Engine, FallbackKey, InvalidSetting, SameSite, Settings};
pub use store::{DieselStore, MemoryStore, Store, Touch, Update};
