//! Embedding spaces of the library, as operators see them.

use async_graphql::{Enum, SimpleObject};
use reelgraph_models::space::{BesideAs, KeptSpaces, SpaceCount};

use super::scalar::Long;

/// What the vectors of a space are of, and which searches ask them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::space::SpaceRole")]
pub enum SpaceRole {
    /// Passages of what is said.
    Passages,
    /// Frames.
    Frames,
}

/// What a space is to the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Enum)]
pub enum SpaceState {
    /// It answers searches.
    Serving,
    /// It is kept beside the one that serves and is being filled; new assets get vectors in both.
    Candidate,
    /// It served before the last switch and is kept filled, so that it can serve again at once.
    Previous,
    /// It is not kept: there is a model for it, or it left vectors behind.
    Unused,
}

/// A space of vectors that can be compared with each other: that of one version of one model, or pair of models.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct EmbeddingSpace {
    /// What its vectors are of.
    pub role: SpaceRole,
    /// Name of the model, or of the pair.
    pub name: String,
    /// Version of the model.
    pub version: String,
    /// Components of each vector.
    pub dimensions: u32,
    /// What it is to the library.
    pub state: SpaceState,
    /// Whether this server has the model and can search the space.
    pub is_searchable: bool,
    /// Its vectors.
    pub vector_count: Long,
    /// Moments that have a vector in it.
    pub moment_count: Long,
    /// Moments that the other kept space has and this one lacks; null for one that is not kept. A candidate is complete at 0.
    pub lacking_moment_count: Option<Long>,
}

impl SpaceState {
    /// What a space is to those that are kept for its role.
    pub(crate) fn of(space: &reelgraph_models::embedding::EmbeddingSpace, kept: Option<&KeptSpaces>) -> Self {
        let Some(kept) = kept.filter(|kept| kept.keeps(space)) else { return Self::Unused };
        match kept.beside.as_ref().filter(|beside| beside.space == *space).map(|beside| beside.kept_as) {
            None => Self::Serving,
            Some(BesideAs::Candidate) => Self::Candidate,
            Some(BesideAs::Previous) => Self::Previous,
        }
    }
}

impl EmbeddingSpace {
    /// A space with what was counted of it.
    pub(crate) fn of(count: &SpaceCount, state: SpaceState, is_searchable: bool, lacking: Option<u64>) -> Self {
        Self {
            role: count.role.into(),
            name: count.space.name.clone(),
            version: count.space.version.clone(),
            dimensions: count.space.dims,
            state,
            is_searchable,
            vector_count: count.vectors.into(),
            moment_count: count.moments.into(),
            lacking_moment_count: lacking.map(Long::from),
        }
    }
}
