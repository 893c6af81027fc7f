//! What analyzers saw, each with where it came from.

mod cue;
mod finding;
mod geometry;
mod modality;
mod modality_set;
mod moderation;
mod origin;
mod speech;
mod standing;
mod text;

use serde::{Deserialize, Serialize};

pub use cue::{Cue, SoundKind, Transition};
pub use finding::Finding;
pub use geometry::{BoundingBox, Counted, Track, TrackBox};
pub use modality::Modality;
pub use modality_set::ModalitySet;
pub use moderation::{RawScore, Severity, TextHit};
pub use origin::Origin;
pub use speech::{SuspectReason, Word};
pub use standing::standing;
pub use text::{KeywordKind, TextLine, TextRole};

use crate::id::{AssetId, ObservationId, RunId};
use crate::time::Span;

/// Who saw it and how: enough to tell two runs apart and to run it again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Provenance {
    /// Name of the analyzer, as in the pipeline's list.
    pub analyzer: String,
    /// Name of the model card.
    pub model: String,
    /// Version of the model card.
    pub version: String,
    /// Parameters that change the outcome, as `key=value` joined by commas, sorted by key.
    pub parameters: String,
    /// The execution that wrote it.
    pub run: RunId,
}

/// What one analyzer saw in one span of one asset.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// Its id.
    pub id: ObservationId,
    /// Of which asset.
    pub asset: AssetId,
    /// When.
    pub span: Span,
    /// By which channel.
    pub modality: Modality,
    /// What.
    pub finding: Finding,
    /// Raw model score, `0..=1`; not calibrated.
    pub confidence: f32,
    /// By whom.
    pub provenance: Provenance,
}
