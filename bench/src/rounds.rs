use crate::Outcome;
use crate::cell::Cell;
use crate::figures::Figure;
use crate::options::Options;
use crate::site::Site;

/// What is measured once a round.
#[derive(Clone, Copy, Debug)]
pub struct Stage<'a> {
    pub site: &'a Site,
    pub cell: Cell,
    pub connections: u32,
    pub rows: Option<u64>,
}

/// Measures each stage in each round.
///
/// Each round has another order, and every second one is reversed: what one stage leaves to the next, a journal to be
/// copied or a warm cache, then falls on all of them.
pub fn run(command: &str, stages: &[Stage], options: &Options) -> Outcome<Vec<Figure>> {
    if options.warm_up > 0 {
        for stage in stages {
            eprintln!("warming up: {stage}");
            stage.site.measure(stage.cell, options.warm_up, stage.connections)?;
        }
    }
    let mut figures = Vec::new();
    for round in 0..options.rounds {
        for stage in order(stages, round, options.rounds) {
            let sample = stage.site.measure(stage.cell, options.seconds, stage.connections)?;
            eprintln!(
                "round {} of {}: {stage}: {:.0} requests a second",
                round + 1,
                options.rounds,
                sample.requests_per_second
            );
            figures.push(Figure {
                command: command.to_owned(),
                round: round + 1,
                cell: stage.cell.name().to_owned(),
                connections: stage.connections,
                rows: stage.rows,
                sample,
            });
        }
    }
    Ok(figures)
}

/// What comes when in a round.
pub fn order<T: Clone>(all: &[T], round: u32, rounds: u32) -> Vec<T> {
    let mut order = all.to_vec();
    order.rotate_left(all.len() * round as usize / rounds as usize);
    if round % 2 == 1 {
        order.reverse();
    }
    order
}

impl std::fmt::Display for Stage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plural = if self.connections == 1 { "" } else { "s" };
        write!(f, "{}, {} connection{plural}", self.cell.name(), self.connections)?;
        self.rows.map_or(Ok(()), |rows| write!(f, ", {rows} rows"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rounds_begin_alike_and_none_forgets_a_stage() {
        let orders: Vec<_> = (0..5).map(|round| order(&[1, 2, 3, 4, 5, 6], round, 5)).collect();
        for (round, order) in orders.iter().enumerate() {
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert_eq!(sorted, [1, 2, 3, 4, 5, 6]);
            assert!(!orders[..round].contains(order));
        }
    }
}
