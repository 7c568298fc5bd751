use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

pub type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Leads to the server, too.
const ELSEWHERE: &str = "tutorial.test";

/// The real program, on a database of its own, or one of the tutorial's steps.
pub struct Server {
    program: Program,
    _database: Option<TempDir>,
}

impl Server {
    pub fn start(profile: &str) -> Result<Self> {
        Self::start_with(profile, "{}")
    }

    /// With other settings than the profile's, in the form of `ROCKET_SESSION`.
    pub fn start_with(profile: &str, settings: &str) -> Result<Self> {
        let database = TempDir::new()?;
        let program = Path::new(env!("CARGO_BIN_EXE_session_tutorial"));
        let program = serve(program, profile, settings, &database.path().join("db.sqlite3"))?;
        Ok(Self { program, _database: Some(database) })
    }

    /// What cargo has built beside the program, or the program itself, on a database that outlives it.
    pub fn beside(name: &str, database: &Path) -> Result<Self> {
        let program = Path::new(env!("CARGO_BIN_EXE_session_tutorial")).with_file_name(name);
        Ok(Self { program: serve(&program, "debug", "{}", database)?, _database: None })
    }

    pub fn site(&self) -> String {
        format!("http://127.0.0.1:{}", self.program.port)
    }
}

fn serve(program: &Path, profile: &str, settings: &str, database: &Path) -> Result<Program> {
    let mut command = Command::new(program);
    command
        .env_clear() // what the caller has set for Rocket is not what is tested
        .env("ROCKET_PROFILE", profile)
        .env("ROCKET_PORT", "0")
        .env("ROCKET_SESSION", settings)
        .env("ROCKET_DATABASES", format!("{{sessions={{url={database:?}}}}}"))
        .env("ROCKET_CLI_COLORS", "false")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    Program::start(&mut command, "Rocket has launched from http://127.0.0.1:")
}

/// A Chromium, and a driver for it alone: when the driver's output ends, the browser has let go of its profile.
pub struct Browser {
    pub window: Client,
    site: String,
    driver: Driver,
}

impl Browser {
    pub async fn start(server: &Server, profile: &Path) -> Result<Self> {
        let driver = Program::start(Command::new("chromedriver").arg("--port=0"), "started successfully on port ")?;
        // No sandbox, because Chromium has none for root, who runs the tests in a container.
        let arguments = format!(
            "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
             --disable-component-update --disable-sync --hide-scrollbars --user-data-dir={}",
            profile.display()
        );
        let names = format!("--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1");
        let options = json!({ "args": arguments.split(' ').chain([names.as_str()]).collect::<Vec<_>>() });
        let wanted = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let window = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await?;
        Ok(Self { window, site: server.site(), driver: Driver(driver) })
    }

    /// From now on with another server, as when the reader starts the next step. Cookies don't know of ports.
    pub fn turn_to(&mut self, site: &str) {
        site.clone_into(&mut self.site);
    }

    pub async fn open(&self, path: &str) -> Result {
        self.open_at(&self.site, path, 200).await
    }

    /// A page that answers with that status.
    pub async fn open_for(&self, status: u16, path: &str) -> Result {
        self.open_at(&self.site, path, status).await
    }

    /// The same server by a name that is not this machine's own to a browser.
    pub async fn open_elsewhere(&self, path: &str) -> Result {
        self.open_at(&self.site.replace("127.0.0.1", ELSEWHERE), path, 200).await
    }

    async fn open_at(&self, site: &str, path: &str, status: u16) -> Result {
        self.window.goto(&format!("{site}{path}")).await?;
        let answered = "return performance.getEntriesByType('navigation')[0].responseStatus";
        assert_eq!(self.window.execute(answered, vec![]).await?, status, "{path}");
        Ok(())
    }

    /// Clicks what leads to a page, and waits until the browser is there: a form has its answer first.
    pub async fn follow(&self, what: Locator<'_>, path: &str) -> Result {
        self.window.find(what).await?.click().await?;
        Ok(self.window.wait().for_url(&format!("{}{path}", self.site).parse()?).await?)
    }

    pub async fn title(&self) -> Result<String> {
        Ok(self.window.title().await?)
    }

    pub async fn texts(&self, selector: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.window.find_all(Locator::Css(selector)).await? {
            texts.push(element.text().await?);
        }
        Ok(texts)
    }

    /// As a person closes it, so that it writes its cookies down.
    pub async fn close(self) -> Result {
        self.window.close().await?;
        drop(self.driver);
        Ok(())
    }
}

struct Driver(Program);

impl Drop for Driver {
    /// Also after a failed test: a driver that is killed leaves its browser running. Chromium's processes inherit the
    /// driver's output, and some outlive the first one: none is left when it ends.
    fn drop(&mut self) {
        let asked = TcpStream::connect((Ipv4Addr::LOCALHOST, self.0.port))
            .and_then(|mut stream| stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        if asked.is_ok() {
            let _ = self.0.silence.recv_timeout(Duration::from_secs(30));
        }
    }
}

/// A child process that says on its output at which port it listens, and is killed on drop.
struct Program {
    child: Child,
    port: u16,
    silence: Receiver<()>,
}

impl Program {
    fn start(command: &mut Command, announcement: &str) -> Result<Self> {
        let name = command.get_program().display().to_string();
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{name}: {error}"))?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (sender, silence) = mpsc::channel();
        let mut program = Self { child, port: 0, silence };

        let mut lines = output.lines().map_while(io::Result::ok).inspect(|line| println!("{line}"));
        let announced = lines.find_map(|line| line.split_once(announcement)?.1.trim_end_matches('.').parse().ok());
        program.port = announced.ok_or(format!("{name} has not started"))?;
        thread::spawn(move || {
            lines.for_each(drop); // a full pipe would block the program
            sender.send(())
        });
        Ok(program)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill().and_then(|()| self.child.wait());
    }
}
