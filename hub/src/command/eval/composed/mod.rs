//! Sound that is composed of recordings with one speaker each, the same on every run: who speaks when, and what is to be heard,
//! is known because it was put there.

mod music;
mod stream;
mod voices;

pub(super) use stream::{Conversation, Medley, write_wav};
pub(super) use voices::Voices;

/// Samples a second.
pub(super) const RATE_HZ: usize = 16_000;

/// Root mean square of samples.
fn level(samples: &[f32]) -> f32 {
    (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32).sqrt()
}

/// Brings samples to a level.
fn scale_to(samples: &mut [f32], wanted: f32) {
    let factor = wanted / level(samples).max(1e-6);
    samples.iter_mut().for_each(|sample| *sample *= factor);
}
