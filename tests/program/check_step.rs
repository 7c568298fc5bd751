//! The commands `start-step` and `check-step`, for each chapter in which the reader writes a program.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use diesel::prelude::*;
use rocket::fairing::AdHoc;
use rocket::figment::Figment;
use rocket::figment::providers::{Format, Toml};
use rocket::tokio::sync::oneshot;
use rocket::{Config, Shutdown};
use session_tutorial::schema::sessions;
use tempfile::TempDir;

/// Includes the programs that the reader has after the chapters, because their functions `rocket` are private.
macro_rules! steps {
    ($($name:ident)*) => {
        $(
            #[allow(dead_code)] // the function `main` that #[launch] generates
            mod $name {
                include!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/", stringify!($name), ".rs"));

                pub fn app() -> rocket::Rocket<rocket::Build> {
                    rocket()
                }
            }
        )*

        const STEPS: [fn() -> rocket::Rocket<rocket::Build>; 6] = [$($name::app),*];
    };
}

steps!(step_0 step_1 step_2 step_3 step_4 step_5);

/// A program of the reader as a server, with a database of its own. It is stopped when this is dropped.
struct Server {
    port: u16,
    folder: TempDir,
    shutdown: Shutdown,
}

impl Server {
    async fn start(number: usize) -> Self {
        let folder = TempDir::new().unwrap();
        let figment = Figment::from(Config::default()).merge(Toml::file("Rocket.toml").nested()).select("debug");
        let figment = figment
            .merge(("log_level", "off"))
            .merge(("port", 0))
            .merge(("databases.sessions.url", folder.path().join("db.sqlite3")));
        let (sender, receiver) = oneshot::channel();
        let rocket = STEPS[number]().configure(figment).attach(AdHoc::on_liftoff("Port", |rocket| {
            Box::pin(async move { sender.send((rocket.config().port, rocket.shutdown())).unwrap() })
        }));
        rocket::tokio::spawn(rocket.launch());
        let (port, shutdown) = receiver.await.unwrap();
        Self { port, folder, shutdown }
    }

    fn database(&self) -> String {
        self.folder.path().join("db.sqlite3").to_str().unwrap().to_owned()
    }

    /// Types `check-step` with these arguments. Returns whether everything is right, and what was printed.
    fn check(&self, arguments: &[&str]) -> (bool, String) {
        self.run(&[&["check-step"], arguments].concat())
    }

    fn run(&self, arguments: &[&str]) -> (bool, String) {
        let environment = [("ROCKET_PORT", self.port.to_string()), ("DATABASE_URL", self.database())];
        run(Path::new(env!("CARGO_MANIFEST_DIR")), arguments, &environment)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.clone().notify();
    }
}

fn run(folder: &Path, arguments: &[&str], environment: &[(&str, String)]) -> (bool, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_session_tutorial"));
    command.args(arguments).env_clear().env("ROCKET_PROFILE", "debug").current_dir(folder);
    let output = command.envs(environment.iter().map(|(name, value)| (name, value))).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[rocket::async_test]
async fn each_step_is_right_with_its_own_program_and_incomplete_with_the_one_before() {
    for number in 1..=5 {
        let server = Server::start(number).await;
        let (is_right, printed) = server.check(&[&number.to_string()]);
        assert!(is_right && !printed.contains("missing"), "{printed}");

        let before = Server::start(number - 1).await;
        before.run(&["migrate"]); // the first program of the reader has no database
        let (is_right, printed) = before.check(&[&number.to_string()]);
        assert!(!is_right && printed.contains("missing"), "{printed}");
        assert!(printed.contains(&format!("in docs/tutorial/{number}-")), "{printed}");
    }
}

#[rocket::async_test]
async fn every_exercise_is_incomplete_with_the_program_of_its_chapter() {
    for number in 1..=6 {
        let server = Server::start(number.min(5)).await;
        let (is_right, printed) = server.check(&[&number.to_string(), "--exercise"]);
        assert!(!is_right && printed.contains("See \"Exercise\" in docs/tutorial/"), "{printed}");
    }
}

#[test]
fn every_place_that_is_named_is_a_heading_of_its_chapter() {
    let claims = fs::read_to_string("src/steps/claims.rs").unwrap();
    let mut places = 0;
    for part in claims.split("const STEP_").skip(1) {
        let number = &part[..1];
        let chapter = fs::read_dir("docs/tutorial").unwrap().map(|entry| entry.unwrap().path());
        let chapter =
            chapter.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with(&format!("{number}-")));
        let chapter = fs::read_to_string(chapter.last().unwrap()).unwrap();
        for place in part.split("section: \"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(chapter.contains(&format!("\n## {place}\n")), "chapter {number} has no section {place:?}");
            places += 1;
        }
    }
    assert!(places > 10, "{places}");
}

#[rocket::async_test]
async fn the_rows_of_the_checks_are_deleted() {
    let server = Server::start(5).await;
    for number in 1..=6 {
        server.check(&[&number.to_string()]);
    }
    let mut conn = SqliteConnection::establish(&server.database()).unwrap();
    let rows: i64 = sessions::table.count().get_result(&mut conn).unwrap();
    assert_eq!(rows, 0);
}

#[rocket::async_test]
async fn without_a_server_the_check_says_where_it_has_looked() {
    let mut server = Server::start(1).await;
    server.port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port(); // closed again at once
    let (is_right, printed) = server.check(&["1"]);
    let message = format!("no server answers at http://127.0.0.1:{}", server.port);
    assert!(!is_right && printed.contains(&message), "{printed}");
}

#[test]
fn start_step_writes_the_program_and_keeps_what_the_reader_has_written() {
    let folder = TempDir::new().unwrap();
    let (is_right, printed) = run(folder.path(), &["start-step", "1"], &[]);
    assert!(!is_right && printed.contains("no folder `playground`"), "{printed}");

    let source = folder.path().join("playground/src");
    fs::create_dir(folder.path().join("playground")).unwrap();
    for number in 1..=6 {
        let (is_right, printed) = run(folder.path(), &["start-step", &number.to_string()], &[]);
        assert!(is_right && !printed.contains("What you had written"), "{printed}");
        let example = fs::read_to_string(format!("examples/step_{}.rs", number - 1)).unwrap();
        assert_eq!(fs::read_to_string(source.join("main.rs")).unwrap(), example);
    }
    for number in 1..=2 {
        let mine = [b"mine \xff", number.to_string().as_bytes()].concat(); // not UTF-8
        fs::write(source.join("main.rs"), &mine).unwrap();
        let (_, printed) = run(folder.path(), &["start-step", "2"], &[]);
        assert!(printed.contains(&format!("What you had written is in playground/src/kept_{number}.rs.")), "{printed}");
        assert_eq!(fs::read(source.join(format!("kept_{number}.rs"))).unwrap(), mine);
    }
}
