use std::io::Cursor;

use rocket::fairing::{self, AdHoc, Fairing, Info, Kind};
use rocket::http::{Header, Status};
use rocket::{Build, Request, Response, Rocket};
use rocket_diesel_sessions::db::{Config, Database};
use rocket_diesel_sessions::{CrossOrigin, LaunchError, Sessions, error_chain};

use crate::accounts::Accounts;
use crate::guard::NeedsSignIn;
use crate::next::sign_in_for;
use crate::pages;

/// What [`Accounts::fairing`] attaches.
struct AccountsFairing;

impl Accounts {
    /// Returns the fairing that opens the accounts and mounts their pages under `/accounts`: sign in, sign out, change the
    /// password, and the user's own sessions. Attach it after
    /// [`Session::fairing`](rocket_diesel_sessions::Session::fairing), and register the templates with
    /// [`Accounts::templates`].
    ///
    /// It attaches [`CrossOrigin`] too, if the application does not: without it, forms of other sites could sign visitors in
    /// and act in their names.
    ///
    /// ```
    /// use rocket_diesel_accounts::Accounts;
    /// use rocket_diesel_sessions::Session;
    /// use rocket_dyn_templates::Template;
    ///
    /// let rocket = rocket::build()
    ///     .attach(Session::fairing())
    ///     .attach(Template::custom(Accounts::templates))
    ///     .attach(Accounts::fairing());
    /// ```
    pub fn fairing() -> impl Fairing {
        // It is attached a moment later, so that it finds the sessions also if another fairing attaches those.
        AdHoc::on_ignite("Accounts", |rocket| async { rocket.attach(AccountsFairing) })
    }
}

#[rocket::async_trait]
impl Fairing for AccountsFairing {
    fn info(&self) -> Info {
        Info { name: "Accounts' pages", kind: Kind::Ignite | Kind::Response | Kind::Singleton }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        let Some(sessions) = rocket.state::<Sessions>().cloned() else {
            rocket::error!("accounts: there are no sessions. Session::fairing() is missing, or has failed");
            return Err(rocket);
        };
        match launch(&rocket, sessions) {
            Ok(accounts) => {
                let rocket = rocket.manage(accounts.settings().clone()).manage(accounts);
                Ok(rocket.attach(CrossOrigin::fairing()).mount("/accounts", pages::routes()))
            }
            Err(error) => {
                rocket::error!("accounts: {}", error_chain(&error));
                Err(rocket)
            }
        }
    }

    /// Sends a visitor whom a guard has refused to the sign-in page. A guard itself can't answer.
    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        if response.status() == Status::Unauthorized && NeedsSignIn::is_set(request) {
            response.set_status(Status::SeeOther);
            response.set_header(Header::new("Location", sign_in_for(request)));
            response.remove_header("Content-Type");
            response.set_sized_body(0, Cursor::new(""));
        }
    }
}

fn launch(rocket: &Rocket<Build>, sessions: Sessions) -> Result<Accounts, LaunchError> {
    let database = match rocket.state::<Database>() {
        Some(database) => database.clone(),
        None => Database::connect(&Config::extract(rocket.figment())?)?, // the sessions are kept elsewhere
    };
    Accounts::launch(rocket.figment(), sessions, database)
}
