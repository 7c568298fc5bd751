use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::{Figure, Measure, Measurement, RequestKind, Series, Target, rounds};
use crate::options::Options;
use crate::report::{Machine, RawFigures, table};
use crate::server::Environment;

const CONNECTIONS: u32 = 32;

/// Measures what a session costs.
pub fn run(options: &Options) -> Result {
    const THREADS: u32 = 2;
    const VISITORS: usize = 4000; // each thread has a thousand of each cookie set

    let folder = RunFolder::create(options)?;
    let machine = Machine::inspect(options, &folder)?;
    machine.print();
    let start = |file: &str, visitors: usize| {
        Target::with_new_visitors(Environment::new(folder.path(file), options.synchronous)?, visitors, THREADS)
    };
    let target = start("db.sqlite3", VISITORS)?;
    // New visitors add a million rows. In a database of their own, these rows do not affect the other measurements.
    let growing = start("growing.sqlite3", 0)?;
    let measurements = RequestKind::ALL.map(|kind| {
        let target = if kind == RequestKind::NewVisitor { &growing } else { &target };
        Measurement { target, kind, connections: CONNECTIONS, rows: None }
    });
    let figures = rounds::run("pages", &measurements, options)?;
    target.check_changes()?;

    println!(
        "{CONNECTIONS} connections. Medians of {} × {} s. ×: ratio to the page in the same round.\n",
        options.rounds, options.seconds
    );
    print(&figures);
    println!(
        "CPU: the server's processor time, user and system, counted in ticks of {} ms. Bytes written: what the server\n\
         sent to the storage layer, in whole pages. Memory: the server's peak during the measurement.",
        1000 / procfs::ticks_per_second()
    );
    RawFigures::new(machine, options).append("figure", &figures)
}

fn print(figures: &[Figure]) {
    const COLUMNS: [(Measure, usize); 6] = [
        (|sample| sample.requests_per_second, 0),
        (|sample| sample.cpu_ms_per_1000, 0),
        (|sample| sample.p50_ms, 2),
        (|sample| sample.p99_ms, 2),
        (|sample| sample.written_bytes_per_request, 0),
        (|sample| sample.peak_memory_mib, 1),
    ];
    let page = Series::select(figures, |figure| figure.kind == RequestKind::Page.name());
    let row = |kind: RequestKind| {
        let series = Series::select(figures, |figure| figure.kind == kind.name());
        let mut row = vec![kind.name().to_owned()];
        for (measure, digits) in COLUMNS {
            row.push(table::number(series.median(measure), digits));
            row.push(table::ratio(series.ratio(&page, measure)));
        }
        row
    };
    let header = [
        "",
        "requests/s",
        "×",
        "CPU ms\nper 1,000",
        "×",
        "p50 ms",
        "×",
        "p99 ms",
        "×",
        "bytes written\nper request",
        "×",
        "memory\nMiB",
        "×",
    ];
    table::print(&header, 1, RequestKind::ALL.map(row).to_vec());
}
