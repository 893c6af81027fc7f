//! Voice activity: where in a sound someone speaks, for all that listen to speech.
//!
//! Flow: 16 kHz samples → `detector` (a probability every 32 ms) → `regions` → `stream` (the samples of each region).
//!
//! Invariants: memory is bounded by the longest region, whatever the length of the sound; the same samples give the same
//! regions, however they are divided into pushes.

mod detector;
mod regions;
mod stream;

pub(crate) use detector::FRAME_SAMPLES;
pub(crate) use regions::MIN_SILENCE_FRAMES;
pub(crate) use stream::{Margins, RegionStream, Voiced};
