//! Speakers: who of the people in one asset speaks when. They have numbers, not names.
//!
//! Flow: the samples of a turn (one speaker, as speech recognition or its segments divide it) → `mels` → [`SpeakerEncoder`] (one
//! vector of 256 numbers per turn) → [`diarize`] over all turns of the asset → a speaker's number for each turn.
//!
//! Invariants: a vector depends on its own turn only; the numbers depend on the vectors and the lengths of the turns only, so
//! that the same turns get the same numbers.

mod cluster;
mod diarize;
mod encoder;
mod mels;

pub use diarize::diarize;
pub use encoder::{SpeakerEncoder, Voice};
