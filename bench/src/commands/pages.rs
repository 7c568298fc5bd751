use crate::Outcome;
use crate::cell::Cell;
use crate::commands::Report;
use crate::figures::{Figure, Measure, Series};
use crate::folder::Folder;
use crate::options::Options;
use crate::rounds::{self, Stage};
use crate::server::Environment;
use crate::site::Site;
use crate::table;

const CONNECTIONS: u32 = 32;

/// What a session costs.
pub fn run(options: &Options) -> Outcome {
    const THREADS: u32 = 2;
    const VISITORS: usize = 4000; // for each thread a thousand who change, and a thousand who don't

    let folder = Folder::make(options)?;
    let report = Report::begin(options, &folder)?;
    let site = Site::open(Environment::new(folder.path("db.sqlite3"), options.synchronous)?, VISITORS, THREADS)?;
    // By the end it has a million rows; the others would be measured among them.
    let growing = Site::open(Environment::new(folder.path("growing.sqlite3"), options.synchronous)?, 0, THREADS)?;
    let stages = Cell::ALL.map(|cell| {
        let site = if cell == Cell::NewVisitor { &growing } else { &site };
        Stage { site, cell, connections: CONNECTIONS, rows: None }
    });
    let figures = rounds::run("pages", &stages, options)?;
    site.check_changes()?;

    println!(
        "{CONNECTIONS} connections. Medians of {} × {} s; ×: to the page of the same round.\n",
        options.rounds, options.seconds
    );
    print(&figures);
    println!(
        "CPU: the server's, user and system; it is counted in ticks of {} ms. Written: what the server sent to the storage\n\
         layer, in whole pages. Memory: the server's peak while the cell was measured.",
        1000 / procfs::ticks_per_second()
    );
    report.end(&figures)
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
    let page = Series::of(figures, |figure| figure.cell == Cell::Page.name());
    let row = |cell: Cell| {
        let series = Series::of(figures, |figure| figure.cell == cell.name());
        let mut row = vec![cell.name().to_owned()];
        for (measure, digits) in COLUMNS {
            row.push(table::number(series.median(measure), digits));
            row.push(table::ratio(series.ratio(&page, measure)));
        }
        row
    };
    let head = [
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
    table::print(&head, 1, Cell::ALL.map(row).to_vec());
}
