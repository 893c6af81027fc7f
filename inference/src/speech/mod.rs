//! Speech: where someone speaks, what is said, in which language, and when each word is said.
//!
//! Flow: 16 kHz samples → regions of speech (`voice_activity`) → `windows` (up to 30 s of speech, silences left out) →
//! `transcribe`: `mel` → `whisper` (encoder) → `language` → `decode` under `rules`, again by `beam` and at higher temperatures
//! where the outcome is doubtful → `segments`: `words`, `align` (when each is said), `guard` (which to doubt).
//!
//! Invariants: what the detector does not take for speech never reaches Whisper; memory is bounded by the windows under way;
//! the same samples give the same segments.

mod align;
mod beam;
mod choice;
mod corrections;
mod decode;
mod guard;
mod language;
mod mel;
mod recognizer;
mod rules;
mod segment;
mod segments;
mod transcribe;
mod vocabulary;
mod whisper;
mod windows;
mod words;

pub use corrections::correct;
pub use recognizer::SpeechRecognizer;
pub use segment::SpeechSegment;
