//! Kaldi's log-mel filter bank, frame by frame as samples come.

use crate::acoustics::{MelBank, PowerSpectrum, SAMPLE_RATE_HZ, raised_cosine, sane};

/// Bands of a frame (`--num-mel-bins=80`).
pub(super) const BANDS: usize = 80;
/// Samples from one frame to the next: 10 ms.
pub(super) const HOP_SAMPLES: usize = 160;
/// Samples of a frame: 25 ms.
pub(super) const FRAME_SAMPLES: usize = 400;
/// The power of two above [`FRAME_SAMPLES`] (`--round-to-power-of-two`).
const FFT_SAMPLES: usize = 512;
/// `--low-freq`; the bank ends at half the sample rate.
const LOW_HERTZ: f64 = 20.0;
/// `--preemphasis-coefficient`.
const PRE_EMPHASIS: f32 = 0.97;
/// Exponent of the Hann window that makes it kaldi's `povey` window.
const POVEY: f64 = 0.85;
/// Kaldi counts samples as 16-bit integers do.
const SCALE: f32 = 32_768.0;
/// Level of digital silence, in dBFS.
const FLOOR_DBFS: f32 = -120.0;

/// Computes what `compute-fbank-feats --dither=0 --num-mel-bins=80 --sample-frequency=16000` computes: frames without mean,
/// pre-emphasised, under a povey window; natural logarithm of the energies; no frame that reaches past the last sample.
pub(super) struct Fbank {
    spectrum: PowerSpectrum,
    bank: MelBank,
    /// Samples of frames yet to come.
    pending: Vec<f32>,
}

impl Fbank {
    pub(super) fn new() -> Self {
        let hann = raised_cosine(FRAME_SAMPLES, FRAME_SAMPLES - 1);
        let window = hann.map(|weight| weight.powf(POVEY) as f32).collect();
        Self {
            spectrum: PowerSpectrum::new(window, FFT_SAMPLES),
            bank: MelBank::htk(FFT_SAMPLES, BANDS, LOW_HERTZ..SAMPLE_RATE_HZ as f64 / 2.0),
            pending: Vec::new(),
        }
    }

    /// Forgets everything heard.
    pub(super) fn reset(&mut self) {
        self.pending.clear();
    }

    /// Takes the next samples; appends `[frames, 80]` features and `[frames]` levels (root mean square, in decibels below
    /// full scale) of the frames that they complete.
    pub(super) fn push(&mut self, samples: &[f32], features: &mut Vec<f32>, levels: &mut Vec<f32>) {
        self.pending.extend(samples.iter().copied().map(sane));
        let mut done = 0;
        for frame in self.pending.windows(FRAME_SAMPLES).step_by(HOP_SAMPLES) {
            done += HOP_SAMPLES;
            let energy: f32 = frame.iter().map(|sample| sample * sample).sum();
            levels.push((10.0 * (energy / FRAME_SAMPLES as f32).log10()).max(FLOOR_DBFS));
            let mean = frame.iter().sum::<f32>() / FRAME_SAMPLES as f32;
            // Before its first sample a frame goes on as it begins.
            let mut before = frame.first().map_or(0.0, |first| first - mean);
            let emphasised = frame.iter().map(|sample| {
                let centred = sample - mean;
                (centred - PRE_EMPHASIS * std::mem::replace(&mut before, centred)) * SCALE
            });
            let power = self.spectrum.of(emphasised);
            features.extend(self.bank.energies(power).map(|energy| energy.max(f32::EPSILON).ln()));
        }
        self.pending.drain(..done);
    }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::*;

    /// kaldi-native-fbank 1.23 for the signal of [`chirp`]: every third band of every eighth frame.
    const REFERENCE: &str = include_str!("testdata/fbank_chirp.csv");

    /// One second that sweeps from 100 Hz to 4 kHz and fades in, 0.1 above the axis.
    fn chirp() -> Vec<f32> {
        (0..SAMPLE_RATE_HZ)
            .map(|n| {
                let seconds = n as f64 / SAMPLE_RATE_HZ as f64;
                (0.1 + seconds * 0.5 * (TAU * (100.0 + 1950.0 * seconds) * seconds).sin()) as f32
            })
            .collect()
    }

    fn features(parts: impl IntoIterator<Item = Vec<f32>>) -> (Vec<f32>, Vec<f32>) {
        let (mut fbank, mut features, mut levels) = (Fbank::new(), Vec::new(), Vec::new());
        for part in parts {
            fbank.push(&part, &mut features, &mut levels);
        }
        (features, levels)
    }

    #[test]
    fn features_are_those_of_kaldi() {
        let (features, _) = features([chirp()]);
        assert_eq!(features.len(), 98 * BANDS);
        let mut compared = 0;
        for line in REFERENCE.lines().filter(|line| !line.starts_with('#')) {
            let numbers: Vec<f32> = line.split(',').filter_map(|field| field.parse().ok()).collect();
            let (frame, band, expected) = (numbers[0] as usize, numbers[1] as usize, numbers[2]);
            let actual = features[frame * BANDS + band];
            // Far below the loudest band, at 20, kaldi's own rounding decides (it is .012 off in f64).
            let difference = (actual.max(5.0) - expected.max(5.0)).abs();
            assert!(difference < 5e-3, "frame {frame} band {band}: {actual} where {expected} is right");
            compared += 1;
        }
        assert!(compared > 300, "only {compared} cells compared");
    }

    #[test]
    fn how_samples_are_divided_makes_no_difference() {
        let whole = features([chirp()]);
        assert_eq!(whole, features(chirp().chunks(37).map(<[f32]>::to_vec)));
    }

    #[test]
    fn levels_are_in_decibels_below_full_scale() {
        let (_, levels) = features([vec![0.1; 1_600], vec![0.0; 1_600]]);
        assert!((levels[0] - -20.0).abs() < 1e-3, "{}", levels[0]);
        assert_eq!(levels.last(), Some(&FLOOR_DBFS));
    }

    #[test]
    fn less_than_a_frame_has_no_features() {
        assert_eq!(features([vec![0.5; FRAME_SAMPLES - 1]]), (Vec::new(), Vec::new()));
    }
}
