use crate::Outcome;
use crate::cell::Cell;
use crate::commands::Report;
use crate::figures::{Figure, Series};
use crate::folder::Folder;
use crate::options::Options;
use crate::rounds::{self, Stage};
use crate::server::Environment;
use crate::site::Site;
use crate::table;

const CELLS: [Cell; 3] = [Cell::Page, Cell::Reading, Cell::Changing];

/// Throughput against connections.
pub fn run(connections: &[u32], options: &Options) -> Outcome {
    const THREADS: u32 = 1; // so that one connection can be measured as well
    const VISITORS: usize = 4000;

    let folder = Folder::make(options)?;
    let report = Report::begin(options, &folder)?;
    let site = Site::open(Environment::new(folder.path("db.sqlite3"), options.synchronous)?, VISITORS, THREADS)?;
    let stages: Vec<Stage> = connections
        .iter()
        .flat_map(|&connections| CELLS.map(|cell| Stage { site: &site, cell, connections, rows: None }))
        .collect();
    let figures = rounds::run("connections", &stages, options)?;
    site.check_changes()?;

    println!(
        "Medians of {} × {} s; ×: throughput to that of the page in the same round.\n",
        options.rounds, options.seconds
    );
    print(connections, &figures);
    report.end(&figures)
}

fn print(connections: &[u32], figures: &[Figure]) {
    let row = |&connections: &u32| {
        let series = |cell: Cell| {
            Series::of(figures, move |figure| figure.cell == cell.name() && figure.connections == connections)
        };
        let page = series(Cell::Page);
        let mut row = vec![connections.to_string()];
        for cell in CELLS {
            let own = series(cell);
            row.push(table::number(own.median(|sample| sample.requests_per_second), 0));
            if cell != Cell::Page {
                row.push(table::ratio(own.ratio(&page, |sample| sample.requests_per_second)));
            }
            row.push(table::number(own.median(|sample| sample.p99_ms), 2));
        }
        row
    };
    let head = [
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
    table::print(&head, 0, connections.iter().map(row).collect());
}
