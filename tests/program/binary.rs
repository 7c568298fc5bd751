use std::process::Command;

use tempfile::TempDir;

/// A secret key that is used nowhere else.
pub const OWN_KEY: &str = "a2V5IG9mIHRoZSB0ZXN0cywgbm90aGluZyBlbHNlIDE=";

/// The real program, for runs that end by themselves. (`tests/browser` runs it as a server.)
pub struct Program {
    profile: String,
    environment: Vec<(String, String)>,
    folder: TempDir,
}

impl Program {
    pub fn new(profile: &str) -> Self {
        Self { profile: profile.into(), environment: Vec::new(), folder: tempfile::tempdir().unwrap() }
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Returns the path of the database file, which may not exist yet.
    pub fn database(&self) -> String {
        self.folder.path().join("db.sqlite3").to_str().unwrap().to_owned()
    }

    /// Runs the program until it ends, and returns its exit status and everything that it printed.
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_session_tutorial"))
            .args(arguments)
            .env_clear() // the caller's own settings for Rocket would change the result
            .env("ROCKET_PROFILE", &self.profile)
            .env("ROCKET_CLI_COLORS", "false")
            .env("ROCKET_PORT", "0")
            .env("DATABASE_URL", self.database())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(printed).unwrap())
    }
}
