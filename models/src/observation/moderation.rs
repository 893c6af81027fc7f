//! Parts of what moderation finds.

use serde::{Deserialize, Serialize};

/// What a finding means for publishing, from nothing to the worst: the steps of the IAB's brand-suitability levels (low, medium,
/// high risk).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

impl Severity {
    /// The name that stores and wires use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// What one model said, before any calibration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawScore {
    /// Name of the model card.
    pub model: String,
    /// The model's own class.
    pub class: String,
    /// As it came out, `0..=1`.
    pub score: f32,
}

/// Words that led to a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextHit {
    /// As they stand in the text.
    pub term: String,
    /// First character of them in the text.
    pub start_char: u32,
    /// Character after the last.
    pub end_char: u32,
}
