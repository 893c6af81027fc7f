//! Speech: segments, words, voices.

use async_graphql::{Enum, SimpleObject};
use reelgraph_models::observation as model;

use crate::graphql::types::span::TimeSpan;

/// Why a stretch of speech may be invented by the recogniser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::SuspectReason")]
pub enum SuspectReason {
    /// The recogniser itself doubts that anyone speaks.
    NoSpeech,
    /// The same words over and over.
    Repetition,
    /// Improbable on the whole.
    LowProbability,
    /// A phrase that recognisers are known to invent.
    StockPhrase,
    /// More words than the time allows.
    TooFast,
}

/// One spoken word.
    /// There is music and nobody's voice.
    Music,
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct Word {
    /// As transcribed.
    pub text: String,
    /// When it is said.
    pub span: TimeSpan,
    /// The recogniser's probability, 0 to 1.
    pub probability: f32,
}

impl From<&model::Word> for Word {
    fn from(word: &model::Word) -> Self {
        Self { text: word.text.clone(), span: word.span.into(), probability: word.probability }
    }
}

observations! {
    /// A segment of speech.
    SpeechSegment {
        text: String,
        language: String,
        words: Vec<model::Word>,
        suspect: Vec<model::SuspectReason>
    } {
        /// What was said.
        async fn text(&self) -> &str {
            &self.text
        }

        /// Language as ISO 639-1 code.
        async fn language(&self) -> &str {
            &self.language
        }

        /// Words in order; empty when no times could be had.
        async fn words(&self) -> Vec<Word> {
            self.words.iter().map(Word::from).collect()
        }

        /// Why it should not be taken as fact; empty when trusted.
        async fn suspect_reasons(&self) -> Vec<SuspectReason> {
            self.suspect.iter().copied().map(SuspectReason::from).collect()
        }
    }

    /// One voice speaks.
    SpeakerTurn { speaker: u32 } {
        /// Number of the voice in this asset, from 0, in order of first words.
        async fn speaker(&self) -> u32 {
            self.speaker
        }
    }
}
