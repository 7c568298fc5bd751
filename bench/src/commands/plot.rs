use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::*;
use serde_json::Value;

use crate::error::Result;
use crate::measurement::{Figure, RequestKind};
use crate::report::table;
use crate::statistics::median;

/// Colours that differ in print and for people with colour blindness.
const COLOURS: [RGBColor; 3] = [RGBColor(0x00, 0x72, 0xb2), RGBColor(0xe6, 0x9f, 0x00), RGBColor(0xcc, 0x33, 0x66)];

/// One chart.
struct Plot {
    file: &'static str,
    title: &'static str,
    x_label: &'static str,
    /// The base of the logarithmic x axis.
    base: f64,
    y_label: &'static str,
    /// Returns the figure's x value, or `None` if the figure does not belong to this chart.
    x: fn(&Figure) -> Option<u64>,
    /// Returns the figure's y value.
    y: fn(&Figure) -> f64,
}

const PLOTS: [Plot; 2] = [
    Plot {
        file: "cost-against-rows.svg",
        title: "What a request costs the server",
        x_label: "rows of the table (logarithmic)",
        base: 10.0,
        y_label: "processor time per request, µs",
        x: |figure| figure.rows.filter(|_| figure.command == "rows"),
        y: |figure| figure.sample.cpu_ms_per_1000,
    },
    Plot {
        file: "throughput-against-connections.svg",
        title: "How many requests are answered",
        x_label: "connections (logarithmic)",
        base: 2.0,
        y_label: "requests per second",
        x: |figure| Some(figure.connections.into()).filter(|_| figure.command == "connections"),
        y: |figure| figure.sample.requests_per_second,
    },
];

/// Draws the charts for which the files have figures.
pub fn run(files: &[PathBuf], into: Option<PathBuf>) -> Result {
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
            eprintln!("{}: the files have no figures for this chart", plot.file);
            continue;
        }
        let path = into.join(plot.file);
        let area = SVGBackend::new(&path, (720, 420)).into_drawing_area();
        draw(&plot, &curves, &area).map_err(|error| format!("{}: {error}", path.display()))?;
        println!("{}", path.canonicalize()?.display());
    }
    Ok(())
}

/// Returns a curve for each kind of request. Its points are medians over all rounds.
fn curves(plot: &Plot, figures: &[Figure]) -> Vec<(&'static str, Vec<(u64, f64)>)> {
    let curve = |kind: RequestKind| {
        let mut values: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
        for figure in figures.iter().filter(|figure| figure.kind == kind.name()) {
            if let Some(x) = (plot.x)(figure) {
                values.entry(x).or_default().push((plot.y)(figure));
            }
        }
        let points: Vec<_> = values.into_iter().map(|(x, values)| (x, median(values))).collect();
        (!points.is_empty()).then_some((kind.name(), points))
    };
    RequestKind::ALL.into_iter().filter_map(curve).collect()
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw(plot: &Plot, curves: &[(&str, Vec<(u64, f64)>)], area: &Area) -> Result {
    let points = || curves.iter().flat_map(|(_, points)| points);
    let min_x = points().map(|point| point.0).min().unwrap_or(1);
    let max_x = points().map(|point| point.0).max().unwrap_or(1).max(min_x + 1);
    let max_y = points().map(|point| point.1).fold(0.0, f64::max);
    let x_range: Range<u64> = min_x..max_x;
    let y_range = 0.0..max_y * 1.4; // leaves room for the legend above the highest curve

    area.fill(&WHITE)?; // the image needs a background of its own, because the page around it may be dark
    let mut chart = ChartBuilder::on(area)
        .caption(plot.title, ("sans-serif", 20))
        .margin(16)
        .margin_right(40)
        .x_label_area_size(48)
        .y_label_area_size(80)
        .build_cartesian_2d(x_range.log_scale().base(plot.base), y_range)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(plot.x_label)
        .y_desc(plot.y_label)
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
