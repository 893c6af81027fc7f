//! The version of a tenant's people.

use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};

use super::super::error::{Doing, StoreError};
use crate::entity::people_heads;
use crate::id::TenantId;

/// Attempts of a write before it gives up, each after somebody else's went through.
pub(super) const ATTEMPTS: u32 = 16;

/// The version as it is before anything is read.
pub(super) async fn version(from: &impl ConnectionTrait, tenant: TenantId) -> Result<i64, StoreError> {
    let row = people_heads::Entity::find_by_id(tenant.as_uuid()).one(from).await.doing("read the version of people")?;
    Ok(row.map_or(0, |row| row.version))
}

/// Raises the version, and keeps others from doing so until the transaction ends; false where somebody has since it was read.
pub(super) async fn advance(tx: &DatabaseTransaction, tenant: TenantId, read: i64) -> Result<bool, StoreError> {
    ensure(tx, tenant).await?;
    let raised = raise(tenant).filter(people_heads::Column::Version.eq(read)).exec(tx).await;
    Ok(raised.doing("raise the version of people")?.rows_affected == 1)
}

/// Raises the version, whoever else has: what was read before is of no matter.
pub(super) async fn overtake(tx: &DatabaseTransaction, tenant: TenantId) -> Result<(), StoreError> {
    ensure(tx, tenant).await?;
    raise(tenant).exec(tx).await.doing("raise the version of people")?;
    Ok(())
}

async fn ensure(tx: &DatabaseTransaction, tenant: TenantId) -> Result<(), StoreError> {
    let row = people_heads::Model { tenant_id: tenant.as_uuid(), version: 0 };
    let once = OnConflict::column(people_heads::Column::TenantId).do_nothing().to_owned();
    let insert = people_heads::Entity::insert(row.into_active_model()).on_conflict(once);
    insert.exec_without_returning(tx).await.doing("make the version of people")?;
    Ok(())
}

fn raise(tenant: TenantId) -> sea_orm::UpdateMany<people_heads::Entity> {
    people_heads::Entity::update_many()
        .col_expr(people_heads::Column::Version, Expr::col(people_heads::Column::Version).add(1))
        .filter(people_heads::Column::TenantId.eq(tenant.as_uuid()))
}
