use super::figure::{SweepFigure, Variant};
use crate::report::table;
use crate::statistics::median;

/// Prints a row for each variant: medians over all rounds, and maxima of the longest request and the WAL.
pub fn print(figures: &[SweepFigure]) {
    let of = |variant: Variant| figures.iter().filter(move |figure| figure.variant == variant);
    let row = |variant: Variant| {
        let median_of = |measure: fn(&SweepFigure) -> Option<f64>| median(of(variant).filter_map(measure));
        let max_of = |measure: fn(&SweepFigure) -> f64| of(variant).map(measure).fold(0.0, f64::max);
        let ratio = |measure: fn(&SweepFigure) -> f64| {
            let base = |round| of(Variant::None).find(|figure| figure.round == round);
            table::ratio(median(
                of(variant).filter_map(|figure| base(figure.round).map(|base| measure(figure) / measure(base))),
            ))
        };
        vec![
            variant.to_string(),
            table::number(median_of(|figure| Some(figure.requests_per_second)), 0),
            ratio(|figure| figure.requests_per_second),
            table::number(median_of(|figure| Some(figure.p50_ms)), 2),
            table::number(median_of(|figure| Some(figure.p99_ms)), 2),
            ratio(|figure| figure.p99_ms),
            table::number(max_of(|figure| figure.max_ms), 0),
            table::number(median_of(|figure| figure.sweep_seconds), 1),
            table::number(median_of(|figure| Some(figure.memory_before_mib)), 1),
            table::number(median_of(|figure| Some(figure.memory_peak_mib)), 1),
            table::number(median_of(|figure| figure.command_memory_mib), 1),
            table::number(max_of(|figure| figure.largest_wal_mib), 1),
        ]
    };
    let header = [
        "",
        "requests/s",
        "×",
        "p50 ms",
        "p99 ms",
        "×",
        "longest\nms",
        "sweep\ns",
        "memory\nbefore MiB",
        "memory\npeak MiB",
        "command's\npeak MiB",
        "largest\n-wal MiB",
    ];
    table::print(&header, 1, Variant::ALL.map(row).to_vec());
}
