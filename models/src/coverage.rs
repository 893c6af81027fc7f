//! What has been looked at, by which model, and what has not and why.

use serde::{Deserialize, Serialize};

use crate::id::AssetId;
use crate::observation::Modality;
use crate::reason::Reason;

/// Code of the reason for which a file without sound is skipped.
pub const NO_AUDIO: &str = "no_audio";
/// Code of the reason for which a file without pictures is skipped.
pub const NO_VIDEO: &str = "no_video";

/// How far one model got with one asset.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum CoverageStatus {
    /// Planned or under way.
    Pending,
    /// Finished.
    Done,
    /// Tried without a result.
    Failed {
        /// Why.
        reason: Reason,
    },
    /// Not tried.
    Skipped {
        /// Why, such as a missing model or no sound in the file.
        reason: Reason,
    },
}

impl CoverageStatus {
    /// The name that stores and wires use.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed { .. } => "failed",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// Whether it was skipped since the file has no such stream: no model will change that.
    pub fn lacks_stream(&self) -> bool {
        matches!(self, Self::Skipped { reason } if [NO_AUDIO, NO_VIDEO].contains(&reason.code.as_str()))
    }

    /// The reason, where there is one.
    pub const fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Pending | Self::Done => None,
            Self::Failed { reason } | Self::Skipped { reason } => Some(reason),
        }
    }
}

/// One cell of asset × modality × model × version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coverage {
    /// Which asset.
    pub asset: AssetId,
    /// Which channel.
    pub modality: Modality,
    /// Name of the model card.
    pub model: String,
    /// Version of the model card.
    pub version: String,
    /// How far.
    pub status: CoverageStatus,
    /// Observations written.
    pub observations: u64,
    /// Vectors written.
    pub embeddings: u64,
    /// Wall time spent in the analyzer, milliseconds.
    pub spent_ms: u64,
}
