//! Whisper's input: the log-mel spectrogram of a 30 s window.

use crate::acoustics::{MelBank, PowerSpectrum, SAMPLE_RATE_HZ};

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
/// Smallest power that is told apart, `clamp(min=1e-10)` of the reference.
const POWER_FLOOR: f32 = 1e-10;
/// Powers of ten below the loudest point of the window that are kept.
const DYNAMIC_RANGE: f32 = 8.0;

/// Computes log-mel spectrograms exactly as OpenAI's `whisper/audio.py` does: periodic Hann window, reflected edges, Slaney
/// filter bank, `log10`, the top eight powers of ten, `(x + 4) / 4`.
pub(crate) struct LogMel {
    spectrum: PowerSpectrum,
    bank: MelBank,
}

impl LogMel {
    /// Prepares the transform and the filter bank.
    pub(crate) fn new() -> Self {
        Self { spectrum: PowerSpectrum::hann(FFT_SAMPLES, FFT_SAMPLES), bank: MelBank::slaney(FFT_SAMPLES, MEL_BANDS) }
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
            let power = self.spectrum.of(frame(samples, t));
            for (energy, row) in self.bank.energies(power).zip(mel.chunks_exact_mut(WINDOW_FRAMES)) {
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
}

/// The samples under frame `t`: the window of 30 s is reflected at both of its edges; past the samples it is silent.
fn frame(samples: &[f32], t: usize) -> impl Iterator<Item = f32> {
    let first = (t * HOP_SAMPLES) as isize - (FFT_SAMPLES / 2) as isize;
    (0..FFT_SAMPLES as isize).map(move |n| {
        let mut at = (first + n).unsigned_abs();
        if at >= WINDOW_SAMPLES {
            at = 2 * (WINDOW_SAMPLES - 1) - at;
        }
        samples.get(at).copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

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
