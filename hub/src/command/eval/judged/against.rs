//! Two ways to search side by side, query by query.

use std::collections::HashMap;

use reelgraph_inference::score::{bootstrap, paired_randomisation};
use serde::Serialize;

use super::ask::Outcome;
use super::measure::{Measure, OF_HONESTY, OF_RANKING};
use crate::command::eval::figure::rounded;
use crate::output;

/// Outcomes by the place of the query among all judgements.
pub type Outcomes = HashMap<usize, Outcome>;

/// One figure of both.
#[derive(Debug, PartialEq, Serialize)]
struct Compared {
    figure: &'static str,
    unit: &'static str,
    ours: f64,
    other: f64,
    /// `other − ours`, the mean over queries.
    difference: f64,
    /// Ends of the 95 % confidence interval of the difference.
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
    /// Of the paired randomisation test, two-sided.
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<f64>,
    /// Queries that both were asked.
    n: usize,
    /// Queries on which the other one is better, and worse.
    better: usize,
    worse: usize,
}

/// Prints each measure of both, with the difference and whether it may be chance.
pub fn print(ours: &Outcomes, other: &Outcomes, is_json: bool) -> anyhow::Result<()> {
    let pairs: Vec<(&Outcome, &Outcome)> =
        ours.iter().filter_map(|(number, outcome)| Some((outcome, other.get(number)?))).collect();
    for measure in OF_RANKING.into_iter().chain([OF_HONESTY]) {
        let is_of_honesty = measure.figure == OF_HONESTY.figure;
        let pairs = pairs.iter().copied().filter(|(ours, _)| is_of_honesty || !ours.is_nothing());
        let Some(compared) = compare(measure, pairs) else { continue };
        if is_json { output::json(&compared)? } else { output::line(row(&compared)) }
    }
    Ok(())
}

fn compare<'a>(measure: Measure, pairs: impl Iterator<Item = (&'a Outcome, &'a Outcome)>) -> Option<Compared> {
    let (ours, others): (Vec<f64>, Vec<f64>) =
        pairs.map(|(ours, other)| ((measure.of)(ours), (measure.of)(other))).unzip();
    let differences: Vec<f64> = ours.iter().zip(&others).map(|(ours, other)| other - ours).collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let interval = bootstrap(&differences, |sample| sample.iter().copied().sum::<f64>() / sample.len() as f64);
    (!ours.is_empty()).then(|| Compared {
        figure: measure.figure,
        unit: measure.unit,
        ours: rounded(mean(&ours)),
        other: rounded(mean(&others)),
        difference: rounded(mean(&differences)),
        low: interval.map(|interval| rounded(interval.low)),
        high: interval.map(|interval| rounded(interval.high)),
        p: paired_randomisation(&differences).map(rounded),
        n: ours.len(),
        better: differences.iter().filter(|difference| **difference > 0.0).count(),
        worse: differences.iter().filter(|difference| **difference < 0.0).count(),
    })
}

fn row(compared: &Compared) -> String {
    let Compared { figure, unit, ours, other, difference, low, high, p, n, better, worse } = compared;
    let interval = low.zip(*high).map(|(low, high)| format!("{low:+.3} … {high:+.3}")).unwrap_or_default();
    let p = p.map(|p| format!("p={p:.4}")).unwrap_or_default();
    format!(
        "{figure:<22} {ours:>8.4} {other:>8.4} {difference:>+9.4} {interval:<19} {p:<9} +{better} -{worse} {unit:<8} n={n}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_queries_are_compared_and_the_others_left_out() {
        let first = Outcome { found: vec![2], judged: vec![2], reranked: None };
        let second = Outcome { found: vec![0, 2], judged: vec![2], reranked: None };
        let [.., mrr] = OF_RANKING;
        let pairs = std::iter::repeat_n((&second, &first), 8).chain([(&first, &second)]);
        let compared = compare(mrr, pairs);
        let seen = compared.as_ref().map(|one| (one.n, one.better, one.worse, one.ours, one.difference));
        assert_eq!(seen, Some((9, 8, 1, 0.5556, 0.3889)));
        // 20 of the 512 sign patterns are as far from zero: p = .039.
        let p = compared.and_then(|one| one.p).unwrap_or_default();
        assert!((p - 20.0 / 512.0).abs() < 0.006, "{p}");
        assert_eq!(compare(mrr, std::iter::empty()), None);
    }
}
