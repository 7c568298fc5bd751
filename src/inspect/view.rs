//! The context of the template.

use rocket_diesel_sessions::{Engine, Expiry, Session, Settings};
use rocket_dyn_templates::context;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::cookie::SentCookie;
use super::duration_in_words::duration_in_words;
use super::history::{Entry, EventKind, Visitor};
use crate::models::SessionRow;

pub fn view(
    settings: &Settings,
    session: &Session<'_>,
    sent: Option<SentCookie>,
    visitor: Visitor,
    row: Option<SessionRow>,
    has_table: bool,
) -> impl Serialize {
    let now = OffsetDateTime::now_utc();
    let left = row.as_ref().and_then(|row| row.time_left(now));
    context! {
        cookie_name: &settings.cookie_name,
        sent,
        attributes: visitor.cookie,
        sees: SeenByHandler::of(session, settings),
        engine: match settings.engine {
            Engine::Db if has_table => "db",
            Engine::Db => "own",
            Engine::Cookie => "cookie",
            Engine::Memory => "memory",
            _ => "own",
        },
        row,
        left: left.map(|left| duration_in_words(left.unsigned_abs())),
        is_over: left.is_some_and(|left| !left.is_positive()),
        entries: visitor.entries.into_iter().map(Line::from).collect::<Vec<_>>(),
    }
}

/// What a handler gets from the guard.
#[derive(Serialize)]
struct SeenByHandler {
    data: String,
    handle: String,
    owner: String,
    expiry: String,
    expiry_meaning: String,
    /// `None` if there is no session.
    expiry_date: Option<String>,
}

impl SeenByHandler {
    fn of(session: &Session<'_>, settings: &Settings) -> Self {
        let expiry = session.expiry();
        Self {
            data: serde_json::to_string_pretty(&session.to_map()).unwrap_or_default(),
            handle: format!("{:?}", session.handle().map(|handle| handle.to_string())),
            owner: format!("{:?}", session.owner()),
            expiry: format!("{expiry:?}"),
            expiry_meaning: match expiry {
                Expiry::Default if settings.expire_at_browser_close => "as the settings say: with the browser".into(),
                Expiry::Default => {
                    format!("as the settings say: {} after each save", duration_in_words(settings.cookie_age))
                }
                Expiry::BrowserClose => "with the browser".into(),
                Expiry::After(age) => format!("{} after each save", duration_in_words(age)),
                Expiry::At(_) => "at that instant, whatever happens until then".into(),
            },
            expiry_date: session.handle().map(|_| date(session.expiry_date())),
        }
    }
}

/// An event.
#[derive(Serialize)]
struct Line {
    what: &'static str,
    meaning: &'static str,
    request: Option<String>,
    clock: String,
    instant: String,
    statements: Vec<String>,
}

impl From<Entry> for Line {
    fn from(entry: Entry) -> Self {
        let (what, meaning) = match entry.kind {
            EventKind::Created => ("created", "the session has a record now, and the browser a cookie with its key"),
            EventKind::Loaded => ("loaded", "the key in the cookie opened it"),
            EventKind::Saved => ("saved", "with its changes, and a new expire date"),
            EventKind::Renewed => ("renewed", "nothing but its expire date moved"),
            EventKind::Renamed => ("renamed", "it is under a new key, and the old one opens nothing any more"),
            EventKind::Ended => ("ended", "its record is gone"),
            EventKind::Interrupted => ("interrupted", "it had ended before the request did: nothing was saved"),
            EventKind::Refused => ("refused", "a cookie with its key opened nothing"),
        };
        let clock = format_description!("[hour]:[minute]:[second]");
        Self {
            what,
            meaning,
            request: entry.request,
            clock: entry.at.format(clock).unwrap_or_default(),
            instant: entry.at.format(&Rfc3339).unwrap_or_default(),
            statements: entry.statements,
        }
    }
}

fn date(instant: OffsetDateTime) -> String {
    instant.format(format_description!("[year]-[month]-[day] [hour]:[minute]:[second] UTC")).unwrap_or_default()
}
