//! Scores of one ranked answer against graded judgements.
//!
//! A grade says how right an answer is: 0 wrong, 3 exactly what was meant. An answer that repeats what an earlier one
//! already gave has grade 0. Every score is between 0 and 1, 1 being best.

/// Highest grade there is.
pub const BEST_GRADE: u8 = 3;

/// Normalised discounted cumulative gain of the first `k` answers (Järvelin and Kekäläinen, TOIS 2002), with the gain
/// `2^grade − 1` of Burges et al. (ICML 2005): `found` are the grades of the answers in order, `judged` those of everything
/// that could have been found, in any order. 0 where nothing could.
pub fn ndcg_at(k: usize, found: &[u8], judged: &[u8]) -> f64 {
    let mut ideal = judged.to_vec();
    ideal.sort_unstable_by(|a, b| b.cmp(a));
    let best = discounted_gain(k, &ideal);
    if best > 0.0 { discounted_gain(k, found) / best } else { 0.0 }
}

fn discounted_gain(k: usize, grades: &[u8]) -> f64 {
    let gain = |grade: u8| f64::from((1_u32 << grade.min(BEST_GRADE)) - 1);
    let ranked = grades.iter().take(k).zip(1_u32..);
    ranked.map(|(grade, rank)| gain(*grade) / f64::from(rank + 1).log2()).sum()
}

/// Share of the right answers that stand among the first `k`, of as many as `k` places can hold: with ten right answers, one
/// at the top is all that can be asked of the first place. 0 where nothing is right.
pub fn capped_recall_at(k: usize, found: &[u8], judged: &[u8]) -> f64 {
    let right = |grades: &[u8]| grades.iter().filter(|grade| **grade > 0).count();
    let possible = right(judged).min(k);
    if possible == 0 {
        return 0.0;
    }
    right(found.get(..k).unwrap_or(found)).min(possible) as f64 / possible as f64
}

/// `1 / rank` of the first right answer; 0 where none is.
pub fn reciprocal_rank(found: &[u8]) -> f64 {
    found.iter().position(|grade| *grade > 0).map_or(0.0, |place| 1.0 / (place as f64 + 1.0))
}

/// Precision of a yes-or-no answer: of those that said yes, the share that should have; `None` where nobody did. Each pair
/// is what was said and what is true.
pub fn precision<'a>(said: impl IntoIterator<Item = &'a (bool, bool)>) -> Option<f64> {
    share(said.into_iter().filter(|(said, _)| *said).map(|(_, is_true)| *is_true))
}

/// Recall of a yes-or-no answer: of those that should have said yes, the share that did; `None` where nobody should.
pub fn recall<'a>(said: impl IntoIterator<Item = &'a (bool, bool)>) -> Option<f64> {
    share(said.into_iter().filter(|(_, is_true)| *is_true).map(|(said, _)| *said))
}

fn share(of: impl Iterator<Item = bool>) -> Option<f64> {
    let (mut yes, mut all) = (0_usize, 0_usize);
    for is_so in of {
        yes += usize::from(is_so);
        all += 1;
    }
    (all > 0).then(|| yes as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn gains_are_as_computed_by_hand() {
        // Found 3, 0, 2 of 3, 2, 1. Gains 7, 0, 3 at discounts 1, log2 3, 2: 7 + 3/2 = 8.5.
        // Ideal: 7 + 3/log2 3 + 1/2 = 7 + 1.892789 + 0.5 = 9.392789.
        assert!(is_near(ndcg_at(10, &[3, 0, 2], &[1, 3, 2]), 8.5 / (7.5 + 3.0 / 3.0_f64.log2())));
        // The second of two equals at rank 2: 1/log2 3 ÷ (1 + 1/log2 3).
        let second = 1.0 / 3.0_f64.log2();
        assert!(is_near(ndcg_at(10, &[0, 1], &[1, 1]), second / (1.0 + second)));
        assert!(is_near(ndcg_at(1, &[0, 1], &[1, 1]), 0.0));
        assert_eq!(ndcg_at(10, &[0, 0], &[]), 0.0);
    }

    #[test]
    fn recall_is_of_what_the_first_places_can_hold() {
        assert_eq!(capped_recall_at(1, &[1, 0, 1], &[1, 1]), 1.0);
        assert_eq!(capped_recall_at(5, &[1, 0, 1], &[1, 1, 1]), 2.0 / 3.0);
        assert_eq!(capped_recall_at(5, &[0], &[2]), 0.0);
        assert_eq!(capped_recall_at(5, &[], &[]), 0.0);
    }

    #[test]
    fn the_first_right_answer_decides_the_reciprocal_rank() {
        assert_eq!(reciprocal_rank(&[0, 0, 0, 2, 3]), 0.25);
        assert_eq!(reciprocal_rank(&[0, 0]), 0.0);
    }

    #[test]
    fn precision_and_recall_of_saying_so() {
        let said = [(true, true), (true, false), (false, true), (false, false), (false, true)];
        assert_eq!((precision(&said), recall(&said)), (Some(0.5), Some(1.0 / 3.0)));
        assert_eq!((precision(&[(false, true)]), recall(&[(true, false)])), (None, None));
    }

    proptest! {
        #[test]
        fn scores_stay_between_nothing_and_all_and_the_ideal_order_has_all(
            judged in proptest::collection::vec(1_u8..=3, 1..20),
            missing in 0_usize..20,
            wrong in proptest::collection::vec(0_usize..20, 0..10),
            k in 1_usize..15,
        ) {
            let mut found: Vec<u8> = judged.iter().copied().skip(missing).collect();
            for place in wrong {
                found.insert(place.min(found.len()), 0);
            }
            for score in [ndcg_at(k, &found, &judged), capped_recall_at(k, &found, &judged), reciprocal_rank(&found)] {
                prop_assert!((0.0..=1.0 + 1e-9).contains(&score), "{score}");
            }
            let mut ideal = judged.clone();
            ideal.sort_unstable_by(|a, b| b.cmp(a));
            prop_assert!(is_near(ndcg_at(k, &ideal, &judged), 1.0));
            prop_assert_eq!(capped_recall_at(k, &ideal, &judged), 1.0);
        }

        #[test]
        fn a_better_answer_further_up_never_costs_anything(
            found in proptest::collection::vec(0_u8..=3, 2..12), place in 0_usize..11, k in 1_usize..12,
        ) {
            let place = place % (found.len() - 1);
            let (mut better, mut worse) = (found.clone(), found.clone());
            better[place..place + 2].sort_unstable_by(|a, b| b.cmp(a));
            worse[place..place + 2].sort_unstable();
            prop_assert!(ndcg_at(k, &better, &found) >= ndcg_at(k, &worse, &found) - 1e-9);
            prop_assert!(reciprocal_rank(&better) >= reciprocal_rank(&worse));
            prop_assert!(capped_recall_at(k, &better, &found) >= capped_recall_at(k, &worse, &found));
        }
    }
}
