//! What the recogniser gives.

use reelgraph_models::observation::{SuspectReason, Word};
use reelgraph_models::time::Span;

/// A segment of speech, a sentence or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechSegment {
    /// From the first word to the end of the last.
    pub span: Span,
    /// What was said, as written by the model: with capitals and punctuation, without surrounding blanks.
    pub text: String,
    /// ISO 639-1 code (ISO 639-3 where there is none: `haw`, `yue`).
    pub language: String,
    /// How sure the recogniser is of the language, `0..=1`.
    pub language_probability: f32,
    /// In order, without overlap. In scripts without blanks between words, each is a character.
    pub words: Vec<Word>,
    /// Mean natural log-probability of the tokens, at most 0; below -1 the model guesses.
    pub mean_log_probability: f32,
    /// The model's own probability that the window around the segment holds no speech, `0..=1`.
    pub no_speech_probability: f32,
    /// Bytes of the text by bytes of its zlib form; above 2.4 it repeats itself.
    pub compression_ratio: f32,
    /// Why the segment may be invented, sorted; empty when it is to be believed.
    pub suspect: Vec<SuspectReason>,
}

impl SpeechSegment {
    /// Mean probability of the words' tokens, `0..=1`: `exp(mean_log_probability)`.
    pub fn confidence(&self) -> f32 {
        self.mean_log_probability.exp().clamp(0.0, 1.0)
    }
}
