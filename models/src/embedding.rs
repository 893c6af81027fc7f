//! Vectors and the spaces in which they can be compared.

use serde::{Deserialize, Serialize};

use crate::id::{AssetId, EmbeddingId, MomentId};
use crate::observation::Modality;
use crate::time::Span;

/// A space of vectors; only vectors of the same space can be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EmbeddingSpace {
    /// Name of the model card, or of the pair that shares the space.
    pub name: String,
    /// Version of the model card.
    pub version: String,
    /// Components of each vector; at least 1.
    pub dims: u32,
}

impl EmbeddingSpace {
    /// `name@version`, the space's name in indexes and logs.
    pub fn key(&self) -> String {
        format!("{}@{}", self.name, self.version)
    }
}

/// One vector of one stretch of one asset.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Its id.
    pub id: EmbeddingId,
    /// Of which asset.
    pub asset: AssetId,
    /// The moment it belongs to, where one was assembled before the vector was stored.
    pub moment: Option<MomentId>,
    /// Which stretch.
    pub span: Span,
    /// In which space.
    pub space: EmbeddingSpace,
    /// By which channel: [`Modality::Frames`] or [`Modality::Passages`] as a rule.
    pub modality: Modality,
    /// `[dims]` f32, of unit length where the space compares by cosine.
    pub values: Vec<f32>,
}
