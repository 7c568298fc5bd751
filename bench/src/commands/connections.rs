use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::{Figure, Measurement, RequestKind, Series, Target, rounds};
use crate::options::Options;
use crate::report::{Machine, RawFigures, table};
use crate::server::Environment;

const KINDS: [RequestKind; 3] = [RequestKind::Page, RequestKind::Reading, RequestKind::Changing];

/// Measures the throughput for each number of connections.
pub fn run(connections: &[u32], options: &Options) -> Result {
    const THREADS: u32 = 1; // wrk needs at least one connection per thread
    const VISITORS: usize = 4000;

    let folder = RunFolder::create(options)?;
    let machine = Machine::inspect(options, &folder)?;
    machine.print();
    let environment = Environment::new(folder.path("db.sqlite3"), options.synchronous)?;
    let target = Target::with_new_visitors(environment, VISITORS, THREADS)?;
    let measurements: Vec<Measurement> = connections
        .iter()
        .flat_map(|&connections| KINDS.map(|kind| Measurement { target: &target, kind, connections, rows: None }))
        .collect();
    let figures = rounds::run("connections", &measurements, options)?;
    target.check_changes()?;

    println!(
        "Medians of {} × {} s. ×: ratio of the throughput to that of the page in the same round.\n",
        options.rounds, options.seconds
    );
    print(connections, &figures);
    RawFigures::new(machine, options).append("figure", &figures)
}

fn print(connections: &[u32], figures: &[Figure]) {
    let row = |&connections: &u32| {
        let series = |kind: RequestKind| {
            Series::select(figures, move |figure| figure.kind == kind.name() && figure.connections == connections)
        };
        let page = series(RequestKind::Page);
        let mut row = vec![connections.to_string()];
        for kind in KINDS {
            let own = series(kind);
            row.push(table::number(own.median(|sample| sample.requests_per_second), 0));
            if kind != RequestKind::Page {
                row.push(table::ratio(own.ratio(&page, |sample| sample.requests_per_second)));
            }
            row.push(table::number(own.median(|sample| sample.p99_ms), 2));
        }
        row
    };
    let header = [
        "connections",
        "page\nrequests/s",
        "page\np99 ms",
        "reading\nrequests/s",
        "×",
        "reading\np99 ms",
        "changing\nrequests/s",
        "×",
        "changing\np99 ms",
    ];
    table::print(&header, 0, connections.iter().map(row).collect());
}
