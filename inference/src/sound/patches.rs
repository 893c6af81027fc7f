//! YAMNet's input: log-mel spectra, frame by frame as samples come.

use crate::acoustics::{MelBank, PowerSpectrum, sane};

/// Bands of a frame (`mel_bands` of `params.py`).
pub(super) const BANDS: usize = 64;
/// Samples from one frame to the next: 10 ms.
pub(super) const HOP_SAMPLES: usize = 160;
/// Samples of a frame: 25 ms.
pub(super) const FRAME_SAMPLES: usize = 400;
/// The power of two above [`FRAME_SAMPLES`].
const FFT_SAMPLES: usize = 512;
/// `mel_min_hz` and `mel_max_hz`.
const HERTZ: std::ops::Range<f64> = 125.0..7_500.0;
/// `log_offset`.
const OFFSET: f32 = 0.001;

/// Computes what `features.py` of YAMNet computes: magnitudes under a periodic Hann window, HTK mel bands, `ln(x + 0.001)`; no
/// frame that reaches past the last sample.
pub(super) struct Spectra {
    spectrum: PowerSpectrum,
    bank: MelBank,
    /// Samples of frames yet to come.
    pending: Vec<f32>,
    magnitude: Vec<f32>,
}

impl Spectra {
    pub(super) fn new() -> Self {
        Self {
            spectrum: PowerSpectrum::hann(FRAME_SAMPLES, FFT_SAMPLES),
            bank: MelBank::htk(FFT_SAMPLES, BANDS, HERTZ),
            pending: Vec::new(),
            magnitude: Vec::new(),
        }
    }

    /// Forgets everything heard.
    pub(super) fn reset(&mut self) {
        self.pending.clear();
    }

    /// Takes the next samples; appends `[frames, 64]` of the frames that they complete.
    pub(super) fn push(&mut self, samples: &[f32], frames: &mut Vec<f32>) {
        self.pending.extend(samples.iter().copied().map(sane));
        let mut done = 0;
        for frame in self.pending.windows(FRAME_SAMPLES).step_by(HOP_SAMPLES) {
            done += HOP_SAMPLES;
            let power = self.spectrum.of(frame.iter().copied());
            self.magnitude.clear();
            self.magnitude.extend(power.iter().map(|power| power.sqrt()));
            frames.extend(self.bank.energies(&self.magnitude).map(|energy| (energy + OFFSET).ln()));
        }
        self.pending.drain(..done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(samples: &[f32]) -> Vec<f32> {
        let mut frames = Vec::new();
        Spectra::new().push(samples, &mut frames);
        frames
    }

    #[test]
    fn silence_is_the_logarithm_of_the_offset() {
        let frames = frames(&[0.0; 1_600]);
        assert_eq!(frames.len(), 8 * BANDS);
        assert!(frames.iter().all(|value| (value - OFFSET.ln()).abs() < 1e-6));
    }

    #[test]
    fn a_tone_is_as_loud_as_the_formula_says_in_its_bands() {
        let samples: Vec<f32> = (0..1_600).map(|n| (n as f32 * std::f32::consts::TAU / 16.0).sin()).collect();
        let frames = frames(&samples);
        // The formula of `features.py` followed in numpy and f64, for 1 kHz.
        for (band, expected) in [(18, 2.692_394), (19, 4.811_044), (20, 4.774_968)] {
            assert!((frames[band] - expected).abs() < 2e-3, "band {band}: {} where {expected} is right", frames[band]);
        }
    }
}
