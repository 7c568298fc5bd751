use rocket::fairing::AdHoc;
use rocket::http::{CookieJar, Header};
use rocket::{Responder, State, get, routes};
use rocket_diesel_sessions::{Result, Session, SessionFairing, Sessions, is_teaching_profile};
use rocket_dyn_templates::Template;

use super::cookie::{self, SentCookie};
use super::history::History;
use super::listener::StatementListener;
use super::request_info::{CurrentVisitor, RequestInfo};
use super::table::Table;
use super::view::view;

/// Attaches `sessions`. In the tutorial's profiles it also mounts `/inspect` and records what happens to the sessions.
pub fn stage(sessions: SessionFairing) -> AdHoc {
    AdHoc::on_ignite("Inspect", |rocket| async {
        if !is_teaching_profile(rocket.figment().profile()) {
            return rocket.attach(sessions);
        }
        let history = History::default();
        let (events, statements) = (history.clone(), history.clone());
        let sessions = sessions
            .on_event(move |event, request| events.add_event(event, request.map(RequestInfo::new)))
            .instrument(move || Box::new(StatementListener::new(statements.clone())));
        rocket.attach(sessions).attach(cookie_listener()).manage(history).mount("/", routes![inspect])
    })
}

/// Records the session's cookie in each response. It comes after the session fairing, which may still remove the cookie.
fn cookie_listener() -> AdHoc {
    AdHoc::on_response("Inspect the cookie", |request, response| {
        Box::pin(async move {
            let (sessions, history) = (request.rocket().state::<Sessions>(), request.rocket().state::<History>());
            if let (Some(sessions), Some(history)) = (sessions, history)
                && let Some(attributes) = cookie::attributes(response, &sessions.settings().cookie_name)
            {
                history.set_cookie(RequestInfo::new(request).visitor, attributes);
            }
        })
    })
}

/// Only reads, so that looking at the page does not change what it shows.
#[get("/inspect")]
pub async fn inspect(
    session: Session<'_>,
    visitor: &CurrentVisitor,
    jar: &CookieJar<'_>,
    sessions: &State<Sessions>,
    history: &State<History>,
    table: Table<'_>,
) -> Result<NeverCached> {
    let settings = sessions.settings();
    // The handle comes from the cookie, even if the cookie opens nothing any more.
    let handle = visitor.get();
    let row = match &handle {
        Some(handle) => table.find(handle).await?,
        None => None,
    };
    let visitor = handle.and_then(|handle| history.visitor(&handle)).unwrap_or_default();
    let sent = SentCookie::in_jar(jar, &settings.cookie_name);
    let view = view(settings, &session, sent, visitor, row, table.exists());
    let page = Template::render("inspect", view);
    Ok(NeverCached { page, cache_control: Header::new("Cache-Control", "no-store") })
}

/// A page that the browser loads again each time, even with its back button.
#[derive(Responder)]
pub struct NeverCached {
    page: Template,
    cache_control: Header<'static>,
}
