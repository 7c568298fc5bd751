use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Url;

use crate::error::Result;
use crate::server::Environment;

/// The folder with the peers' sources.
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

/// A program that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    Ours,
    RustPeer(&'static str),
    Django,
}

impl Program {
    /// All programs. The others are compared with the first.
    pub const ALL: [Self; 4] =
        [Self::Ours, Self::RustPeer("tower_sessions"), Self::RustPeer("rocket_flex_session"), Self::Django];

    /// Returns the name that tables show. It is the name of the program's database, too.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "rocket_diesel_sessions",
            Self::RustPeer(name) => name,
            Self::Django => "django",
        }
    }

    /// Returns the command that starts the server on this port and this database.
    ///
    /// # Errors
    ///
    /// Fails if the program was not built. The error says how to build it.
    pub fn command(self, port: u16, database: &Url) -> Result<Command> {
        let environment = Environment::new(PathBuf::from(database.as_str()), None)?;
        if self == Self::Ours {
            if cfg!(not(feature = "postgres")) {
                return Err("cargo run --release -p bench --features postgres -- peers".into());
            }
            let mut command = environment.command("serve-three-pages")?;
            command.env("ROCKET_PORT", port.to_string());
            return Ok(command);
        }
        let own = env::current_exe()?;
        let target = own.ancestors().nth(2).ok_or("the program is not in a target folder")?;
        let mut command = match self {
            Self::Django => {
                let mut gunicorn = Command::new(target.join("peers-venv/bin/gunicorn"));
                gunicorn.args(["--config", "django_app.py", "django_app:application"]);
                gunicorn
            }
            peer => Command::new(own.with_file_name(peer.name())),
        };
        if !Path::new(command.get_program()).exists() {
            return Err(self.how_to_build(target).into());
        }
        command
            .env_clear()
            .env("PORT", port.to_string())
            .env("DATABASE_URL", database.as_str())
            .env("ROCKET_PROFILE", "release")
            .env("ROCKET_LOG_LEVEL", "off")
            .env("ROCKET_SECRET_KEY", &environment.secret_key)
            .env("SECRET_KEY", &environment.secret_key)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(PEERS);
        Ok(command)
    }

    fn how_to_build(self, target: &Path) -> String {
        let target = target.display();
        match self {
            Self::Django => format!(
                "python3 -m venv {target}/peers-venv && {target}/peers-venv/bin/pip install -r {PEERS}/requirements.txt"
            ),
            _ => format!("cargo build --release --manifest-path {PEERS}/Cargo.toml --target-dir {target}"),
        }
    }
}
