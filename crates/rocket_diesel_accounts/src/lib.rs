//! Accounts, sign-in pages and an admin site for [Rocket](rocket), on tables that [Diesel](diesel) manages: Django's
//! `contrib.auth` and `contrib.admin`.
//!
//! A [`User`] is a request guard. A visitor who is not signed in is sent to the sign-in page and comes back after it.
//!
//! ```no_run
//! use rocket::{get, launch, routes};
//! use rocket_diesel_accounts::{Accounts, Admin, User};
//! use rocket_diesel_sessions::{CrossOrigin, SecurityHeaders, Session};
//! use rocket_dyn_templates::Template;
//!
//! #[get("/hello")]
//! fn hello(user: User) -> String {
//!     format!("Hello, {}!", user.name())
//! }
//!
//! #[launch]
//! fn rocket() -> _ {
//!     rocket::build()
//!         .attach(CrossOrigin::fairing())
//!         .attach(SecurityHeaders::fairing())
//!         .attach(Template::custom(Accounts::templates))
//!         .attach(Session::fairing())
//!         .attach(Accounts::fairing())
//!         .attach(Admin::fairing())
//!         .mount("/", routes![hello])
//! }
//! ```
//!
//! Rocket's templates need their folder, even if it is empty. The tables are in the database of the sessions, and a launch makes
//! them. The command `createsuperuser` makes the first user (feature `clap`, module `commands`).
//!
//! # The life of an account
//!
//! 1. **Somebody makes it**: a superuser on the admin site, the command, or a page of the application with
//!    [`Accounts::create_user`]. The password is checked: its length, and whether it is easy to guess. The table gets its
//!    argon2id hash and a random *stamp*.
//! 2. **Its user signs in.** If there were too many failures, the attempt has to wait. The hash is computed even if there is
//!    no such name. The session gets a new key, the user's id as its owner, and a copy of the stamp.
//! 3. **A handler asks for [`User`].** The guard reads the user from the table, in every request. If the user is not
//!    active, or the stamps differ, the session ends.
//! 4. **The password changes.** The user gets a new stamp, so every other session ends at this moment, including one whose
//!    sign-in has just begun. A deactivation does the same.
//! 5. **Everything leaves a line** in the audit log: who did what, when and from where.
//!
//! One rule is behind all of this:
//!
//! > A session belongs to a user as long as its stamp is the user's.
//!
//! # Attacks and defences
//!
//! | attack | defence | the test that proves it |
//! |---|---|---|
//! | **Guessing** one account's password | after five failures with a name from one network, each attempt waits: one second, two, four, up to 15 minutes. After 100 from anywhere, up to one minute (6.3.1) | `limits::after_the_fifth_failure_each_attempt_has_to_wait_twice_as_long`, `limits::while_an_attempt_has_to_wait_the_right_password_is_refused_too` |
//! | **One password for many accounts**, or stolen pairs | failures are also counted by network, with 20 free ones. An address is believed only as far as [`Settings::behind_proxy`] says (6.3.1) | `limits::failures_from_one_address_are_counted_across_names`, `limits::a_header_that_any_client_can_send_does_not_change_the_address` |
//! | **Many attempts at once** | failures with a name are counted before the password is checked | `parallel::of_fifty_wrong_sign_ins_at_once_no_more_than_the_free_ones_are_checked` |
//! | **Locking somebody out** by failing with their name | a browser in which the user has signed in before has a count of its own. Elsewhere, failures from other networks cost at most one minute (6.1.1) | `limits::a_stranger_who_fails_with_a_name_does_not_keep_its_user_out_of_a_new_browser_elsewhere`, `limits::strangers_who_fail_with_a_name_do_not_keep_its_user_out_of_a_browser_that_has_signed_in_before` |
//! | **Which names exist?** | a wrong name, a wrong password and a deactivated user have the same answer and cost the same hash (6.3.8) | `sign_in::a_wrong_name_a_wrong_password_and_a_deactivated_user_get_the_same_page`, `limits::a_name_that_nobody_has_is_made_to_wait_like_any_other` |
//! | **A flood of sign-ins**: each needs 19 MiB and some milliseconds of a processor | at most half of the processors hash, and at most four passwords at a time; at most 100 requests wait, and the others get 503 | `parallel::a_flood_of_sign_ins_is_answered_with_503_instead_of_filling_the_memory`, `parallel::other_pages_answer_while_passwords_are_checked_and_others_wait_for_their_turn` |
//! | **Theft of the table** | argon2id with 19 MiB and two passes (11.4.2); the table of attempts has digests | `theft::no_text_of_a_stolen_database_signs_anybody_in`, `limits::the_table_of_failures_shows_nothing_of_what_was_typed` |
//! | **A weak password** | 15 characters, not easy to guess, without the name and the banned words (6.2.1, 6.2.4, 6.2.11) | `passwords::a_new_password_that_is_refused_is_refused_with_its_reasons`, in `src/passwords/policy.rs` `a_common_password_is_refused_even_if_it_is_long` |
//! | **A planted session** before the sign-in | the sign-in gives the session a new key (7.2.4) | `theft::a_cookie_that_an_attacker_planted_before_the_sign_in_opens_nothing_after_it` |
//! | **A forged sign-in** by another site | [`CrossOrigin`](rocket_diesel_sessions::CrossOrigin) refuses the form. [`Accounts::fairing`] attaches it, if the application does not (3.5.1) | `cross_site::a_form_that_another_site_sends_is_refused_and_changes_nothing` |
//! | **A sign-in that leads to another site** by `next` | only a path of this site is followed (3.7.2) | `next_page::a_next_page_at_another_site_leads_to_the_own_sessions_instead` |
//! | **A thief who is signed in** when the password changes | the stamp ends every other session, including one whose sign-in has just begun (7.4.3) | `passwords::a_changed_password_ends_all_other_sessions_and_this_one_goes_on_under_a_new_key`, `passwords::a_sign_in_that_was_on_its_way_when_the_password_changed_is_not_signed_in` |
//! | **A deactivated user, or one who lost staff,** with an open page | the guard reads the flags in every request (7.4.2, 8.3.2) | `passwords::a_deactivated_user_is_signed_out_at_once_and_an_activation_brings_no_session_back`, `guards::a_staff_member_who_loses_staff_while_a_page_is_open_can_do_nothing_with_it` |
//! | **Somebody at an unlocked computer** | before other sessions end, the password is asked again if it was given more than ten minutes ago; before it is changed, always (6.2.3, 7.5.2) | `devices::the_password_is_asked_for_again_if_it_was_given_more_than_ten_minutes_ago`, `passwords::a_password_is_changed_with_the_old_one_only` |
//! | **Ending somebody else's session** by its handle | 404, and the session stays | `devices::the_session_of_somebody_else_can_not_be_ended_by_its_handle` |
//! | **Markup in a name, a header or session data** | every value is escaped, and the pages need no inline script or style | `stored_values::the_name_of_a_user_is_escaped_on_every_page`, `stored_values::the_data_and_the_owner_and_the_device_of_a_session_are_escaped_on_every_page` |
//! | **A password in the wrong field** | a name that does not exist is not written into the log (16.2.5) | `sign_in::a_name_that_nobody_has_is_not_written_into_the_audit_log` |
//! | **Forged log lines** | names have no spaces and no control characters, and the audit log has no line breaks (16.4.1) | `line_breaks::what_the_audit_log_has_of_an_input_is_on_one_line` |
//! | **The last superuser removes themself** | refused | `admin_users::the_last_superuser_can_not_remove_themself` |
//! | **A back button after the logout** | pages have `no-store`, and the logout has `Clear-Site-Data` (14.3.1, 14.3.2) | `admin_pages::every_page_has_no_store_and_nothing_that_the_content_security_policy_forbids`, `sign_out::signing_out_ends_the_session_and_makes_the_browser_forget_the_pages` |
//!
//! The numbers are those of OWASP ASVS 5.0. `docs/security.md` in the repository goes through the rows of that standard, and
//! says which of them are not met: there is no second factor (6.3.3), no list of stolen passwords (6.2.12), and no message to
//! the user (6.3.5, 6.3.7). The tests are in `tests/http`, unless a file is named.
//!
//! # Where to read on
//!
//! - [`User`] and [`StaffUser`] are the guards.
//! - [`Accounts`] makes users, signs them in and sets their passwords. [`Accounts::templates`] says how to replace pages.
//! - [`Admin`] is the admin site.
//! - [`Settings`] lists what Rocket.toml may say.
//!
//! The repository has a guide (`docs/accounts.md`), a chapter of the tutorial (`docs/tutorial/10-sign-in.md`), and a table
//! for Django developers (`docs/coming-from-django.md`).
//!
//! # Features
//!
//! - `clap`: the commands `createsuperuser` and `changepassword` for your program (`commands`).
//! - `postgres`: PostgreSQL beside SQLite. Turns on the feature `postgres` of the sessions. Needs libpq: on Debian, `apt install
//!   libpq-dev`.
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod accounts;
mod admin;
mod attempts;
mod audit;
mod check_password;
mod client;
#[cfg(feature = "clap")]
pub mod commands;
mod error;
mod fairing;
mod guard;
mod launch;
mod next;
mod page;
mod pages;
mod passwords;
mod random;
#[allow(missing_docs)] // generated by `diesel print-schema`
pub mod schema;
mod settings;
mod templates;
mod timestamp;
mod users;

pub use accounts::Accounts;
pub use admin::Admin;
pub use client::Client;
pub use error::{Error, Result};
pub use guard::StaffUser;
pub use launch::MIGRATIONS;
pub use settings::Settings;
pub use users::User;

/// The code of the README is compiled like the other examples.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../README.md")]
    struct Readme;
}
