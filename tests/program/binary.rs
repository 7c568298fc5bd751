use std::process::Command;

use tempfile::TempDir;

/// A secret key that is nobody's.
pub const OWN_KEY: &str = "a2V5IG9mIHRoZSB0ZXN0cywgbm90aGluZyBlbHNlIDE=";

/// The real program, where it ends by itself. (Where it serves, the browser's tests run it.)
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

    pub fn database(&self) -> String {
        self.folder.path().join("db.sqlite3").to_str().unwrap().to_owned()
    }

    /// The exit status, and all that it said.
    pub fn run(&self, arguments: &[&str]) -> (i32, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_session_tutorial"))
            .args(arguments)
            .env_clear() // what the caller has set for Rocket is not what is tested
            .env("ROCKET_PROFILE", &self.profile)
            .env("ROCKET_CLI_COLORS", "false")
            .env("ROCKET_PORT", "0")
            .env("DATABASE_URL", self.database())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code().unwrap(), String::from_utf8(said).unwrap())
    }
}
