use super::contestant::Contestant;
use super::programs::Program;
use crate::measurement::{Figure, Measure, RequestKind, Series};
use crate::report::table;

/// The kinds of request that are measured.
pub const KINDS: [RequestKind; 3] = [RequestKind::Reading, RequestKind::Changing, RequestKind::NewVisitor];

pub fn print(connections: &[u32], contestants: &[Contestant], figures: &[Figure]) {
    const COLUMNS: [(Measure, usize); 4] = [
        (|sample| sample.requests_per_second, 0),
        (|sample| sample.cpu_ms_per_1000, 0),
        (|sample| sample.p50_ms, 2),
        (|sample| sample.p99_ms, 2),
    ];
    let mut rows = Vec::new();
    for kind in KINDS {
        for &connections in connections {
            let series = |program: Program| {
                Series::select(figures, move |figure| {
                    figure.kind == kind.name()
                        && figure.connections == connections
                        && figure.contestant.as_deref() == Some(program.name())
                })
            };
            let ours = series(Program::Ours);
            for contestant in contestants {
                let own = series(contestant.program);
                let mut row =
                    vec![kind.name().to_owned(), contestant.program.name().to_owned(), connections.to_string()];
                for (measure, digits) in COLUMNS {
                    row.push(table::number(own.median(measure), digits));
                    row.push(table::ratio(ours.ratio(&own, measure)));
                }
                rows.push(row);
            }
        }
    }
    let header =
        ["", "", "connections", "requests/s", "ours", "CPU ms\nper 1,000", "ours", "p50 ms", "ours", "p99 ms", "ours"];
    table::print(&header, 2, rows);
}
