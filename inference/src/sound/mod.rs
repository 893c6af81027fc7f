//! Sound: where there is speech, singing, music and silence, at the same time where they are at the same time.
//!
//! Flow: 16 kHz samples → `fbank` (80 log-mel bands and a level, every 10 ms) → `activity` (probabilities of speech, singing
//! and music) → `runs` (smoothed, with hysteresis, a least length and a longest gap for each kind) → [`SoundSegment`]s.
//!
//! Invariants: memory is bounded by half a minute of features, whatever the length of the stream; the same samples give
//! the same segments, however they are divided into pushes.

mod activity;
mod classifier;
mod fbank;
mod runs;
mod segment;
mod segmenter;

pub use classifier::SoundClassifier;
pub use segment::{SoundKind, SoundSegment};
