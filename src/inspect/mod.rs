//! `/inspect/`: shows visitors their own session, in the tutorial's profiles.
//!
//! Every application can get the same information: from a [`Session`](rocket_diesel_sessions::Session) and the settings, from
//! events ([`SessionFairing::on_event`](rocket_diesel_sessions::SessionFairing::on_event)), from statements
//! ([`SessionFairing::instrument`](rocket_diesel_sessions::SessionFairing::instrument)), and from the table. The history is
//! kept in memory, for the last visitors only, and ends with the server.
//!
//! An open page follows the session: `/inspect/events` streams an event after each request of the visitor, and
//! `static/inspect.js` reads the page again. Another program that changes the table causes no event.

mod cookie;
mod duration_in_words;
mod events;
mod history;
mod listener;
mod never_cached;
mod request_info;
mod sql;
mod stage;
mod statement;
mod table;
mod view;

pub use stage::stage;
pub(crate) use stage::*;
