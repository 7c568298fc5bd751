use std::fmt::Display;
use std::path::PathBuf;
use std::time::Duration;

use diesel::connection::Instrumentation;
use rocket::figment::Figment;
use rocket::figment::value::magic::RelativePathBuf;
use rocket::serde::Deserialize;

use super::error::Error;
use super::instruments::Instruments;
use super::synchronous::Synchronous;
use super::url;
use crate::error_text::describe;

const TABLE: &str = "databases.sessions";

/// `[default.databases.sessions]` of Rocket.toml, in the form that Rocket's database pools use.
///
/// ```
/// use rocket_diesel_sessions::db::Config;
///
/// let config = Config::new("db.sqlite3");
/// assert_eq!(config.timeout.as_secs(), 5);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Config {
    /// The database file. In Rocket.toml, a relative path counts from that file's folder.
    pub url: String,
    /// How many queries run at the same time beside the lookups of single rows, which need no place; so many
    /// connections of two kinds are kept open. Default: 8.
    pub pool_size: u32,
    /// How long a request waits for a connection or for a place in the writer's queue, and one that has it for another
    /// program's lock, before the answer is 503; so long for each of them. Default: 5 seconds.
    pub timeout: Duration,
    /// When a commit has answered, what it survives. Default: `"full"`, all.
    pub synchronous: Synchronous,
    pub(crate) instruments: Option<Instruments>,
}

impl Config {
    /// The database at `url`, with the defaults.
    ///
    /// ```
    /// use rocket_diesel_sessions::db::Config;
    ///
    /// let config = Config::new("db.sqlite3");
    /// assert_eq!((config.url.as_str(), config.pool_size), ("db.sqlite3", 8));
    /// ```
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            pool_size: 8,
            timeout: Duration::from_secs(5),
            synchronous: Synchronous::Full,
            instruments: None,
        }
    }

    /// Has each connection begin with an instrumentation that `make` makes, in the place of Diesel's default one. It
    /// sees the database's own statements too, the pragmas for example. Where it panics when a commit has just
    /// succeeded, the answer is [`Error::Stopped`] all the same.
    ///
    /// A query's text that Diesel gives to it ends with the values. Here they are what visitors entered: think of who
    /// reads it.
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("db.sqlite3");
    /// # let url = path.to_str().unwrap();
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use diesel::connection::InstrumentationEvent;
    /// use rocket_diesel_sessions::db::{Config, Database};
    ///
    /// let queries = Arc::new(AtomicUsize::new(0));
    /// let counter = queries.clone();
    /// let config = Config::new(url).instrument(move || {
    ///     let counter = counter.clone();
    ///     Box::new(move |event: InstrumentationEvent<'_>| {
    ///         if let InstrumentationEvent::StartQuery { .. } = event {
    ///             counter.fetch_add(1, Ordering::Relaxed);
    ///         }
    ///     })
    /// });
    /// Database::connect(&config)?.migrate(&rocket_diesel_sessions::MIGRATIONS)?;
    /// assert!(queries.load(Ordering::Relaxed) > 0);
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(())
    /// ```
    pub fn instrument(self, make: impl Fn() -> Box<dyn Instrumentation> + Send + Sync + 'static) -> Self {
        Self { instruments: Some(Instruments::new(make)), ..self }
    }

    /// Whether the database's file is not there. Connecting would make it.
    ///
    /// ```
    /// use rocket_diesel_sessions::db::Config;
    ///
    /// assert!(Config::new("/no/such/file.sqlite3").is_missing());
    /// assert!(Config::new("sqlite:///no/such/file.sqlite3").is_missing());
    /// ```
    pub fn is_missing(&self) -> bool {
        url::is_path(&self.url).is_ok() && !self.path().exists()
    }

    /// Where the database's file is, in whatever form the url says so.
    ///
    /// ```
    /// use std::path::Path;
    /// use rocket_diesel_sessions::db::Config;
    ///
    /// assert_eq!(Config::new("file:my%20sessions.sqlite3?mode=rw").path(), Path::new("my sessions.sqlite3"));
    /// ```
    pub fn path(&self) -> PathBuf {
        url::path(&self.url)
    }

    /// Reads and checks `databases.sessions`.
    ///
    /// ```
    /// use rocket::figment::Figment;
    /// use rocket::figment::providers::{Format, Toml};
    /// use rocket_diesel_sessions::db::Config;
    ///
    /// let figment = Figment::from(Toml::string("databases.sessions = { url = 'file:db.sqlite3', timeout = 1 }"));
    /// assert_eq!(Config::extract(&figment)?.timeout.as_secs(), 1);
    /// assert!(Config::extract(&Figment::new()).is_err());
    /// # Ok::<_, rocket_diesel_sessions::db::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Config`] names the value that is missing or not allowed.
    pub fn extract(figment: &Figment) -> Result<Self, Error> {
        #[derive(Deserialize)]
        #[serde(crate = "rocket::serde", deny_unknown_fields)]
        struct Raw {
            url: RelativePathBuf,
            pool_size: Option<u32>,
            timeout: Option<u32>,
            synchronous: Option<Synchronous>,
        }

        if !figment.contains(TABLE) {
            let example = "write [default.databases.sessions] and, under it, url = \"db.sqlite3\" into Rocket.toml";
            return Err(Error::Config(format!("no database is configured: {example}")));
        }
        let raw: Raw = figment.extract_inner(TABLE).map_err(|error| Error::Config(describe(TABLE, error)))?;
        let written = raw.url.original().to_string_lossy().into_owned();
        let url = match url::is_path(&written)? {
            true => raw.url.relative().to_string_lossy().into_owned(),
            false => written,
        };
        let defaults = Self::new(&url);
        let config = Self {
            pool_size: raw.pool_size.unwrap_or(defaults.pool_size),
            timeout: raw.timeout.map_or(defaults.timeout, |seconds| Duration::from_secs(seconds.into())),
            synchronous: raw.synchronous.unwrap_or_default(),
            ..defaults
        };
        config.check()?;
        Ok(config)
    }

    /// Whether the numbers are such that requests can be served.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |name, value: &dyn Display, allowed| {
            Err(Error::Config(format!("{TABLE}.{name} = {value}: allowed is {allowed}")))
        };
        if !(1..=1000).contains(&self.pool_size) {
            return refuse("pool_size", &self.pool_size, "1 to 1000");
        }
        // SQLite counts milliseconds, with an int.
        if !(Duration::from_millis(1)..=Duration::from_secs(1000)).contains(&self.timeout) {
            return refuse("timeout", &self.timeout.as_secs_f64(), "0.001 to 1000 seconds; in Rocket.toml, 1 to 1000");
        }
        Ok(())
    }
}
