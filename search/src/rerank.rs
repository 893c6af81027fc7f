//! From a query and what the best answers say to a better order: what the searcher asks of a model, which lives in another crate,
//! and of the rows, which have the texts.
//!
//! Only words that were said, written on screen or given as a title can be judged. An answer of which something else is the
//! strongest evidence, such as what is seen, keeps its place, and the others change places around it.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reelgraph_models::id::{MomentId, TenantId};
use reelgraph_models::moment::MomentTexts;

/// Judges how well passages answer a query, reading both together.
///
/// Implemented where the models are. Calls block for as long as the model runs; the searcher makes them on a thread that may
/// block, a few passages at a time and for one search at a time.
pub trait PassageScorer: Send + Sync + fmt::Debug {
    /// Which model it is, also where it is not installed.
    fn model(&self) -> &ScoringModel;

    /// How well each passage answers `query`, `0..=1`, in the order of `passages`; the greater, the better. The same for a passage
    /// whatever it is asked with.
    ///
    /// # Errors
    /// [`ScoreError::Unavailable`] where the model is not installed, [`ScoreError::Failed`] where it failed.
    fn score(&self, query: &str, passages: &[&str]) -> Result<Vec<f32>, ScoreError>;
}

/// A model that scores passages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScoringModel {
    /// Its name, as it is pulled by.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The only language that it knows, ISO 639-1; `None` where it knows many.
    pub language: Option<String>,
}

impl ScoringModel {
    /// Whether it can judge a text of that language; one that nobody named counts as its own.
    pub(crate) fn knows(&self, language: Option<&str>) -> bool {
        match (&self.language, language) {
            (Some(own), Some(other)) => own == other,
            _ => true,
        }
    }
}

/// Why passages have no scores.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// The model is not installed.
    #[error("the model that scores passages is not here")]
    Unavailable {
        /// What is missing.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The model ran into an error.
    #[error("the model that scores passages failed")]
    Failed {
        /// What the model said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

/// Has the words of moments; the indexes keep only where each stands.
#[async_trait]
pub trait TextSource: Send + Sync + fmt::Debug {
    /// The words of these moments of a tenant, without those that are gone.
    ///
    /// # Errors
    /// Where they cannot be read: the search fails.
    async fn texts(
        &self,
        tenant: TenantId,
        moments: &[MomentId],
    ) -> Result<HashMap<MomentId, MomentTexts>, Box<dyn Error + Send + Sync>>;
}

/// What a new order of the best answers has cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reranked {
    /// The model that judged.
    pub model: ScoringModel,
    /// Answers that it read.
    pub hits_scored: usize,
    /// How much longer the search took for it: reading the texts, waiting for the model, loading it where it is
    /// the first time, running it.
    pub took: Duration,
}

/// Why the order of answers was left as it was, although another was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReranked {
    /// Answers are ordered by a property.
    OtherOrder,
    /// The query joins parts in time, and no one text answers it.
    AboutTime,
    /// The query has no words that what is said, written or titled could answer.
    NoWords,
    /// Fewer than two of the answers were found first of all by words that the model can judge.
    NoTexts,
}
