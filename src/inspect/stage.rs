use rocket::fairing::AdHoc;
use rocket::http::{ContentType, CookieJar};
use rocket::{State, get, routes};
use rocket_diesel_sessions::{Result, Session, SessionFairing, Sessions, is_teaching_profile};
use rocket_dyn_templates::Template;

use super::cookie::{self, SentCookie};
use super::events;
use super::history::History;
use super::listener::StatementListener;
use super::never_cached::NeverCached;
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
        rocket
            .attach(no_trace())
            .attach(sessions)
            .attach(request_listener())
            .manage(history)
            .mount("/", routes![inspect, events::events, script])
    })
}

/// Takes the cookies out of the responses of `/inspect`, before the session fairing sees them. A session changes only if
/// Rocket sends its cookie, so looking does not renew it either, whatever the settings say.
fn no_trace() -> AdHoc {
    AdHoc::on_response("Inspect leaves no trace", |request, response| {
        Box::pin(async move {
            if RequestInfo::new(request).is_inspect {
                response.remove_header("Set-Cookie");
            }
        })
    })
}

/// Records the session's cookie in each response, and tells the open pages. It comes after the session fairing, which may
/// still remove the cookie.
fn request_listener() -> AdHoc {
    AdHoc::on_response("Inspect the response", |request, response| {
        Box::pin(async move {
            let (sessions, history) = (request.rocket().state::<Sessions>(), request.rocket().state::<History>());
            let request = RequestInfo::new(request);
            if let (Some(sessions), Some(history), Some(handle)) = (sessions, history, request.visitor.get())
                && !request.is_inspect
            {
                history.finish(&handle, cookie::attributes(response, &sessions.settings().cookie_name));
            }
        })
    })
}

#[get("/static/inspect.js")]
pub fn script() -> (ContentType, &'static str) {
    (ContentType::JavaScript, include_str!("../../static/inspect.js"))
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
) -> Result<NeverCached<Template>> {
    let settings = sessions.settings();
    // The handle comes from the cookie, even if the cookie opens nothing any more.
    let handle = visitor.get();
    let row = match &handle {
        Some(handle) => table.find(handle).await?,
        None => None,
    };
    let visitor = handle.as_ref().and_then(|handle| history.visitor(handle)).unwrap_or_default();
    let sent = SentCookie::in_jar(jar, &settings.cookie_name);
    let view = view(settings, &session, sent, handle, visitor, row, table.exists());
    Ok(NeverCached::new(Template::render("inspect", view)))
}
