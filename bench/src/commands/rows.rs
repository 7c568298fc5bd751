use crate::database::seed::{self, Rows};
use crate::disk::RunFolder;
use crate::error::Result;
use crate::measurement::{Figure, Measure, Measurement, RequestKind, Series, Target, rounds};
use crate::options::Options;
use crate::report::{Machine, RawFigures, table};
use crate::server::Environment;

const KINDS: [RequestKind; 3] = [RequestKind::Page, RequestKind::Reading, RequestKind::Changing];

const CONNECTIONS: u32 = 32;

/// Measures the cost of a request for each table size.
///
/// Each table has a server of its own. All servers run at the same time, so that each round can measure all sizes.
pub fn run(sizes: &[u64], visitors: u64, options: &Options) -> Result {
    let folder = RunFolder::create(options)?;
    let machine = Machine::inspect(options, &folder)?;
    machine.print();
    let targets: Vec<Target> =
        sizes.iter().map(|&rows| start(rows, visitors, options, &folder)).collect::<Result<_>>()?;
    let measurements: Vec<Measurement> = targets
        .iter()
        .zip(sizes)
        .flat_map(|(target, &rows)| {
            KINDS.map(|kind| Measurement { target, kind, connections: CONNECTIONS, rows: Some(rows) })
        })
        .collect();
    let figures = rounds::run("rows", &measurements, options)?;
    targets.iter().try_for_each(Target::check_changes)?;

    println!(
        "{CONNECTIONS} connections. Up to {visitors} visitors, whose rows are spread over the table. Half of them read,\n\
         half change. Medians of {} × {} s. The ratios are medians too: to the page in the same round, and to the\n\
         smallest table in the same round.\n",
        options.rounds, options.seconds
    );
    print(sizes, &figures);
    RawFigures::new(machine, options).append("figure", &figures)
}

/// Starts a server on a table with that many rows, including the visitors' own.
fn start(rows: u64, visitors: u64, options: &Options, folder: &RunFolder) -> Result<Target> {
    const THREADS: u32 = 2;

    if rows < 200 {
        return Err("32 connections need a table with at least 200 rows".into());
    }
    let visitors = visitors.min(rows / 2);
    let generated = rows - visitors;
    let path = folder.path(&format!("rows-{rows}.sqlite3"));
    seed::fill(&path, generated, Rows::Unexpired, folder)?;
    let environment = Environment::new(path.clone(), options.synchronous)?;
    let target = Target::with_new_visitors(environment, usize::try_from(visitors)?, THREADS)?;
    seed::spread(&path, generated)?;
    Ok(target)
}

fn print(sizes: &[u64], figures: &[Figure]) {
    const THROUGHPUT: Measure = |sample| sample.requests_per_second;
    const CPU: Measure = |sample| sample.cpu_ms_per_1000;

    let smallest = sizes.iter().min().copied();
    let mut lines = Vec::new();
    for kind in KINDS {
        let series = |kind: RequestKind, rows: Option<u64>| {
            Series::select(figures, move |figure| figure.kind == kind.name() && figure.rows == rows)
        };
        let smallest = series(kind, smallest);
        for &rows in sizes {
            let (own, page) = (series(kind, Some(rows)), series(RequestKind::Page, Some(rows)));
            lines.push(vec![
                kind.name().to_owned(),
                table::number(rows as f64, 0),
                table::number(own.median(THROUGHPUT), 0),
                table::ratio(own.ratio(&page, THROUGHPUT)),
                table::ratio(own.ratio(&smallest, THROUGHPUT)),
                table::number(own.median(CPU), 0),
                table::ratio(own.ratio(&page, CPU)),
                table::ratio(own.ratio(&smallest, CPU)),
                table::number(own.median(|sample| sample.p50_ms), 2),
                table::number(own.median(|sample| sample.p99_ms), 2),
                table::number(own.median(|sample| sample.written_bytes_per_request), 0),
            ]);
        }
    }
    let header = [
        "",
        "rows",
        "requests/s",
        "× page",
        "× smallest",
        "CPU ms\nper 1,000",
        "× page",
        "× smallest",
        "p50 ms",
        "p99 ms",
        "bytes written\nper request",
    ];
    table::print(&header, 1, lines);
}
