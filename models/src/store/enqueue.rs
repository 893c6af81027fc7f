//! Enqueuing work, one unfinished job of a kind on an asset at a time.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect, Select};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::jobs::{is_active, is_deferred, new_job, read_job, update_job};
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
    /// [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Contended`], [`StoreError::Query`].
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
        Err(StoreError::Contended { what: "jobs on the asset" })
    }

    /// The job of that kind on the asset that waits or runs, locked; to be called before the asset is locked.
    pub(super) async fn lock_active_job(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        spec: JobSpec,
    ) -> Result<Option<jobs::Model>, StoreError> {
        let active = self.jobs_on(asset, spec, is_active()).lock(LockType::Update);
        active.one(tx).await.doing("find an active job")
    }

    /// Enqueues what a change calls for that is written to a locked asset whose active job, if any, is locked too: with a job
    /// that has not begun, else to follow the one that has, since that may not see the change. However many changes come until
    /// that has ended, one job does what they all call for. `None` as of [`Self::enqueue_beside`].
    pub(super) async fn enqueue_after_change(
        &self,
        tx: &DatabaseTransaction,
        asset: AssetId,
        spec: JobSpec,
        active: Option<jobs::Model>,
    ) -> Result<Option<Job>, StoreError> {
        let begun = match active {
            Some(active) if has_begun(tx, &active).await? => active,
            active => {
                return Ok(self.enqueue_beside(tx, asset, spec, active).await?.map(|enqueued| enqueued.job().clone()));
            }
        };
        let now = self.store.now_us();
        if begun.priority < spec.priority.rank() {
            // Whoever waits for the change waits for this one too.
            let change = jobs::ActiveModel { priority: Set(spec.priority.rank()), ..Default::default() };
            update_job(tx, &begun, change, now).await?;
        }
        let deferred = self.jobs_on(asset, spec, is_deferred()).lock(LockType::Update);
        if let Some(deferred) = deferred.one(tx).await.doing("find a job that was put off")? {
            return Ok(Some(self.widen(tx, deferred, spec, now).await?.job().clone()));
        }
        let row = jobs::Model {
            state: JobState::Deferred.as_str().to_owned(),
            ..new_job(&self.store, self.tenant, asset, spec, now)
        };
        let insert = jobs::Entity::insert(row.clone().into_active_model());
        insert.exec_without_returning(tx).await.doing("put a job off")?;
        read_job(row).map(Some)
    }

    /// The jobs of that kind on the asset that are in that state.
    fn jobs_on(&self, asset: AssetId, spec: JobSpec, state: Expr) -> Select<jobs::Entity> {
        jobs::Entity::find()
            .filter(jobs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(jobs::Column::AssetId.eq(asset.as_uuid()))
            .filter(jobs::Column::Kind.eq(spec.kind.as_str()))
            .filter(state)
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
        // One that has come to wait since may be on its way to a worker who waits for the asset; the insert would wait for both.
        if self.jobs_on(asset, spec, is_active()).one(tx).await.doing("find an active job")?.is_some() {
            return Ok(None);
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
        if job.state == JobState::Running || (job.scope.covers(spec.scope) && job.priority >= spec.priority) {
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

/// Whether what is changed now may come too late for a job: a worker has it, or one has completed a stage of it.
async fn has_begun(tx: &DatabaseTransaction, job: &jobs::Model) -> Result<bool, StoreError> {
    if job.state == JobState::Running.as_str() {
        return Ok(true);
    }
    let completed = job_stages::Entity::find().filter(job_stages::Column::JobId.eq(job.id)).one(tx).await;
    Ok(completed.doing("find the completed stages of a job")?.is_some())
}
