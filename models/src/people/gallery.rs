//! What a group of faces looks like on the whole: enough to compare groups without their faces.

/// The mean of a group's vectors, and of their squared lengths. With both, the mean of the squared distances between the
/// faces of two groups is exact, whatever their sizes: `E|a - b|² = E|a|² + E|b|² - 2 E[a] E[b]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    /// How many faces.
    pub faces: u32,
    /// Mean of their vectors.
    pub mean: Vec<f32>,
    /// Mean of their squared lengths.
    pub mean_square: f64,
}

impl Gallery {
    /// What these faces look like together; `None` where there are none.
    pub fn of<'v>(vectors: impl IntoIterator<Item = &'v [f32]>) -> Option<Self> {
        let each = vectors.into_iter().map(|vector| Self {
            faces: 1,
            mean: vector.to_vec(),
            mean_square: vector.iter().map(|value| f64::from(*value).powi(2)).sum(),
        });
        each.reduce(|all, one| all.with(&one))
    }

    /// Both together.
    #[must_use]
    pub fn with(&self, other: &Self) -> Self {
        let (here, there) = (f64::from(self.faces), f64::from(other.faces));
        let mix = |a: f64, b: f64| (a * here + b * there) / (here + there).max(1.0);
        let mean = self.mean.iter().zip(&other.mean).map(|(a, b)| mix(f64::from(*a), f64::from(*b)) as f32).collect();
        let mean_square = mix(self.mean_square, other.mean_square);
        Self { faces: self.faces.saturating_add(other.faces), mean, mean_square }
    }

    /// Mean of the squared distances between the faces of the two.
    pub fn squared_distance(&self, other: &Self) -> f32 {
        let product: f32 = self.mean.iter().zip(&other.mean).map(|(a, b)| a * b).sum();
        (self.mean_square + other.mean_square - 2.0 * f64::from(product)).max(0.0) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_of_groups_is_that_of_their_faces_on_average() {
        let (one, two) = ([[0.0, 0.0], [1.0, 0.0], [0.5, 0.5]], [[2.0, 1.0], [1.0, 1.0]]);
        let apart = |a: &[f32; 2], b: &[f32; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
        let all: Vec<f32> = one.iter().flat_map(|a| two.iter().map(move |b| apart(a, b))).collect();
        let expected = all.iter().sum::<f32>() / all.len() as f32;
        let group = |faces: &[[f32; 2]]| Gallery::of(faces.iter().map(|face| face.as_slice()));
        let measured = group(&one).zip(group(&two)).map(|(one, two)| one.squared_distance(&two));
        assert!(measured.is_some_and(|measured| (measured - expected).abs() < 1e-5), "{measured:?}, not {expected}");
    }

    #[test]
    fn no_faces_look_like_nobody() {
        assert_eq!(Gallery::of([]), None);
    }
}
