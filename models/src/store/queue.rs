//! The queue that workers take jobs from: leases with a fencing token.
//!
//! A lease is the right to work on a job until an instant that heartbeats move. Each lease of a job has a greater token
//! than the one before, and every write of a worker names its token: a worker that lost its lease, because it was killed,
//! hung or cut off for longer than the lease, changes nothing any more, however late it wakes. An attempt is counted when
//! the lease is taken, so that a file that kills its worker is tried a bounded number of times.

use std::collections::HashMap;
use std::time::Duration;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Select,
};

use super::ending::{cancel, fail_for_good, succeed};
use super::error::{Doing, StoreError};
use super::handle::Store;
use super::jobs::{read_job, update_job};
use super::row::{Reader, clean, json};
use super::write;
use crate::asset::AssetState;
use crate::entity::{job_stages, jobs};
use crate::id::{AssetId, TenantId};
use crate::job::{AfterFailure, BackOff, Failure, Heartbeat, JobState, Lease, Progress};
use crate::reason::Reason;

/// Dead workers' jobs that one call buries at most; the next call takes the next ones.
const REAPED_AT_ONCE: u64 = 100;
/// Longest words of a progress report or a worker's name.
const MAX_WORDS_CHARS: usize = 500;

/// The queue, across tenants. Cheap to clone.
#[derive(Debug, Clone)]
pub struct JobQueue {
    pub(super) store: Store,
    back_off: BackOff,
}

impl JobQueue {
    pub(super) fn new(store: Store) -> Self {
        Self { store, back_off: BackOff::default() }
    }

    /// The queue with other pauses between attempts.
    #[must_use]
    pub fn with_back_off(self, back_off: BackOff) -> Self {
        Self { back_off, ..self }
    }

    /// Takes the most urgent job that is due, be it waiting or left behind by a worker whose lease ran out, and marks its
    /// asset as being analysed. `None` when nothing is due.
    ///
    /// `owner` names the worker to people; it need not be unique.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn lease_next(&self, owner: &str, time_to_live: Duration) -> Result<Option<Lease>, StoreError> {
        let now = self.store.now_us();
        // Idle workers only read, and leave the write lock to those who have something to write.
        let due = waiting(now).select_only().column(jobs::Column::Id).into_tuple::<sea_orm::prelude::Uuid>();
        let left = expired(now).select_only().column(jobs::Column::Id).into_tuple::<sea_orm::prelude::Uuid>();
        let read = self.store.database.read();
        if due.one(read).await.doing("look for work")?.is_none()
            && left.one(read).await.doing("look for work")?.is_none()
        {
            return Ok(None);
        }

        let tx = self.store.database.begin().await?;
        bury(&tx, now).await?;
        let skip_locked =
            |query: Select<jobs::Entity>| query.lock_with_behavior(LockType::Update, LockBehavior::SkipLocked).one(&tx);
        let left = skip_locked(expired(now)).await.doing("look for work")?;
        let due = skip_locked(waiting(now)).await.doing("look for work")?;
        // Of the same priority, what was begun goes first.
        let next = match (left, due) {
            (Some(left), Some(due)) if due.priority > left.priority => Some(due),
            (left, due) => left.or(due),
        };
        let Some(mut row) = next else {
            tx.commit().await.doing("look for work")?;
            return Ok(None);
        };

