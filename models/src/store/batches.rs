//! Batches: how far they are, and their end.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::ending::cancel_row;
use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::jobs::is_active;
use super::row::Reader;
use crate::batch::{Batch, BatchProgress};
use crate::entity::{batches, jobs};
use crate::id::BatchId;
use crate::job::JobState;
use crate::observation::ModalitySet;

/// Jobs that one transaction cancels.
const CANCELLED_AT_ONCE: u64 = 200;

impl TenantStore {
    /// The batch of that id and how far it is, if there is one; two statements.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn find_batch(&self, id: BatchId) -> Result<Option<BatchProgress>, StoreError> {
        let row = self.batches().filter(batches::Column::Id.eq(id.as_uuid())).one(self.store.database.read()).await;
        let Some(row) = row.doing("find a batch")? else { return Ok(None) };
        self.progress_of(read_batch(row)?).await.map(Some)
    }

    /// The batch that was made last and how far it is, if there is any; two statements.
    ///
    /// # Errors
    /// As [`Self::find_batch`].
    pub async fn latest_batch(&self) -> Result<Option<BatchProgress>, StoreError> {
        let latest =
            self.batches().order_by_desc(batches::Column::CreatedAtUs).order_by_desc(batches::Column::Id).limit(1);
        let row = latest.one(self.store.database.read()).await.doing("find the last batch")?;
        let Some(row) = row else { return Ok(None) };
        self.progress_of(read_batch(row)?).await.map(Some)
    }

    /// Cancels what waits of a batch, and asks what runs of it to stop. Returns how many jobs that concerned.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; [`StoreError::Query`]: call it again, what was cancelled stays so.
    pub async fn cancel_batch(&self, id: BatchId) -> Result<u64, StoreError> {
        // First of all, so that a batch that is still being made gets no further jobs.
        let stop = batches::ActiveModel { cancel_requested: Set(true), ..Default::default() };
        let tx = self.store.database.begin().await?;
        let found = batches::Entity::update_many()
            .set(stop)
            .filter(batches::Column::TenantId.eq(self.tenant_uuid()))
            .filter(batches::Column::Id.eq(id.as_uuid()))
            .exec(&tx)
            .await
            .doing("cancel a batch")?;
        tx.commit().await.doing("cancel a batch")?;
        if found.rows_affected == 0 {
            return Err(StoreError::NotFound { what: "batch", id: id.as_uuid() });
        }
        let mut concerned = 0;
        loop {
            let now = self.store.now_us();
            let tx = self.store.database.begin().await?;
            let rows = jobs::Entity::find()
                .filter(jobs::Column::TenantId.eq(self.tenant_uuid()))
                .filter(jobs::Column::BatchId.eq(id.as_uuid()))
                .filter(is_active())
                .filter(jobs::Column::CancelRequested.eq(false))
                .order_by_asc(jobs::Column::Id)
                .limit(CANCELLED_AT_ONCE)
                .lock(LockType::Update)
                .all(&tx)
                .await
                .doing("find the jobs of a batch")?;
            if rows.is_empty() {
                return Ok(concerned);
            }
            for row in rows {
                cancel_row(&tx, row, now).await?;
                concerned += 1;
            }
            tx.commit().await.doing("cancel the jobs of a batch")?;
        }
    }

    async fn progress_of(&self, batch: Batch) -> Result<BatchProgress, StoreError> {
        let rows: Vec<(String, i64, i64, i64)> = jobs::Entity::find()
            .filter(jobs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(jobs::Column::BatchId.eq(batch.id.as_uuid()))
            .select_only()
            .column(jobs::Column::State)
            .column_as(Expr::cust("COUNT(*)"), "jobs")
            .column_as(Expr::cust("CAST(COALESCE(SUM(estimate_ms), 0) AS BIGINT)"), "estimate")
            .column_as(Expr::cust("CAST(COALESCE(SUM(estimate_ms * fraction), 0) AS BIGINT)"), "done")
            .group_by(jobs::Column::State)
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("count the jobs of a batch")?;
        let read = Reader { table: "jobs", id: batch.id.as_uuid() };
        let mut progress = BatchProgress {
            batch,
            queued: 0,
            running: 0,
            succeeded: 0,
            failed: 0,
            cancelled: 0,
            all_ms: 0,
            done_ms: 0,
        };
        for (state, jobs, estimate, done) in rows {
            let state = read.known(JobState::from_name(&state), "a job state")?;
            let jobs = read.unsigned::<u64>(jobs)?;
            match state {
                JobState::Deferred | JobState::Queued => progress.queued += jobs,
                JobState::Running => progress.running += jobs,
                JobState::Succeeded => progress.succeeded += jobs,
                JobState::Failed => progress.failed += jobs,
                JobState::Cancelled => progress.cancelled += jobs,
            }
            let estimate: u64 = read.unsigned(estimate)?;
            progress.all_ms += estimate;
            progress.done_ms += if state.is_final() { estimate } else { read.unsigned::<u64>(done)?.min(estimate) };
        }
        Ok(progress)
    }

    fn batches(&self) -> Select<batches::Entity> {
        batches::Entity::find().filter(batches::Column::TenantId.eq(self.tenant_uuid()))
    }
}

pub(super) fn read_batch(row: batches::Model) -> Result<Batch, StoreError> {
    let read = Reader { table: "batches", id: row.id };
    Ok(Batch {
        id: BatchId::from_uuid(row.id),
        modalities: read.known(ModalitySet::from_names(&row.modalities), "a list of modalities")?,
        jobs: read.unsigned(row.jobs)?,
        estimate_ms: row.estimate_ms.map(|ms| read.unsigned(ms)).transpose()?,
        is_cancel_requested: row.cancel_requested,
        created_at: read.instant(row.created_at_us)?,
    })
}
