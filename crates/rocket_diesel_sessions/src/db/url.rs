//! The two forms of the setting `url`: the path of a file, or a URL as SQLite defines it (sqlite.org/uri.html).

use std::path::PathBuf;

use rocket::http::RawStr;

use super::error::Error;

/// Returns true if `url` is a path, and false if it is a URL that names a file. Returns [`Error::Config`] for anything
/// else.
pub(super) fn is_path(url: &str) -> Result<bool, Error> {
    // A URL of another database may contain a password, so the error shows the scheme alone.
    let shown = url.split_once("://").filter(|_| !url.starts_with("sqlite://")).map_or(url, |(scheme, _)| scheme);
    let refused = |reason: &str| Err(Error::Config(format!("databases.sessions.url = {shown:?}: {reason}")));
    let decoded = RawStr::new(url).percent_decode_lossy();
    match url {
        "" => refused("allowed is the path of a file, such as \"db.sqlite3\""),
        // Each connection would get a database of its own.
        _ if decoded.contains(":memory:") || decoded.contains("mode=memory") => {
            refused("sessions need a file, not a database in memory")
        }
        _ if url.starts_with("file:") || url.starts_with("sqlite://") => match path(url).as_os_str().is_empty() {
            true => refused("the path of the file is missing"),
            false => Ok(false),
        },
        _ if url.contains("://") => {
            refused("this program supports SQLite only; write the path of a file, such as \"db.sqlite3\"")
        }
        _ => Ok(true),
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
    is_path(url).unwrap_or(false) || !url.contains("mode=") || url.contains("mode=rwc")
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
    fn sqlite_may_create_the_file_unless_a_mode_forbids_it() {
        for url in ["db.sqlite3", "db?mode=rw", "file:db", "file:db?cache=private", "sqlite://db?mode=rwc"] {
            assert!(may_create(url), "{url}");
        }
        for url in ["file:db?mode=rw", "file:db?cache=private&mode=ro"] {
            assert!(!may_create(url), "{url}");
        }
    }
}
