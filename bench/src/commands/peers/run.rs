use super::contestant::Contestant;
use super::programs::Program;
use super::table::{self, KINDS};
use crate::database::postgres::Postgres;
use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::{Measurement, rounds};
use crate::options::Options;
use crate::report::{Machine, RawFigures};

/// Measures all contestants in turn, for each number of connections.
pub fn run(database: &str, connections: &[u32], options: &Options) -> Result {
    const THREADS: u32 = 2;
    const VISITORS: usize = 4000;

    let folder = RunFolder::create(options)?;
    let machine = Machine::inspect(options, &folder)?;
    let postgres = Postgres::connect(database)?;
    machine.print();
    println!("PostgreSQL   {}\n", postgres.description);
    let mut contestants = Vec::new();
    for program in Program::ALL {
        contestants.extend(Contestant::start(program, &postgres, VISITORS, THREADS, &folder)?);
    }
    let mut measurements = Vec::new();
    for kind in KINDS {
        for &connections in connections {
            let measure = |target| Measurement { target, kind, connections, rows: None };
            measurements.extend(contestants.iter().map(|contestant| measure(contestant)));
        }
    }
    let figures = rounds::run("peers", &measurements, options)?;
    contestants.iter().try_for_each(Contestant::check_saves)?;

    println!(
        "Medians of {} × {} s. Ours: the ratio of {}\nto this contestant in the same round.\n",
        options.rounds,
        options.seconds,
        Program::Ours.name()
    );
    table::print(connections, &contestants, &figures);
    println!("CPU: the processor time of the server and the database together, user and system.");
    RawFigures::new(machine, options).append("figure", &figures)?;
    let programs: Vec<_> = contestants.iter().map(|contestant| contestant.program).collect();
    drop(contestants);
    programs.iter().try_for_each(|program| postgres.drop_database(program.name()))
}
