//! How jobs end: well or not, by a worker, by a person, with their asset; and what was put off until then.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::{Doing, StoreError};
use super::jobs::{is_active, is_deferred, update_job};
use super::row::json;
use super::write;
use crate::asset::AssetState;
use crate::entity::jobs;
use crate::id::{AssetId, JobId, TenantId};
use crate::job::{CancelOutcome, JobState};
use crate::reason::Reason;

/// Ends a locked job well.
pub(super) async fn succeed(tx: &DatabaseTransaction, row: &jobs::Model, now_us: i64) -> Result<(), StoreError> {
    let change = jobs::ActiveModel { fraction: Set(1.0), reason: Set(None), ..ended(JobState::Succeeded, now_us) };
    end(tx, row, change, None, now_us).await
}

/// Ends a locked job without success, and its asset with it.
pub(super) async fn fail_for_good(
    tx: &DatabaseTransaction,
    row: &jobs::Model,
    state: AssetState,
    reason: &Reason,
    now_us: i64,
) -> Result<(), StoreError> {
    let change = jobs::ActiveModel { reason: Set(Some(json("reason", reason)?)), ..ended(JobState::Failed, now_us) };
    end(tx, row, change, Some((state, reason)), now_us).await?;
    let (job, asset) = (JobId::from_uuid(row.id), AssetId::from_uuid(row.asset_id));
    tracing::warn!(%job, %asset, code = %reason.code, "a job failed for good");
    Ok(())
}

/// Ends a locked job that was to stop.
pub(super) async fn cancel(tx: &DatabaseTransaction, row: &jobs::Model, now_us: i64) -> Result<(), StoreError> {
    let change = ended(JobState::Cancelled, now_us);
    if row.state == JobState::Deferred.as_str() {
        // The asset goes by the job before it.
        return update_job(tx, row, change, now_us).await;
    }
    let reason = Reason::new("cancelled", "the analysis was cancelled");
    end(tx, row, change, Some((AssetState::Failed, &reason)), now_us).await
}

/// Cancels a locked job that nobody works on, and asks the worker of another to stop.
pub(super) async fn cancel_row(
    tx: &DatabaseTransaction,
    row: jobs::Model,
    now_us: i64,
) -> Result<CancelOutcome, StoreError> {
    match JobState::from_name(&row.state) {
        Some(JobState::Deferred | JobState::Queued) => {
            cancel(tx, &row, now_us).await?;
            Ok(CancelOutcome::Cancelled)
        }
        Some(JobState::Running) => {
            let change = jobs::ActiveModel { cancel_requested: Set(true), ..Default::default() };
            update_job(tx, &row, change, now_us).await?;
            Ok(CancelOutcome::Requested)
        }
        _ => Ok(CancelOutcome::AlreadyFinished),
    }
}

/// Cancels all jobs on an asset that have not ended.
pub(super) async fn cancel_jobs_of(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    now_us: i64,
) -> Result<(), StoreError> {
    let of_asset = |state| {
        jobs::Entity::find()
            .filter(jobs::Column::TenantId.eq(tenant.as_uuid()))
            .filter(jobs::Column::AssetId.eq(asset.as_uuid()))
            .filter(state)
            .order_by_asc(jobs::Column::Id)
            .lock(LockType::Update)
            .all(tx)
    };
    // Nothing comes to be deferred any more once the active job is locked, and what is deferred must not follow it.
    let active = of_asset(is_active()).await.doing("find the jobs of an asset")?;
    let deferred = of_asset(is_deferred()).await.doing("find the jobs of an asset")?;
    for row in deferred.into_iter().chain(active) {
        cancel_row(tx, row, now_us).await?;
    }
    Ok(())
}

/// Ends a locked job, and queues the one that was put off until then; `asset` is what the asset becomes where there is none.
async fn end(
    tx: &DatabaseTransaction,
    row: &jobs::Model,
    change: jobs::ActiveModel,
    asset: Option<(AssetState, &Reason)>,
    now_us: i64,
) -> Result<(), StoreError> {
    update_job(tx, row, change, now_us).await?;
    let next = jobs::ActiveModel {
        state: Set(JobState::Queued.as_str().to_owned()),
        run_after_us: Set(now_us),
        updated_at_us: Set(now_us),
        ..Default::default()
    };
    let followed = jobs::Entity::update_many()
        .set(next)
        .filter(jobs::Column::TenantId.eq(row.tenant_id))
        .filter(jobs::Column::AssetId.eq(row.asset_id))
        .filter(jobs::Column::Kind.eq(row.kind.as_str()))
        .filter(is_deferred())
        .exec(tx)
        .await
        .doing("queue a job that was put off")?;
    let (state, reason) = match (followed.rows_affected > 0, asset) {
        (true, _) => (AssetState::Registered, None),
        (false, Some((state, reason))) => (state, Some(reason)),
        (false, None) => return Ok(()),
    };
    let (tenant, asset) = (TenantId::from_uuid(row.tenant_id), AssetId::from_uuid(row.asset_id));
    write::asset_state_by_job(tx, tenant, asset, state, reason, now_us).await
}

fn ended(state: JobState, now_us: i64) -> jobs::ActiveModel {
    jobs::ActiveModel {
        state: Set(state.as_str().to_owned()),
        lease_owner: Set(None),
        lease_until_us: Set(None),
        finished_at_us: Set(Some(now_us)),
        ..Default::default()
    }
}
