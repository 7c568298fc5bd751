//! Django's session framework for [Rocket](rocket), on a table that [Diesel](diesel) manages.
//!
//! A [`Session`] is a request guard that works like a map. Its data stays on the server. The visitor's private cookie carries
//! an encrypted key and nothing else.
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
//! The fairing needs one thing in Rocket.toml: `[default.databases.sessions]` with `url = "db.sqlite3"`. Everything else has
//! [defaults](Settings). In every profile but `debug`, Rocket needs a `secret_key`, as it does for every private cookie.
//!
//! # The life of a session
//!
//! 1. **A visitor comes without a cookie.** The session is empty. No query runs.
//! 2. **A handler inserts a value.** The session gets a key of 256 random bits. When the handler has succeeded, and before
//!    the first byte is sent, one row is written: the SHA-256 of the key, the data as JSON, and the expire date.
//! 3. **The visitor comes back.** One SELECT finds the row. All guards of the request share it. The library records what
//!    the handlers change, key by key.
//! 4. **The response is ready.** One transaction saves the changes. If another request has saved in the meantime, the
//!    changes are applied to what it saved. If the session has ended in the meantime, the visitor gets 400, and the
//!    session stays ended. If the handler failed, nothing is saved.
//! 5. **The session ends**: by [`flush`](Session::flush), by [`logout`](Session::logout), or by its [`Expiry`].
//!
//! One rule is behind all of this:
//!
//! > A session changes exactly when Rocket sends its cookie.
//!
//! # Attacks and defences
//!
//! | attack | defence | the test that proves it |
//! |---|---|---|
//! | **Fixation**: the attacker puts a key that they know into the victim's browser | a key that opens nothing is never adopted; [`login`](Session::login) makes a new key, and the old one opens nothing from then on (7.2.4) | `cookie::an_unknown_key_in_a_cookie_is_never_adopted`, `owners::the_old_cookie_opens_nothing_after_a_login_or_a_logout` |
//! | **Theft of the table**: by a backup, or by an injection in another part of the application | the table has the SHA-256 of each key, and that opens nothing when it is sent as a cookie | `secrecy::the_key_is_neither_in_the_table_nor_in_the_log`, `queries::a_cookie_that_contains_no_key_causes_no_query` |
//! | **Tampering**: a cookie is changed or made up | Rocket's private cookies are authenticated encryption (AES-256-GCM); a cookie that can't be decrypted counts as no cookie, and costs no query (7.2.1) | `cookie::a_tampered_cookie_opens_nothing_and_stays_until_the_next_change`, the fuzz target `cookie` |
//! | **Look-alike cookie**: a sibling subdomain sets a cookie that Rocket takes for `__Host-…`, because it decodes and trims names and browsers don't | a name that only resolves to the cookie's name is ignored; a `__Host-` or `__Secure-` name that comes twice opens no session (3.3.3) | `cookie::a_name_that_resolves_to_the_cookies_name_is_ignored`, `cookie::a_prefixed_name_that_comes_twice_opens_no_session` |
//! | **Published key**: an application runs with the tutorial's secret key, so anyone can make its cookies | the key is refused outside the tutorial's profiles, and on every address but loopback | in `tests/launch.rs` `a_server_with_the_published_key_serves_loopback_addresses_only`, `an_application_that_only_attaches_the_fairing_is_refused_with_the_published_key_outside_the_tutorial` |
//! | **Replay after logout**: a copied cookie is used again | the row is deleted, and every request asks the table (7.4.1) | `commit::a_flush_deletes_the_row_and_removes_the_cookie`, `failure::a_flush_ends_the_session_even_if_the_handler_fails` |
//! | **Resurrection**: a slow request saves a session that was ended in the meantime | an update finds its row by key, version and expiry, and never inserts one | `overlap::a_late_change_never_brings_an_ended_session_back`, `overlap::a_late_renewal_sets_no_cookie_and_never_brings_an_ended_session_back` |
//! | **Undone login**: a late request with the old cookie takes the new session away from its visitor | the table `replaced_keys` remembers each old key for a minute: a change with it gets 400, a page that only reads has no session, and neither sets a cookie (7.2.4). Not with the engine `"cookie"` | `overlap::a_late_request_with_the_old_cookie_does_not_undo_a_login` |
//! | **Missed logout**: a logout meets a login or a [`cycle_key`](Session::cycle_key), and the session lives on under its new key | the logout ends the session under the new key too (7.4.1); a key that an attacker planted before the login signs nobody out, unless their request had begun before it | `overlap::a_logout_that_meets_a_new_key_ends_the_session`, `overlap::a_planted_key_signs_nobody_out` |
//! | **Lost update**: two requests overwrite each other's changes | changes are kept key by key and applied to what the table has, by compare-and-swap. If two requests change the *same* key, the later one wins: a counter that both read and then write counts one | `overlap::sixty_four_parallel_requests_keep_all_their_values`, `property::random_programs_change_the_table_as_the_model_predicts` |
//! | **Torn change**: two requests overlap, and the session has one half of what each of them wrote | what one request wrote together stays together, as if the requests had come one after the other. This is also true if a request removed a key that was not there | `overlap::values_that_one_request_writes_together_stay_together`, `overlap::what_one_request_wrote_together_stays_together_with_an_absent_key` |
//! | **Cross-site request forgery**: a page of another site sends a form in a visitor's name, or signs the visitor in as somebody else | [`CrossOrigin`] refuses each POST, PUT, PATCH and DELETE whose header `Sec-Fetch-Site`, or `Origin` if that is missing, names another site (3.5.1, 3.5.3); the cookie's SameSite=Lax is the second defence. A GET always passes, so it must change nothing | `cross_origin::the_headers_decide_which_requests_pass`, `cross_origin::a_refused_request_reaches_no_handler_and_gets_the_applications_own_catchers`, `cross_origin::the_method_that_a_form_asks_for_by_its_first_field_counts` |
//! | **Shared cache**: a proxy serves the page or the cookie of one visitor to another | `Vary: Cookie` if the session was asked for, `Cache-Control: no-store` if its cookie is sent, `Cache-Control: private` if the session has an owner and the response says nothing (14.3.2) | `headers::a_response_that_used_the_session_varies_by_cookie`, `headers::only_a_response_that_sets_the_cookie_forbids_caching`, `headers::a_page_for_an_owner_is_private` |
//! | **Flood of empty sessions**: requests without cookies fill the table | reading makes no row, and neither does [`Settings::save_every_request`]; expired rows are deleted regularly | `commit::reading_a_session_writes_nothing_and_sets_no_cookie`, `expiry::save_every_request_creates_no_row_for_a_visitor_without_a_session`, `sweep::the_sweeper_deletes_expired_rows_again_and_again` |
//! | **Rows as a weapon**: one account signs in again and again, or a program makes sessions without end | `max_sessions_per_owner` ends the oldest session of an owner (7.1.2), `anonymous_age` ends a session without an owner, all sessions of an owner end in small batches, and the memory store has a limit | `owners::a_login_beyond_max_sessions_per_owner_ends_the_oldest_session`, `expiry::a_session_without_an_owner_ends_after_anonymous_age`, `owners::all_sessions_of_an_owner_end_in_bounded_batches`, in `tests/store.rs` `the_memory_store_refuses_records_beyond_its_limit` |
//! | **Oversize**: one visitor fills the table | [`Settings::max_size`] is checked at the insert, and again if two requests make the session larger together | `map::a_refused_change_leaves_the_session_as_it_was`, `overlap::two_requests_that_together_exceed_max_size_do_not_both_succeed` |
//! | **Talkative errors**: an error page tells where the database is, or a log tells what is in a session | the response has only the status of an error; the log has the cause, without keys of sessions and without names and values of their data (16.2.5) | `failure::the_applications_own_catcher_renders_the_page_of_a_failed_commit`, `secrecy::the_log_of_the_whole_suite_at_trace_level_contains_no_key_and_no_data`, `failure::an_error_in_the_log_names_the_line_of_the_program_and_nothing_of_the_data` |
//! | **Other accounts on the machine**: one of them reads the database file | the files that the library makes can be read by their owner only | in `tests/database/file.rs` `a_new_database_file_and_its_wal_are_readable_by_their_owner_only` |
//!
//! Two defences are fairings of their own, so attach them too: [`CrossOrigin`] against cross-site request forgery, and
//! [`SecurityHeaders`], which tells browsers what a page may do (3.4). If `CrossOrigin` is missing, a launch outside of the
//! [teaching profiles](TEACHING_PROFILES) says so.
//!
//! The numbers are those of OWASP ASVS 5.0. The tests are in `tests/http`, unless a file is named. `docs/security.md` in the
//! repository goes through the rows of that standard, and says what is left to your application and what the library does
//! not protect against.
//!
//! # Where to read on
//!
//! - [`Session`] has the methods, [`Expiry`] says when sessions end, and [`Error`] what can go wrong.
//! - [`Settings`] lists what Rocket.toml may say, and [`checks`] finds settings that are not safe.
//! - [`Sessions`] lists sessions, searches them by a [`Filter`] and ends them, and [`Event`] reports what happens to them.
//! - [`CrossOrigin`] refuses requests by which other sites act in a visitor's name, [`SecurityHeaders`] tells browsers what
//!   a page may do, and [`ClearSiteData`] makes the browser delete at a logout what it has stored.
//! - [`Health`] tells a load balancer whether the server answers.
//! - [`Store`] is the interface for other stores, and [`db`] is the database.
//!
//! The repository has more: a tutorial (`docs/tutorial`), a guide that begins with `cargo new` (`docs/use-in-your-app.md`),
//! one for Django developers (`docs/coming-from-django.md`), what is secure and what is not (`docs/security.md`), and
//! figures (`docs/performance.md`).
//!
//! # Counters and histograms for operators
//!
//! Each of these is a counter of the [`metrics`] facade. It costs next to nothing until the program installs a recorder, for
//! example `metrics-exporter-prometheus`. The log gets a line for each, with at most the first eight digits of the session's
//! [handle](Handle):
//!
//! | counter | counts |
//! |---|---|
//! | `sessions_created_total` | sessions that got a row |
//! | `sessions_renewed_total` | renewals by activity alone, without a change |
//! | `sessions_ended_total` | sessions that were flushed, logged out or revoked |
//! | `sessions_expired_total` | expired rows that were deleted |
//! | `sessions_interrupted_total` | requests that were refused with 400, because their session had ended |
//! | `sessions_refused_total` | cookies that opened nothing: tampered with, expired, revoked or unreadable |
//! | `sessions_store_errors_total` | requests whose session the store could not load, save or renew. The visitor gets 503. If only a renewal failed, the visitor gets the page |
//!
//! Two histograms say for how many seconds a request waits for the store. With the engine `"cookie"`, which has no store, they
//! have no values:
//!
//! | histogram | measures |
//! |---|---|
//! | `sessions_load_seconds` | the lookup of a request's session, if the cookie contains a key |
//! | `sessions_commit_seconds` | what a request asks of the store when its response is ready. The label `kind` is `create`, `update`, `touch` (a renewal) or `delete`. A request that only looks asks nothing |
//!
//! If your application needs more, for example an audit log, [`SessionFairing::on_event`] gives it each [`Event`], and
//! [`SessionFairing::instrument`] shows it the statements.
//!
//! Rocket's own log level `debug` prints all headers, and with them the encrypted cookie. Anyone who reads such a line can use the
//! session until it ends. So use that level only on your own machine.
//!
//! # Features
//!
//! - `clap`: the commands `migrate`, `clearsessions`, `check` and `backup` for your program, and with `postgres` also `copy`
//!   ([`commands`]).
//! - `postgres`: PostgreSQL beside SQLite. The `url` selects it ([`db::Config::url`]). Needs libpq: on Debian, `apt install
//!   libpq-dev`.
//! - `testing`: a session to try things on, a database for each test, and the conformance suite for stores (`testing`).
#![forbid(unsafe_code)]
#![warn(missing_docs)]

