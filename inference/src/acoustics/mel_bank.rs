//! Mel filter banks: from the bins of a power spectrum to bands as wide as hearing has them.

use std::ops::Range;

use super::SAMPLE_RATE_HZ;

/// One triangle of a filter bank: weights of consecutive Fourier bins.
#[derive(Debug, Clone)]
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

/// A bank of triangular filters over a power or magnitude spectrum of 16 kHz sound.
#[derive(Debug, Clone)]
pub(crate) struct MelBank {
    bands: Vec<Band>,
}

impl MelBank {
    /// `librosa.filters.mel(sr=16000, n_fft=fft_samples, n_mels=bands)`: triangles of equal area over hertz, on Slaney's
    /// scale, from 0 Hz to half the sample rate. Whisper and Resemblyzer hear through it.
    pub(crate) fn slaney(fft_samples: usize, bands: usize) -> Self {
        let nyquist = SAMPLE_RATE_HZ as f64 / 2.0;
        let edges = |low: f64, centre: f64, high: f64| [low, centre, high].map(slaney_hertz).into();
        Self::of(fft_samples, bands, slaney_mel(0.0)..slaney_mel(nyquist), edges, |hertz, (low, centre, high)| {
            triangle(hertz, (low, centre, high)) * 2.0 / (high - low)
        })
    }

    /// Triangles of equal height over mel, on the scale of HTK, between two frequencies: the bank of kaldi
    /// (`mel-computations.cc`) and of TensorFlow (`linear_to_mel_weight_matrix`).
    pub(crate) fn htk(fft_samples: usize, bands: usize, hertz: Range<f64>) -> Self {
        let range = htk_mel(hertz.start)..htk_mel(hertz.end);
        let edges = |low, centre, high| (low, centre, high);
        Self::of(fft_samples, bands, range, edges, |hertz, triangle_mel| triangle(htk_mel(hertz), triangle_mel))
    }

    fn of(
        fft_samples: usize,
        bands: usize,
        mel: Range<f64>,
        edges: impl Fn(f64, f64, f64) -> (f64, f64, f64),
        weight: impl Fn(f64, (f64, f64, f64)) -> f64,
    ) -> Self {
        let bins = fft_samples / 2 + 1;
        let hertz_per_bin = SAMPLE_RATE_HZ as f64 / fft_samples as f64;
        let step = (mel.end - mel.start) / (bands + 1) as f64;
        let edge = |index: usize| mel.start + step * index as f64;
        let band = |index: usize| {
            let edges = edges(edge(index), edge(index + 1), edge(index + 2));
            let weight = |bin: usize| weight(bin as f64 * hertz_per_bin, edges);
            let first_bin = (0..bins).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
            let weights = (first_bin..bins).map(weight).take_while(|weight| *weight > 0.0).map(|w| w as f32).collect();
            Band { first_bin, weights }
        };
        Self { bands: (0..bands).map(band).collect() }
    }

    /// The weighted sum of each band, in order of frequency.
    pub(crate) fn energies<'a>(&'a self, spectrum: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        self.bands.iter().map(|band| {
            let bins = spectrum.iter().skip(band.first_bin);
            band.weights.iter().zip(bins).map(|(weight, bin)| weight * bin).sum()
        })
    }
}

/// The height at `x` of a triangle of height one; below zero outside it counts as zero.
fn triangle(x: f64, (low, centre, high): (f64, f64, f64)) -> f64 {
    ((x - low) / (centre - low)).min((high - x) / (high - centre)).max(0.0)
}

/// Hertz to mel on Slaney's scale: linear below 1 kHz, logarithmic above (`librosa.hz_to_mel`).
fn slaney_mel(hertz: f64) -> f64 {
    if hertz < 1000.0 { hertz * 3.0 / 200.0 } else { 15.0 + (hertz / 1000.0).ln() * 27.0 / 6.4_f64.ln() }
}

/// Inverse of [`slaney_mel`].
fn slaney_hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp() }
}

/// Hertz to mel on the scale of HTK, as kaldi writes it.
fn htk_mel(hertz: f64) -> f64 {
    1127.0 * (hertz / 700.0).ln_1p()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_band_hears_its_centre_at_full_height_and_its_neighbours_centre_not_at_all() {
        let bank = MelBank::htk(16_000, 10, 100.0..7_000.0);
        let step = (htk_mel(7_000.0) - htk_mel(100.0)) / 11.0;
        for band in 0..10 {
            let centre = 700.0 * ((htk_mel(100.0) + step * (band + 1) as f64) / 1127.0).exp_m1();
            let mut spectrum = vec![0.0; 8_001];
            spectrum[centre.round() as usize] = 1.0;
            let energies: Vec<f32> = bank.energies(&spectrum).collect();
            for (other, energy) in energies.iter().enumerate() {
                let expected = if other == band { 1.0 } else { 0.0 };
                assert!((energy - expected).abs() < 0.02, "band {other} of tone {band}: {energy}");
            }
        }
    }

    #[test]
    fn slaney_bands_have_equal_area() {
        let bank = MelBank::slaney(16_000, 40);
        let flat = vec![1.0; 8_001];
        assert!(bank.energies(&flat).all(|area| (area - 1.0).abs() < 0.01), "one over hertz, with bins of one hertz");
    }
}
