use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::db::config::Config;
use crate::db::connection::{AnyConnection, DbConnection};
use crate::db::error::Error;
use crate::db::synchronous::Synchronous;

/// Opens a connection and sets it up, with `more` SQL at the end.
///
/// A lock of another transaction is waited for up to the `timeout`. So is a server that does not answer, where the operating
/// system notices that. What the URL says goes first.
pub(in crate::db) fn open(config: &Config, more: &str) -> Result<DbConnection, Error> {
    let shown = config.shown_url();
    // libpq's message about a malformed URL has the whole of it.
    let refused = |reason: String| Error::Connect { reason: reason.replace(&config.url, &shown), url: shown.clone() };
    let mut conn = PgConnection::establish(&with_defaults(&config.url, config.timeout))
        .map_err(|error| refused(error.to_string()))?;
    if let Some(instruments) = &config.instruments {
        conn.set_instrumentation(instruments.make());
    }
    let lock_timeout = config.timeout.as_millis();
    let synchronous = match config.synchronous {
        Synchronous::Full => "", // as the server or the role has it
        Synchronous::Normal => "; SET synchronous_commit = off",
    };
    // The statements are right at this level, and a role may have another one.
    let isolation = "SET default_transaction_isolation = 'read committed'";
    conn.batch_execute(&format!("{isolation}; SET lock_timeout = {lock_timeout}{synchronous}; {more}"))
        .map_err(|error| refused(error.to_string()))?;
    Ok(AnyConnection::Postgres(conn))
}

/// Returns the connection of a database that is PostgreSQL's.
pub(in crate::db) fn as_postgres(conn: &mut DbConnection) -> &mut PgConnection {
    let AnyConnection::Postgres(conn) = conn else { panic!("the connection is not PostgreSQL's") };
    conn
}

/// Returns whether the server has closed the connection, as far as this machine knows. Sends nothing.
pub(super) fn is_closed(conn: &mut DbConnection) -> bool {
    let fails = |conn: &mut PgConnection| conn.notifications_iter().any(|notification| notification.is_err());
    let conn = as_postgres(conn);
    fails(conn) || fails(conn) // the first call reads the server's last message, and only the second one meets the end
}

/// Adds the parameters of libpq that limit how long it waits, unless the URL has them. `tcp_user_timeout` is for data that
/// nobody confirms. The keepalives find out that a machine is gone which has confirmed a question and not answered it.
fn with_defaults(url: &str, timeout: Duration) -> String {
    let mut url = url.trim_end_matches('?').to_owned();
    let defaults = [
        ("connect_timeout", timeout.as_secs().max(2).to_string()), // the least that libpq allows
        ("tcp_user_timeout", timeout.as_millis().to_string()),
        ("keepalives_idle", timeout.as_secs().max(1).to_string()),
        ("keepalives_interval", "1".into()),
        ("keepalives_count", "3".into()),
        ("fallback_application_name", "rocket_diesel_sessions".into()),
    ];
    for (name, value) in defaults {
        if !url.contains(&format!("{name}=")) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&format!("{name}={value}"));
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parameters_of_the_url_go_before_the_defaults() {
        let url = with_defaults("postgres://a,b/db?connect_timeout=9", Duration::from_secs(1));
        assert_eq!(
            url,
            "postgres://a,b/db?connect_timeout=9&tcp_user_timeout=1000&keepalives_idle=1&keepalives_interval=1&keepalives_count=3\
             &fallback_application_name=rocket_diesel_sessions"
        );
        assert!(with_defaults("postgres://", Duration::from_secs(1)).starts_with("postgres://?connect_timeout=2&"));
    }
}