pub mod checks;
mod clear_site_data;
mod clock;
#[cfg(feature = "clap")]
pub mod commands;
mod cookie;
mod cross_origin;
pub mod db;
mod error;
mod error_text;
mod event;
mod expiry;
mod fairing;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod handle;
mod health;
mod key;
mod launch;
mod measure;
mod record;
mod request;
#[allow(missing_docs)] // generated by `diesel print-schema`
pub mod schema;
mod security_headers;
mod session;
mod sessions;
mod settings;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use clear_site_data::ClearSiteData;
pub use clock::Clock;
pub use cross_origin::CrossOrigin;
pub use error::{Error, Result};
pub use error_text::error_chain;
pub use event::Event;
pub use expiry::Expiry;
pub use fairing::SessionFairing;
pub use handle::{Handle, InvalidHandle};
pub use health::Health;
pub use launch::{LaunchError, MIGRATIONS};
pub use record::{Alive, Columns, Record};
pub use security_headers::{ContentSecurityPolicy, CrossOriginOpenerPolicy, SecurityHeaders};
pub use session::Session;
pub use sessions::Sessions;
pub use settings::{
    Engine, InvalidSetting, PUBLISHED_KEY, SameSite, Settings, TEACHING_PROFILES, extract_table, is_teaching_profile,
};
pub use store::{
    DieselStore, Filter, Found, InvalidPosition, Listed, MemoryStore, Page, Position, Store, Touch, Update,
};

/// The code of the guides is compiled and run like the other examples.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../README.md")]
    struct Readme;
}
