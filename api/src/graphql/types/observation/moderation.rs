//! What may not be suitable everywhere.

use async_graphql::{Enum, SimpleObject};
use reelgraph_models::observation as model;

/// What a finding means for publishing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::observation::Severity")]
pub enum Severity {
    /// Nothing: kept for the record.
    None,
    /// Unsuitable for careful audiences.
    Low,
    /// Unsuitable for most advertising.
    Medium,
    /// Unsuitable for publishing without a person's decision.
    High,
}

/// What one model said, before any calibration.
#[derive(Debug, Clone, PartialEq, SimpleObject)]
pub(crate) struct RawScore {
    /// Name of the model.
    pub model: String,
    /// The model's own class.
    pub class: String,
    /// As it came out, 0 to 1.
    pub score: f32,
}

/// Words that led to a label.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct FlaggedWords {
    /// As they stand in the text.
    pub term: String,
    /// First character of them in the text.
    pub start: u32,
    /// Character after the last.
    pub end: u32,
}

observations! {
    /// Something that may not be suitable everywhere. Its confidence is a calibrated probability.
    ModerationFlag {
        path: Vec<String>,
        severity: model::Severity,
        scores: Vec<model::RawScore>,
        words: Vec<model::TextHit>
    } {
        /// Labels from the widest to the narrowest, at most three.
        async fn path(&self) -> &[String] {
            &self.path
        }

        /// How bad.
        async fn severity(&self) -> Severity {
            self.severity.into()
        }

        /// What the models said, each as it came out.
        async fn scores(&self) -> Vec<RawScore> {
            let score = |score: &model::RawScore| RawScore {
                model: score.model.clone(),
                class: score.class.clone(),
                score: score.score,
            };
            self.scores.iter().map(score).collect()
        }

        /// The words that led to it; empty where it was no words.
        async fn words(&self) -> Vec<FlaggedWords> {
            let words = |hit: &model::TextHit| FlaggedWords {
                term: hit.term.clone(),
                start: hit.start_char,
                end: hit.end_char,
            };
            self.words.iter().map(words).collect()
        }
    }
}
