//! What a stage leaves behind, committed together with its checkpoint.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{EntityTrait, IntoActiveModel};

use super::coverage::{retire_replaced, write_coverage};
use super::embeddings::{drop_other_spaces, write_embeddings};
use super::error::{Doing, StoreError};
use super::moments::write_moments;
use super::observations::write_run;
use super::queue::{JobQueue, held, until};
use super::settings::wanted;
use super::signatures::write_signatures;
use super::spaces::{hold_spaces, in_kept_spaces};
use super::streams::write_probe;
use super::{feed, jobs::update_job, write};
use crate::embedding::EmbeddingSpace;
use crate::entity::{assets, job_stages, jobs};
use crate::job::Lease;
use crate::run::StageCommit;
use crate::scope::Scope;
use crate::space::KeptSpaces;

impl JobQueue {
    /// Stores all that a stage leaves behind and marks the stage as completed, both or neither, and renews the lease. A
    /// stage that is completed twice has replaced its own rows. The indexes are told when vectors, signatures or moments
    /// changed.
    ///
    /// Until here all that was known before is there and is found; from here on, what this stage brings has taken its place:
    /// rows of the same analyzers, vectors of the same channels in whatever space, and the coverage of the models before. Of a
    /// job that only fills, what the other kept spaces have stays. Vectors in a space that the library keeps no longer are left
    /// out.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Deleted`]: nothing was written, stop. [`StoreError::Invalid`] as the single
    /// writes. [`StoreError::Query`].
    pub async fn complete_stage(&self, lease: &Lease, commit: &StageCommit) -> Result<(), StoreError> {
        let (tenant, asset) = (lease.job.tenant, lease.job.asset);
        if commit.coverage.iter().any(|cell| cell.asset != asset) {
            return Err(StoreError::invalid("coverage", "it is of another asset than the job"));
        }
        let tx = self.store.database.begin().await?;
        let row = held(&tx, lease).await?;
        let locked = write::lock_asset(&tx, tenant, asset).await?;
        let spaces = hold_spaces(&tx, tenant).await?;
        let commit = &*wanted(&tx, tenant, commit).await?;
        let commit = &*in_kept_spaces(&spaces, commit);
        // A job that only fills leaves what the other spaces have.
        let beside: Vec<EmbeddingSpace> = match lease.job.scope {
            Scope::Fill(_) => spaces.iter().flat_map(KeptSpaces::all).cloned().collect(),
            Scope::Everything | Scope::Only(_) => Vec::new(),
        };
        let now = self.store.now_us();
        let renewed =
            jobs::ActiveModel { lease_until_us: Set(Some(until(now, lease.time_to_live))), ..Default::default() };
        update_job(&tx, &row, renewed, now).await?;

        if let Some(probe) = &commit.probe {
            write_probe(&tx, tenant, asset, probe, now).await?;
        }
        if let Some(key) = &commit.thumbnail {
            let change =
                assets::ActiveModel { thumbnail_key: Set(Some(key.as_str().to_owned())), ..Default::default() };
            write::update_asset(&tx, tenant, asset, change, now).await?;
        }
        write::add_warnings(&tx, tenant, &locked, &commit.warnings, now).await?;
        for run in &commit.runs {
            write_run(&tx, tenant, asset, run, now).await?;
        }
        for set in &commit.embeddings {
            write_embeddings(&tx, tenant, asset, set).await?;
        }
        if let Some(track) = &commit.signatures {
            write_signatures(&tx, tenant, asset, track).await?;
        }
        if let Some(moments) = &commit.moments {
            write_moments(&tx, tenant, asset, moments).await?;
        }
        drop_other_spaces(&tx, tenant, asset, &commit.embeddings, &beside).await?;
        write_coverage(&tx, tenant, &commit.coverage, now).await?;
        retire_replaced(&tx, tenant, asset, &commit.coverage, &beside).await?;
        if let Some((state, reason)) = &commit.asset_state {
            write::asset_state(&tx, tenant, asset, *state, reason.as_ref(), now).await?;
        }

        let stage = job_stages::Model { job_id: row.id, stage: commit.stage.clone(), completed_at_us: now };
        let again = OnConflict::columns([job_stages::Column::JobId, job_stages::Column::Stage])
            .update_column(job_stages::Column::CompletedAtUs)
            .to_owned();
        let insert = job_stages::Entity::insert(stage.into_active_model()).on_conflict(again);
        insert.exec_without_returning(&tx).await.doing("mark a stage as completed")?;
        if !commit.embeddings.is_empty() || commit.signatures.is_some() || commit.moments.is_some() {
            feed::bump(&tx, asset).await?;
        }
        tx.commit().await.doing("commit a stage")
    }
}
