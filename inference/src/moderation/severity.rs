//! How much a finding weighs.

/// What a finding means for publishing, from nothing to the worst. The steps are those of the IAB's brand-suitability levels
/// (low, medium, high risk).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing: kept for the record, not shown.
    None,
    /// Unsuitable for careful audiences.
    Low,
    /// Unsuitable for most advertising.
    Medium,
    /// Unsuitable for publishing without a person's decision.
    High,
}

impl Severity {
    /// The name that stores and wires keep.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}