        row.state = JobState::Running.as_str().to_owned();
        row.attempts += 1;
        row.lease_owner = Some(clean(owner, MAX_WORDS_CHARS));
        row.lease_until_us = Some(until(now, time_to_live));
        row.lease_token += 1;
        row.updated_at_us = now;
        let change = jobs::ActiveModel {
            state: Set(row.state.clone()),
            attempts: Set(row.attempts),
            lease_owner: Set(row.lease_owner.clone()),
            lease_until_us: Set(row.lease_until_us),
            lease_token: Set(row.lease_token),
            ..Default::default()
        };
        update_job(&tx, &row, change, now).await?;
        let (tenant, asset) = (TenantId::from_uuid(row.tenant_id), AssetId::from_uuid(row.asset_id));
        write::asset_state_by_job(&tx, tenant, asset, AssetState::Analyzing, None, now).await?;
        let completed_stages = job_stages::Entity::find()
            .filter(job_stages::Column::JobId.eq(row.id))
            .order_by_asc(job_stages::Column::CompletedAtUs)
            .all(&tx)
            .await
            .doing("find the completed stages of a job")?;
        tx.commit().await.doing("lease a job")?;
        Ok(Some(Lease {
            token: row.lease_token,
            time_to_live,
            completed_stages: completed_stages.into_iter().map(|stage| stage.stage).collect(),
            job: read_job(row)?,
        }))
    }

    /// Says that the worker lives and how far it is; the lease lasts its whole length from now.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`]: stop at once. [`StoreError::Query`].
    pub async fn heartbeat(&self, lease: &Lease, progress: Option<&Progress>) -> Result<Heartbeat, StoreError> {
        let now = self.store.now_us();
        let lease_until = until(now, lease.time_to_live);
        let mut update = Query::update();
        update
            .table(jobs::Entity)
            .value(jobs::Column::LeaseUntilUs, lease_until)
            .value(jobs::Column::UpdatedAtUs, now)
            .cond_where(holds(lease))
            .returning_col(jobs::Column::CancelRequested);
        if let Some(progress) = progress {
            let fraction = if progress.fraction.is_finite() { progress.fraction.clamp(0.0, 1.0) } else { 0.0 };
            update
                .value(jobs::Column::Stage, clean(&progress.stage, MAX_WORDS_CHARS))
                .value(jobs::Column::Fraction, fraction)
                .value(jobs::Column::Message, clean(&progress.message, MAX_WORDS_CHARS));
        }
        let tx = self.store.database.begin().await?;
        let row = tx.query_one(&update).await.doing("renew a lease")?;
        let row = row.ok_or(StoreError::LeaseLost { job: lease.job.id })?;
        let is_cancelled: bool = row.try_get("", "cancel_requested").doing("renew a lease")?;
        tx.commit().await.doing("renew a lease")?;
        if is_cancelled {
            return Ok(Heartbeat::CancelRequested);
        }
        let until = Reader { table: "jobs", id: lease.job.id.as_uuid() }.instant(lease_until)?;
        Ok(Heartbeat::Continue { until })
    }

    /// Ends the job well. The asset's state is what its last stage said.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Query`].
    pub async fn complete(&self, lease: &Lease) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        let (row, now) = (held(&tx, lease).await?, self.store.now_us());
        succeed(&tx, &row, now).await?;
        tx.commit().await.doing("complete a job")
    }

    /// Ends the attempt without success. Tried again after a pause where the failure allows it and attempts are left; else
    /// the job fails, and its asset with it, for the same reason.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Query`].
    pub async fn fail(&self, lease: &Lease, failure: Failure) -> Result<AfterFailure, StoreError> {
        let tx = self.store.database.begin().await?;
        let (row, now) = (held(&tx, lease).await?, self.store.now_us());
        let after = if row.cancel_requested {
            cancel(&tx, &row, now).await?;
            AfterFailure::Cancelled
        } else if matches!(failure, Failure::Retryable(_)) && row.attempts < row.max_attempts {
            let pause = self.back_off.pause(u32::try_from(row.attempts).unwrap_or(1));
            let run_after = until(now, pause);
            let reason = Some(json("reason", failure.reason())?);
            let change = jobs::ActiveModel { run_after_us: Set(run_after), reason: Set(reason), ..queued() };
            update_job(&tx, &row, change, now).await?;
            let (tenant, asset) = (lease.job.tenant, lease.job.asset);
            write::asset_state_by_job(&tx, tenant, asset, AssetState::Registered, None, now).await?;
            AfterFailure::RetryAt(Reader { table: "jobs", id: row.id }.instant(run_after)?)
        } else {
            let state = if matches!(failure, Failure::Refused(_)) { AssetState::Refused } else { AssetState::Failed };
            fail_for_good(&tx, &row, state, failure.reason(), now).await?;
            AfterFailure::Failed
        };
        tx.commit().await.doing("end an attempt")?;
        Ok(after)
    }

    /// Ends a job that its worker was told to stop.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Query`].
    pub async fn finish_cancelled(&self, lease: &Lease) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        let (row, now) = (held(&tx, lease).await?, self.store.now_us());
        cancel(&tx, &row, now).await?;
        tx.commit().await.doing("cancel a job")
    }

    /// Gives the job back unfinished, as a worker does that shuts down: due at once, the attempt not counted.
    ///
    /// # Errors
    /// [`StoreError::LeaseLost`], [`StoreError::Query`].
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        let (row, now) = (held(&tx, lease).await?, self.store.now_us());
        let attempts = Ord::max(row.attempts - 1, 0);
        let change = jobs::ActiveModel { attempts: Set(attempts), run_after_us: Set(now), ..queued() };
        update_job(&tx, &row, change, now).await?;
        write::asset_state_by_job(&tx, lease.job.tenant, lease.job.asset, AssetState::Registered, None, now).await?;
        tx.commit().await.doing("give a job back")
    }

    /// How many jobs are in each state; states without any are absent.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn counts(&self) -> Result<HashMap<JobState, u64>, StoreError> {
        let rows: Vec<(String, i64)> = jobs::Entity::find()
            .select_only()
            .column(jobs::Column::State)
            .column_as(jobs::Column::Id.count(), "jobs")
            .group_by(jobs::Column::State)
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("count jobs")?;
        let read = Reader { table: "jobs", id: sea_orm::prelude::Uuid::nil() };
        let count = |(state, count): (String, i64)| {
            Ok((read.known(JobState::from_name(&state), "a job state")?, read.unsigned(count)?))
        };
        rows.into_iter().map(count).collect()
    }
}

