//! How far a score could be off, had other things of the same kind been measured.

use super::random::SplitMix;

/// Samples drawn with replacement.
const RESAMPLES: usize = 500;
/// Share of them that lies within the interval.
const COVERED: f64 = 0.95;
/// Of fewer things nothing is said: the same few would be drawn again and again.
const FEWEST: usize = 5;

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The 95 % interval of a statistic over `items` by the percentile bootstrap (Efron 1979), the same on every run; `None`
/// of fewer than five items. Items must be independent of each other: pictures, recordings, utterances, not words.
pub fn bootstrap<T>(items: &[T], statistic: impl Fn(&[&T]) -> f64) -> Option<Interval> {
    if items.len() < FEWEST {
        return None;
    }
    let mut random = SplitMix(items.len() as u64);
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let sample: Vec<&T> = items.iter().filter_map(|_| items.get(random.below(items.len()))).collect();
            statistic(&sample)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get(((RESAMPLES - 1) as f64 * share).round() as usize).copied();
    Some(Interval { low: at((1.0 - COVERED) / 2.0)?, high: at((1.0 + COVERED) / 2.0)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(values: &[&f64]) -> f64 {
        values.iter().copied().sum::<f64>() / values.len() as f64
    }

    #[test]
    fn the_interval_of_a_share_is_about_as_wide_as_the_normal_approximation() -> Result<(), &'static str> {
        // 80 of 100: .8 ± 1.96 · √(.8 · .2 / 100) = .8 ± .078.
        let hits: Vec<f64> = (0..100).map(|index| f64::from(u8::from(index < 80))).collect();
        let interval = bootstrap(&hits, mean).ok_or("enough items")?;
        assert!((interval.low - 0.722).abs() < 0.025 && (interval.high - 0.878).abs() < 0.025, "{interval:?}");
        assert_eq!(bootstrap(&hits, mean), Some(interval), "the same on every run");
        Ok(())
    }

    #[test]
    fn what_never_varies_has_no_width_and_few_things_have_no_interval() {
        assert_eq!(bootstrap(&[1.0; 9], mean), Some(Interval { low: 1.0, high: 1.0 }));
        assert_eq!(bootstrap(&[1.0; 4], mean), None);
    }
}
