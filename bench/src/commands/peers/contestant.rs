use std::cell::Cell;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use reqwest::header::COOKIE;

use super::programs::Program;
use crate::database::postgres::Postgres;
use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::{Audience, Measured, ProcessUsage, RequestKind, Sample, visitors};
use crate::server::three_pages;

/// A running server with its own database and its visitors.
#[derive(Debug)]
pub struct Contestant<'a> {
    pub program: Program,
    postgres: &'a Postgres,
    process: ServerProcess,
    url: String,
    audience: Audience,
    /// How many requests were answered that have to save a session.
    saves: Cell<u64>,
}

impl<'a> Contestant<'a> {
    /// Starts a program, checks its answers, and creates sessions for `visitors` visitors.
    ///
    /// Returns nothing if the program was not built.
    pub fn start(
        program: Program,
        postgres: &'a Postgres,
        visitors: usize,
        threads: u32,
        folder: &RunFolder,
    ) -> Result<Option<Self>> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let database = postgres.create_database(program.name())?;
        let mut command = match program.command(port, &database) {
            Ok(command) => command,
            Err(error) => {
                println!("without {}. To build it:\n  {error}\n", program.name());
                return Ok(None);
            }
        };
        let mut process = ServerProcess(command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?);
        let url = format!("http://127.0.0.1:{port}");
        process.wait_until_ready(&url)?;
        check_answers(&url).map_err(|error| format!("{}: {error}", program.name()))?;
        let cookies = visitors::create_sessions(&url, visitors)?;
        let audience = Audience::new(&folder.path(program.name()), &cookies, threads)?;
        Ok(Some(Self { program, postgres, process, url, audience, saves: Cell::new(visitors as u64) }))
    }

    /// Returns an error unless about as many rows were written as requests were answered that save a session. A server
    /// could answer 200 without it.
    pub fn check_saves(&self) -> Result {
        const PATIENCE: Duration = Duration::from_secs(20);

        let started = Instant::now();
        let expected = (self.saves.get() as f64 * 0.97) as u64;
        loop {
            let written = self.postgres.written_rows(self.program.name())?;
            if written >= expected {
                return Ok(());
            }
            if started.elapsed() > PATIENCE {
                let (name, saves) = (self.program.name(), self.saves.get());
                return Err(
                    format!("{name} answered {saves} requests that save a session, but wrote {written} rows").into()
                );
            }
            thread::sleep(Duration::from_secs(1));
        }
    }

    fn usage(&self) -> Result<ProcessUsage> {
        Ok(ProcessUsage::of_family(self.process.id())? + self.postgres.usage()?)
    }
}

impl Measured for Contestant<'_> {
    fn name(&self) -> Option<&str> {
        Some(self.program.name())
    }

    /// The processor time is that of the server and the database together.
    fn measure(&self, kind: RequestKind, seconds: u32, connections: u32) -> Result<Sample> {
        let before = self.usage()?;
        let summary = self
            .audience
            .send(&self.url, kind, seconds, connections)
            .map_err(|error| format!("{}: {error}", self.program.name()))?;
        let after = self.usage()?;
        if kind != RequestKind::Reading {
            self.saves.set(self.saves.get() + summary.requests);
        }
        Ok(Sample::new(&summary, before, after))
    }
}

/// Opens the pages as one visitor, and returns an error if one of them shows something else than it should.
fn check_answers(url: &str) -> Result {
    let client = Client::new();
    let cookie = visitors::create_session(url, &client)?;
    let pages = [
        ("/get/", three_pages::page("Bipasha", "Codedec")),
        ("/del/", three_pages::DELETED.to_owned()),
        ("/get/", three_pages::page("", "Codedec")),
        ("/set/", three_pages::SET.to_owned()),
        ("/get/", three_pages::page("Bipasha", "Codedec")),
    ];
    for (path, expected) in pages {
        let response = client.get(format!("{url}{path}")).header(COOKIE, &cookie).send()?.error_for_status()?;
        let page = response.text()?;
        if page != expected {
            return Err(format!("{path} shows {page:?} instead of {expected:?}").into());
        }
    }
    Ok(())
}

/// The process of a server. It is ended when this value is dropped.
#[derive(Debug)]
struct ServerProcess(Child);

impl ServerProcess {
    fn id(&self) -> i32 {
        self.0.id().cast_signed()
    }

    /// Waits until the server answers.
    fn wait_until_ready(&mut self, url: &str) -> Result {
        const PATIENCE: Duration = Duration::from_secs(30);

        let started = Instant::now();
        while reqwest::blocking::get(format!("{url}/get/")).and_then(|response| response.error_for_status()).is_err() {
            if let Some(status) = self.0.try_wait()? {
                return Err(format!("the server ended before it was ready: {status}").into());
            }
            if started.elapsed() > PATIENCE {
                return Err("the server does not answer".into());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // gunicorn ends its workers at this signal. At SIGKILL it could not.
        let _ = Command::new("kill").arg(self.id().to_string()).status();
        let _ = self.0.wait();
    }
}
