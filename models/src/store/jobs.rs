//! Jobs as their tenant sees them: followed, cancelled.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType, Order, Query};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};

use super::ending::cancel_row;
use super::error::{Doing, StoreError};
use super::first::{first_of_each, pages};
use super::handle::{Store, TenantStore};
use super::page::{JobCursor, MAX_PAGE_ROWS, Page, PageRequest};
use super::row::{Reader, before, stored};
use crate::entity::jobs;
use crate::id::{AssetId, BatchId, JobId, TenantId};
use crate::job::{CancelOutcome, Job, JobKind, JobPriority, JobSpec, JobState, Progress};
use crate::observation::ModalitySet;
use crate::scope::Scope;

/// Which jobs are wanted; the default is all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// Only those on this asset.
    pub asset: Option<AssetId>,
    /// Only these states; empty for any.
    pub states: Vec<JobState>,
    /// Only those that changed after this instant.
    pub updated_after: Option<DateTime<Utc>>,
}

impl TenantStore {
    /// The job of that id, if there is one.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn find_job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        let row = self.jobs().filter(jobs::Column::Id.eq(id.as_uuid())).one(self.store.database.read()).await;
        row.doing("find a job")?.map(read_job).transpose()
    }

    /// The job of that id.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], and as [`Self::find_job`].
    pub async fn get_job(&self, id: JobId) -> Result<Job, StoreError> {
        self.find_job(id).await?.ok_or(StoreError::NotFound { what: "job", id: id.as_uuid() })
    }

    /// Those of the jobs that exist; one statement per [`MAX_PAGE_ROWS`] ids.
    ///
    /// # Errors
    /// As [`Self::find_job`].
    pub async fn jobs_by_ids(&self, ids: &[JobId]) -> Result<HashMap<JobId, Job>, StoreError> {
        let mut found = HashMap::with_capacity(ids.len());
        for ids in ids.chunks(MAX_PAGE_ROWS as usize) {
            let these = jobs::Column::Id.is_in(ids.iter().map(|id| id.as_uuid()));
            for row in self.jobs().filter(these).all(self.store.database.read()).await.doing("find jobs")? {
                let job = read_job(row)?;
                found.insert(job.id, job);
            }
        }
        Ok(found)
    }

    /// The last job of each of the assets that has any, those left out that are put off until another has ended; one statement
    /// per [`MAX_PAGE_ROWS`] assets.
    ///
    /// # Errors
    /// As [`Self::find_job`].
    pub async fn latest_jobs(&self, assets: &[AssetId]) -> Result<HashMap<AssetId, Job>, StoreError> {
        let mut found = HashMap::with_capacity(assets.len());
        for assets in assets.chunks(MAX_PAGE_ROWS as usize) {
            // Ids are ordered by time, so the greatest is the last; SQLite and PostgreSQL 15 have no max() of them in common.
            let later = Query::select()
                .expr(Expr::val(1))
                .from_as(jobs::Entity, "later")
                .and_where(Expr::col(("later", jobs::Column::AssetId)).equals((jobs::Entity, jobs::Column::AssetId)))
                .and_where(Expr::col(("later", jobs::Column::TenantId)).eq(self.tenant_uuid()))
                .and_where(Expr::col(("later", jobs::Column::State)).ne(JobState::Deferred.as_str()))
                .and_where(
                    Expr::tuple([
                        Expr::col(("later", jobs::Column::CreatedAtUs)),
                        Expr::col(("later", jobs::Column::Id)),
                    ])
                    .gt(Expr::tuple([
                        Expr::col((jobs::Entity, jobs::Column::CreatedAtUs)),
                        Expr::col((jobs::Entity, jobs::Column::Id)),
                    ])),
                )
                .take();
            let rows = self
                .jobs()
                .filter(jobs::Column::AssetId.is_in(assets.iter().map(|id| id.as_uuid())))
                .filter(jobs::Column::State.ne(JobState::Deferred.as_str()))
                .filter(Expr::exists(later).not())
                .all(self.store.database.read())
                .await
                .doing("find the last jobs of assets")?;
            for row in rows {
                let job = read_job(row)?;
                found.insert(job.asset, job);
            }
        }
        Ok(found)
    }

    /// The first page of the jobs of each asset that has any, newest first; one statement per [`MAX_PAGE_ROWS`] assets.
    ///
    /// # Errors
    /// As [`Self::find_job`].
    pub async fn first_jobs(
        &self,
        assets: &[AssetId],
        limit_rows: u32,
    ) -> Result<HashMap<AssetId, Page<Job>>, StoreError> {
        use jobs::Column::{AssetId as OfAsset, CreatedAtUs, Id};
        let page = PageRequest::<()>::first(limit_rows);
        let mut found = HashMap::with_capacity(assets.len());
        for assets in assets.chunks(MAX_PAGE_ROWS as usize) {
            let rows = self.jobs().filter(OfAsset.is_in(assets.iter().map(|id| id.as_uuid())));
            let order = [(CreatedAtUs, Order::Desc), (Id, Order::Desc)];
            let rows = first_of_each(rows, OfAsset, Id, order, page.fetch_limit());
            let rows = rows.all(self.store.database.read()).await.doing("list the jobs of assets")?;
            let rows = rows.into_iter().map(read_job).collect::<Result<Vec<_>, _>>()?;
            found.extend(pages(rows, page.limit(), |job| job.asset));
        }
        Ok(found)
    }

    /// A page of jobs, newest first.
    ///
    /// # Errors
    /// As [`Self::find_job`].
    pub async fn list_jobs(&self, filter: &JobFilter, page: PageRequest<JobCursor>) -> Result<Page<Job>, StoreError> {
        let mut all = Condition::all()
            .add_option(filter.asset.map(|asset| jobs::Column::AssetId.eq(asset.as_uuid())))
            .add_option(filter.updated_after.map(|after| jobs::Column::UpdatedAtUs.gt(after.timestamp_micros())));
        if !filter.states.is_empty() {
            all = all.add(jobs::Column::State.is_in(filter.states.iter().map(|state| state.as_str())));
        }
        if let Some(cursor) = page.after {
            let seen = (cursor.created_at.timestamp_micros(), cursor.id.as_uuid());
            all = all.add(before(jobs::Column::CreatedAtUs, jobs::Column::Id, seen));
        }
        let rows = self
            .jobs()
            .filter(all)
            .order_by_desc(jobs::Column::CreatedAtUs)
            .order_by_desc(jobs::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list jobs")?;
        Page::cut(rows, page.limit()).map(read_job)
    }

    /// Asks for a job to stop: one that waits or is put off is cancelled at once, one that runs is told at its worker's next heartbeat.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Query`].
    pub async fn cancel_job(&self, id: JobId) -> Result<CancelOutcome, StoreError> {
        let now = self.store.now_us();
        let tx = self.store.database.begin().await?;
        let row = self.jobs().filter(jobs::Column::Id.eq(id.as_uuid())).lock(LockType::Update).one(&tx).await;
        let row = row.doing("find a job")?.ok_or(StoreError::NotFound { what: "job", id: id.as_uuid() })?;
        let outcome = cancel_row(&tx, row, now).await?;
        tx.commit().await.doing("cancel a job")?;
        Ok(outcome)
    }

    fn jobs(&self) -> Select<jobs::Entity> {
        jobs::Entity::find().filter(jobs::Column::TenantId.eq(self.tenant_uuid()))
    }
}

