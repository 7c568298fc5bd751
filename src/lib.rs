//! Django's session framework for [Rocket](rocket), on a table that [Diesel](diesel) manages.
//!
//! A [`Session`] is a request guard that behaves like a map. Its data stays on the server; the visitor's cookie carries
//! an encrypted key, and nothing else.
//!
//! ```no_run
//! use rocket::{get, launch, routes};
//! use rocket_diesel_sessions::{Result, Session};
//!
//! #[get("/set")]
//! fn setsession(session: Session<'_>) -> Result<&'static str> {
//!     session.insert("name", "Bipasha")?;
//!     Ok("Session Set!!!!")
//! }
//!
//! #[get("/get")]
//! fn getsession(session: Session<'_>) -> Result<String> {
//!     Ok(session.get("name")?.unwrap_or_default())
//! }
//!
//! #[launch]
//! fn rocket() -> _ {
//!     rocket::build().attach(Session::fairing()).mount("/", routes![setsession, getsession])
//! }
//! ```
//!
//! The fairing needs one thing in Rocket.toml, `[default.databases.sessions] url = "db.sqlite3"`; all else has
//! [defaults](Settings). Outside the profile `debug` Rocket itself needs a `secret_key`, as for every private cookie.
//!
//! # The life of a session
//!
//! 1. **A visitor comes without a cookie.** Nothing is asked of the database, and reading finds an empty session.
//! 2. **A handler inserts something.** A key of 256 random bits is drawn, and its cookie queued. When the
//!    handler has succeeded, and before the first byte is sent, one row is written: the SHA-256 of the key, the data as
//!    JSON, and when it ends.
//! 3. **The visitor comes back.** One SELECT finds the living row. All guards of the request share it. What the
//!    handlers change is noted key by key.
//! 4. **The response is ready.** One transaction saves the changes: where another request was faster, they are applied
//!    on top of what it saved; where the session is gone, the visitor gets 400 and the session stays gone. Where the
//!    handler failed, nothing has happened.
//! 5. **It ends**: by [`flush`](Session::flush), by [`logout`](Session::logout), or by its [`Expiry`].
//!
//! The one rule behind all of it:
//!
//! > A session changes exactly when Rocket sends its cookie.
//!
//! # Attack and defence
//!
//! | attack | defence | the test that proves it |
//! |---|---|---|
//! | **Fixation**: a key that the attacker knows is put into the victim's browser | a key that opens nothing is never adopted; [`login`](Session::login) draws a new one, and the old opens nothing from then on | `cookie::a_cookie_of_an_unknown_key_is_never_adopted`, `owners::the_old_cookie_is_a_stranger_after_a_login_and_after_a_logout` |
//! | **Theft of the table**: a backup, an injection in another part of the application | the table has the SHA-256 of each key; sent as a cookie, that opens nothing | `secrecy::the_key_is_neither_in_the_table_nor_in_the_log`, `queries::a_cookie_that_carries_no_key_costs_no_query` |
//! | **Tampering**: a cookie is changed, or made up | Rocket's private cookies are authenticated encryption (AES-256-GCM); what does not decrypt is no cookie, and costs no query | `cookie::a_tampered_cookie_opens_nothing_and_stays_until_the_next_change`, the fuzz target `cookie` |
//! | **Replay after logout**: a copied cookie is used again | the row is gone, and every request asks the table | `commit::a_flush_deletes_the_row_and_removes_the_cookie`, `failure::a_flush_stands_whatever_becomes_of_its_handler` |
//! | **Resurrection**: a slow request saves a session that was ended meanwhile | an update finds its row by key, version and expiry, and never inserts | `overlap::a_late_change_never_brings_an_ended_session_back`, `overlap::a_late_touch_is_served_without_a_cookie_and_brings_nothing_back` |
//! | **Lost update**: two requests overwrite each other | changes are kept key by key and applied to what the table has, by compare-and-swap. Of two changes of *one* key the later wins: a counter that two requests read and then write counts one | `overlap::sixty_four_parallel_requests_keep_all_their_keys`, `property::random_programs_do_to_the_table_what_the_model_says` |
//! | **Shared cache**: a proxy serves one visitor's page, or cookie, to another | `Vary: Cookie` where the session was asked for, `Cache-Control: no-store` where its cookie is sent | `headers::a_page_that_asked_for_the_session_varies_by_cookie`, `headers::only_a_page_with_the_cookie_is_kept_from_caches` |
//! | **Empty-session flood**: requests without cookies fill the table | reading makes no row, nor does [`Settings::save_every_request`]; expired rows leave by themselves | `commit::looking_writes_nothing_and_sets_no_cookie`, `expiry::save_every_request_makes_no_row_for_a_visitor_without_a_session`, `sweep::the_sweeper_clears_expired_rows_between_requests_and_again_and_again` |
//! | **Oversize**: one visitor fills the table | [`Settings::max_size`] is checked at the insert, and again where two requests grew the session together | `dictionary::a_refusal_leaves_the_session_as_it_was`, `overlap::two_requests_that_grow_one_session_over_max_size_do_not_both_succeed` |
//! | **Error pages that talk**: an error tells where the database is | a response has nothing of an error but its status; the log has the rest, and neither keys nor values | `error_page::outside_the_teaching_profiles_the_page_tells_nothing_of_the_cause_and_the_log_does`, `secrecy::the_log_of_the_whole_suite_at_trace_level_contains_no_key` |
//!
//! **Cross-site request forgery** is not on the list, because it is not a matter of sessions: the cookie's SameSite=Lax
//! keeps forms of other sites from acting in a visitor's name, as far as browsers go; Rocket has no token for more. It
//! does not keep them from signing your visitor in as somebody else: refuse a sign-in whose `Origin` is not your own.
//!
//! ASVS numbers are those of version 4.0.3. The tests are those of `tests/http`: `cargo test --test http overlap` runs
//! the requests that overlap.
//!
//! # Where to read on
//!
//! [`Session`] has the methods, [`Settings`] what Rocket.toml may say, [`Expiry`] when sessions end, [`Sessions`] how
//! to list and end them, [`Event`] what becomes of them, [`Error`] what may go wrong, [`Store`] where else they may
//! live, and [`db`] the database. `docs/tutorial` begins with a clone and shows what each step does;
//! `docs/use-in-your-app.md` begins with `cargo new`; `docs/coming-from-django.md` begins with what you know;
//! `docs/performance.md` has figures, and what is survived.
//!
//! # What an operator can count
//!
//! Each of these is a counter of the [`metrics`] facade, and a line in the log with the first eight digits of the
//! session's [handle](Handle) at the most:
//!
//! | counter | counts |
//! |---|---|
//! | `sessions_created_total` | sessions that got a row |
//! | `sessions_renewed_total` | renewals by activity alone, without a change |
//! | `sessions_ended_total` | sessions that were flushed, logged out or revoked |
//! | `sessions_expired_total` | expired rows that were cleared |
//! | `sessions_interrupted_total` | requests refused because their session had ended meanwhile: 400 |
//! | `sessions_refused_total` | cookies that opened nothing: tampered with, expired, revoked or unreadable |
//!
//! An application that wants more, an audit log for example, has itself told each [`Event`] by
//! [`SessionFairing::on_event`], and sees the statements by [`SessionFairing::instrument`].
//!
//! Rocket's own log level `debug` prints all headers, and with them the encrypted cookie: whoever reads it can replay
//! it until the session ends. Keep that level for your own machine.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod db;
#[allow(missing_docs)] // generated by `diesel print-schema`
pub mod schema;
pub mod session;

#[cfg(feature = "app")]
pub mod app;

#[doc(inline)]
pub use session::*;

/// The guides' code, compiled and run with the other examples.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../docs/use-in-your-app.md")]
    struct UseInYourApp;

    #[cfg(feature = "app")] // its view renders a template
    #[doc = include_str!("../docs/coming-from-django.md")]
    struct ComingFromDjango;
}
