use crate::Outcome;
use crate::cell::Cell;
use crate::commands::Report;
use crate::figures::{Figure, Measure, Series};
use crate::folder::Folder;
use crate::options::Options;
use crate::rounds::{self, Stage};
use crate::seed::{self, Mix};
use crate::server::Environment;
use crate::site::Site;
use crate::table;

const CELLS: [Cell; 3] = [Cell::Page, Cell::Reading, Cell::Changing];

const CONNECTIONS: u32 = 32;

/// Cost against the rows of the table. Each size has a server of its own; all are there at the same time, so that each
/// round has all sizes.
pub fn run(sizes: &[u64], visitors: u64, options: &Options) -> Outcome {
    let folder = Folder::make(options)?;
    let report = Report::begin(options, &folder)?;
    let sites: Vec<Site> = sizes.iter().map(|&rows| open(rows, visitors, options, &folder)).collect::<Outcome<_>>()?;
    let stages: Vec<Stage> = sites
        .iter()
        .zip(sizes)
        .flat_map(|(site, &rows)| CELLS.map(|cell| Stage { site, cell, connections: CONNECTIONS, rows: Some(rows) }))
        .collect();
    let figures = rounds::run("rows", &stages, options)?;
    sites.iter().try_for_each(Site::check_changes)?;

    println!(
        "{CONNECTIONS} connections; up to {visitors} visitors, all over the table, half of them reading and half changing.\n\
         Medians of {} × {} s, and of their ratios: to the page of the same round, to the smallest table of the same\n\
         round.\n",
        options.rounds, options.seconds
    );
    print(sizes, &figures);
    report.end(&figures)
}

/// A site whose table has that many rows, the visitors' own among them.
fn open(rows: u64, visitors: u64, options: &Options, folder: &Folder) -> Outcome<Site> {
    const THREADS: u32 = 2;

    if rows < 200 {
        return Err("less than 200 rows are too few for 32 connections".into());
    }
    let visitors = visitors.min(rows / 2);
    let path = folder.path(&format!("rows-{rows}.sqlite3"));
    seed::fill(&path, rows - visitors, Mix::Living, folder)?;
    let site = Site::open(Environment::new(path.clone(), options.synchronous)?, usize::try_from(visitors)?, THREADS)?;
    seed::spread(&path, rows - visitors)?;
    Ok(site)
}

fn print(sizes: &[u64], figures: &[Figure]) {
    const THROUGHPUT: Measure = |sample| sample.requests_per_second;
    const CPU: Measure = |sample| sample.cpu_ms_per_1000;

    let smallest = sizes.iter().min().copied();
    let mut lines = Vec::new();
    for cell in CELLS {
        let series = |cell: Cell, rows: Option<u64>| {
            Series::of(figures, move |figure| figure.cell == cell.name() && figure.rows == rows)
        };
        let least = series(cell, smallest);
        for &rows in sizes {
            let (own, page) = (series(cell, Some(rows)), series(Cell::Page, Some(rows)));
            lines.push(vec![
                cell.name().to_owned(),
                table::number(rows as f64, 0),
                table::number(own.median(THROUGHPUT), 0),
                table::ratio(own.ratio(&page, THROUGHPUT)),
                table::ratio(own.ratio(&least, THROUGHPUT)),
                table::number(own.median(CPU), 0),
                table::ratio(own.ratio(&page, CPU)),
                table::ratio(own.ratio(&least, CPU)),
                table::number(own.median(|sample| sample.p50_ms), 2),
                table::number(own.median(|sample| sample.p99_ms), 2),
                table::number(own.median(|sample| sample.written_bytes_per_request), 0),
            ]);
        }
    }
    let head = [
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
    table::print(&head, 1, lines);
}
