//! What has been looked at, by which model, and what has not and why.

use async_graphql::{Enum, SimpleObject};

use super::observation::Modality;
use super::reason::Reason;
use super::scalar::Long;

/// How far one model got with one asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
pub enum CoverageStatus {
    /// Planned or under way.
    Pending,
    /// Finished.
    Done,
    /// Tried without a result; `reason` says why.
    Failed,
    /// Not tried; `reason` says why.
    Skipped,
}

/// How far one model got with one asset by one channel.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct Coverage {
    /// Which channel.
    pub modality: Modality,
    /// Name of the model.
    pub model: String,
    /// Version of the model.
    pub version: String,
    /// How far.
    pub status: CoverageStatus,
    /// Why, for `FAILED` and `SKIPPED`.
    pub reason: Option<Reason>,
    /// Observations that it left.
    pub observation_count: Long,
    /// Vectors that it left.
    pub embedding_count: Long,
    /// Wall time spent, milliseconds.
    pub spent_ms: Long,
}

impl From<&reelgraph_models::coverage::Coverage> for Coverage {
    fn from(cell: &reelgraph_models::coverage::Coverage) -> Self {
        use reelgraph_models::coverage::CoverageStatus as Status;
        Self {
            modality: cell.modality.into(),
            model: cell.model.clone(),
            version: cell.version.clone(),
            status: match &cell.status {
                Status::Pending => CoverageStatus::Pending,
                Status::Done => CoverageStatus::Done,
                Status::Failed { .. } => CoverageStatus::Failed,
                Status::Skipped { .. } => CoverageStatus::Skipped,
            },
            reason: cell.status.reason().map(Reason::from),
            observation_count: cell.observations.into(),
            embedding_count: cell.embeddings.into(),
            spent_ms: cell.spent_ms.into(),
        }
    }
}
