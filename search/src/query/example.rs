//! Examples: what is looked for is like this picture or like this stretch of a film.

use reelgraph_models::embedding::EmbeddingSpace;

/// Something to be alike to, as vectors of the spaces in which it can be compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// What it is of, for people and for cursors: the hash of a picture, or asset and span of a clip.
    pub name: String,
    /// Vectors by space, at most [`super::limits::MAX_EXAMPLE_VECTORS`]; several of one space are asked for each.
    pub vectors: Vec<(EmbeddingSpace, Vec<f32>)>,
}
