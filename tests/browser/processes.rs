use std::error::Error;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

pub type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// A host name that the browser resolves to this machine, without knowing that it is this machine.
const OTHER_HOST: &str = "tutorial.test";

/// The real program or one of the tutorial's steps, as a server.
pub struct Server {
    program: Program,
    database: PathBuf,
    _folder: Option<TempDir>,
}

impl Server {
    /// Starts the real program on a new database.
    pub fn start(profile: &str) -> Result<Self> {
        Self::start_with(profile, "{}")
    }

    /// Starts the real program with settings that override the profile's, in the form of `ROCKET_SESSION`.
    pub fn start_with(profile: &str, settings: &str) -> Result<Self> {
        let folder = TempDir::new()?;
        let database = folder.path().join("db.sqlite3");
        let program = start_server(Path::new(TUTORIAL), profile, settings, &database)?;
        Ok(Self { program, database, _folder: Some(folder) })
    }

    /// Starts a program from the folder of the real program, on a database that outlives the server.
    pub fn start_binary(name: &str, database: &Path) -> Result<Self> {
        let program = start_server(&Path::new(TUTORIAL).with_file_name(name), "debug", "{}", database)?;
        Ok(Self { program, database: database.to_owned(), _folder: None })
    }

    /// Types `createsuperuser` in a second terminal.
    pub fn create_superuser(&self, name: &str, password: &str) -> Result {
        let status = command(Path::new(TUTORIAL), "debug", "{}", &self.database)
            .args(["createsuperuser", "--noinput"])
            .env("SUPERUSER_USERNAME", name)
            .env("SUPERUSER_PASSWORD", password)
            .status()?;
        match status.success() {
            true => Ok(()),
            false => Err("createsuperuser has failed".into()),
        }
    }

    pub fn site(&self) -> String {
        format!("http://127.0.0.1:{}", self.program.port)
    }
}

const TUTORIAL: &str = env!("CARGO_BIN_EXE_session_tutorial");

fn start_server(program: &Path, profile: &str, settings: &str, database: &Path) -> Result<Program> {
    let mut command = command(program, profile, settings, database);
    Program::start(&mut command, "Rocket has launched from http://127.0.0.1:")
}

fn command(program: &Path, profile: &str, settings: &str, database: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear() // the caller's own settings for Rocket would change the result
        .env("ROCKET_PROFILE", profile)
        .env("ROCKET_PORT", "0")
        .env("ROCKET_SESSION", settings)
        .env("ROCKET_DATABASES", format!("{{sessions={{url={database:?}}}}}"))
        .env("ROCKET_CLI_COLORS", "false")
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// A Chromium with a driver of its own.
pub struct Browser {
    pub client: Client,
    site: String,
    driver: Driver,
}

impl Browser {
    pub async fn start(server: &Server, profile: &Path) -> Result<Self> {
        let driver = Program::start(Command::new("chromedriver").arg("--port=0"), "started successfully on port ")?;
        // Chromium refuses to run its sandbox as root, the user that runs the tests in a container.
        let arguments = format!(
            "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
             --disable-component-update --disable-sync --hide-scrollbars --user-data-dir={}",
            profile.display()
        );
        let host_rules = format!("--host-resolver-rules=MAP {OTHER_HOST} 127.0.0.1");
        let options = json!({ "args": arguments.split(' ').chain([host_rules.as_str()]).collect::<Vec<_>>() });
        let capabilities = [("goog:chromeOptions".to_owned(), options)].into_iter().collect();
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await?;
        Ok(Self { client, site: server.site(), driver: Driver(driver) })
    }

    /// Uses another server from now on. It gets the same cookies, because cookies do not depend on the port.
    pub fn switch_to(&mut self, site: &str) {
        site.clone_into(&mut self.site);
    }

    /// Opens a page and asserts that its status is 200.
    pub async fn open(&self, path: &str) -> Result {
        self.open_at(&self.site, path, 200).await
    }

    /// Opens a page and asserts its status.
    pub async fn open_expecting(&self, status: u16, path: &str) -> Result {
        self.open_at(&self.site, path, status).await
    }

    /// Opens a page of the same server under a host name that the browser does not know as this machine.
    pub async fn open_at_other_host(&self, path: &str) -> Result {
        self.open_at(&self.site.replace("127.0.0.1", OTHER_HOST), path, 200).await
    }

    async fn open_at(&self, site: &str, path: &str, status: u16) -> Result {
        self.client.goto(&format!("{site}{path}")).await?;
        let status_script = "return performance.getEntriesByType('navigation')[0].responseStatus";
        assert_eq!(self.client.execute(status_script, vec![]).await?, status, "{path}");
        Ok(())
    }

    /// Clicks a link or a button, and waits until the browser has opened `path`, also through a redirect. The page that is
    /// left gets a mark, because it may have the same address.
    pub async fn follow(&self, locator: Locator<'_>, path: &str) -> Result {
        self.client.execute("document.documentElement.id = 'left'", vec![]).await?;
        self.client.find(locator).await?.click().await?;
        self.client.wait().for_url(&format!("{}{path}", self.site).parse()?).await?;
        self.client.wait().for_element(Locator::Css("html:not(#left)")).await?;
        Ok(())
    }

    pub async fn title(&self) -> Result<String> {
        Ok(self.client.title().await?)
    }

    /// Returns the visible text of each element that matches a CSS selector.
    pub async fn texts(&self, selector: &str) -> Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(selector)).await? {
            texts.push(element.text().await?);
        }
        Ok(texts)
    }

    /// Closes the browser as a person would, so that it saves its cookies.
    pub async fn close(self) -> Result {
        self.client.close().await?;
        drop(self.driver);
        Ok(())
    }
}

struct Driver(Program);

impl Drop for Driver {
    /// Shuts the driver down, because a driver that is killed leaves its browser running. Then waits until the driver's
    /// output ends: all processes of Chromium inherit it, so none of them uses the profile any more.
    fn drop(&mut self) {
        let request = TcpStream::connect((Ipv4Addr::LOCALHOST, self.0.port))
            .and_then(|mut stream| stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        if request.is_ok() {
            let _ = self.0.output_end.recv_timeout(Duration::from_secs(30));
        }
    }
}

/// A child process that prints the port on which it listens. It is killed when this is dropped.
struct Program {
    child: Child,
    port: u16,
    output_end: Receiver<()>,
}

impl Program {
    /// Starts the process and waits until it prints `announcement` with its port.
    fn start(command: &mut Command, announcement: &str) -> Result<Self> {
        let name = command.get_program().display().to_string();
        let child = command.stdout(Stdio::piped()).spawn();
        let mut child = child.map_err(|error| format!("{name}: {error}"))?;
        let output = BufReader::new(child.stdout.take().ok_or("no output")?);
        let (sender, output_end) = mpsc::channel();
        let mut program = Self { child, port: 0, output_end };

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
