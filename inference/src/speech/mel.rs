//! Whisper's input: the log-mel spectrogram of a 30 s window.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::SAMPLE_RATE_HZ;

/// Samples of one window: 30 s, the length that Whisper was trained on.
pub(crate) const WINDOW_SAMPLES: usize = 30 * SAMPLE_RATE_HZ;
/// Samples from one frame to the next: 10 ms (`HOP_LENGTH` of `whisper/audio.py`).
pub(crate) const HOP_SAMPLES: usize = 160;
/// Frames of one window.
pub(crate) const WINDOW_FRAMES: usize = WINDOW_SAMPLES / HOP_SAMPLES;
/// Mel bands (`n_mels` of every Whisper up to large-v2).
pub(crate) const MEL_BANDS: usize = 80;
/// Samples of one Fourier transform: 25 ms (`N_FFT`).
const FFT_SAMPLES: usize = 400;
const BINS: usize = FFT_SAMPLES / 2 + 1;
/// Smallest power that is told apart, `clamp(min=1e-10)` of the reference.
const POWER_FLOOR: f32 = 1e-10;
/// Powers of ten below the loudest point of the window that are kept.
const DYNAMIC_RANGE: f32 = 8.0;

/// One triangle of the mel filter bank: weights of consecutive Fourier bins.
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

/// Computes log-mel spectrograms exactly as OpenAI's `whisper/audio.py` does: periodic Hann window, reflected edges, Slaney
/// filter bank, `log10`, the top eight powers of ten, `(x + 4) / 4`.
pub(crate) struct LogMel {
    transform: Arc<dyn RealToComplex<f32>>,
    hann: Vec<f32>,
    bands: Vec<Band>,
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl LogMel {
    /// Prepares the transform and the filter bank.
    pub(crate) fn new() -> Self {
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(FFT_SAMPLES);
        let hann = (0..FFT_SAMPLES).map(|n| (0.5 - 0.5 * (TAU * n as f64 / FFT_SAMPLES as f64).cos()) as f32).collect();
        Self {
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            transform,
            hann,
            bands: filter_bank(),
            power: vec![0.0; BINS],
        }
    }

    /// Appends the `[80, 3000]` spectrogram of up to 30 s of 16 kHz samples to `output`; a shorter window is filled up
    /// with silence, a longer one cut.
    pub(crate) fn append_window(&mut self, samples: &[f32], output: &mut Vec<f32>) {
        let samples = samples.get(..WINDOW_SAMPLES).unwrap_or(samples);
        let start = output.len();
        output.resize(start + MEL_BANDS * WINDOW_FRAMES, POWER_FLOOR.log10());
        let Some(mel) = output.get_mut(start..) else { return };
        // Frame `t` covers samples `160 t - 200 .. 160 t + 200`; those wholly in the silence after the end stay at the floor.
        let heard = ((samples.len() + FFT_SAMPLES / 2).div_ceil(HOP_SAMPLES)).min(WINDOW_FRAMES);
        let mut loudest = f32::MIN;
        for t in 0..heard {
            self.power_of_frame(samples, t);
            for (band, row) in self.bands.iter().zip(mel.chunks_exact_mut(WINDOW_FRAMES)) {
                let powers = self.power.iter().skip(band.first_bin);
                let energy: f32 = band.weights.iter().zip(powers).map(|(weight, power)| weight * power).sum();
                let level = energy.max(POWER_FLOOR).log10();
                loudest = loudest.max(level);
                if let Some(cell) = row.get_mut(t) {
                    *cell = level;
                }
            }
        }
        let floor = loudest.max(POWER_FLOOR.log10()) - DYNAMIC_RANGE;
        for cell in mel {
            *cell = (cell.max(floor) + 4.0) / 4.0;
        }
    }

    /// Leaves the power spectrum of frame `t` in `self.power`.
    fn power_of_frame(&mut self, samples: &[f32], t: usize) {
        let first = (t * HOP_SAMPLES) as isize - (FFT_SAMPLES / 2) as isize;
        for (n, (slot, hann)) in self.frame.iter_mut().zip(&self.hann).enumerate() {
            // The window of 30 s is reflected at both of its edges; past the samples it is silent.
            let mut at = (first + n as isize).unsigned_abs();
            if at >= WINDOW_SAMPLES {
                at = 2 * (WINDOW_SAMPLES - 1) - at;
            }
            *slot = samples.get(at).copied().unwrap_or_default() * hann;
        }
        // It fails only on buffers of wrong length, and these came from the transform itself.
        if self.transform.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch).is_err() {
            self.spectrum.fill(Complex::default());
        }
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
    }
}

