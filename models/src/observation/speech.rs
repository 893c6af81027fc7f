//! Parts of speech: words, and the reasons why they may be invented.

use serde::{Deserialize, Serialize};

use crate::time::Span;

/// One spoken word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// As transcribed, without surrounding blanks.
    pub text: String,
    /// When it is said.
    pub span: Span,
    /// The recogniser's probability, `0..=1`.
    pub probability: f32,
}

/// Why a stretch of speech may be invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuspectReason {
    /// The recogniser itself doubts that anyone speaks.
    NoSpeech,
    /// The same words over and over.
    Repetition,
    /// Mean log-probability below the cut-off.
    LowProbability,
    /// A phrase that recognisers are known to invent.
    StockPhrase,
    /// More words than the time allows.
    TooFast,
    /// There is music and nobody's voice.
    Music,
}
