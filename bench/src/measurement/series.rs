use super::figure::Figure;
use super::sample::Measure;
use crate::statistics::median;

/// The figures of one measurement in all rounds. Two series can be compared round by round.
#[derive(Debug)]
pub struct Series<'a>(Vec<&'a Figure>);

impl<'a> Series<'a> {
    /// Selects the figures for which `is_included` returns true.
    pub fn select(figures: &'a [Figure], is_included: impl Fn(&Figure) -> bool) -> Self {
        Self(figures.iter().filter(|figure| is_included(figure)).collect())
    }

    /// Returns the median over all rounds.
    pub fn median(&self, measure: Measure) -> f64 {
        median(self.0.iter().map(|figure| measure(&figure.sample)))
    }

    /// Returns the median of each round's ratio to the other series.
    ///
    /// It is steadier than the ratio of the medians: if the machine is slow for a while, both series are slow.
    pub fn ratio(&self, to: &Series, measure: Measure) -> f64 {
        let other = |round| to.0.iter().find(|figure| figure.round == round);
        median(
            self.0
                .iter()
                .filter_map(|figure| other(figure.round).map(|other| measure(&figure.sample) / measure(&other.sample))),
        )
    }
}