/// Jobs that have not ended, in the very words of the partial index: SQLite does not see that a parameter implies them.
pub(super) fn is_active() -> Expr {
    Expr::cust("state IN ('queued', 'running')")
}

/// Jobs that were put off until another has ended.
pub(super) fn is_deferred() -> Expr {
    Expr::cust("state = 'deferred'")
}

/// What a scope that only fills begins with.
const FILL_PREFIX: &str = "fill:";

/// A scope as the database keeps it.
pub(super) fn stored_scope(scope: Scope) -> Option<String> {
    match scope {
        Scope::Everything => None,
        Scope::Only(set) => Some(set.names()),
        Scope::Fill(set) => Some(format!("{FILL_PREFIX}{}", set.names())),
    }
}

/// The scope that the database has, if it is one.
fn read_scope(stored: Option<&str>) -> Option<Scope> {
    let Some(stored) = stored else { return Some(Scope::Everything) };
    match stored.strip_prefix(FILL_PREFIX) {
        Some(names) => ModalitySet::from_names(names).map(Scope::Fill),
        None => ModalitySet::from_names(stored).map(Scope::Only),
    }
}

/// The row of a job that waits for its first attempt.
pub(super) fn new_job(store: &Store, tenant: TenantId, asset: AssetId, spec: JobSpec, now_us: i64) -> jobs::Model {
    jobs::Model {
        id: JobId::generate(store.clock().as_ref()).as_uuid(),
        tenant_id: tenant.as_uuid(),
        asset_id: asset.as_uuid(),
        kind: spec.kind.as_str().to_owned(),
        scope: stored_scope(spec.scope),
        batch_id: spec.batch.map(BatchId::as_uuid),
        estimate_ms: spec.estimate_ms.map(stored),
        priority: spec.priority.rank(),
        state: JobState::Queued.as_str().to_owned(),
        reason: None,
        attempts: 0,
        max_attempts: i32::try_from(Ord::max(spec.max_attempts, 1)).unwrap_or(i32::MAX),
        run_after_us: now_us,
        lease_owner: None,
        lease_until_us: None,
        lease_token: 0,
        cancel_requested: false,
        stage: String::new(),
        fraction: 0.0,
        message: String::new(),
        created_at_us: now_us,
        updated_at_us: now_us,
        finished_at_us: None,
    }
}