/// Hertz to mel on Slaney's scale: linear below 1 kHz, logarithmic above (`librosa.hz_to_mel`).
fn mel_of_hertz(hertz: f64) -> f64 {
    if hertz < 1000.0 { hertz * 3.0 / 200.0 } else { 15.0 + (hertz / 1000.0).ln() * 27.0 / 6.4_f64.ln() }
}

/// Inverse of [`mel_of_hertz`].
fn hertz_of_mel(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp() }
}

/// `librosa.filters.mel(sr=16000, n_fft=400, n_mels=80)`: triangles of equal area.
fn filter_bank() -> Vec<Band> {
    let nyquist = SAMPLE_RATE_HZ as f64 / 2.0;
    let hertz_per_bin = nyquist / (BINS - 1) as f64;
    let edge = |index: usize| hertz_of_mel(mel_of_hertz(nyquist) * index as f64 / (MEL_BANDS + 1) as f64);
    (0..MEL_BANDS)
        .map(|band| {
            let (low, centre, high) = (edge(band), edge(band + 1), edge(band + 2));
            let weight = |bin: usize| {
                let hertz = bin as f64 * hertz_per_bin;
                let slope = ((hertz - low) / (centre - low)).min((high - hertz) / (high - centre));
                slope.max(0.0) * 2.0 / (high - low)
            };
            let first_bin = (0..BINS).find(|bin| weight(*bin) > 0.0).unwrap_or(0);
            let weights = (first_bin..BINS).map(weight).take_while(|weight| *weight > 0.0).map(|w| w as f32).collect();
            Band { first_bin, weights }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `whisper/audio.py` followed in numpy and f64, for the signal of [`chirp`]: every second band of some frames.
    const REFERENCE: &str = include_str!("testdata/mel_chirp.csv");

    /// One second that sweeps from 100 Hz to 4 kHz and fades in.
    fn chirp() -> Vec<f32> {
        (0..SAMPLE_RATE_HZ)
            .map(|n| {
                let seconds = n as f64 / SAMPLE_RATE_HZ as f64;
                (seconds * 0.5 * (TAU * (100.0 + 1950.0 * seconds) * seconds).sin()) as f32
            })
            .collect()
    }

    #[test]
    fn the_spectrogram_is_that_of_the_reference_formula() {
        let mut mel = Vec::new();
        LogMel::new().append_window(&chirp(), &mut mel);
        assert_eq!(mel.len(), MEL_BANDS * WINDOW_FRAMES);
        let mut compared = 0;
        for line in REFERENCE.lines().filter(|line| !line.starts_with('#')) {
            let numbers: Vec<f32> = line.split(',').filter_map(|field| field.parse().ok()).collect();
            let (band, t, expected) = (numbers[0] as usize, numbers[1] as usize, numbers[2]);
            let actual = mel[band * WINDOW_FRAMES + t];
            assert!((actual - expected).abs() < 2e-3, "band {band} frame {t}: {actual} where {expected} is right");
            compared += 1;
        }
        assert!(compared > 500, "only {compared} cells compared");
    }

    #[test]
    fn silence_is_flat_and_finite() {
        let mut mel = Vec::new();
        LogMel::new().append_window(&[], &mut mel);
        assert!(mel.iter().all(|cell| (cell - -1.5).abs() < 1e-6));
    }

    #[test]
    fn audio_beyond_thirty_seconds_is_left_out() {
        let (mut long, mut cut) = (Vec::new(), Vec::new());
        let samples: Vec<f32> =
            (0..WINDOW_SAMPLES + 5_000).map(|n| ((n * 7919) % 1000) as f32 / 1000.0 - 0.5).collect();
        LogMel::new().append_window(&samples, &mut long);
        LogMel::new().append_window(&samples[..WINDOW_SAMPLES], &mut cut);
        assert_eq!(long, cut);
    }
}
