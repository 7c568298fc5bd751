//! `/inspect/`: a window onto the visitor's own session, in the profiles that teach.
//!
//! What it knows, every application can know: from a [`Session`] and the [`Settings`](crate::Settings), from events
//! ([`SessionFairing::on_event`]), from statements ([`SessionFairing::instrument`]), and from the table, by
//! [`Database::read`]. What happened is kept in memory, for the last visitors only, and ends with the server.

mod cookie;
mod here;
mod log;
mod row;
mod statement;
mod view;
mod words;

use rocket::fairing::AdHoc;
use rocket::http::{CookieJar, Header};
use rocket::{Responder, State, get, routes};
use rocket_dyn_templates::Template;

use self::cookie::Sent;
use self::here::{Here, Trail};
use self::log::Log;
use self::row::Table;
use self::statement::Listener;
use super::profile;
#[cfg(doc)]
use crate::db::Database;
use crate::{Result, Session, SessionFairing, Sessions};

/// Attaches `sessions`; in the profiles that teach it also mounts `/inspect`, and has it told what becomes of them.
///
/// ```
/// use rocket_diesel_sessions::Session;
/// use rocket_diesel_sessions::app::inspect;
///
/// let rocket = rocket::build().attach(inspect::stage(Session::fairing()));
/// ```
pub fn stage(sessions: SessionFairing) -> AdHoc {
    AdHoc::on_ignite("Inspect", |rocket| async {
        if !profile::is_teaching(rocket.figment().profile()) {
            return rocket.attach(sessions);
        }
        let log = Log::default();
        let (events, statements) = (log.clone(), log.clone());
        let watched = sessions
            .on_event(move |event, request| events.note(event, request.map(Here::of)))
            .instrument(move || Box::new(Listener::new(statements.clone())));
        rocket.attach(watched).attach(cookie_watch()).manage(log).mount("/", routes![page])
    })
}

/// Notes the session's cookie as it leaves: so it comes after the session fairing, which may still take it out.
fn cookie_watch() -> AdHoc {
    AdHoc::on_response("Inspect the cookie", |request, response| {
        Box::pin(async move {
            let (sessions, log) = (request.rocket().state::<Sessions>(), request.rocket().state::<Log>());
            if let (Some(sessions), Some(log)) = (sessions, log)
                && let Some(attributes) = cookie::last_set(response, &sessions.settings().cookie_name)
            {
                log.note_cookie(Here::of(request).trail, attributes);
            }
        })
    })
}

/// It only reads, so that a look changes nothing of what it shows.
#[get("/inspect")]
pub(super) async fn page(
    session: Session<'_>,
    trail: &Trail,
    jar: &CookieJar<'_>,
    sessions: &State<Sessions>,
    log: &State<Log>,
    table: Table<'_>,
) -> Result<Fresh> {
    let settings = sessions.settings();
    // By what the cookie proves to know, even if it opens nothing any more.
    let handle = trail.handle();
    let row = match &handle {
        Some(handle) => table.find(handle).await?,
        None => None,
    };
    let visitor = handle.and_then(|handle| log.of(&handle)).unwrap_or_default();
    let view = view::of(settings, &session, Sent::in_jar(jar, &settings.cookie_name), visitor, row, table.is_there());
    Ok(Fresh { page: Template::render("inspect", view), not_stored: Header::new("Cache-Control", "no-store") })
}

/// Asked for anew each time, by the browser's "back" too.
#[derive(Responder)]
pub(super) struct Fresh {
    page: Template,
    not_stored: Header<'static>,
}