/// Changes the set fields of a locked job, and the time of the last change.
pub(super) async fn update_job(
    tx: &DatabaseTransaction,
    row: &jobs::Model,
    mut change: jobs::ActiveModel,
    now_us: i64,
) -> Result<(), StoreError> {
    change.updated_at_us = Set(now_us);
    let update = jobs::Entity::update_many().set(change).filter(jobs::Column::Id.eq(row.id));
    update.exec(tx).await.doing("change a job")?;
    Ok(())
}

pub(super) fn read_job(row: jobs::Model) -> Result<Job, StoreError> {
    let read = Reader { table: "jobs", id: row.id };
    let instant = |micros: Option<i64>| micros.map(|micros| read.instant(micros)).transpose();
    Ok(Job {
        id: JobId::from_uuid(row.id),
        tenant: TenantId::from_uuid(row.tenant_id),
        asset: AssetId::from_uuid(row.asset_id),
        kind: read.known(JobKind::from_name(&row.kind), "a kind of job")?,
        scope: read.known(read_scope(row.scope.as_deref()), "a list of modalities")?,
        batch: row.batch_id.map(BatchId::from_uuid),
        priority: JobPriority::from_rank(row.priority),
        state: read.known(JobState::from_name(&row.state), "a job state")?,
        reason: read.optional_json(row.reason.as_deref(), "a reason")?,
        attempts: read.unsigned(i64::from(row.attempts))?,
        max_attempts: read.unsigned(i64::from(row.max_attempts))?,
        run_after: read.instant(row.run_after_us)?,
        lease_owner: row.lease_owner,
        lease_until: instant(row.lease_until_us)?,
        is_cancel_requested: row.cancel_requested,
        progress: Progress { stage: row.stage, fraction: row.fraction, message: row.message },
        created_at: read.instant(row.created_at_us)?,
        updated_at: read.instant(row.updated_at_us)?,
        finished_at: instant(row.finished_at_us)?,
    })
}
