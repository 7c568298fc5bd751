//! The table `audit_log`: who did what, when, and from where. Rows are only added. No page and no method changes one.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU16, Ordering};

use diesel::prelude::*;
use rocket::serde::{Serialize, Serializer};
use rocket_diesel_sessions::db::DbConnection;
use time::{OffsetDateTime, PrimitiveDateTime};

use crate::random::random_id;
use crate::schema::audit_log;
use crate::timestamp::{column, text};

/// One line of the log.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log)]
pub(crate) struct Entry {
    pub id: String,
    pub at: PrimitiveDateTime,
    /// The name of who did it, as it was then.
    actor: Option<String>,
    action: String,
    /// The name of the user or the short handle of the session that it was done to.
    object: Option<String>,
    detail: Option<String>,
    address: Option<String>,
}

impl Entry {
    pub fn new(action: Action, now: OffsetDateTime) -> Self {
        Self {
            id: ordered_id(now),
            at: column(now),
            actor: None,
            action: action.text().to_owned(),
            object: None,
            detail: None,
            address: None,
        }
    }

    pub fn by(self, name: &str) -> Self {
        Self { actor: Some(one_line(name)), ..self }
    }

    pub fn on(self, object: &str) -> Self {
        Self { object: Some(one_line(object)), ..self }
    }

    pub fn detail(self, detail: impl AsRef<str>) -> Self {
        Self { detail: Some(one_line(detail.as_ref())), ..self }
    }

    pub fn from(self, address: Option<IpAddr>) -> Self {
        Self { address: address.map(|address| address.to_canonical().to_string()), ..self }
    }

    pub fn insert(&self, conn: &mut DbConnection) -> QueryResult<()> {
        diesel::insert_into(audit_log::table).values(self).execute(conn).map(drop)
    }
}

/// Replaces line breaks, and characters that turn the direction of writing, and cuts long texts. The owner of a session can be
/// any text, and a log that is printed must have one line for each entry (OWASP ASVS 5.0, 16.4.1).
fn one_line(text: &str) -> String {
    const LONGEST: usize = 200;

    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().take(LONGEST).map(|c| if breaks(c) { '\u{fffd}' } else { c }).collect()
}

/// Returns an id that is larger than those before it, so that entries of one second stay in their order: the milliseconds, a
/// counter, and random digits.
fn ordered_id(now: OffsetDateTime) -> String {
    static COUNTER: AtomicU16 = AtomicU16::new(0);

    let milliseconds = now.unix_timestamp_nanos() / 1_000_000;
    let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
    format!("{milliseconds:012x}{counter:04x}{}", &random_id()[..16])
}

/// For the page.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { id: _, at, actor, action, object, detail, address } = self;
        let at = text(at.assume_utc());
        #[derive(Serialize)]
        #[serde(crate = "rocket::serde")]
        struct View<'a> {
            at: String,
            actor: &'a Option<String>,
            action: &'a str,
            object: &'a Option<String>,
            detail: &'a Option<String>,
            address: &'a Option<String>,
        }
        View { at, actor, action, object, detail, address }.serialize(serializer)
    }
}

/// What is written into the log (OWASP ASVS 5.0, 16.3.1 to 16.3.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    SignedIn,
    SignInFailed,
    SignedOut,
    PasswordConfirmed,
    PasswordConfirmationFailed,
    PasswordChanged,
    SessionEnded,
    SessionsEnded,
    UserAdded,
    UserChanged,
}

impl Action {
    fn text(self) -> &'static str {
        match self {
            Self::SignedIn => "signed in",
            Self::SignInFailed => "sign-in failed",
            Self::SignedOut => "signed out",
            Self::PasswordConfirmed => "password confirmed",
            Self::PasswordConfirmationFailed => "password confirmation failed",
            Self::PasswordChanged => "password changed",
            Self::SessionEnded => "session ended",
            Self::SessionsEnded => "sessions ended",
            Self::UserAdded => "user added",
            Self::UserChanged => "user changed",
        }
    }
}

/// Returns up to `limit` entries, the newest first, from the one after `after`: an instant and an id.
pub(crate) fn list(
    conn: &mut DbConnection,
    after: Option<&(OffsetDateTime, String)>,
    limit: i64,
) -> QueryResult<Vec<Entry>> {
    let mut query = audit_log::table.select(Entry::as_select()).into_boxed();
    if let Some((at, id)) = after {
        let at = column(*at);
        query = query.filter(audit_log::at.lt(at).or(audit_log::at.eq(at).and(audit_log::id.lt(id))));
    }
    query.order((audit_log::at.desc(), audit_log::id.desc())).limit(limit).load(conn)
}
