//! Stores analysis made elsewhere beside our own.

use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::coverage::write_coverage;
use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::observations::write_run;
use super::write;
use crate::coverage::{Coverage, CoverageStatus};
use crate::entity::{coverage, runs};
use crate::id::AssetId;
use crate::interchange::{Import, ImportRun};
use crate::job::{Job, JobPriority, JobSpec};
use crate::observation::ModalitySet;
use crate::scope::Scope;

/// Attempts to find room for the job that makes the moments.
const IMPORT_ATTEMPTS: u32 = 16;

/// What came of an import.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The job that makes moments of it, and what depends on it; [`crate::job::JobState::Deferred`] where another is at work.
    pub job: Job,
    /// Observations stored.
    pub observations: u64,
}

impl TenantStore {
    /// Stores what was imported in place of what the same source had brought before for the same channels, marks those as
    /// done, and enqueues the job that makes the moments again, all or nothing; where a job is at work on the asset, the new
    /// one follows it. What our own analyzers saw stays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Contended`], [`StoreError::Query`].
    pub async fn import_analysis(&self, asset: AssetId, import: &Import) -> Result<Imported, StoreError> {
        let imported: ModalitySet = import.runs.iter().map(|run| run.modality).collect();
        let spec = JobSpec::analyze(JobPriority::Normal).within(Scope::Only(self.dependents(imported).await?));
        for _ in 0..IMPORT_ATTEMPTS {
            let tx = self.store.database.begin().await?;
            let active = self.lock_active_job(&tx, asset, spec).await?;
            write::lock_asset(&tx, self.tenant, asset).await?;
            for run in &import.runs {
                self.replace_imported(&tx, asset, run).await?;
            }
            for run in &import.runs {
                self.write_imported(&tx, asset, run).await?;
            }
            if let Some(job) = self.enqueue_after_change(&tx, asset, spec, active).await? {
                tx.commit().await.doing("import an analysis")?;
                let observations = import.runs.iter().map(|run| run.observations.len() as u64).sum();
                return Ok(Imported { job, observations });
            }
            tx.rollback().await.doing("import an analysis")?;
        }
        Err(StoreError::Contended { what: "jobs on the asset" })
    }

    /// Channels that are made of those that are brought in, as the workers say.
    pub(super) async fn dependents(&self, imported: ModalitySet) -> Result<ModalitySet, StoreError> {
        let reported = self.store.current_models().await?;
        let models = reported.map(|reported| reported.models).unwrap_or_default();
        let is_made_of = |depends_on: ModalitySet| imported.iter().any(|modality| depends_on.contains(modality));
        Ok(models.iter().filter(|model| is_made_of(model.depends_on)).map(|model| model.modality).collect())
    }

    /// Removes what the source had brought before.
    async fn replace_imported(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        run: &ImportRun,
    ) -> Result<(), StoreError> {
        let before = runs::Entity::find()
            .filter(runs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(runs::Column::AssetId.eq(asset.as_uuid()))
            .all(tx)
            .await
            .doing("find earlier imports")?;
        let replaced = run.replaces();
        let old: Vec<Uuid> =
            before.iter().filter(|old| run.is_replaced(&old.analyzer, &replaced)).map(|old| old.id).collect();
        // The observations go with their run.
        let delete = runs::Entity::delete_many().filter(runs::Column::Id.is_in(old));
        delete.exec(tx).await.doing("replace an earlier import")?;

        let cells = coverage::Entity::find()
            .filter(coverage::Column::TenantId.eq(self.tenant_uuid()))
            .filter(coverage::Column::AssetId.eq(asset.as_uuid()))
            .filter(coverage::Column::Modality.eq(run.modality.as_str()))
            .all(tx)
            .await
            .doing("find earlier imports")?;
        let replaced = run.coverage_prefix();
        let old = cells.iter().filter(|cell| run.is_replaced(&cell.model, &replaced)).map(|cell| cell.model.as_str());
        coverage::Entity::delete_many()
            .filter(coverage::Column::TenantId.eq(self.tenant_uuid()))
            .filter(coverage::Column::AssetId.eq(asset.as_uuid()))
            .filter(coverage::Column::Modality.eq(run.modality.as_str()))
            .filter(coverage::Column::Model.is_in(old))
            .exec(tx)
            .await
            .doing("replace an earlier import")?;
        Ok(())
    }

    async fn write_imported(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        run: &ImportRun,
    ) -> Result<(), StoreError> {
        let stored = run.analyzer_run(asset, self.store.clock().as_ref());
        let cell = Coverage {
            asset,
            modality: run.modality,
            model: run.coverage_model(),
            version: run.version.clone(),
            status: CoverageStatus::Done,
            observations: stored.observations.len() as u64,
            embeddings: 0,
            spent_ms: 0,
        };
        let now = self.store.now_us();
        write_run(tx, self.tenant, asset, &stored, now).await?;
        write_coverage(tx, self.tenant, &[cell], now).await
    }
}
