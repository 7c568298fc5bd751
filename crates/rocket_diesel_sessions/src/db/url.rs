//! The forms of the setting `url`: the path of a file, a URL as SQLite defines it (sqlite.org/uri.html), or a URL as libpq
//! defines it (postgresql.org/docs/current/libpq-connect.html).

use std::path::PathBuf;

use rocket::http::RawStr;

use super::error::Error;

/// What a `url` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A database file, by its path.
    Path,
    /// A database file, by a URL.
    FileUrl,
    /// A PostgreSQL server.
    #[cfg(feature = "postgres")]
    Postgres,
}

/// Returns what `url` names, or [`Error::Config`] if it is not allowed.
pub(super) fn kind(url: &str) -> Result<Kind, Error> {
    // The rest of a URL may contain a password.
    let has_secrets = (url.contains("://") || is_postgres(url)) && !url.starts_with("sqlite://");
    let shown = url.split_once(':').filter(|_| has_secrets).map_or(url, |(scheme, _)| scheme);
    let refused = |reason: &str| Err(Error::Config(format!("databases.sessions.url = {shown:?}: {reason}")));
    let decoded = RawStr::new(url).percent_decode_lossy();
    match url {
        "" => refused("allowed is the path of a file, such as \"db.sqlite3\""),
        _ if is_postgres(url) && !url.contains("://") => refused("the URL of a server begins with postgres://"),
        // libpq would take the rest of a password for a host or a port, and say so in its errors.
        _ if is_postgres(url) && !is_escaped(url) => {
            refused("in the user and the password, write % as %25, @ as %40, / as %2F, ? as %3F, # as %23 and [ as %5B")
        }
        #[cfg(feature = "postgres")]
        _ if is_postgres(url) => Ok(Kind::Postgres),
        #[cfg(not(feature = "postgres"))]
        _ if is_postgres(url) => refused(
            "this program was built without PostgreSQL: build it with the feature, `cargo run --features postgres`",
        ),
        // Each connection would get a database of its own.
        _ if decoded.contains(":memory:") || decoded.contains("mode=memory") => {
            refused("sessions need a file, not a database in memory")
        }
        _ if url.starts_with("file:") || url.starts_with("sqlite://") => match path(url).as_os_str().is_empty() {
            true => refused("the path of the file is missing"),
            false => Ok(Kind::FileUrl),
        },
        _ if url.contains("://") => {
            refused("allowed is the path of a file, such as \"db.sqlite3\", or a URL that begins with postgres://")
        }
        _ => Ok(Kind::Path),
    }
}

/// Returns whether `url` names a PostgreSQL server.
pub(super) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres:") || url.starts_with("postgresql:")
}

/// Returns whether a URL of libpq has a user and a password that end where libpq thinks that they end.
fn is_escaped(url: &str) -> bool {
    let (_, rest) = url.split_once("://").unwrap_or_default();
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let user = authority.rsplit_once('@').map_or("", |(user, _)| user);
    let percent = |text: &str| {
        text.split('%').skip(1).all(|it| it.len() > 1 && it.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit))
    };
    !user.contains(['@', '[']) && percent(rest) && !after.contains('@')
}

/// Returns a `url` without a user, a password and parameters, for messages.
pub(super) fn without_secrets(url: &str) -> String {
    match url.split_once("://").filter(|_| is_postgres(url)) {
        Some((scheme, _)) if !is_escaped(url) => format!("{scheme}://…"),
        Some((scheme, rest)) => {
            let rest = rest.split('?').next().unwrap_or_default();
            let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
            format!("{scheme}://{host}")
        }
        None => url.to_owned(),
    }
}

/// Returns the path of the file that `url` names.
pub(super) fn path(url: &str) -> PathBuf {
    let Some(uri) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("file:")) else { return url.into() };
    let uri = match uri.strip_prefix("//") {
        Some(authority) => authority.find('/').map_or("", |slash| &authority[slash..]), // it is empty or `localhost`
        None => uri,
    };
    let path = uri.split(['?', '#']).next().unwrap_or_default();
    RawStr::new(path).percent_decode_lossy().into_owned().into()
}

/// Returns whether SQLite may create the file: yes, unless the URL has another `mode` than `rwc`.
pub(super) fn may_create(url: &str) -> bool {
    matches!(kind(url), Ok(Kind::Path)) || !url.contains("mode=") || url.contains("mode=rwc")
}

/// Returns the real path of a file that exists, and the URL that opens it and never creates one. If somebody has moved the
/// file away, an empty file in its place would hide the loss.
pub(super) fn existing_file(url: &str) -> Result<(PathBuf, String), Error> {
    let refused = |reason| Error::Connect { url: url.into(), reason };
    let file = path(url).canonicalize().map_err(|error| refused(error.to_string()))?;
    let text = file.to_str().ok_or_else(|| refused("its path is not UTF-8".into()))?;
    let escaped = text.replace('%', "%25").replace('?', "%3f").replace('#', "%23");
    let opening = format!("file:{escaped}?mode=rw");
    Ok((file, opening))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn each_form_of_a_url_names_the_file_that_sqlite_opens() {
        for (url, file) in [
            ("db.sqlite3", "db.sqlite3"),
            ("100%.sqlite3", "100%.sqlite3"),
            ("file:db.sqlite3", "db.sqlite3"),
            ("file:/a/db.sqlite3?mode=rw&cache=private", "/a/db.sqlite3"),
            ("file:///a/db%3f.sqlite3#top", "/a/db?.sqlite3"),
            ("file://localhost/a/db.sqlite3", "/a/db.sqlite3"),
            ("sqlite://db.sqlite3", "db.sqlite3"),
            ("sqlite:///a/db.sqlite3", "/a/db.sqlite3"),
        ] {
            assert_eq!(path(url), Path::new(file), "{url}");
        }
    }

    #[test]
    fn a_message_shows_the_server_and_no_password() {
        for (url, shown) in [
            ("postgres://ada:p%40ss@a:1,b:2/db?sslpassword=secret", "postgres://a:1,b:2/db"),
            ("postgresql:///db?host=/tmp&password=secret", "postgresql:///db"),
            ("postgres://ada:p@ss/word@host/db", "postgres://…"),
            ("db@home.sqlite3", "db@home.sqlite3"),
        ] {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn a_password_that_is_not_escaped_is_refused_and_not_shown() {
        for password in ["100%secret", "se/cret", "p@ssword", "sec?ret", "[secret", "s#cret"] {
            let error = kind(&format!("postgres://ada:{password}@host/db")).unwrap_err().to_string();
            assert!(error.contains("%25") && !error.contains(password), "{error}");
        }
        let error = kind("postgres:/ada:secret@host/db").unwrap_err().to_string();
        assert!(error.contains("postgres://") && !error.contains("secret"), "{error}");
        assert!(is_escaped("postgres://ada:p%40ss@a:1,b:2/db?sslmode=require&options=-csearch_path%3Dx"));
        assert!(is_escaped("postgres://tester@localhost:5432/postgres?sslmode=disable"));
    }

    #[test]
    fn sqlite_may_create_the_file_unless_a_mode_forbids_it() {
        for url in ["db.sqlite3", "db?mode=rw", "file:db", "file:db?cache=private", "sqlite://db?mode=rwc"] {
            assert!(may_create(url), "{url}");
        }
        for url in ["file:db?mode=rw", "file:db?cache=private&mode=ro"] {
            assert!(!may_create(url), "{url}");
        }
    }
}
