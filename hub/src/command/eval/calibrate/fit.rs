//! Logistic regression on rising curves: each feature is cut into ramps between knots, and no ramp may go down.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use reelgraph_search::calibration::{Calibration, ChannelCurves, Curve, CurveError, Feature, Point, SpaceCurves};

use super::sample::Row;

/// Pulls ramps towards 0 (the ridge penalty), so that what few hits show is not taken for certain.
const RIDGE: f64 = 1.0;
/// Passes over all ramps; the numbers stand still well before.
const SWEEPS: usize = 300;
/// A channel or a space with fewer right hits is not fitted: its numbers would be those of a few queries.
const FEWEST_RIGHT: usize = 20;
/// Shares of the hits that lie below the knots of similarities, which differ from space to space.
const SIMILARITY_QUANTILES: [f64; 7] = [0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 0.99];

/// One ramp of one feature: 0 up to where it begins, 1 from where it ends.
#[derive(Debug)]
struct Ramp<'a> {
    feature: Feature<'a>,
    from: f32,
    to: f32,
    /// Log-odds that all of it adds.
    gain: f64,
    /// Rows on which it is not 0, and its value there.
    rows: Vec<(usize, f64)>,
}

/// Fits the curves to hits. Without a cut-off yet.
///
/// # Errors
/// [`CurveError`] where the numbers came out as none.
pub fn fit<'a>(rows: &'a [Row<'a>], fitted_on: &str) -> Result<Calibration, CurveError> {
    let mut ramps = ramps(rows);
    let mut base = 0.0;
    let mut odds = vec![0.0; rows.len()];
    for _ in 0..SWEEPS {
        let all = (0..rows.len()).map(|row| (row, 1.0));
        base += step(all, &mut odds, rows, |slope, bend| slope / bend.max(f64::MIN_POSITIVE));
        for ramp in &mut ramps {
            let before = ramp.gain;
            let change =
                |slope: f64, bend: f64| ((before + (slope - RIDGE * before) / (bend + RIDGE)).max(0.0)) - before;
            ramp.gain += step(ramp.rows.iter().copied(), &mut odds, rows, change);
        }
    }
    assemble(base, &ramps, fitted_on)
}

