//! Enqueuing work, one unfinished job of a kind on an asset at a time.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::jobs::{is_active, new_job, read_job, update_job};
use super::write;
use crate::asset::AssetState;
use crate::entity::{job_stages, jobs};
use crate::id::AssetId;
use crate::job::{Job, JobPriority, JobSpec, JobState};

/// Attempts to find either the active job or room for a new one; each that fails means that another one was faster.
const ENQUEUE_ATTEMPTS: u32 = 16;

/// What came of enqueuing.
#[derive(Debug, Clone, PartialEq)]
pub enum Enqueued {
    /// A new job.
    New(Job),
    /// A job that waits was given this work too.
    Widened(Job),
    /// A job that does this work already, or one that is under way, has not ended yet; nothing was written.
    AlreadyActive(Job),
}

impl Enqueued {
    /// The job that will do the work, or that is in its way.
    pub const fn job(&self) -> &Job {
        match self {
            Self::New(job) | Self::Widened(job) | Self::AlreadyActive(job) => job,
        }
    }
}

impl TenantStore {
    /// Enqueues work on an asset. Where a job of that kind on it waits, that one does this work too, as urgently as the more
    /// urgent of the two; where one runs, nothing is written.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Query`].
    pub async fn enqueue_job(&self, asset: AssetId, spec: JobSpec) -> Result<Enqueued, StoreError> {
        for _ in 0..ENQUEUE_ATTEMPTS {
            let tx = self.store.database.begin().await?;
            let active = self.lock_active_job(&tx, asset, spec).await?;
            write::lock_asset(&tx, self.tenant, asset).await?;
            if let Some(enqueued) = self.enqueue_beside(&tx, asset, spec, active).await? {
                tx.commit().await.doing("enqueue a job")?;
                return Ok(enqueued);
            }
            tx.rollback().await.doing("enqueue a job")?;
        }
        Err(StoreError::invalid("job", "others enqueue and end jobs on this asset faster than this one can be"))
    }

    /// The unfinished job of that kind on the asset, locked; to be called before the asset is locked.
    pub(super) async fn lock_active_job(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        spec: JobSpec,
    ) -> Result<Option<jobs::Model>, StoreError> {
        let active = jobs::Entity::find()
            .filter(jobs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(jobs::Column::AssetId.eq(asset.as_uuid()))
            .filter(jobs::Column::Kind.eq(spec.kind.as_str()))
            .filter(is_active())
            .lock(LockType::Update)
            .one(tx)
            .await;
        active.doing("find an active job")
    }

    /// Enqueues on a locked asset whose active job, if any, is locked too. `None` where another transaction has enqueued a
    /// job since: then begin anew.
    pub(super) async fn enqueue_beside(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        spec: JobSpec,
        active: Option<jobs::Model>,
    ) -> Result<Option<Enqueued>, StoreError> {
        let now = self.store.now_us();
        if let Some(active) = active {
            return self.widen(tx, active, spec, now).await.map(Some);
        }
        let row = new_job(&self.store, self.tenant, asset, spec, now);
        let unless_active = OnConflict::columns([jobs::Column::AssetId, jobs::Column::Kind])
            .target_and_where(is_active())
            .do_nothing()
            .to_owned();
        let insert = jobs::Entity::insert(row.clone().into_active_model()).on_conflict(unless_active);
        if insert.exec_without_returning(tx).await.doing("enqueue a job")? == 0 {
            return Ok(None);
        }
        write::asset_state_by_job(tx, self.tenant, asset, AssetState::Registered, None, now).await?;
        Ok(Some(Enqueued::New(read_job(row)?)))
    }

    async fn widen(
        &self,
        tx: &DatabaseTransaction,
        row: jobs::Model,
        spec: JobSpec,
        now_us: i64,
    ) -> Result<Enqueued, StoreError> {
        let job = read_job(row.clone())?;
        if job.state != JobState::Queued || (job.scope.covers(spec.scope) && job.priority >= spec.priority) {
            return Ok(Enqueued::AlreadyActive(job));
        }
        let (scope, priority) = (job.scope.union(spec.scope), job.priority.max(spec.priority));
        if scope != job.scope {
            // What an earlier attempt completed was of the narrower scope.
            job_stages::Entity::delete_many()
                .filter(job_stages::Column::JobId.eq(row.id))
                .exec(tx)
                .await
                .doing("widen a job")?;
        }
        let change = jobs::ActiveModel {
            scope: Set(super::jobs::stored_scope(scope)),
            priority: Set(JobPriority::rank(priority)),
            ..Default::default()
        };
        update_job(tx, &row, change, now_us).await?;
        Ok(Enqueued::Widened(Job { scope, priority, ..job }))
    }
}
