//! One page for every error. The cause is in the log. The tutorial's profiles also show it on the page, with what to type.

use rocket::http::Status;
use rocket::{Request, catch};
use rocket_diesel_sessions::db::{self, ErrorKind};
use rocket_diesel_sessions::{CrossOrigin, Engine, Error, Sessions, is_teaching_profile};
use rocket_dyn_templates::{Template, context};

#[catch(default)]
pub fn page(status: Status, request: &Request<'_>) -> Template {
    let error = Error::of(request).filter(|error| error.status() == status);
    let teaching = is_teaching_profile(&request.rocket().config().profile);
    let engine = request.rocket().state::<Sessions>().map(|sessions| sessions.settings().engine);
    let refusal = CrossOrigin::refusal(request).filter(|_| status == Status::Forbidden);
    let (message, help, cause) = match refusal {
        Some(refusal) => (
            "This did not come from a page of this site, so it was refused. Open our own page and try again.",
            Some("Only pages of this server may send this. The fairing is `CrossOrigin::fairing()` in `src/lib.rs`."),
            Some(refusal.to_owned()),
        ),
        None => (
            message(status, error.as_ref()),
            error.as_ref().and_then(|error| help(error, engine)).or(form_help(status)),
            error.as_ref().map(Error::error_chain),
        ),
    };
    let (help, cause) = if teaching { (help, cause) } else { (None, None) };
    let reason = status.reason_lossy();
    Template::render("error", context! { code: status.code, reason, message, help, cause })
}

fn message(status: Status, error: Option<&Error>) -> &'static str {
    match (status.code, error) {
        (400, Some(Error::Interrupted)) => {
            "Your session ended while this page was on its way: you may have signed out in another window. Nothing was \
             saved. Load the page again to go on."
        }
        (400, _) => "The request could not be understood.",
        (404, _) => "There is no page here.",
        (413, Some(Error::TooLarge { .. })) => "That was more than your session can hold. It is as it was before.",
        (413, _) => "That was more than this page takes.",
        (422, _) => {
            "The server did not accept the form: a field is missing, or its value is not allowed. Nothing was saved. Go back, \
             and correct it."
        }
        (503, Some(_)) => "Your session can't be reached at the moment. Try again in a minute.",
        (503, None) => "There is too much to do at the moment. Try again in a minute.",
        (500.., _) => "Something went wrong on our side. Nothing was saved.",
        _ => "This request can't be answered.",
    }
}

/// Rocket tells a handler what is wrong with a form, and writes it into the log, but it tells no catcher.
fn form_help(status: Status) -> Option<&'static str> {
    (status == Status::UnprocessableEntity).then_some(
        "The log in the terminal says which field it is, after `Data guard`. To say it on the page, let the handler take \
         `Form<Contextual<…>>`, and include the template `field_errors`.",
    )
}

/// Returns what the learner can do about the error.
fn help(error: &Error, engine: Option<Engine>) -> Option<&'static str> {
    let kind = match error {
        Error::Store(cause) => (**cause).downcast_ref::<db::Error>()?.kind(),
        Error::TooLarge { .. } if engine == Some(Engine::Cookie) => {
            return Some("Store less in the session, or keep it on the server: engine = \"db\" in Rocket.toml.");
        }
        Error::TooLarge { .. } => {
            return Some("Store less in the session, or raise max_size under [default.session] in Rocket.toml.");
        }
        _ => return None,
    };
    Some(match kind {
        ErrorKind::NotMigrated => {
            "A table of the sessions is missing in the database. Stop the server, and start it again with the same \
             command. If the table was never made, the launch makes it. If somebody has dropped it, the launch stops and \
             says what to type."
        }
        ErrorKind::Locked => {
            "Another program has locked the database. Close it, or end its transaction: type `COMMIT;` where you opened \
             the database."
        }
        _ => {
            "The database can't be read or written. Look at url under [default.databases.sessions] in Rocket.toml. For a \
             file, look also at its permissions, at those of its folder, and at the free disk space. For PostgreSQL, look \
             whether it runs. Then stop the server and type `cargo run` again."
        }
    })
}
