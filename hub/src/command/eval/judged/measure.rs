//! What is measured on the outcomes of judged queries.

use std::collections::BTreeMap;

use reelgraph_inference::score::{capped_recall_at, ndcg_at, reciprocal_rank};

use super::ask::Outcome;
use crate::command::eval::figure::Report;

/// A score of one outcome, `0..=1`; 1 is best.
#[derive(Debug, Clone, Copy)]
pub struct Measure {
    pub figure: &'static str,
    pub unit: &'static str,
    pub of: fn(&Outcome) -> f64,
}

/// Scores of queries that have right answers.
pub const OF_RANKING: [Measure; 5] = [
    Measure { figure: "search_ndcg_at_10", unit: "nDCG@10", of: |one| ndcg_at(10, &one.found, &one.judged) },
    Measure { figure: "search_recall_at_1", unit: "R@1", of: |one| capped_recall_at(1, &one.found, &one.judged) },
    Measure { figure: "search_recall_at_5", unit: "R@5", of: |one| capped_recall_at(5, &one.found, &one.judged) },
    Measure { figure: "search_recall_at_10", unit: "R@10", of: |one| capped_recall_at(10, &one.found, &one.judged) },
    Measure { figure: "search_mrr", unit: "MRR@10", of: |one| reciprocal_rank(&one.found) },
];

/// Whether a query was answered with nothing where nothing is right, and with something else.
pub const OF_HONESTY: Measure = Measure {
    figure: "search_nothing_right",
    unit: "share",
    of: |one| f64::from(u8::from(one.said_nothing() == one.is_nothing())),
};

/// Prints every figure of a set of outcomes.
pub fn print<'a>(report: &Report, outcomes: impl Iterator<Item = &'a Outcome>, on: &str) -> anyhow::Result<()> {
    let (nothing, ranked): (Vec<_>, Vec<_>) = outcomes.partition(|one| one.is_nothing());
    if !ranked.is_empty() {
        for Measure { figure, unit, of } in OF_RANKING {
            report.mean(figure, unit, on, &ranked.iter().map(|one| of(one)).collect::<Vec<_>>())?;
        }
    }
    // Of those that were answered with nothing, how many rightly; of those that should have been, how many were.
    let rightly = nothing.iter().filter(|one| one.said_nothing()).map(|_| 1.0);
    let wrongly = ranked.iter().filter(|one| one.said_nothing()).map(|_| 0.0);
    let said: Vec<f64> = rightly.chain(wrongly).collect();
    if !said.is_empty() {
        report.mean("search_nothing_precision", "share", on, &said)?;
    }
    if !nothing.is_empty() {
        let recalled: Vec<f64> = nothing.iter().map(|one| f64::from(u8::from(one.said_nothing()))).collect();
        report.mean("search_nothing_recall", "share", on, &recalled)?;
    }
    Ok(())
}

/// Prints one figure for each kind of query: of the ranking, or of honesty where nothing is right.
pub fn print_by_kind<'a>(
    report: &Report,
    outcomes: impl Iterator<Item = (&'a str, &'a Outcome)>,
    on: &str,
) -> anyhow::Result<()> {
    let mut kinds = BTreeMap::<&str, Vec<&Outcome>>::new();
    for (kind, outcome) in outcomes {
        kinds.entry(kind).or_default().push(outcome);
    }
    for (kind, outcomes) in kinds {
        let measure = match (outcomes.iter().all(|one| one.is_nothing()), OF_RANKING) {
            (true, _) => OF_HONESTY,
            (false, [ndcg, ..]) => ndcg,
        };
        let ranked: Vec<f64> = outcomes.iter().map(|one| (measure.of)(one)).collect();
        report.mean(measure.figure, measure.unit, &format!("{on}, {kind}"), &ranked)?;
    }
    Ok(())
}
