//! Power spectra of short frames.

use std::f64::consts::TAU;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Computes power spectra of frames under one window.
pub(crate) struct PowerSpectrum {
    transform: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    frame: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl PowerSpectrum {
    /// Prepares a transform of `fft_samples`, of which the first are weighed by `window` and the rest are zero.
    pub(crate) fn new(window: Vec<f32>, fft_samples: usize) -> Self {
        let transform = RealFftPlanner::<f32>::new().plan_fft_forward(fft_samples);
        Self {
            frame: transform.make_input_vec(),
            spectrum: transform.make_output_vec(),
            scratch: transform.make_scratch_vec(),
            power: vec![0.0; fft_samples / 2 + 1],
            transform,
            window,
        }
    }

    /// With a periodic Hann window as long as the transform, as `torch.stft`, librosa and TensorFlow have it.
    pub(crate) fn hann(window_samples: usize, fft_samples: usize) -> Self {
        Self::new(raised_cosine(window_samples, window_samples).map(|weight| weight as f32).collect(), fft_samples)
    }

    /// The powers `[fft_samples / 2 + 1]` of a frame; a frame shorter than the window is filled up with zeros.
    pub(crate) fn of(&mut self, samples: impl IntoIterator<Item = f32>) -> &[f32] {
        self.frame.fill(0.0);
        for ((slot, weight), sample) in self.frame.iter_mut().zip(&self.window).zip(samples) {
            *slot = sample * weight;
        }
        // It fails only on buffers of wrong length, and these came from the transform itself.
        if self.transform.process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch).is_err() {
            self.spectrum.fill(Complex::default());
        }
        for (power, bin) in self.power.iter_mut().zip(&self.spectrum) {
            *power = bin.norm_sqr();
        }
        &self.power
    }
}

/// `count` values of the Hann window whose period is `period` samples: `count` for a periodic window, `count - 1` for a
/// symmetric one.
pub(crate) fn raised_cosine(count: usize, period: usize) -> impl Iterator<Item = f64> {
    (0..count).map(move |n| 0.5 - 0.5 * (TAU * n as f64 / period as f64).cos())
}
