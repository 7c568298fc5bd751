use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::*;
use serde_json::Value;

use crate::Outcome;
use crate::cell::Cell;
use crate::figures::{Figure, median};
use crate::table;

/// Colours that stay apart in print and for who tells red from green badly.
const COLOURS: [RGBColor; 3] = [RGBColor(0x00, 0x72, 0xb2), RGBColor(0xe6, 0x9f, 0x00), RGBColor(0xcc, 0x33, 0x66)];

/// One image.
struct Plot {
    file: &'static str,
    title: &'static str,
    across: &'static str,
    /// Each label across is so many times the one before.
    base: f64,
    up: &'static str,
    /// Where a figure belongs on the axis across, if it is of this plot.
    place: fn(&Figure) -> Option<u64>,
    measure: fn(&Figure) -> f64,
}

const PLOTS: [Plot; 2] = [
    Plot {
        file: "cost-against-rows.svg",
        title: "What a request costs the server",
        across: "rows of the table (logarithmic)",
        base: 10.0,
        up: "processor time per request, µs",
        place: |figure| figure.rows.filter(|_| figure.command == "rows"),
        measure: |figure| figure.sample.cpu_ms_per_1000,
    },
    Plot {
        file: "throughput-against-connections.svg",
        title: "How many requests are answered",
        across: "connections (logarithmic)",
        base: 2.0,
        up: "requests per second",
        place: |figure| Some(figure.connections.into()).filter(|_| figure.command == "connections"),
        measure: |figure| figure.sample.requests_per_second,
    },
];

/// Draws what the files have figures for.
pub fn run(files: &[PathBuf], into: Option<PathBuf>) -> Outcome {
    let mut figures = Vec::new();
    for file in files {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        for line in text.lines() {
            let line: Value = serde_json::from_str(line)?;
            if line["line"] == "figure" {
                figures.push(serde_json::from_value::<Figure>(line)?);
            }
        }
    }
    let into = into.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/images"));
    fs::create_dir_all(&into)?;
    for plot in PLOTS {
        let curves = curves(&plot, &figures);
        if curves.is_empty() {
            eprintln!("{}: the files have no figures for it", plot.file);
            continue;
        }
        let path = into.join(plot.file);
        let area = SVGBackend::new(&path, (720, 420)).into_drawing_area();
        draw(&plot, &curves, &area).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}", path.canonicalize()?.display());
    }
    Ok(())
}

/// A curve for each kind of request: medians over the rounds.
fn curves(plot: &Plot, figures: &[Figure]) -> Vec<(&'static str, Vec<(u64, f64)>)> {
    let curve = |cell: Cell| {
        let mut places: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for figure in figures.iter().filter(|figure| figure.cell == cell.name()) {
            if let Some(place) = (plot.place)(figure) {
                places.entry(place).or_default().push((plot.measure)(figure));
            }
        }
        let points: Vec<_> = places.into_iter().map(|(place, values)| (place, median(values))).collect();
        (!points.is_empty()).then_some((cell.name(), points))
    };
    Cell::ALL.into_iter().filter_map(curve).collect()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw(plot: &Plot, curves: &[(&str, Vec<(u64, f64)>)], area: &Area) -> Outcome {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let least = points().map(|point| point.0).min().unwrap_or(1);
    let most = points().map(|point| point.0).max().unwrap_or(1).max(least + 1);
    let highest = points().map(|point| point.1).fold(0.0, f64::max);
    let across: Range<u64> = least..most;
    // Above the highest curve there is room for the legend.

    area.fill(&WHITE)?; // a panel of its own: the page around it may be dark
    let mut chart = ChartBuilder::on(area)
        .caption(plot.title, ("sans-serif", 20))
        .margin(16)
        .margin_right(40)
        .x_label_area_size(48)
        .y_label_area_size(80)
        .build_cartesian_2d(across.log_scale().base(plot.base), 0.0..highest * 1.4)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(plot.across)
        .y_desc(plot.up)
        .x_label_formatter(&|&value| table::number(value as f64, 0))
        .y_label_formatter(&|&value| table::number(value, 0))
        .label_style(("sans-serif", 14))
        .draw()?;
    for ((name, points), colour) in curves.iter().zip(COLOURS) {
        let line = colour.stroke_width(2);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), line))?
            .label(*name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], line));
        chart.draw_series(points.iter().map(|&point| Circle::new(point, 4, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .background_style(WHITE)
        .border_style(RGBColor(0xaa, 0xaa, 0xaa))
        .label_font(("sans-serif", 14))
        .draw()?;
    area.present()?;
    Ok(())
}
