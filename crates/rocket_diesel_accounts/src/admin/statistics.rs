use std::ops::Range;

use rocket::serde::Serialize;
use rocket::tokio::sync::Mutex;
use rocket_diesel_sessions::Filter;
use time::macros::datetime;
use time::{Date, Duration, OffsetDateTime};

use super::chart::Chart;
use crate::accounts::Accounts;
use crate::error::Result;
use crate::timestamp::text;
use crate::users;

/// The numbers of the front page. With very many sessions it takes a while to count them, so they are counted at most once a
/// minute.
#[derive(Default)]
pub(super) struct Statistics(Mutex<Option<(OffsetDateTime, Numbers)>>);

#[derive(Clone, Debug, Serialize)]
#[serde(crate = "rocket::serde")]
pub(super) struct Numbers {
    users: i64,
    live: usize,
    signed_in: usize,
    /// Not deleted by the sweeper yet.
    expired: usize,
    created: Chart,
    expiring: Chart,
    counted_at: String,
}

/// How many days a chart shows before today, and after. A session lives two weeks by default.
const DAYS: i64 = 14;

impl Statistics {
    pub async fn numbers(&self, accounts: &Accounts) -> Result<Numbers> {
        let now = accounts.now();
        let mut counted = self.0.lock().await; // others wait for the same numbers
        if let Some((at, numbers)) = &*counted
            && now - *at < Duration::MINUTE
        {
            return Ok(numbers.clone());
        }
        let numbers = count(accounts, now).await?;
        *counted = Some((now, numbers.clone()));
        Ok(numbers)
    }
}

/// Counts by ranges of dates, for which the database reads only an index.
async fn count(accounts: &Accounts, now: OffsetDateTime) -> Result<Numbers> {
    let (later, end_of_time) = (now + Duration::SECOND, datetime!(9999-12-31 0:00 UTC));
    let sessions = accounts.sessions();
    let today = now.date();
    let (mut created, mut expiring) = (Vec::new(), Vec::new());
    for day in 0..=DAYS {
        let first = today - Duration::days(DAYS) + Duration::days(day);
        created.push((first, sessions.count_matching(&Filter::all().created(whole_day(first))).await?));
        let last = today + Duration::days(day);
        let Range { start, end } = whole_day(last);
        expiring.push((last, sessions.count_matching(&Filter::all().expires(start.max(later)..end)).await?));
    }
    Ok(Numbers {
        users: accounts.read(users::count).await?,
        live: sessions.count_matching(&Filter::all().expires(later..end_of_time)).await?,
        signed_in: sessions.count_matching(&Filter::all().signed_in(true)).await?,
        expired: sessions.count_matching(&Filter::all().expires(OffsetDateTime::UNIX_EPOCH..later)).await?,
        created: Chart::new(&created),
        expiring: Chart::new(&expiring),
        counted_at: text(now),
    })
}

fn whole_day(day: Date) -> Range<OffsetDateTime> {
    let midnight = |day: Date| day.midnight().assume_utc();
    midnight(day)..midnight(day + Duration::DAY)
}
