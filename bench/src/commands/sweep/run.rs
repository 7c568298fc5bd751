use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use super::figure::{SweepFigure, Variant};
use super::table;
use super::watch::{self, Watch};
use crate::database::connection;
use crate::database::seed::{self, Rows};
use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::process_usage::{self, ProcessUsage};
use crate::measurement::{Measured, RequestKind, Sample, Target, rounds, visitors};
use crate::options::Options;
use crate::progress;
use crate::report::{Machine, RawFigures};
use crate::server::{Environment, Server};

const CONNECTIONS: u32 = 32;
const THREADS: u32 = 2;

/// Measures requests during a sweep of `rows` expired rows. Each variant gets a fresh copy of the same database in each
/// round.
pub fn run(rows: u64, options: &Options) -> Result {
    const VISITORS: usize = 4000;

    let folder = RunFolder::create(options)?;
    let machine = Machine::inspect(options, &folder)?;
    machine.print();
    let original = folder.path("before.sqlite3");
    seed::fill(&original, 2 * rows, Rows::HalfExpired, &folder)?;
    let environment = Environment::new(original.clone(), options.synchronous)?;
    let cookies = visitors::create_sessions(&Server::start(&environment)?.url(""), VISITORS)?;
    seed::spread(&original, 2 * rows)?;

    let (oldest, _) = watch::oldest_row(&mut connection::open(&original)?)?;

    let benchmark = SweepBenchmark { options, environment, original, oldest, copy: folder.path("db.sqlite3"), cookies };
    let bar = progress::bar(u64::from(options.rounds) * Variant::ALL.len() as u64, "measurements");
    let mut figures = Vec::new();
    for round in 0..options.rounds {
        for variant in rounds::order(&Variant::ALL, round, options.rounds) {
            let figure = benchmark.measure(round + 1, variant)?;
            progress::print_line(
                &bar,
                &format!(
                    "round {} of {}: {}: {:.0} requests a second",
                    figure.round, options.rounds, figure.variant, figure.requests_per_second
                ),
            );
            bar.inc(1);
            figures.push(figure);
        }
    }
    bar.finish_and_clear();
    println!(
        "{rows} rows have expired, and as many have not. {CONNECTIONS} connections change sessions until the sweep is\n\
         over, for at least {} s. Medians of {} rounds. ×: ratio to the same round without a sweep.\n",
        options.seconds, options.rounds
    );
    table::print(&figures);
    RawFigures::new(machine, options).append("sweep", &figures)
}

struct SweepBenchmark<'a> {
    options: &'a Options,
    environment: Environment,
    original: PathBuf,
    /// The earliest expire date in the original.
    oldest: String,
    copy: PathBuf,
    cookies: Vec<String>,
}

impl SweepBenchmark<'_> {
    fn measure(&self, round: u32, variant: Variant) -> Result<SweepFigure> {
        /// In seconds. The server starts its first sweep within a tenth of the interval, and the second one after at
        /// least half of it.
        const SWEEP_INTERVAL: u32 = 60;

        seed::copy(&self.original, &self.copy)?;
        let mut environment = Environment { database: self.copy.clone(), ..self.environment.clone() };
        environment.sweep_interval = if variant == Variant::Server { SWEEP_INTERVAL } else { 0 };
        let target = Target::with_known_visitors(environment.clone(), &self.cookies, THREADS)?;
        if self.options.warm_up > 0 {
            target.measure(RequestKind::Changing, self.options.warm_up, CONNECTIONS)?;
        }
        process_usage::reset_peak_memory(target.server.id())?;
        let memory_before = ProcessUsage::of(target.server.id())?.peak_memory_bytes;

        let watch = Watch::start(&self.copy, &self.oldest)?;
        watch.add_process(target.server.id());
        let samples = match variant {
            Variant::None => vec![self.sample(&target)?],
            Variant::Server => {
                watch.wait_for_start()?;
                self.samples_until(&target, || Ok(watch.is_finished()))?
            }
            Variant::Command => {
                let mut command = ClearsessionsProcess(environment.command("clearsessions")?.spawn()?);
                watch.add_process(command.0.id().cast_signed());
                self.samples_until(&target, || command.is_finished())?
            }
        };
        let observation = watch.stop()?;
        drop(target);
        delete_database(&self.copy)?;
        Ok(SweepFigure::new(round, variant, &samples, memory_before, &observation))
    }

    fn sample(&self, target: &Target) -> Result<Sample> {
        target.measure(RequestKind::Changing, self.options.seconds, CONNECTIONS)
    }

    /// Takes samples until the sweep is over, at least one.
    fn samples_until(&self, target: &Target, mut is_finished: impl FnMut() -> Result<bool>) -> Result<Vec<Sample>> {
        const TIMEOUT: Duration = Duration::from_secs(1800);

        let started = Instant::now();
        let mut samples = Vec::new();
        loop {
            samples.push(self.sample(target)?);
            if is_finished()? {
                return Ok(samples);
            }
            if started.elapsed() > TIMEOUT {
                return Err("the sweep did not end within half an hour".into());
            }
        }
    }
}

/// A process that runs `clearsessions`. It is killed when this value is dropped.
struct ClearsessionsProcess(Child);

impl ClearsessionsProcess {
    /// Returns true if the process has ended, and an error if it failed.
    fn is_finished(&mut self) -> Result<bool> {
        match self.0.try_wait()? {
            Some(status) if !status.success() => Err("clearsessions failed".into()),
            status => Ok(status.is_some()),
        }
    }
}

impl Drop for ClearsessionsProcess {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn delete_database(path: &Path) -> Result {
    let _ = fs::remove_file(watch::wal_path(path)); // SQLite has already deleted it if the last connection was closed
    Ok(fs::remove_file(path)?)
}
