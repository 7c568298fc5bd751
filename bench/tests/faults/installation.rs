use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::database::Database;
use crate::server::Server;

/// The program and the argument that start a server.
pub const SERVE: [&str; 2] = [env!("CARGO_BIN_EXE_bench"), "serve"];

/// The folder that contains Rocket.toml and the templates.
pub const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A database file and settings from which servers are started, one after the other. The sessions outlive the servers.
pub struct Installation {
    folder: PathBuf,
    settings: Vec<(&'static str, String)>,
    _temporary: Option<TempDir>,
}

impl Installation {
    /// Creates an installation in a temporary folder. The folder is deleted when this value is dropped.
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_owned();
        Self { _temporary: Some(temporary), ..Self::at(&folder) }
    }

    /// Creates an installation in an existing folder, which the caller deletes.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), settings: Vec::new(), _temporary: None }
    }

    /// Sets an environment variable for the servers.
    pub fn set(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    /// Returns the path of the database file.
    pub fn file(&self) -> PathBuf {
        self.folder.join("db.sqlite3")
    }

    /// Returns the path of the database's write-ahead log.
    pub fn wal(&self) -> PathBuf {
        self.folder.join("db.sqlite3-wal")
    }

    /// Opens the database from this process.
    pub fn database(&self) -> Database {
        Database::open(&self.file())
    }

    /// Starts a server.
    pub fn start(&self) -> Server {
        let mut command = Command::new(SERVE[0]);
        command.arg(SERVE[1]).current_dir(PROJECT);
        self.start_with(command)
    }

    /// Starts a server with a command of the caller's own.
    pub fn start_with(&self, mut command: Command) -> Server {
        let database = self.file();
        command
            .env_clear() // settings from the caller's environment must not affect the tests
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_SECRET_KEY", "a2V5IG9mIHRoZSB0ZXN0cywgbm90aGluZyBlbHNlIDE=")
            .env("ROCKET_PORT", "0")
            .env("ROCKET_CLI_COLORS", "false")
            .env("ROCKET_LOG_LEVEL", "normal")
            .env("ROCKET_DATABASES", format!("{{sessions={{url={database:?}}}}}"))
            .env("ROCKET_SESSION", r#"{cookie_secure=false,cookie_name="sessionid",auto_migrate=true}"#)
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        Server::start(command)
    }
}
