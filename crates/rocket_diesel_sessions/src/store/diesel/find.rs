//! Searches, the newest sessions first.
//!
//! An index on `created_at` has the rows in the order of the list, but for those of one second. With it, a search begins at
//! the right row and ends when the page is full. The key is not in the index: as it is random, each new row would change
//! another page of the index.

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use diesel::result::Error as QueryError;

use super::matching::{Query, in_reach, matching};
use super::read::limit;
use super::row::ReadRow;
use super::timestamp::Timestamp;
use crate::db::DbConnection;
use crate::handle::Handle;
use crate::record::Alive;
use crate::schema::sessions;
use crate::store::{Filter, Found, Listed, Page, Position};

/// Returns a page of the rows that match.
pub(super) fn find(conn: &mut DbConnection, filter: &Filter, alive: Alive, page: Page) -> QueryResult<Found> {
    let scan_end = scan_end(conn, filter, alive)?;
    let rows = page_of(matching(filter, alive, scan_end.as_ref()), page)
        .select((sessions::session_key, ReadRow::as_select()))
        .load_iter::<(String, ReadRow), DefaultLoadingMode>(conn)?;
    let (mut sessions, mut last) = (Vec::new(), None);
    for (at, row) in rows.enumerate() {
        if at == page.size() {
            return Ok(Found { sessions, next: last.or_else(|| scan_end.clone()) });
        }
        let (key, row) = match row {
            Ok(row) => row,
            Err(QueryError::DeserializationError(_)) => continue, // an unreadable row does not hide the others
            Err(error) => return Err(error),
        };
        let Ok(handle) = key.parse::<Handle>() else { continue };
        last = Some(Position { created_at: row.created_at(), handle: handle.clone() });
        sessions.extend(row.into_record().map(|record| Listed::new(handle, record)));
    }
    Ok(Found { sessions, next: scan_end })
}

/// Returns how many rows match.
pub(super) fn count(conn: &mut DbConnection, filter: &Filter, alive: Alive) -> QueryResult<usize> {
    let count: i64 = matching(filter, alive, None).count().get_result(conn)?;
    Ok(usize::try_from(count).unwrap_or(0))
}

/// One row more than the page has tells whether another page follows.
fn page_of(query: Query<'_>, page: Page) -> Query<'_> {
    in_order(query).limit(limit(page.size() + 1)).offset(limit(page.offset()))
}

fn in_order(query: Query<'_>) -> Query<'_> {
    query.order((sessions::created_at.desc(), sessions::session_key.desc()))
}

/// Returns the last row that a search may look at, or `None` if it may look at all.
fn scan_end(conn: &mut DbConnection, filter: &Filter, alive: Alive) -> QueryResult<Option<Position>> {
    let Some(most) = filter.scan_at_most() else { return Ok(None) };
    let rows = in_scan(filter, alive, most).select((sessions::created_at, sessions::session_key));
    let rows = match rows.load::<(Timestamp, String)>(conn) {
        Err(QueryError::DeserializationError(_)) => return Ok(None), // it can't be the end of a page
        rows => rows?,
    };
    let Some((Timestamp(created_at), key)) = rows.get(most).and(rows.get(most - 1)) else { return Ok(None) };
    Ok(key.parse().ok().map(|handle| Position { created_at: *created_at, handle }))
}

/// The rows that a search may look at, and one that follows them. With an OFFSET in place of the first ones, SQLite would read
/// the whole index.
fn in_scan(filter: &Filter, alive: Alive, most: usize) -> Query<'_> {
    in_order(in_reach(filter, alive, None)).limit(limit(most.saturating_add(1)))
}

/// The plans are SQLite's, so the queries have to be too.
#[cfg(all(test, not(feature = "postgres")))]
mod tests {
    use diesel::query_builder::QueryFragment;
    use diesel::sql_types::Text;
    use diesel::{debug_query, sql_query};
    use time::OffsetDateTime;
    use time::macros::datetime;

    use super::*;
    use crate::launch::MIGRATIONS;

    const NOW: OffsetDateTime = datetime!(2026-01-01 12:00:00 UTC);

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    /// Only the rows of one second are sorted, by their keys.
    const SECONDS: &str = "; USE TEMP B-TREE FOR LAST TERM OF ORDER BY";

    fn table() -> DbConnection {
        use diesel_migrations::MigrationHarness;

        let mut conn = DbConnection::establish(":memory:").unwrap();
        conn.run_pending_migrations(MIGRATIONS).unwrap();
        sql_query("CREATE INDEX by_creation ON sessions (created_at)").execute(&mut conn).unwrap();
        conn
    }

    /// Returns what SQLite does for a query.
    fn plan(query: &impl QueryFragment<diesel::sqlite::Sqlite>) -> String {
        let explain =
            format!("EXPLAIN QUERY PLAN {}", debug_query(query).to_string().replace(" -- binds", ";-- binds"));
        let steps: Vec<Step> = sql_query(explain).load(&mut table()).unwrap();
        steps.into_iter().map(|step| step.detail).collect::<Vec<_>>().join("; ")
    }

    fn position(created_at: OffsetDateTime) -> Position {
        Position { created_at, handle: "a".repeat(64).parse().unwrap() }
    }

    #[test]
    fn a_page_is_read_in_the_order_of_the_index() {
        let end = position(NOW - time::Duration::HOUR);
        let alive = Alive { now: NOW, created_after: Some(NOW - time::Duration::DAY) };
        let conditions = [
            Filter::all(),
            Filter::all().alive(true),
            Filter::all().alive(false),
            Filter::all().signed_in(true),
            Filter::all().signed_in(false),
            Filter::all().signed_in(false).alive(true),
        ];
        for filter in conditions {
            let first = plan(&page_of(matching(&filter, alive, None), Page::first()));
            assert!(first.contains("USING INDEX by_creation") && first.ends_with(SECONDS), "{filter:?}: {first}");
            let filter = filter.after(position(NOW));
            let next = plan(&page_of(matching(&filter, alive, Some(&end)), Page::first()));
            let search = "SEARCH sessions USING INDEX by_creation (created_at>? AND created_at<?)";
            assert_eq!(next, format!("{search}{SECONDS}"), "{filter:?}");
        }
    }

    #[test]
    fn the_end_of_a_scan_is_found_in_the_order_of_the_index() {
        let filter = Filter::all().alive(false).signed_in(false).after(position(NOW));
        let query = in_scan(&filter, Alive::at(NOW), 10_000).select((sessions::created_at, sessions::session_key));
        assert_eq!(plan(&query), format!("SEARCH sessions USING INDEX by_creation (created_at<?){SECONDS}"));
    }

    #[test]
    fn a_day_of_expire_dates_is_counted_in_the_index_alone() {
        let filter = Filter::all().expires(NOW..NOW + time::Duration::DAY);
        let plan = plan(&matching(&filter, Alive::at(NOW), None).count());
        assert_eq!(plan, "SEARCH sessions USING COVERING INDEX sessions_expire_date (expire_date>? AND expire_date<?)");
    }

    #[test]
    fn an_owner_and_a_handle_are_found_by_their_own_index() {
        for (filter, index) in [
            (Filter::all().of_owners(["ada", "bob"]), "sessions_owner (owner=?)"),
            (Filter::all().handle_prefix("0a"), "sqlite_autoindex_sessions_1 (session_key>? AND session_key<?)"),
        ] {
            let filter = filter.alive(true).after(position(NOW));
            let plan = plan(&page_of(matching(&filter, Alive::at(NOW), None), Page::first()));
            assert!(plan.contains(index), "{filter:?}: {plan}");
        }
    }
}