/// One Newton step along one column: how far to go is for `change` to say, by the slope of the likelihood and its bend.
fn step(
    column: impl Iterator<Item = (usize, f64)> + Clone,
    odds: &mut [f64],
    rows: &[Row<'_>],
    change: impl Fn(f64, f64) -> f64,
) -> f64 {
    let (mut slope, mut bend) = (0.0, 0.0);
    for (at, value) in column.clone() {
        let Some((log_odds, row)) = odds.get(at).zip(rows.get(at)) else { continue };
        let probability = 1.0 / (1.0 + (-log_odds).exp());
        slope += row.weight * value * (f64::from(u8::from(row.is_right)) - probability);
        bend += row.weight * value * value * probability * (1.0 - probability);
    }
    // Longer steps than this overshoot where the curve of the likelihood is nearly straight.
    let change = change(slope, bend).clamp(-1.0, 1.0);
    for (row, value) in column {
        if let Some(log_odds) = odds.get_mut(row) {
            *log_odds += change * value;
        }
    }
    change
}

fn ramps<'a>(rows: &'a [Row<'a>]) -> Vec<Ramp<'a>> {
    let mut values = BTreeMap::<Feature<'a>, Vec<(usize, f32)>>::new();
    for (at, row) in rows.iter().enumerate() {
        for (feature, value) in &row.features {
            values.entry(*feature).or_default().push((at, *value));
        }
    }
    let mut ramps = Vec::new();
    let is_right = |(row, _): &&(usize, f32)| rows.get(*row).is_some_and(|row| row.is_right);
    for (feature, values) in values {
        if values.iter().filter(is_right).count() < FEWEST_RIGHT {
            continue;
        }
        let knots = knots(feature, &values);
        for (from, to) in knots.iter().copied().zip(knots.iter().copied().skip(1)) {
            let share = |value: f32| f64::from(((value - from) / (to - from)).clamp(0.0, 1.0));
            let rows =
                values.iter().map(|(row, value)| (*row, share(*value))).filter(|(_, share)| *share > 0.0).collect();
            ramps.push(Ramp { feature, from, to, gain: 0.0, rows });
        }
    }
    ramps
}

fn knots(feature: Feature<'_>, values: &[(usize, f32)]) -> Vec<f32> {
    match feature {
        Feature::Coverage(_) => vec![0.0, 0.25, 0.5, 0.75, 1.0],
        Feature::Words(_) => vec![1.0, 2.0, 3.0, 5.0],
        Feature::Closeness(_) => vec![-0.2, -0.1, -0.05, -0.001],
        Feature::Similarity(_) => {
            let mut sorted: Vec<f32> = values.iter().map(|(_, value)| *value).collect();
            sorted.sort_by(f32::total_cmp);
            let at = |share: f64| sorted.get((sorted.len().saturating_sub(1) as f64 * share) as usize).copied();
            // Two decimals are as fine as a cosine similarity of quantised models means anything.
            let rounded = |value: f32| (value * 100.0).round() / 100.0;
            let mut knots: Vec<f32> = SIMILARITY_QUANTILES.into_iter().filter_map(at).map(rounded).collect();
            knots.dedup();
            knots
        }
    }
}

fn assemble(base: f64, ramps: &[Ramp<'_>], fitted_on: &str) -> Result<Calibration, CurveError> {
    let curve = |feature: Feature<'_>| {
        let (mut points, mut height) = (Vec::new(), 0.0);
        for ramp in ramps.iter().filter(|ramp| ramp.feature == feature) {
            if points.is_empty() {
                points.push(Point(ramp.from, 0.0));
            }
            height += ramp.gain;
            points.push(Point(ramp.to, rounded(height)));
        }
        // A curve that stays on the ground says nothing.
        if height < 1e-3 { Ok(Curve::FLAT) } else { Curve::new(points) }
    };
    let features: BTreeSet<Feature<'_>> = ramps.iter().map(|ramp| ramp.feature).collect();
    let (mut channels, mut spaces) = (Vec::new(), Vec::new());
    for feature in features {
        match feature {
            Feature::Coverage(channel) => channels.push(ChannelCurves {
                channel,
                coverage: curve(feature)?,
                words: curve(Feature::Words(channel))?,
            }),
            Feature::Similarity(name) => spaces.push(SpaceCurves {
                space: Cow::Owned(name.to_owned()),
                similarity: curve(feature)?,
                closeness: curve(Feature::Closeness(name))?,
            }),
            Feature::Words(_) | Feature::Closeness(_) => {}
        }
    }
    Ok(Calibration {
        fitted_on: Cow::Owned(fitted_on.to_owned()),
        base: rounded(base),
        cut_off: 0.0,
        channels: Cow::Owned(channels),
        spaces: Cow::Owned(spaces),
    })
}

fn rounded(value: f64) -> f32 {
    ((value * 1e3).round() / 1e3) as f32
}

#[cfg(test)]
mod tests {
    use reelgraph_search::calibration::{Evidence, features};

    use super::*;

    fn row(similarity: f32, is_right: bool) -> Row<'static> {
        let features = features([Evidence::Vector { space: "a", similarity, below_best: 0.0 }]);
        Row { features, modalities: BTreeSet::new(), score: 0.0, is_right, weight: 1.0 }
    }

    #[test]
    fn probabilities_come_out_as_often_as_the_hits_were_right() -> Result<(), CurveError> {
        // A tenth of the far ones are right, nine tenths of the near ones.
        let rows: Vec<_> =
            (0..400).map(|n| if n % 2 == 0 { row(0.2, n % 20 == 0) } else { row(0.8, n % 20 != 1) }).collect();
        let fitted = fit(&rows, "made up")?;
        for (similarity, share) in [(0.2, 0.1), (0.8, 0.9)] {
            let said = fitted.probability([Evidence::Vector { space: "a", similarity, below_best: 0.0 }]);
            assert!(said.is_some_and(|said| (said - share).abs() < 0.03), "{similarity}: {said:?}");
        }
        Ok(())
    }

    #[test]
    fn evidence_that_speaks_against_a_hit_counts_for_nothing() -> Result<(), CurveError> {
        let rows: Vec<_> = (0..200).map(|n| row(n as f32 / 200.0, n < 50)).collect();
        let fitted = fit(&rows, "made up")?;
        assert!(fitted.spaces.iter().all(|curves| curves.similarity == Curve::FLAT), "{fitted:?}");
        let said = fitted.probability([Evidence::Vector { space: "a", similarity: 0.9, below_best: 0.0 }]);
        assert!(said.is_some_and(|said| (said - 0.25).abs() < 0.01), "{said:?}");
        Ok(())
    }

    #[test]
    fn what_counts_twice_is_as_good_as_two() -> Result<(), CurveError> {
        let twice = |one: Row<'static>| Row { weight: 2.0, ..one };
        let rows = |n: usize| row(0.2 + (n % 7) as f32 / 10.0, n.is_multiple_of(3));
        let weighed: Vec<_> = (0..200).map(|n| if n % 4 == 0 { twice(rows(n)) } else { rows(n) }).collect();
        let repeated: Vec<_> =
            (0..200).flat_map(|n| std::iter::repeat_n(rows(n), if n % 4 == 0 { 2 } else { 1 })).collect();
        let probability = |fitted: Calibration| {
            fitted.probability([Evidence::Vector { space: "a", similarity: 0.5, below_best: 0.0 }]).unwrap_or(f32::NAN)
        };
        let difference = probability(fit(&weighed, "made up")?) - probability(fit(&repeated, "made up")?);
        assert!(difference.abs() < 0.02, "{difference}");
        Ok(())
    }

    #[test]
    fn a_few_right_hits_make_no_curve() -> Result<(), CurveError> {
        let rows: Vec<_> = (0..200).map(|n| row(n as f32 / 200.0, n > 190)).collect();
        assert!(fit(&rows, "made up")?.spaces.is_empty());
        Ok(())
    }
}
