//! The controlled vocabulary as searches ask it: which other words mean what was typed.
//!
//! Where concepts are kept is another crate's matter; a search needs only their labels.

use std::fmt;
use std::sync::Arc;

use reelgraph_models::id::TenantId;

/// Answers which labels a search may look up beside the words that were typed.
///
/// Asked once for every run of up to [`super::limits::MAX_LABEL_WORDS`] words of every query, so it must answer from memory
/// and at once.
pub trait Vocabulary: Send + Sync + fmt::Debug {
    /// The concept that has `label` (folded words joined by blanks) among its labels in any language, with its other labels
    /// and those of narrower concepts as far as `reach` says. Where several concepts have it, all of them.
    fn expand(&self, tenant: TenantId, label: &str, reach: Reach) -> Option<Expansion>;

    /// The concepts that have `label` (folded), and every one that is broader, each once; none where no concept has it.
    fn with_broader(&self, tenant: TenantId, label: &str) -> Vec<WithBroader>;
}

/// A concept and where it stands among the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithBroader {
    /// Its identifier.
    pub concept: String,
    /// Its preferred label.
    pub name: String,
    /// Preferred label of the concept that it is narrower than, of several the first; `None` on the highest level.
    pub broader: Option<String>,
}

/// How far an expansion goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Levels of narrower concepts that are taken along.
    pub levels: u8,
    /// Most labels.
    pub labels: usize,
}

/// Labels by which a concept is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expansion {
    /// Each label once, without the one that was typed; the concept's own first, then those of the nearest levels. At most as
    /// many as were asked for.
    pub labels: Vec<Arc<LabelPath>>,
    /// Whether there are more than were asked for.
    pub is_cut: bool,
    /// Set where the label belongs to a deprecated concept: the one that took its place.
    pub redirect: Option<Redirect>,
}

/// How a label is linked to what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPath {
    /// The label itself, as it is written.
    pub label: String,
    /// Identifier of the concept that has it.
    pub concept: String,
    /// Preferred labels from the concept that was typed to the one that has the label; at least one.
    pub path: Vec<String>,
}

/// A deprecated concept and what took its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redirect {
    /// Preferred label of the deprecated concept.
    pub from: String,
    /// Preferred label of its replacement.
    pub to: String,
}
