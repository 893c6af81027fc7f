//! The speaker encoder's input: mel power spectra.

use crate::acoustics::{MelBank, PowerSpectrum, sane};

/// Bands of a frame (`mel_n_channels` of Resemblyzer).
pub(super) const BANDS: usize = 40;
/// Samples from one frame to the next: 10 ms.
pub(super) const HOP_SAMPLES: usize = 160;
/// Samples of one frame and of its Fourier transform: 25 ms.
const FRAME_SAMPLES: usize = 400;
/// Level that a window is brought to, as a mean square: -30 dBFS (`audio_norm_target_dBFS`).
const TARGET_POWER: f32 = 1e-3;
/// Mean square below which there is nothing to hear: -90 dBFS.
const LEAST_POWER: f32 = 1e-9;

/// Computes what `librosa.feature.melspectrogram` computes of sound at -30 dBFS: power, not its logarithm, under a periodic Hann
/// window, zeros beyond both ends.
pub(super) struct Mels {
    spectrum: PowerSpectrum,
    bank: MelBank,
}

impl Mels {
    pub(super) fn new() -> Self {
        Self {
            spectrum: PowerSpectrum::hann(FRAME_SAMPLES, FRAME_SAMPLES),
            bank: MelBank::slaney(FRAME_SAMPLES, BANDS),
        }
    }

    /// `[frames, 40]` for 16 kHz samples, one frame per 10 ms and one more; none where the sound is silent.
    pub(super) fn of(&mut self, samples: &[f32]) -> Option<Vec<f32>> {
        let energy: f64 = samples.iter().map(|sample| f64::from(sane(*sample)).powi(2)).sum();
        let power = (energy / samples.len() as f64) as f32;
        if samples.is_empty() || power < LEAST_POWER {
            return None;
        }
        let gain = TARGET_POWER / power;
        let frames = samples.len() / HOP_SAMPLES + 1;
        let mut mels = Vec::with_capacity(frames * BANDS);
        for frame in 0..frames {
            let first = (frame * HOP_SAMPLES) as isize - (FRAME_SAMPLES / 2) as isize;
            let heard = (first..first + FRAME_SAMPLES as isize)
                .map(|at| usize::try_from(at).ok().and_then(|at| samples.get(at)).map_or(0.0, |sample| sane(*sample)));
            let spectrum = self.spectrum.of(heard);
            mels.extend(self.bank.energies(spectrum).map(|energy| energy * gain));
        }
        Some(mels)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f32, samples: usize) -> Vec<f32> {
        (0..samples).map(|n| amplitude * (n as f32 * 0.3).sin()).collect()
    }

    #[test]
    fn loud_and_soft_sound_the_same() {
        let (loud, soft) = (Mels::new().of(&tone(0.9, 8_000)), Mels::new().of(&tone(0.01, 8_000)));
        let (loud, soft) = (loud.unwrap_or_default(), soft.unwrap_or_default());
        assert_eq!((loud.len(), soft.len()), (51 * BANDS, 51 * BANDS));
        let largest = loud.iter().copied().fold(0.0, f32::max);
        assert!(loud.iter().zip(&soft).all(|(a, b)| (a - b).abs() < largest * 1e-4));
    }

    #[test]
    fn a_tone_is_loudest_in_its_band() {
        // 0.3 rad a sample are 764 Hz; below 1 kHz the bands are 74 Hz apart, the first centred there, the tenth at 736 Hz.
        let mels = Mels::new().of(&tone(0.5, 8_000)).unwrap_or_default();
        let middle = mels.chunks(BANDS).nth(25).unwrap_or_default();
        let loudest = middle.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(band, _)| band);
        assert_eq!(loudest, Some(9));
    }

    #[test]
    fn silence_has_no_voice() {
        assert_eq!(Mels::new().of(&[0.0; 8_000]), None);
        assert_eq!(Mels::new().of(&[]), None);
        assert_eq!(Mels::new().of(&[f32::NAN; 8_000]), None);
    }
}
