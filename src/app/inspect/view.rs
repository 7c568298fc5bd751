//! What the template shows.

use rocket::serde::Serialize;
use rocket_dyn_templates::context;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

use super::cookie::Sent;
use super::log::{Entry, Visitor, What};
use super::row::Row;
use super::words::words;
use crate::{Engine, Expiry, Session, Settings};

pub fn of(
    settings: &Settings,
    session: &Session<'_>,
    sent: Option<Sent>,
    visitor: Visitor,
    row: Option<Row>,
    has_table: bool,
) -> impl Serialize {
    let now = OffsetDateTime::now_utc();
    let left = row.as_ref().and_then(|row| row.time_left(now));
    context! {
        cookie_name: &settings.cookie_name,
        sent,
        attributes: visitor.cookie,
        sees: Sees::of(session, settings),
        engine: match settings.engine {
            Engine::Db if has_table => "db",
            Engine::Db => "own",
            Engine::Cookie => "cookie",
            Engine::Memory => "memory",
        },
        row,
        left: left.map(|left| words(left.unsigned_abs())),
        is_over: left.is_some_and(|left| !left.is_positive()),
        entries: visitor.entries.into_iter().map(Line::from).collect::<Vec<_>>(),
    }
}

/// What a handler gets from the guard.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
struct Sees {
    data: String,
    handle: String,
    owner: String,
    expiry: String,
    expiry_meaning: String,
    /// None for a session that is not there.
    expiry_date: Option<String>,
}

impl Sees {
    fn of(session: &Session<'_>, settings: &Settings) -> Self {
        let expiry = session.expiry();
        Self {
            data: serde_json::to_string_pretty(&session.to_map()).unwrap_or_default(),
            handle: format!("{:?}", session.handle()),
            owner: format!("{:?}", session.owner()),
            expiry: format!("{expiry:?}"),
            expiry_meaning: match expiry {
                Expiry::Default if settings.expire_at_browser_close => "as the settings say: with the browser".into(),
                Expiry::Default => format!("as the settings say: {} after each save", words(settings.cookie_age)),
                Expiry::BrowserClose => "with the browser".into(),
                Expiry::After(age) => format!("{} after each save", words(age)),
                Expiry::At(_) => "at that instant, whatever happens until then".into(),
            },
            expiry_date: session.handle().map(|_| date(session.expiry_date())),
        }
    }
}

/// An event.
#[derive(Serialize)]
#[serde(crate = "rocket::serde")]
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
        let (what, meaning) = match entry.what {
            What::Created => ("created", "the session has a record now, and the browser a cookie with its key"),
            What::Loaded => ("loaded", "the key in the cookie opened it"),
            What::Saved => ("saved", "with its changes, and a new expire date"),
            What::Renewed => ("renewed", "nothing but its expire date moved"),
            What::Renamed => ("renamed", "it is under a new key, and the old one opens nothing any more"),
            What::Ended => ("ended", "its record is gone"),
            What::Interrupted => ("interrupted", "it had ended before the request did: nothing was saved"),
            What::Refused => ("refused", "a cookie with its key opened nothing"),
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
