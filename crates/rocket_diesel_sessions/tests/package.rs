//! The package, as an application outside this workspace gets it.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::{env, fs};

use tempfile::TempDir;

#[test]
#[ignore = "needs the package: cargo package -p rocket_diesel_sessions"]
fn an_application_outside_this_workspace_counts_visits_with_the_package() {
    let folder = TempDir::new().unwrap();
    let application = make_application(folder.path());
    let status = Command::new(env!("CARGO"))
        .args(["build", "--offline"])
        .current_dir(&application)
        .env("CARGO_TARGET_DIR", target()) // the verification of the package has built the dependencies there
        .status()
        .unwrap();
    assert!(status.success());

    let server = Server::start(&application);
    let first = server.get("");
    assert!(first.ends_with("You were here 1 times.\n"), "{first}");
    let cookie = first.split("sessionid=").nth(1).unwrap().split(';').next().unwrap();
    let second = server.get(&format!("Cookie: sessionid={cookie}\r\n"));
    assert!(second.ends_with("You were here 2 times.\n"), "{second}");
}

/// Makes the application of the guide `docs/use-in-your-app.md`, on the package instead of the clone.
fn make_application(folder: &Path) -> PathBuf {
    let package = target().join("package").join(concat!("rocket_diesel_sessions-", env!("CARGO_PKG_VERSION")));
    assert!(package.is_dir(), "type `cargo package -p rocket_diesel_sessions` first");
    let guide = fs::read_to_string(workspace().join("docs/use-in-your-app.md")).unwrap();
    let block = |language: &str, number: usize| {
        let blocks = guide.split(&format!("```{language}\n")).nth(number + 1).expect(language);
        blocks.split("```").next().unwrap().to_owned()
    };
    let dependencies = block("toml", 0);
    let path = dependencies.split("path = \"").nth(1).unwrap().split('"').next().unwrap();
    let dependencies = dependencies.replace(path, package.to_str().unwrap());
    let manifest = format!("[package]\nname = \"counter\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}");

    let application = folder.join("counter");
    fs::create_dir_all(application.join("src")).unwrap();
    fs::write(application.join("Cargo.toml"), manifest).unwrap();
    fs::write(application.join("Rocket.toml"), block("toml", 1)).unwrap();
    fs::write(application.join("src/main.rs"), block("rust,no_run", 0)).unwrap();
    // The versions that the workspace was tested with.
    fs::copy(workspace().join("Cargo.lock"), application.join("Cargo.lock")).unwrap();
    application
}

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_owned()
}

/// The running application. It ends with this value.
struct Server {
    process: Child,
    address: String,
    /// The log of the application, which has to stay open.
    _log: Lines<BufReader<ChildStdout>>,
}

impl Server {
    fn start(application: &Path) -> Self {
        let mut process = Command::new(target().join("debug/counter"))
            .current_dir(application)
            .envs([("ROCKET_PROFILE", "debug"), ("ROCKET_PORT", "0"), ("ROCKET_CLI_COLORS", "false")])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap()).lines();
        let launched =
            log.by_ref().map(Result::unwrap).find(|line| line.contains("launched from")).expect("it launches");
        let address = launched.split("http://").nth(1).unwrap().trim().to_owned();
        Self { process, address, _log: log }
    }

    /// Requests the page `/` and returns the whole response.
    fn get(&self, headers: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}
