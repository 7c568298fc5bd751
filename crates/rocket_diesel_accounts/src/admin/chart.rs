use rocket::serde::Serialize;
use time::Date;
use time::macros::format_description;

/// A bar chart of numbers by day, drawn by the template as SVG. Everything is in units of the drawing.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(crate = "rocket::serde")]
pub(super) struct Chart {
    width: usize,
    height: usize,
    bars: Vec<Bar>,
    /// In words, for people who don't see it.
    summary: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(crate = "rocket::serde")]
struct Bar {
    day: String,
    short_day: String,
    count: usize,
    x: usize,
    y: usize,
    height: usize,
    width: usize,
    /// Where the text under and over the bar is centered.
    center: usize,
}

const STEP: usize = 40;
const BAR: usize = 28;
const TALLEST: usize = 100;
/// Above the bars, for the numbers.
const TOP: usize = 20;
/// Below the bars, for the days.
const BOTTOM: usize = 20;

impl Chart {
    pub fn new(counts: &[(Date, usize)]) -> Self {
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        let bars = counts.iter().enumerate().map(|(index, &(day, count))| Bar::new(index, day, count, most));
        Self {
            width: counts.len() * STEP,
            height: TOP + TALLEST + BOTTOM,
            bars: bars.collect(),
            summary: summary(counts),
        }
    }
}

impl Bar {
    fn new(index: usize, day: Date, count: usize, most: usize) -> Self {
        // A small number next to a large one is still seen.
        let height = (count * TALLEST).checked_div(most).map_or(0, |height| height.max(usize::from(count > 0)));
        Self {
            day: day.to_string(),
            short_day: day
                .format(format_description!("[day padding:none] [month repr:short]"))
                .expect("a date has a day and a month"),
            count,
            x: index * STEP + (STEP - BAR) / 2,
            y: TOP + TALLEST - height,
            height,
            width: BAR,
            center: index * STEP + STEP / 2,
        }
    }
}

fn summary(counts: &[(Date, usize)]) -> String {
    let total: usize = counts.iter().map(|(_, count)| count).sum();
    match (counts.first(), counts.last(), counts.iter().max_by_key(|(_, count)| *count)) {
        (Some((first, _)), Some((last, _)), Some((day, most))) if total > 0 => {
            format!("{total} from {first} to {last}. Most on {day}: {most}.")
        }
        (Some((first, _)), Some((last, _)), _) => format!("None from {first} to {last}."),
        _ => "None.".into(),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn the_bars_are_as_tall_as_their_numbers_and_stand_on_one_line() {
        let chart =
            Chart::new(&[(date!(2026 - 11 - 01), 4), (date!(2026 - 11 - 02), 0), (date!(2026 - 11 - 03), 1000)]);
        let heights: Vec<usize> = chart.bars.iter().map(|bar| bar.height).collect();
        assert_eq!(heights, [1, 0, 100], "4 of 1000 is still seen");
        assert!(chart.bars.iter().all(|bar| bar.y + bar.height == TOP + TALLEST));
        assert_eq!(chart.summary, "1004 from 2026-11-01 to 2026-11-03. Most on 2026-11-03: 1000.");
    }

    #[test]
    fn a_chart_of_nothing_says_so() {
        assert_eq!(Chart::new(&[(date!(2026 - 11 - 01), 0)]).summary, "None from 2026-11-01 to 2026-11-01.");
    }
}
