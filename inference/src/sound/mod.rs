//! Sound: where there is speech, singing, music and silence, at the same time where they are at the same time.
//!
//! Beside these kinds, [`SoundEventDetector`] hears what sounds (a dog, rain, applause), where its model has been placed.
//!
//! Flow: 16 kHz samples → `fbank` (80 log-mel bands and a level, every 10 ms) → `activity` (probabilities of speech, singing
//! and music) → `runs` (smoothed, with hysteresis, a least length and a longest gap for each kind) → [`SoundSegment`]s.
//!
//! Events: 16 kHz samples → `patches` (64 log-mel bands, every 10 ms) → `events` (probabilities of 521 classes every 0.48 s, and
//! `runs` of each class).
//!
//! Invariants: memory is bounded by half a minute of features, whatever the length of the stream; the same samples give
//! the same segments, however they are divided into pushes.

mod activity;
mod classifier;
mod events;
mod fbank;
mod labels;
mod patches;
mod runs;
mod segment;
mod segmenter;

pub use classifier::SoundClassifier;
pub use events::{SoundEvent, SoundEventDetector};
pub use labels::event_labels;
pub use segment::{SoundKind, SoundSegment};
