//! A rising curve of straight pieces.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// A place on a curve: a value of a feature, and the log-odds that it adds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Point(pub f32, pub f32);

/// Log-odds by the value of one feature: never falling, never below 0, level outside of its ends. Without points it adds
/// nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<Point>", into = "Vec<Point>")]
pub struct Curve(Cow<'static, [Point]>);

/// Why points make no curve.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CurveError {
    /// A value or its log-odds is not finite, or below 0 where it must not be.
    #[error("the point ({x}, {y}) of a curve is not finite or adds less than nothing")]
    Value {
        /// Value of the feature.
        x: f32,
        /// Log-odds.
        y: f32,
    },
    /// A point is not after the one before it, or lower.
    #[error("the point ({x}, {y}) of a curve does not rise from the one before")]
    Falls {
        /// Value of the feature.
        x: f32,
        /// Log-odds.
        y: f32,
    },
}

impl Curve {
    /// Adds nothing, whatever the value.
    pub const FLAT: Self = Self(Cow::Borrowed(&[]));

    /// Points known to rise; a test holds those that ship to it.
    pub(super) const fn known(points: &'static [Point]) -> Self {
        Self(Cow::Borrowed(points))
    }

    /// A curve through points in order.
    ///
    /// # Errors
    /// [`CurveError`] where they do not rise.
    pub fn new(points: Vec<Point>) -> Result<Self, CurveError> {
        for Point(x, y) in &points {
            if !(x.is_finite() && y.is_finite() && *y >= 0.0) {
                return Err(CurveError::Value { x: *x, y: *y });
            }
        }
        for (before, Point(x, y)) in points.iter().zip(points.iter().skip(1)) {
            if *x <= before.0 || *y < before.1 {
                return Err(CurveError::Falls { x: *x, y: *y });
            }
        }
        Ok(Self(Cow::Owned(points)))
    }

    /// Its points, in order.
    pub fn points(&self) -> &[Point] {
        &self.0
    }

    /// The log-odds that a value adds.
    pub fn at(&self, value: f32) -> f32 {
        let mut before: Option<&Point> = None;
        for point in self.0.iter() {
            if value < point.0 {
                return match before {
                    None => point.1,
                    Some(before) => before.1 + (point.1 - before.1) * (value - before.0) / (point.0 - before.0),
                };
            }
            before = Some(point);
        }
        before.map_or(0.0, |last| last.1)
    }
}

impl TryFrom<Vec<Point>> for Curve {
    type Error = CurveError;

    fn try_from(points: Vec<Point>) -> Result<Self, CurveError> {
        Self::new(points)
    }
}

impl From<Curve> for Vec<Point> {
    fn from(curve: Curve) -> Self {
        curve.0.into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_two_points_it_is_straight_and_beyond_the_ends_level() -> Result<(), CurveError> {
        let curve = Curve::new(vec![Point(0.2, 0.0), Point(0.4, 1.0), Point(0.5, 3.0)])?;
        let at: Vec<f32> = [-1.0, 0.2, 0.3, 0.45, 0.5, 9.0].into_iter().map(|x| curve.at(x)).collect();
        for (value, expected) in at.into_iter().zip([0.0, 0.0, 0.5, 2.0, 3.0, 3.0]) {
            assert!((value - expected).abs() < 1e-5, "{value} instead of {expected}");
        }
        assert_eq!(Curve::FLAT.at(5.0), 0.0);
        Ok(())
    }

    #[test]
    fn points_that_fall_stand_still_or_are_no_numbers_are_refused() {
        for points in [
            vec![Point(0.0, 1.0), Point(1.0, 0.5)],
            vec![Point(1.0, 0.0), Point(1.0, 1.0)],
            vec![Point(0.0, -0.1)],
            vec![Point(f32::NAN, 0.0)],
        ] {
            assert!(Curve::new(points.clone()).is_err(), "{points:?}");
        }
        assert!(serde_json::from_str::<Curve>("[[0.0, 1.0], [1.0, 0.0]]").is_err());
    }
}
