//! Speakers: who of the people in one asset speaks when. They have numbers, not names.
//!
//! Flow: 16 kHz samples → regions of speech (`voice_activity`) → `encoder` (one vector of 256 numbers for each window of 1.6 s,
//! every 0.4 s) → [`VoicedRegion`]s → [`diarize`]: `pieces` (a region cut where the voice changes), `cluster` (pieces of one
//! voice), `assign` (each tenth of a second to the voice that fits it best) → [`SpeakerTurn`]s.
//!
//! Invariants: memory grows with the windows heard (1 KiB each), not with the samples; turns do not overlap; the same samples
//! have the same turns, however they are divided into pushes.

mod assign;
mod cluster;
mod diarize;
mod encoder;
mod listener;
mod mels;
mod pieces;
#[cfg(test)]
mod testing;
mod turn;

pub use diarize::diarize;
pub use encoder::Voice;
pub use listener::VoiceListener;
pub use turn::{SpeakerTurn, VoiceWindow, VoicedRegion};
