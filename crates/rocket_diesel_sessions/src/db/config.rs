use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::connection::Instrumentation;
use rocket::figment::Figment;
use rocket::figment::value::magic::RelativePathBuf;
use rocket::serde::Deserialize;

use super::error::Error;
use super::instruments::Instruments;
use super::synchronous::Synchronous;
use super::url::{self, Kind};
use crate::error_text::describe;

const TABLE: &str = "databases.sessions";

/// The settings of the database: the table `[default.databases.sessions]` of Rocket.toml, in the form that Rocket's
/// database pools use.
#[derive(Clone)]
#[non_exhaustive]
pub struct Config {
    /// The path of the database file, a URL as SQLite defines it, or with the feature `postgres` the URL of a server, such
    /// as `postgres://user:password@host/database?sslmode=verify-full`, in which everything is allowed that libpq
    /// understands. In Rocket.toml, a relative path counts from the folder of Rocket.toml.
    pub url: String,
    /// How many closures of [`Database::read`](super::Database::read), and on a server those that write too, run at the
    /// same time. Lookups of single rows don't count. For a file, at least twice this many connections stay open. To a
    /// server there are up to three more than this, opened when they are needed; all instances together must stay below its
    /// `max_connections`. Allowed: 1 to 1000. Default: 8.
    pub pool_size: u32,
    /// How long a request waits for a connection or for a place in the queue of the writer, and then for a lock of
    /// another program, before it fails with 503. Each of the two waits may take this long. To a server, this is also the
    /// limit for opening a connection (2 seconds at least) and for data that the other side does not confirm, unless the
    /// `url` has `connect_timeout` and `tcp_user_timeout`. Allowed: 1 millisecond to 1000 seconds, in Rocket.toml whole
    /// seconds. Default: 5 seconds.
    pub timeout: Duration,
    /// What a committed change survives. Default: [`Synchronous::Full`], so it survives a power failure, on a server as its
    /// setting `synchronous_commit` says.
    pub synchronous: Synchronous,
    pub(crate) instruments: Option<Instruments>,
}

impl Config {
    /// Returns the settings for the database at `url`, with the defaults. Opens and checks nothing.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            pool_size: 8,
            timeout: Duration::from_secs(5),
            synchronous: Synchronous::Full,
            instruments: None,
        }
    }

    /// Gives each connection an instrumentation that `make` returns, instead of Diesel's default one. It also sees the
    /// statements of the database itself, for example pragmas. If it panics after a commit has succeeded, the write
    /// returns [`Error::Stopped`] although the changes are saved.
    ///
    /// A query that Diesel passes to an instrumentation prints its values too. Visitors have entered them, so take care
    /// who can read them.
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

    /// Checks whether the database file is missing. [`Database::connect`](super::Database::connect) would create it.
    /// Returns false if the `url` names a server, or if it is not allowed.
    pub fn is_missing(&self) -> bool {
        matches!(url::kind(&self.url), Ok(Kind::Path | Kind::FileUrl)) && !self.path().exists()
    }

    /// Returns whether the `url` names a PostgreSQL server.
    pub(crate) fn is_postgres(&self) -> bool {
        url::is_postgres(&self.url)
    }

    /// Returns the path of the database file. If the `url` is a URL, the path in it.
    pub fn path(&self) -> PathBuf {
        url::path(&self.url)
    }

    /// Returns the `url` for messages: without a user, a password and parameters.
    pub(crate) fn shown_url(&self) -> String {
        url::without_secrets(&self.url)
    }

    /// Returns the folder of the database file if it does not exist.
    pub(crate) fn missing_folder(&self) -> Option<PathBuf> {
        let path = self.path();
        let folder = path.parent().filter(|folder| *folder != Path::new("") && !folder.exists())?;
        Some(folder.to_owned())
    }

    /// Reads `databases.sessions` from a figment, and checks it.
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
    /// Returns [`Error::Config`] if a value is missing, unknown or not allowed. The message names it.
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
            let advice = "add [default.databases.sessions] to Rocket.toml and, under it, url = \"db.sqlite3\"";
            return Err(Error::Config(format!("no database is configured: {advice}")));
        }
        let raw: Raw = figment.extract_inner(TABLE).map_err(|error| Error::Config(describe(TABLE, error)))?;
        let written = raw.url.original().to_string_lossy().into_owned();
        let url = match url::kind(&written)? {
            Kind::Path => raw.url.relative().to_string_lossy().into_owned(),
            _ => written,
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

    /// Returns [`Error::Config`] if `pool_size` or `timeout` is out of range.
    pub(super) fn check(&self) -> Result<(), Error> {
        let refuse = |name, value: &dyn Display, allowed| {
            Err(Error::Config(format!("{TABLE}.{name} = {value}: allowed is {allowed}")))
        };
        if !(1..=1000).contains(&self.pool_size) {
            return refuse("pool_size", &self.pool_size, "1 to 1000");
        }
        // SQLite has the timeout in milliseconds, as a C `int`.
        if !(Duration::from_millis(1)..=Duration::from_secs(1000)).contains(&self.timeout) {
            return refuse("timeout", &self.timeout.as_secs_f64(), "0.001 to 1000 seconds; in Rocket.toml, 1 to 1000");
        }
        Ok(())
    }
}

/// Shows no password.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").field("url", &self.shown_url()).finish_non_exhaustive()
    }
}
