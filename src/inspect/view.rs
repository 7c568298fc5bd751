//! The context of the template.

use std::collections::VecDeque;

use rocket_diesel_sessions::{Engine, Expiry, Handle, Session, Settings};
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
    handle: Option<Handle>,
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
        short: handle.as_ref().map(|handle| handle.short().to_owned()),
        handle: handle.map(|handle| handle.to_string()),
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
        way: Way::of(&visitor.entries),
        entries: visitor.entries.into_iter().map(Line::from).collect::<Vec<_>>(),
    }
}

/// What a handler gets from the guard.
#[derive(Serialize)]
struct SeenByHandler {
    data: String,
    has_handle: bool,
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
            has_handle: session.handle().is_some(),
            owner: format!("{:?}", session.owner()),
            expiry: format!("{expiry:?}"),
            expiry_meaning: match expiry {
                Expiry::Default if settings.expire_at_browser_close => {
                    "As the settings say: the session ends with the browser.".into()
                }
                Expiry::Default => {
                    format!("As the settings say: {} after each save.", duration_in_words(settings.cookie_age))
                }
                Expiry::BrowserClose => "The session ends with the browser.".into(),
                Expiry::After(age) => format!("{} after each save.", duration_in_words(age)),
                Expiry::At(_) => "The session ends at this instant.".into(),
            },
            expiry_date: session.handle().map(|_| date(session.expiry_date())),
        }
    }
}

/// The way of the last request, from the cookie to the row.
#[derive(Serialize)]
struct Way {
    request: Option<String>,
    /// The first words of its statements, such as `SELECT`.
    verbs: Vec<String>,
}

impl Way {
    /// `entries` begins with the newest.
    fn of(entries: &VecDeque<Entry>) -> Option<Self> {
        let first = entries.iter().position(|entry| !entry.continues).unwrap_or(entries.len());
        let statements = entries.iter().take(first + 1).rev().flat_map(|entry| &entry.statements);
        let verbs = statements.filter_map(|statement| statement.split(' ').next()).map(str::to_owned).collect();
        Some(Self { request: entries.front()?.request.clone(), verbs })
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
            EventKind::Created => ("created", "The table has a new row, and the browser gets a cookie with the key."),
            EventKind::Loaded => ("loaded", "The key in the cookie opened the session."),
            EventKind::Saved => ("saved", "The changes are stored, with a new expire date."),
            EventKind::Renewed => ("renewed", "Only the expire date changed."),
            EventKind::Renamed => ("renamed", "The session has a new key. The old key opens nothing any more."),
            EventKind::Ended => ("ended", "The session is deleted."),
            EventKind::Interrupted => ("interrupted", "The session ended before the request did. Nothing was saved."),
            EventKind::Refused => ("refused", "A cookie with this key opened nothing."),
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
