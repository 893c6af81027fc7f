//! Turning, scaling and shifting a plane.

/// `(u, v)` to `(a·u − b·v + x, b·u + a·v + y)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Similarity {
    a: f64,
    b: f64,
    x: f64,
    y: f64,
}

impl Similarity {
    /// What brings each of `from` as near as possible to its partner in `to`, by the sum of squared distances. `from` holds at
    /// least two different points.
    pub(crate) fn fit<const N: usize>(from: [(f64, f64); N], to: [(f64, f64); N]) -> Self {
        let (from_x, from_y) = mean(from);
        let (to_x, to_y) = mean(to);
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for ((u, v), (s, t)) in from.into_iter().zip(to) {
            let (u, v, s, t) = (u - from_x, v - from_y, s - to_x, t - to_y);
            along += u * s + v * t;
            across += u * t - v * s;
            spread += u * u + v * v;
        }
        let (a, b) = (along / spread, across / spread);
        Self { a, b, x: to_x - (a * from_x - b * from_y), y: to_y - (b * from_x + a * from_y) }
    }

    /// What takes a square of `from_side` at the origin to the one of `to_side` around `middle`, turned by `angle` radians.
    pub(crate) fn square(from_side: f64, to_side: f64, middle: (f64, f64), angle: f64) -> Self {
        let (scale, half) = (to_side / from_side, from_side / 2.0);
        let (a, b) = (angle.cos() * scale, angle.sin() * scale);
        Self { a, b, x: middle.0 - (a - b) * half, y: middle.1 - (a + b) * half }
    }

    pub(crate) fn apply(self, (u, v): (f64, f64)) -> (f64, f64) {
        (self.a * u - self.b * v + self.x, self.b * u + self.a * v + self.y)
    }

    /// How much longer lines become.
    pub(crate) fn scale(self) -> f64 {
        self.a.hypot(self.b)
    }
}

fn mean<const N: usize>(points: [(f64, f64); N]) -> (f64, f64) {
    let sum = points.into_iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0, sum.1 + point.1));
    (sum.0 / N as f64, sum.1 / N as f64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_turned_scaled_and_shifted_triangle_is_fitted_exactly(
            angle in -3.0..3.0_f64, side in 0.01..50.0_f64, x in -100.0..100.0_f64, y in -100.0..100.0_f64,
        ) {
            let truth = Similarity::square(10.0, side, (x, y), angle);
            let from = [(0.0, 0.0), (10.0, 0.0), (4.0, 7.0)];
            let fitted = Similarity::fit(from, from.map(|point| truth.apply(point)));
            for point in [(1.0, 2.0), (-30.0, 5.0)] {
                let ((x0, y0), (x1, y1)) = (truth.apply(point), fitted.apply(point));
                prop_assert!((x0 - x1).hypot(y0 - y1) < 1e-6);
            }
            prop_assert!((fitted.scale() - side / 10.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_middle_of_a_square_goes_to_the_middle() {
        let (x, y) = Similarity::square(192.0, 40.0, (7.0, -3.0), 1.0).apply((96.0, 96.0));
        assert!((x - 7.0).abs() < 1e-9 && (y + 3.0).abs() < 1e-9);
    }
}
