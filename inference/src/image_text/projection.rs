//! Fewer components with nearly the same inner products.

/// A subsampled randomised Hadamard transform (Ailon and Chazelle 2009; Tropp 2011): random signs, a Hadamard transform, some
/// of the outputs. Rows are orthogonal, so that inner products of unit vectors change by about
/// `sqrt((1 - to / from) / to)`. "Random" by a fixed seed: the same on every machine and for ever, since stored vectors
/// depend on it.
#[derive(Debug, Clone)]
pub(crate) struct Projection {
    from: usize,
    signs: Vec<f32>,
    kept: Vec<usize>,
}

impl Projection {
    /// From vectors of `from` components to `to`, at most the next power of two of `from`.
    pub(crate) fn new(from: usize, to: usize, seed: u64) -> Self {
        let padded = from.next_power_of_two();
        let mut random = SplitMix(seed);
        let signs = (0..padded).map(|_| if random.next() & 1 == 0 { 1.0 } else { -1.0 }).collect();
        let mut kept: Vec<usize> = (0..padded).collect();
        // The first `to` places of a Fisher-Yates shuffle.
        for place in 0..to.min(padded) {
            let other = place + (random.next() % (padded - place) as u64) as usize;
            kept.swap(place, other);
        }
        kept.truncate(to);
        Self { from, signs, kept }
    }

    /// Projects one vector; missing components count as zero, surplus ones are left out. Lengths shrink by about
    /// `sqrt(to / from)`.
    pub(crate) fn apply(&self, vector: &[f32]) -> Vec<f32> {
        let mut values: Vec<f32> = self.signs.clone();
        for (index, value) in values.iter_mut().enumerate() {
            *value *= if index < self.from { vector.get(index).copied().unwrap_or(0.0) } else { 0.0 };
        }
        hadamard(&mut values);
        let scale = 1.0 / (values.len() as f32).sqrt();
        self.kept.iter().map(|index| values.get(*index).copied().unwrap_or(0.0) * scale).collect()
    }
}

/// The fast Walsh-Hadamard transform of a power of two of values, in place, not scaled.
fn hadamard(values: &mut [f32]) {
    let mut half = 1;
    while half < values.len() {
        for block in values.chunks_exact_mut(half * 2) {
            let (left, right) = block.split_at_mut(half);
            for (a, b) in left.iter_mut().zip(right) {
                (*a, *b) = (*a + *b, *a - *b);
            }
        }
        half *= 2;
    }
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(values: impl Iterator<Item = f32>) -> Vec<f32> {
        let values: Vec<f32> = values.collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        values.iter().map(|value| value / length).collect()
    }

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn a_projection_to_all_components_keeps_inner_products_exactly() {
        let (a, b) = (unit((0..100).map(|i| (i as f32).sin())), unit((0..100).map(|i| (i as f32 * 0.7).cos())));
        let projection = Projection::new(100, 128, 7);
        assert!((dot(&projection.apply(&a), &projection.apply(&b)) - dot(&a, &b)).abs() < 1e-5);
    }

    #[test]
    fn a_projection_to_half_the_components_keeps_inner_products_nearly() {
        let projection = Projection::new(1_000, 512, 1);
        let scale = 1_024.0 / 512.0;
        for shift in 1..40 {
            let a = unit((0..1_000).map(|i| ((i * shift) as f32).sin()));
            let b = unit((0..1_000).map(|i| ((i * shift + i / 7) as f32).sin()));
            let error = dot(&projection.apply(&a), &projection.apply(&b)) * scale - dot(&a, &b);
            assert!(error.abs() < 0.15, "{shift}: {error}");
        }
    }

    #[test]
    fn the_projection_is_the_same_for_ever() {
        let projected = Projection::new(8, 3, 42).apply(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        let again = Projection::new(8, 3, 42).apply(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        assert_eq!(projected, again);
        assert_eq!(SplitMix(0).next(), 0xe220_a839_7b1d_cdaf, "the generator's published first value");
    }
}
