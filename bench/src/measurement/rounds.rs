use std::fmt;

use super::figure::Figure;
use super::measured::Measured;
use super::request_kind::RequestKind;
use crate::error::Result;
use crate::options::Options;
use crate::progress;

/// What to measure once in each round.
#[derive(Clone, Copy, Debug)]
pub struct Measurement<'a> {
    pub target: &'a dyn Measured,
    pub kind: RequestKind,
    pub connections: u32,
    pub rows: Option<u64>,
}

/// Takes each measurement once in each round, after a warm-up.
///
/// The order differs from round to round. One measurement may leave work to the next, for example a checkpoint, or may
/// leave warm caches. With changing orders, this affects all measurements alike.
pub fn run(command: &str, measurements: &[Measurement], options: &Options) -> Result<Vec<Figure>> {
    if options.warm_up > 0 {
        for measurement in measurements {
            eprintln!("warming up: {measurement}");
            measurement.target.measure(measurement.kind, options.warm_up, measurement.connections)?;
        }
    }
    let bar = progress::bar(u64::from(options.rounds) * measurements.len() as u64, "measurements");
    let mut figures = Vec::new();
    for round in 0..options.rounds {
        for measurement in order(measurements, round, options.rounds) {
            let Measurement { target, kind, connections, rows } = measurement;
            let sample = target.measure(kind, options.seconds, connections)?;
            progress::print_line(
                &bar,
                &format!(
                    "round {} of {}: {measurement}: {:.0} requests a second",
                    round + 1,
                    options.rounds,
                    sample.requests_per_second
                ),
            );
            bar.inc(1);
            figures.push(Figure {
                command: command.to_owned(),
                contestant: target.name().map(str::to_owned),
                round: round + 1,
                kind: kind.name().to_owned(),
                connections,
                rows,
                sample,
            });
        }
    }
    bar.finish_and_clear();
    Ok(figures)
}

/// Returns the order for one round. It starts at a different place in each round, and every second round is reversed.
pub fn order<T: Clone>(all: &[T], round: u32, rounds: u32) -> Vec<T> {
    let mut order = all.to_vec();
    order.rotate_left(all.len() * round as usize / rounds as usize);
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

impl fmt::Display for Measurement<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.target.name() {
            write!(f, "{name}, ")?;
        }
        let plural = if self.connections == 1 { "" } else { "s" };
        write!(f, "{}, {} connection{plural}", self.kind.name(), self.connections)?;
        self.rows.map_or(Ok(()), |rows| write!(f, ", {rows} rows"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_has_all_items_in_an_order_of_its_own() {
        let orders: Vec<_> = (0..5).map(|round| order(&[1, 2, 3, 4, 5, 6], round, 5)).collect();
        for (round, order) in orders.iter().enumerate() {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [1, 2, 3, 4, 5, 6]);
            assert!(!orders[..round].contains(order));
        }
    }
}
