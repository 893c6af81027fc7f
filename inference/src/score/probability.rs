//! Whether probabilities mean what they say.

/// Mean squared distance of probabilities to what came true (Brier 1950): 0 is best, saying one half always has .25. Each
/// pair is a probability and whether it came true. 0 of nothing.
pub fn brier_score(said: &[(f64, bool)]) -> f64 {
    let error = |(probability, is_true): &(f64, bool)| (probability - f64::from(u8::from(*is_true))).powi(2);
    said.iter().map(error).sum::<f64>() / said.len().max(1) as f64
}

/// Expected calibration error (Naeini, Cooper and Hauskrecht, AAAI 2015) over ten bins of equal width: how far the mean
/// probability of a bin is from the share that came true, weighted by how many are in it. 0 is best.
pub fn calibration_error(said: &[(f64, bool)]) -> f64 {
    const BINS: usize = 10;
    let bin = |probability: f64| ((probability * BINS as f64) as usize).min(BINS - 1);
    let gap = |number: usize| {
        let of_bin = said.iter().filter(|(probability, _)| bin(*probability) == number);
        of_bin.map(|(probability, is_true)| probability - f64::from(u8::from(*is_true))).sum::<f64>().abs()
    };
    (0..BINS).map(gap).sum::<f64>() / said.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn scores_are_as_computed_by_hand() {
        // (.04 + .04 + .64) / 3; bins .8 (one of two true: gap |1.6 − 1|) and .2 (none: .2), over 3.
        let said = [(0.8, true), (0.2, false), (0.8, false)];
        assert!((brier_score(&said) - 0.24).abs() < 1e-9);
        assert!((calibration_error(&said) - 0.8 / 3.0).abs() < 1e-9);
        assert_eq!((brier_score(&[]), calibration_error(&[])), (0.0, 0.0));
    }

    proptest! {
        #[test]
        fn knowing_is_best_and_nothing_is_worse_than_one(
            said in proptest::collection::vec((0.0_f64..=1.0, any::<bool>()), 1..50)
        ) {
            prop_assert!((0.0..=1.0).contains(&brier_score(&said)));
            prop_assert!((0.0..=1.0 + 1e-9).contains(&calibration_error(&said)));
            let known: Vec<_> = said.iter().map(|(_, is_true)| (f64::from(u8::from(*is_true)), *is_true)).collect();
            prop_assert_eq!((brier_score(&known), calibration_error(&known)), (0.0, 0.0));
        }
    }
}
