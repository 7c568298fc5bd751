use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::{env, fs, thread};

use crate::options::Synchronous;
use crate::{Outcome, database};

/// What a server says when it answers, before its port.
pub const LISTENING: &str = "listening on port ";

/// What the environment says to a server.
#[derive(Clone, Debug)]
pub struct Environment {
    pub database: PathBuf,
    /// Cookies are good for all servers that have it.
    pub secret_key: String,
    /// Seconds; 0 is off.
    pub sweep_interval: u32,
    pub synchronous: Option<Synchronous>,
}

impl Environment {
    /// A database that nobody sweeps, and a new key.
    pub fn new(database: PathBuf, synchronous: Option<Synchronous>) -> Outcome<Self> {
        let mut random = [0; 32];
        fs::File::open("/dev/urandom")?.read_exact(&mut random)?;
        let secret_key = random.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { database, secret_key, sweep_interval: 0, synchronous })
    }

    /// This program again, with another command and nothing in its environment that was not meant.
    pub fn command(&self, name: &str) -> Outcome<Command> {
        let database = database::url(&self.database)?;
        let synchronous = self.synchronous.map(|it| format!(",synchronous={:?}", it.name())).unwrap_or_default();
        let mut command = Command::new(env::current_exe()?);
        command
            .arg(name)
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
                format!("{{cookie_secure=false,auto_migrate=true,sweep_interval={}}}", self.sweep_interval),
            )
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("..")); // Rocket.toml and templates
        Ok(command)
    }
}

/// A server in a process of its own, which ends with this value.
#[derive(Debug)]
pub struct Server {
    process: Child,
    pub port: u16,
}

impl Server {
    /// Returns when the server answers.
    pub fn start(environment: &Environment) -> Outcome<Self> {
        let mut process = environment.command("serve")?.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let mut said = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut server = Self { process, port: 0 };
        let mut before = String::new();
        loop {
            let mut line = String::new();
            if said.read_line(&mut line)? == 0 {
                return Err(format!("the server ended before it answered:\n{before}").into());
            }
            if let Some(port) = line.strip_prefix(LISTENING) {
                server.port = port.trim().parse()?;
                break;
            }
            before += &line;
        }
        thread::spawn(move || pass_on(said)); // a full pipe would stop the server
        Ok(server)
    }

    pub fn id(&self) -> i32 {
        self.process.id().cast_signed()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }
}

/// Whatever else the server says is worth reading, but for its goodbyes: when a load's time is over, the requests that
/// are under way are left without an answer.
fn pass_on(said: impl BufRead) {
    const GOODBYES: [&str; 5] =
        ["Rocket has launched", "Connection failed", "Connection reset", "Broken pipe", "Remote left"];

    for line in said.lines().map_while(Result::ok) {
        let worth_reading = line.chars().any(char::is_alphanumeric);
        if worth_reading && !GOODBYES.iter().any(|goodbye| line.contains(goodbye)) {
            eprintln!("server: {line}");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
