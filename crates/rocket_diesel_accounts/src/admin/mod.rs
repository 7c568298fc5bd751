//! The admin site: `/admin`.
//!
//! `front` counts sessions and draws the charts of `chart`, `sessions` finds sessions, `end_sessions` ends them, `users`,
//! `user`, `add_user` and `set_password` are the accounts, `log` shows the audit log. `list` has what all lists share, and `masked` hides values that look secret.

mod add_user;
mod chart;
mod end_sessions;
mod front;
mod list;
mod log;
mod masked;
mod session;
mod sessions;
mod set_password;
mod statistics;
mod user;
mod users;

use rocket::fairing::{AdHoc, Fairing};
use rocket::routes;

use crate::accounts::Accounts;
use crate::page::HasAdmin;
use statistics::Statistics;

/// The admin site for sessions, users and what they did: Django's `admin.site`.
///
/// Staff users see everything and can end sessions. Superusers can also add and change users.
pub struct Admin;

impl Admin {
    /// Returns the fairing that mounts the site under `/admin`. Attach it after [`Accounts::fairing`]. Django:
    /// `path('admin/', admin.site.urls)`.
    ///
    /// ```
    /// use rocket_diesel_accounts::{Accounts, Admin};
    /// use rocket_diesel_sessions::Session;
    /// use rocket_dyn_templates::Template;
    ///
    /// let rocket = rocket::build()
    ///     .attach(Session::fairing())
    ///     .attach(Template::custom(Accounts::templates))
    ///     .attach(Accounts::fairing())
    ///     .attach(Admin::fairing());
    /// ```
    pub fn fairing() -> impl Fairing {
        let pages = || {
            AdHoc::try_on_ignite("Admin's pages", |rocket| async {
                if rocket.state::<Accounts>().is_none() {
                    rocket::error!(
                        "admin: there are no accounts. Accounts::fairing() is missing, is attached later, or has failed"
                    );
                    return Err(rocket);
                }
                let routes = routes![
                    front::index,
                    sessions::list,
                    session::show,
                    end_sessions::end,
                    users::list,
                    add_user::form,
                    add_user::add,
                    user::show,
                    user::change,
                    set_password::set_password,
                    log::list,
                ];
                Ok(rocket.manage(HasAdmin).manage(Statistics::default()).mount("/admin", routes))
            })
        };
        AdHoc::on_ignite("Admin", move |rocket| async move { rocket.attach(pages()) })
    }
}
