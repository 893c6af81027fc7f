//! Re-runs of a library, as clients see them.

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use reelgraph_models::batch::BatchProgress;

use super::observation::Modality;
use super::scalar::Long;
use crate::graphql::node_id::GlobalId;
use crate::graphql::session::Session;

/// Why an asset should be analysed again by a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Enum)]
#[graphql(remote = "reelgraph_models::gap::Gap")]
pub enum CoverageGap {
    /// No model has looked for this yet.
    Missing,
    /// Another model, or another version of it, has.
    Stale,
    /// The model was tried without a result.
    Failed,
    /// The model was not there, and is now.
    Skipped,
    /// It was planned, and never came to an end.
    Pending,
}

/// So many gaps of one kind in one channel.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct CoverageGapCount {
    /// Which channel.
    pub modality: Modality,
    /// What kind.
    pub gap: CoverageGap,
    /// On so many assets.
    pub asset_count: Long,
}

/// How far one version of one model got with the library; each asset that can be used counts once for each current model.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct ModelCoverage {
    /// Which channel.
    pub modality: Modality,
    /// Name of the model. `import/…` and `supplied/…` stand for analysis made elsewhere and supplied captions.
    pub model: String,
    /// Version of the model.
    pub version: String,
    /// Whether the workers would use it now.
    pub is_current: bool,
    /// Whether it can run: its files are here. False for what is not current.
    pub is_available: bool,
    /// Assets that it has looked at.
    pub done_count: Long,
    /// Assets on which it failed.
    pub failed_count: Long,
    /// Assets on which it was skipped, such as for want of its files.
    pub skipped_count: Long,
    /// Assets on which it was planned and has not come to an end.
    pub pending_count: Long,
    /// Of a current model: assets that another version or model has looked at and this one not.
    pub stale_count: Long,
    /// Of a current model: assets that none has looked at.
    pub missing_count: Long,
    /// Of a current model: assets on which analysis made elsewhere stands for it.
    pub imported_count: Long,
    /// Of a current model: assets without what it looks at, such as sound.
    pub not_applicable_count: Long,
    /// Of a current model: how long one worker will take to close its gaps, milliseconds, by the pace of earlier runs; null
    /// where there were none.
    pub estimate_ms: Option<Long>,
}

/// What the library's models have looked at, and what not.
#[derive(Debug, Clone, PartialEq, Eq, SimpleObject)]
pub(crate) struct CoverageSummary {
    /// When a worker last said which models it has; null where none has started yet, and no model is current.
    pub models_reported_at: Option<DateTime<Utc>>,
    /// By channel; current models first.
    pub models: Vec<ModelCoverage>,
}

/// Jobs that were asked for together, to close gaps in what is known of the library.
#[derive(Debug, Clone)]
pub(crate) struct Refresh(pub(crate) BatchProgress);

/// Jobs that were asked for together, to close gaps in what is known of the library.
#[Object]
impl Refresh {
    /// Opaque, unique across all types.
    pub(crate) async fn id(&self) -> ID {
        GlobalId::from(self.0.batch.id).into()
    }

    /// The channels that any of its jobs looks at.
    async fn modalities(&self) -> Vec<Modality> {
        self.0.batch.modalities.iter().map(Into::into).collect()
    }

    /// Jobs that were made.
    async fn job_count(&self) -> Long {
        self.0.batch.jobs.into()
    }

    /// Jobs that wait.
    async fn queued_count(&self) -> Long {
        self.0.queued.into()
    }

    /// Jobs under way.
    async fn running_count(&self) -> Long {
        self.0.running.into()
    }

    /// Jobs that ended well.
    async fn succeeded_count(&self) -> Long {
        self.0.succeeded.into()
    }

    /// Jobs that failed for good; what was known of their assets stays.
    async fn failed_count(&self) -> Long {
        self.0.failed.into()
    }

    /// Jobs that a person stopped.
    async fn cancelled_count(&self) -> Long {
        self.0.cancelled.into()
    }

    /// How long one worker was thought to take for all, milliseconds; null where nothing was known.
    async fn estimate_ms(&self) -> Option<Long> {
        self.0.batch.estimate_ms.map(Long::from)
    }

    /// How long it will still take, milliseconds: at the pace it has had so far, else as estimated; null where neither is
    /// known.
    async fn remaining_ms(&self, ctx: &Context<'_>) -> Result<Option<Long>> {
        let now = Session::of(ctx)?.state().clock.now();
        let millis = |left: std::time::Duration| u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        Ok(self.0.remaining(now).map(|left| Long::from(millis(left))))
    }

    /// Share that is done, 0 to 1.
    async fn fraction(&self) -> f64 {
        self.0.fraction()
    }

    /// Whether all of its jobs have ended.
    async fn is_final(&self) -> bool {
        self.0.is_final()
    }

    /// Whether a person asked to stop it.
    async fn is_cancel_requested(&self) -> bool {
        self.0.batch.is_cancel_requested
    }

    /// When it was asked for.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.batch.created_at
    }
}
