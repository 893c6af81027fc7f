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

/// Two-sided 95 % point of the normal distribution.
const NORMAL_95: f64 = 1.959_964;

/// The 95 % interval of a share of which `right` of `all` were seen, by Wilson's score (1927): it has a width even where all
/// or none are right. `None` where nothing was seen.
pub fn wilson(right: usize, all: usize) -> Option<Interval> {
    if all == 0 {
        return None;
    }
    let (n, share, square) = (all as f64, right.min(all) as f64 / all as f64, NORMAL_95 * NORMAL_95);
    let middle = (share + square / (2.0 * n)) / (1.0 + square / n);
    let half = NORMAL_95 / (1.0 + square / n) * (share * (1.0 - share) / n + square / (4.0 * n * n)).sqrt();
    Some(Interval { low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
}

/// The 95 % interval of the expected number of rare events of which `count` were seen: the exact one of Garwood (1936), `0` to
/// `3.69` where there was none.
pub fn poisson(count: usize) -> Interval {
    const TAIL: f64 = (1.0 - COVERED) / 2.0;
    let low = if count == 0 { 0.0 } else { solve(count, |mean| 1.0 - at_most(count - 1, mean) >= TAIL) };
    Interval { low, high: solve(count, |mean| at_most(count, mean) <= TAIL) }
}

/// The smallest mean for which a condition holds that goes on holding; by halves.
fn solve(count: usize, holds: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (0.0, 2.0 * count as f64 + 10.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if holds(middle) { high = middle } else { low = middle }
    }
    high
}

/// Probability of at most `count` events where `mean` are expected.
fn at_most(count: usize, mean: f64) -> f64 {
    let terms = (0..=count).scan(-mean, |log, k| {
        *log += if k == 0 { 0.0 } else { mean.max(f64::MIN_POSITIVE).ln() - (k as f64).ln() };
        Some(log.exp())
    });
    terms.sum()
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

    #[test]
    fn a_share_of_all_or_none_is_not_certain() -> Result<(), &'static str> {
        let near = |interval: Interval, low: f64, high: f64| {
            assert!((interval.low - low).abs() < 5e-4 && (interval.high - high).abs() < 5e-4, "{interval:?}");
        };
        // Newcombe 1998, table I.
        near(wilson(81, 263).ok_or("some")?, 0.2553, 0.3662);
        near(wilson(0, 20).ok_or("some")?, 0.0, 0.1611);
        near(wilson(20, 20).ok_or("some")?, 0.8389, 1.0);
        assert_eq!(wilson(0, 0), None);
        Ok(())
    }

    #[test]
    fn counts_of_rare_events_have_the_exact_interval() {
        // Garwood 1936: 0, 1 and 10 events.
        for (count, low, high) in [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)] {
            let interval = poisson(count);
            assert!((interval.low - low).abs() < 5e-3 && (interval.high - high).abs() < 5e-3, "{interval:?}");
        }
    }
}
