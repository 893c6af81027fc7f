//! The pieces that writes of an asset's rows are made of; each runs inside a transaction that holds the asset's lock.
//!
//! Order of locks, everywhere: job, asset, spaces, version of the people, sequence. Whoever follows it never waits in a circle.

use std::collections::BTreeSet;

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::assets::locked;
use super::error::{Doing, StoreError};
use super::page::MAX_PAGE_ROWS;
use super::row::json;
use crate::asset::{Asset, AssetState};
use crate::entity::assets;
use crate::id::{AssetId, TenantId};
use crate::reason::Reason;

/// Locks an asset that is not deleted until the transaction ends.
pub(super) async fn lock_asset(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    id: AssetId,
) -> Result<assets::Model, StoreError> {
    let row = locked(tenant, id).one(tx).await.doing("lock an asset")?;
    match row {
        None => Err(StoreError::NotFound { what: "asset", id: id.as_uuid() }),
        Some(row) if row.deleted_at_us.is_some() => Err(StoreError::Deleted { asset: id }),
        Some(row) => Ok(row),
    }
}

/// Locks those of the assets that are not deleted until the transaction ends, in the order of their ids, so that nobody who
/// does the same waits in a circle.
pub(super) async fn lock_assets(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    ids: &BTreeSet<AssetId>,
) -> Result<BTreeSet<AssetId>, StoreError> {
    let ids: Vec<AssetId> = ids.iter().copied().collect();
    let mut found = BTreeSet::new();
    for some in ids.chunks(MAX_PAGE_ROWS as usize) {
        let rows: Vec<Uuid> = assets::Entity::find()
            .select_only()
            .column(assets::Column::Id)
            .filter(assets::Column::TenantId.eq(tenant.as_uuid()))
            .filter(assets::Column::Id.is_in(some.iter().map(|id| id.as_uuid())))
            .filter(assets::Column::DeletedAtUs.is_null())
            .order_by_asc(assets::Column::Id)
            .lock(LockType::NoKeyUpdate)
            .into_tuple()
            .all(tx)
            .await
            .doing("lock assets")?;
        found.extend(rows.into_iter().map(AssetId::from_uuid));
    }
    Ok(found)
}

/// Changes the set fields, and the time of the last change.
pub(super) async fn update_asset(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    id: AssetId,
    mut change: assets::ActiveModel,
    now_us: i64,
) -> Result<(), StoreError> {
    change.updated_at_us = Set(now_us);
    let updated = assets::Entity::update_many()
        .set(change)
        .filter(assets::Column::TenantId.eq(tenant.as_uuid()))
        .filter(assets::Column::Id.eq(id.as_uuid()))
        .filter(assets::Column::DeletedAtUs.is_null());
    updated.exec(tx).await.doing("change an asset")?;
    Ok(())
}

/// Puts an asset into a state; does nothing to one that is deleted.
pub(super) async fn asset_state(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    id: AssetId,
    state: AssetState,
    reason: Option<&Reason>,
    now_us: i64,
) -> Result<(), StoreError> {
    let change = assets::ActiveModel {
        state: Set(state.as_str().to_owned()),
        state_reason: Set(reason.map(|reason| json("reason", reason)).transpose()?),
        ..Default::default()
    };
    update_asset(tx, tenant, id, change, now_us).await
}

/// As [`asset_state`], for what becomes of a job: an asset that is ready stays so while it is analysed again, and when that
/// fails or is cancelled, since all that is known of it is still there.
pub(super) async fn asset_state_by_job(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    id: AssetId,
    state: AssetState,
    reason: Option<&Reason>,
    now_us: i64,
) -> Result<(), StoreError> {
    let ready = locked(tenant, id).filter(assets::Column::State.eq(AssetState::Ready.as_str()));
    if ready.one(tx).await.doing("look at an asset's state")?.is_some() {
        return Ok(());
    }
    asset_state(tx, tenant, id, state, reason, now_us).await
}

/// Adds the warnings that are not there yet, up to the bound.
pub(super) async fn add_warnings(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: &assets::Model,
    more: &[Reason],
    now_us: i64,
) -> Result<(), StoreError> {
    let id = AssetId::from_uuid(asset.id);
    let mut warnings: Vec<Reason> =
        super::row::Reader { table: "assets", id: asset.id }.json(&asset.warnings, "a list of reasons")?;
    let before = warnings.len();
    for warning in more {
        if warnings.len() < Asset::MAX_WARNINGS && !warnings.contains(warning) {
            warnings.push(warning.clone());
        }
    }
    if warnings.len() == before {
        return Ok(());
    }
    let change = assets::ActiveModel { warnings: Set(json("warnings", &warnings)?), ..Default::default() };
    update_asset(tx, tenant, id, change, now_us).await
}
