//! Where the line lies below which a best hit is no good match.

use reelgraph_inference::score::{precision, recall};

/// Most of the queries with a right hit on their page that may be answered with "nothing" all the same: whoever is told so
/// wrongly still sees what comes nearest.
const MOST_LOST: f64 = 0.02;

/// A query by its best hit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Best {
    /// Probability of the hit that is likeliest to be right; 0 where there is no hit.
    pub probability: f64,
    /// Whether nothing is right.
    pub is_nothing: bool,
    /// Whether any hit of the page is right.
    pub is_found: bool,
}

/// What a cut-off does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Of the queries answered with "nothing", the share where nothing is right; `None` where no query is.
    pub precision: Option<f64>,
    /// Of the queries where nothing is right, the share answered so; `None` where there are none.
    pub recall: Option<f64>,
    /// Of the queries with a right hit on their page, the share answered with "nothing".
    pub lost: f64,
}

/// What a cut-off does to queries.
pub fn effect(queries: &[Best], cut_off: f64) -> Effect {
    let said: Vec<(bool, bool)> = queries.iter().map(|query| (query.probability < cut_off, query.is_nothing)).collect();
    let found = queries.iter().filter(|query| query.is_found);
    let lost = found.clone().filter(|query| query.probability < cut_off).count();
    Effect { precision: precision(&said), recall: recall(&said), lost: lost as f64 / found.count().max(1) as f64 }
}

/// The highest cut-off, in hundredths, that loses few enough of the queries that were answered rightly.
pub fn choose(queries: &[Best]) -> f64 {
    let hundredths = (1..100).map(|hundredth| f64::from(hundredth) / 100.0);
    hundredths.take_while(|cut_off| effect(queries, *cut_off).lost <= MOST_LOST).last().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(probability: f64, is_nothing: bool) -> Best {
        Best { probability, is_nothing, is_found: !is_nothing }
    }

    #[test]
    fn a_cut_off_is_as_high_as_good_answers_allow() {
        let nothing = (0..10).map(|n| best(0.05 + f64::from(n) * 0.05, true));
        let good = (0..50).map(|n| best(0.285 + f64::from(n) * 0.03, false));
        let queries: Vec<Best> = nothing.chain(good).collect();
        // One in fifty may be lost: the one at .285, not that at .315.
        let cut_off = choose(&queries);
        assert_eq!(cut_off, 0.31);
        // Below .31 are .05 to .30, six of those where nothing is right, and the one that is lost.
        let effect = effect(&queries, cut_off);
        assert_eq!(effect, Effect { precision: Some(6.0 / 7.0), recall: Some(0.6), lost: 0.02 });
    }

    #[test]
    fn where_good_answers_look_like_bad_ones_nothing_is_cut() {
        assert_eq!(choose(&[best(0.0, false), best(0.0, true)]), 0.0);
    }
}
