//! What everything that listens shares: the sample rate, the clock of samples, power spectra and mel filter banks.

mod mel_bank;
mod power;

pub(crate) use mel_bank::MelBank;
pub(crate) use power::{PowerSpectrum, raised_cosine};

use reelgraph_models::time::MediaTime;

/// Samples a second of all sound in this crate.
pub(crate) const SAMPLE_RATE_HZ: usize = 16_000;

/// The media time of a sample.
pub(crate) fn media_time(sample: u64) -> MediaTime {
    // 62.5 µs a sample.
    MediaTime::from_micros(i64::try_from(sample.saturating_mul(125) / 2).unwrap_or(i64::MAX))
}

/// What a sample counts as: clipped to `-1..=1`, and silent where it is not a number, which would spread through every sum.
pub(crate) fn sane(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}