/// The most urgent job whose time has come.
fn waiting(now_us: i64) -> Select<jobs::Entity> {
    in_order(jobs::Entity::find().filter(jobs::Column::State.eq(JobState::Queued.as_str())))
        .filter(jobs::Column::RunAfterUs.lte(now_us))
}

/// The most urgent job whose worker's lease ran out.
fn expired(now_us: i64) -> Select<jobs::Entity> {
    in_order(jobs::Entity::find().filter(jobs::Column::State.eq(JobState::Running.as_str())))
        .filter(jobs::Column::LeaseUntilUs.lte(now_us))
}

fn in_order(jobs: Select<jobs::Entity>) -> Select<jobs::Entity> {
    jobs.order_by_desc(jobs::Column::Priority)
        .order_by_asc(jobs::Column::RunAfterUs)
        .order_by_asc(jobs::Column::Id)
        .limit(1)
}

/// Ends jobs whose lease ran out and that will not be tried again: cancelled meanwhile, or out of attempts.
async fn bury(tx: &DatabaseTransaction, now_us: i64) -> Result<(), StoreError> {
    let is_over = Condition::any()
        .add(jobs::Column::CancelRequested.eq(true))
        .add(Expr::col(jobs::Column::Attempts).gte(Expr::col(jobs::Column::MaxAttempts)));
    let rows = jobs::Entity::find()
        .filter(jobs::Column::State.eq(JobState::Running.as_str()))
        .filter(jobs::Column::LeaseUntilUs.lte(now_us))
        .filter(is_over)
        .order_by_asc(jobs::Column::LeaseUntilUs)
        .limit(REAPED_AT_ONCE)
        .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked)
        .all(tx)
        .await
        .doing("look for lost workers")?;
    for row in rows {
        if row.cancel_requested {
            cancel(tx, &row, now_us).await?;
        } else {
            let times = if row.attempts == 1 { "once" } else { "in every attempt" };
            let reason = Reason::new("worker_lost", format!("the worker that had the job was lost {times}"));
            fail_for_good(tx, &row, AssetState::Failed, &reason, now_us).await?;
        }
    }
    Ok(())
}

/// The rows that a lease has the right to change: its job, while no later lease was taken and the job has not ended.
pub(super) fn holds(lease: &Lease) -> Condition {
    Condition::all()
        .add(jobs::Column::Id.eq(lease.job.id.as_uuid()))
        .add(jobs::Column::State.eq(JobState::Running.as_str()))
        .add(jobs::Column::LeaseToken.eq(lease.token))
}

/// The job of a lease, locked until the transaction ends.
pub(super) async fn held(tx: &DatabaseTransaction, lease: &Lease) -> Result<jobs::Model, StoreError> {
    let row = jobs::Entity::find().filter(holds(lease)).lock(LockType::Update).one(tx).await;
    row.doing("check a lease")?.ok_or(StoreError::LeaseLost { job: lease.job.id })
}

pub(super) fn until(now_us: i64, duration: Duration) -> i64 {
    now_us.saturating_add(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

fn queued() -> jobs::ActiveModel {
    jobs::ActiveModel {
        state: Set(JobState::Queued.as_str().to_owned()),
        lease_owner: Set(None),
        lease_until_us: Set(None),
        ..Default::default()
    }
}
