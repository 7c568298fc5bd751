use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::database::connection;
use crate::error::Result;
use crate::options::Synchronous;

/// The configuration of a child process, which it gets in environment variables.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The database file, or the URL of a PostgreSQL database.
    pub database: PathBuf,
    /// Servers with the same secret key accept each other's cookies.
    pub secret_key: String,
    /// In seconds. 0 turns the sweeper off.
    pub sweep_interval: u32,
    pub synchronous: Option<Synchronous>,
}

impl Environment {
    /// Returns a configuration with a new secret key and without a sweeper.
    pub fn new(database: PathBuf, synchronous: Option<Synchronous>) -> Result<Self> {
        let mut random = [0; 32];
        fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let secret_key = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { database, secret_key, sweep_interval: 0, synchronous })
    }

    /// Returns this program as a command that runs `subcommand`. The child process inherits no environment variables.
    pub fn command(&self, subcommand: &str) -> Result<Command> {
        let database = connection::url(&self.database)?;
        let synchronous = self.synchronous.map(|it| format!(",synchronous={:?}", it.name())).unwrap_or_default();
        let mut command = Command::new(env::current_exe()?);
        command
            .arg(subcommand)
            .env_clear()
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_LOG_LEVEL", "critical")
            .env("ROCKET_CLI_COLORS", "false")
            .env("ROCKET_ADDRESS", "127.0.0.1")
            .env("ROCKET_PORT", "0")
            .env("ROCKET_SECRET_KEY", &self.secret_key)
            .env("ROCKET_DATABASES", format!("{{sessions={{url={database:?}{synchronous}}}}}"))
            .env(
                "ROCKET_SESSION",
                format!(
                    "{{cookie_secure=false,cookie_name=\"sessionid\",auto_migrate=true,sweep_interval={}}}",
                    self.sweep_interval
                ),
            )
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")); // contains Rocket.toml and templates/
        Ok(command)
    }
}
