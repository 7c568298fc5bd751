use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::database::Database;
use crate::server::Server;

/// The executable, and the argument with which it serves.
pub const SERVE: [&str; 2] = [env!("CARGO_BIN_EXE_bench"), "serve"];

/// Where Rocket.toml and the templates are.
pub const PROJECT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A database file and a secret key: servers come and go, the sessions stay.
pub struct Site {
    folder: PathBuf,
    settings: Vec<(&'static str, String)>,
    _temporary: Option<TempDir>,
}

impl Site {
    pub fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().to_owned();
        Self { _temporary: Some(temporary), ..Self::at(&folder) }
    }

    /// In a folder that is somebody else's to remove.
    pub fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), settings: Vec::new(), _temporary: None }
    }

    pub fn set(mut self, name: &'static str, value: &str) -> Self {
        self.settings.push((name, value.to_owned()));
        self
    }

    pub fn file(&self) -> PathBuf {
        self.folder.join("db.sqlite3")
    }

    pub fn wal(&self) -> PathBuf {
        self.folder.join("db.sqlite3-wal")
    }

    pub fn database(&self) -> Database {
        Database::open(&self.file())
    }

    pub fn start(&self) -> Server {
        let mut command = Command::new(SERVE[0]);
        command.arg(SERVE[1]).current_dir(PROJECT);
        self.start_by(command)
    }

    /// For a command that becomes the server in the end.
    pub fn start_by(&self, mut command: Command) -> Server {
        let database = self.file();
        command
            .env_clear() // what the caller has set for Rocket is not what is tested
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_SECRET_KEY", "a2V5IG9mIHRoZSB0ZXN0cywgbm90aGluZyBlbHNlIDE=")
            .env("ROCKET_PORT", "0")
            .env("ROCKET_CLI_COLORS", "false")
            .env("ROCKET_LOG_LEVEL", "normal")
            .env("ROCKET_DATABASES", format!("{{sessions={{url={database:?}}}}}"))
            .env("ROCKET_SESSION", "{cookie_secure=false,auto_migrate=true}")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        Server::start(command)
    }
}
