//! From words to a vector: what the searcher asks of the models, which live in another crate.

use std::error::Error;
use std::fmt;

use reelgraph_models::embedding::EmbeddingSpace;

/// Turns a query into a vector of an embedding space.
///
/// Implemented where the models are. Calls block for as long as the model runs; the searcher makes them on a thread that
/// may block, one space at a time or several at once, and keeps recent answers.
pub trait QueryEncoder: Send + Sync + fmt::Debug {
    /// Encodes `text` as a query of `space`, `[dimensions] f32`.
    ///
    /// # Errors
    /// [`EncodeError::Unavailable`] where the model is not installed: the search goes on without the space and says so.
    /// [`EncodeError::Failed`] where the model failed: likewise, with a warning.
    fn encode(&self, space: &EmbeddingSpace, text: &str) -> Result<Vec<f32>, EncodeError>;
}

/// Why a query has no vector in a space.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// No model for the space, or it cannot encode text.
    #[error("no text encoder for embedding space {space}")]
    Unavailable {
        /// Key of the space asked for.
        space: String,
    },
    /// The model ran into an error.
    #[error("the text encoder of embedding space {space} failed")]
    Failed {
        /// Key of the space asked for.
        space: String,
        /// What the model said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}
