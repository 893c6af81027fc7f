//! Whether one way to answer is better than another, or only happened to be on these questions.

use super::random::SplitMix;

/// Random assignments that are tried.
const TRIALS: usize = 10_000;
/// Of fewer pairs nothing is said: with five there are 32 assignments, and none of them can be below one in sixteen.
const FEWEST: usize = 6;

/// Two-sided p-value of the paired randomisation test on the mean (Fisher; Smucker, Allan and Carterette, CIKM 2007):
/// `differences` are those of the same questions under both ways, and the value is the share of random swaps within pairs
/// whose mean difference is as far from 0 as the one that was seen. The same on every run; `None` of fewer than six pairs.
pub fn paired_randomisation(differences: &[f64]) -> Option<f64> {
    if differences.len() < FEWEST {
        return None;
    }
    // Room for rounding: sums in another order must not count as smaller.
    let magnitude: f64 = differences.iter().map(|difference| difference.abs()).sum();
    let seen = differences.iter().sum::<f64>().abs() - 1e-12 * magnitude;
    let mut random = SplitMix(differences.len() as u64);
    let mut as_far = 0_usize;
    for _ in 0..TRIALS {
        let (mut sum, mut bits) = (0.0, 0);
        for (place, difference) in differences.iter().enumerate() {
            if place % 64 == 0 {
                bits = random.bits();
            }
            sum += if bits & 1 == 0 { *difference } else { -difference };
            bits >>= 1;
        }
        as_far += usize::from(sum.abs() >= seen);
    }
    // The assignment that was seen is one of those that could have been.
    Some((as_far + 1) as f64 / (TRIALS + 1) as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_of_ten_better_is_one_in_five_hundred() -> Result<(), &'static str> {
        // Only the two assignments of 1024 with all signs alike are as far: p = 2 / 1024 = .00195.
        let p = paired_randomisation(&[0.1; 10]).ok_or("enough pairs")?;
        assert!((p - 2.0 / 1024.0).abs() < 0.0015, "{p}");
        Ok(())
    }

    #[test]
    fn as_many_better_as_worse_says_nothing() {
        assert_eq!(paired_randomisation(&[0.2, -0.2, 0.1, -0.1, 0.3, -0.3]), Some(1.0));
        assert_eq!(paired_randomisation(&[0.0; 8]), Some(1.0));
        assert_eq!(paired_randomisation(&[0.5; 5]), None);
    }

    proptest! {
        #[test]
        fn it_is_a_probability_and_does_not_care_which_way_is_named_first(
            differences in proptest::collection::vec(-1.0_f64..1.0, 6..80)
        ) {
            let p = paired_randomisation(&differences).unwrap_or(f64::NAN);
            let turned: Vec<f64> = differences.iter().map(|difference| -difference).collect();
            prop_assert!(p > 0.0 && p <= 1.0);
            prop_assert_eq!(paired_randomisation(&turned), Some(p));
        }
    }
}
