//! What requests notice while expired rows are cleared.

mod swept;
mod watch;

pub use swept::Swept;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use self::swept::Variant;
use self::watch::Watch;
use crate::cell::Cell;
use crate::commands::Report;
use crate::figures::{Line, Sample};
use crate::folder::Folder;
use crate::options::Options;
use crate::process::{self, Used};
use crate::rounds;
use crate::seed::{self, Mix};
use crate::server::{Environment, Server};
use crate::site::Site;
use crate::{Outcome, database, visitors};

const CONNECTIONS: u32 = 32;
const THREADS: u32 = 2;

/// Each variant of each round has a copy of the same database.
pub fn run(rows: u64, options: &Options) -> Outcome {
    const VISITORS: usize = 4000;

    let folder = Folder::make(options)?;
    let report = Report::begin(options, &folder)?;
    let database = folder.path("before.sqlite3");
    seed::fill(&database, 2 * rows, Mix::HalfExpired, &folder)?;
    let environment = Environment::new(database.clone(), options.synchronous)?;
    let cookies = visitors::arrive(&Server::start(&environment)?, VISITORS)?;
    seed::spread(&database, 2 * rows)?;

    let (first, _) = watch::oldest(&mut database::open(&database)?)?;

    let sweep = Sweep { options, environment, before: database, first, copy: folder.path("db.sqlite3"), cookies };
    let mut all = Vec::new();
    for round in 0..options.rounds {
        for variant in rounds::order(&Variant::ALL, round, options.rounds) {
            let swept = sweep.measure(round + 1, variant)?;
            eprintln!(
                "round {} of {}: {}: {:.0} requests a second",
                swept.round, options.rounds, swept.variant, swept.requests_per_second
            );
            all.push(swept);
        }
    }
    println!(
        "{rows} rows have expired, and as many live. {CONNECTIONS} connections change sessions until the sweep is over, {} s at\n\
         least. Medians; rounds: {}. ×: to the same round without a sweep.\n",
        options.seconds, options.rounds
    );
    swept::print(&all);
    report.end_with(all.into_iter().map(Line::Sweep))
}

struct Sweep<'a> {
    options: &'a Options,
    environment: Environment,
    before: PathBuf,
    /// When its first row expired.
    first: String,
    copy: PathBuf,
    cookies: Vec<String>,
}

impl Sweep<'_> {
    fn measure(&self, round: u32, variant: Variant) -> Outcome<Swept> {
        /// The first sweep comes within a tenth of it, and the second after half of it at the earliest.
        const INTERVAL: u32 = 60;

        seed::copy(&self.before, &self.copy)?;
        let mut environment = Environment { database: self.copy.clone(), ..self.environment.clone() };
        environment.sweep_interval = if variant == Variant::Server { INTERVAL } else { 0 };
        let site = Site::reopen(environment.clone(), &self.cookies, THREADS)?;
        if self.options.warm_up > 0 {
            site.measure(Cell::Changing, self.options.warm_up, CONNECTIONS)?;
        }
        process::forget_peak(site.server.id())?;
        let memory_before = Used::by(site.server.id())?.peak_memory_bytes;

        let watch = Watch::start(&self.copy, &self.first)?;
        watch.process(site.server.id());
        let samples = match variant {
            Variant::None => vec![self.slice(&site)?],
            Variant::Server => {
                watch.wait_for_the_beginning()?;
                self.slices(&site, || Ok(watch.is_over()))?
            }
            Variant::Command => {
                let mut command = Clearing(environment.command("clearsessions")?.spawn()?);
                watch.process(command.0.id().cast_signed());
                self.slices(&site, || command.is_over())?
            }
        };
        let watched = watch.end()?;
        drop(site);
        remove(&self.copy)?;
        Ok(Swept::new(round, variant, &samples, memory_before, &watched))
    }

    fn slice(&self, site: &Site) -> Outcome<Sample> {
        site.measure(Cell::Changing, self.options.seconds, CONNECTIONS)
    }

    /// Measures until the sweep is over, once at least.
    fn slices(&self, site: &Site, mut is_over: impl FnMut() -> Outcome<bool>) -> Outcome<Vec<Sample>> {
        const PATIENCE: Duration = Duration::from_secs(1800);

        let started = Instant::now();
        let mut samples = Vec::new();
        loop {
            samples.push(self.slice(site)?);
            if is_over()? {
                return Ok(samples);
            }
            if started.elapsed() > PATIENCE {
                return Err("the sweep did not end within half an hour".into());
            }
        }
    }
}

/// The process of `clearsessions`, which ends with this value.
struct Clearing(Child);

impl Clearing {
    fn is_over(&mut self) -> Outcome<bool> {
        match self.0.try_wait()? {
            Some(status) if !status.success() => Err("clearsessions failed".into()),
            ended => Ok(ended.is_some()),
        }
    }
}

impl Drop for Clearing {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn remove(database: &Path) -> Outcome {
    let _ = fs::remove_file(watch::journal(database)); // gone already where the last connection was closed
    Ok(fs::remove_file(database)?)
}
