//! The vector index behind one trait: in process ([`EdgeIndex`]) and a Qdrant server or cluster ([`ServerIndex`]).
//!
//! Both keep one collection of points for each embedding space. A point is one vector of one moment, with what filters ask
//! about in its payload; every field that a filter uses has a payload index, and the tenant's is marked as such. One suite
//! of tests runs on both.

mod edge;
mod payload;
mod server;

use std::sync::Arc;

use async_trait::async_trait;
use reelgraph_models::asset::Revision;
use reelgraph_models::embedding::EmbeddingSpace;
use reelgraph_models::id::{AssetId, EmbeddingId, MomentId, TenantId};
use reelgraph_models::moment::MomentKind;
use reelgraph_models::time::Span;

pub use edge::{EdgeIndex, EdgeSettings};
pub use server::{ServerIndex, ServerSettings};

use crate::document::{AssetDocument, AssetKey};
use crate::error::SearchError;
use crate::query::condition::Condition;
use crate::space::VectorSpace;

/// Places of a graph that a search keeps in view at least: of a million random vectors of 384 components the ten nearest are
/// found to .998 with 200, to .96 with 100.
const BEAM: usize = 200;

/// An index of vectors.
///
/// The protocol: [`VectorIndex::apply`] any number of times, then [`VectorIndex::commit`]. Changes may be visible before the
/// commit; they are sure to survive a crash only after it. After a failed change, commits are refused until
/// [`VectorIndex::watermark`] was asked for: what lies between it and the present must be applied again.
#[async_trait]
pub trait VectorIndex: Send + Sync + std::fmt::Debug {
    /// The spaces that it keeps.
    fn spaces(&self) -> &[VectorSpace];

    /// Replaces the vectors of the documents' assets and removes those of others, in all spaces. Vectors that can be no
    /// answer are left out with a warning, so that one bad row does not keep all others from being published: those of a
    /// space that the index does not keep, of a moment that the document does not have, of a wrong length, or not finite.
    ///
    /// # Errors
    /// [`SearchError::WriteVectorIndex`].
    async fn apply(&self, documents: Arc<[AssetDocument]>, removed: &[AssetKey]) -> Result<(), SearchError>;

    /// Makes everything applied durable, then remembers the watermark.
    ///
    /// # Errors
    /// [`SearchError::WriteVectorIndex`].
    async fn commit(&self, watermark: Revision) -> Result<(), SearchError>;

    /// Returns the watermark of the last commit, or of the last durable one where a change has failed or the process has
    /// stopped since; 0 where a space is new.
    ///
    /// # Errors
    /// [`SearchError::SearchVectorIndex`].
    async fn watermark(&self) -> Result<Revision, SearchError>;

    /// Removes every vector and sets the watermark to 0.
    ///
    /// # Errors
    /// [`SearchError::WriteVectorIndex`].
    async fn clear(&self) -> Result<(), SearchError>;

    /// Waits until nothing is left to rebuild for speed, and everything committed is durable. Searches answer before as well,
    /// only slower. May take minutes; stops waiting when dropped.
    ///
    /// # Errors
    /// [`SearchError::WriteVectorIndex`], where the rebuilding failed.
    async fn settle(&self) -> Result<(), SearchError>;

    /// Reads what searches read into memory, at most so many bytes; what cannot be read is logged. A server sees to that itself.
    async fn read_ahead(&self, _most_bytes: u64) {}

    /// Returns the nearest vectors of a tenant that are near enough for the space's floor, nearest first.
    ///
    /// # Errors
    /// [`SearchError::UnknownSpace`], [`SearchError::InvalidVector`], [`SearchError::SearchVectorIndex`].
    async fn search(&self, query: &VectorQuery) -> Result<Vec<VectorCandidate>, SearchError>;

    /// Returns how many vectors of a tenant a space has.
    ///
    /// # Errors
    /// [`SearchError::UnknownSpace`], [`SearchError::SearchVectorIndex`].
    async fn count(&self, space: &EmbeddingSpace, tenant: TenantId) -> Result<u64, SearchError>;
}

/// What is near to a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorQuery {
    /// Whose vectors.
    pub tenant: TenantId,
    /// In which space.
    pub space: EmbeddingSpace,
    /// Near to what; of the space's dimensions, finite.
    pub vector: Vec<f32>,
    /// What must hold of the moments that may be answers.
    pub conditions: Vec<Condition>,
    /// Most answers.
    pub limit: usize,
}

/// A vector near to the query's.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorCandidate {
    /// Which vector.
    pub embedding: EmbeddingId,
    /// The moment that is found by it.
    pub moment: MomentId,
    /// Of which asset.
    pub asset: AssetId,
    /// What kind of moment.
    pub kind: MomentKind,
    /// Span of the moment.
    pub moment_span: Span,
    /// Span of what the vector is of.
    pub span: Span,
    /// Cosine similarity, `-1..=1`.
    pub similarity: f32,
}

/// The space of that name among those that an index keeps.
fn find_space<'a>(spaces: &'a [VectorSpace], space: &EmbeddingSpace) -> Result<(usize, &'a VectorSpace), SearchError> {
    let found = spaces.iter().enumerate().find(|(_, kept)| kept.space() == space);
    found.ok_or_else(|| SearchError::UnknownSpace { space: space.key() })
}
