//! What standing searches follow: which of them are behind the indexes, and what has changed since they last looked.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect};

use super::error::{Doing, StoreError};
use super::handle::{Store, TenantStore};
use super::page::MAX_PAGE_ROWS;
use super::row::Reader;
use super::saved_searches::read_search;
use crate::asset::Revision;
use crate::entity::{assets, saved_searches};
use crate::id::{AssetId, TenantId};
use crate::standing_search::{ChangedAsset, DueSearch};

impl Store {
    /// Standing searches of all tenants that have not looked through everything up to `published`, the one furthest behind
    /// first.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn due_searches(&self, published: Revision, limit_rows: u32) -> Result<Vec<DueSearch>, StoreError> {
        use saved_searches::Column::{Id, IsStanding, Watermark};
        let rows = saved_searches::Entity::find()
            .filter(IsStanding.eq(true))
            .filter(Expr::col(Watermark).lt(published.0))
            .order_by_asc(Watermark)
            .order_by_asc(Id)
            .limit(u64::from(limit_rows.clamp(1, MAX_PAGE_ROWS)))
            .all(self.database.read())
            .await
            .doing("find standing searches that are behind")?;
        let due = rows.into_iter().map(|row| {
            let tenant = TenantId::from_uuid(row.tenant_id);
            Ok(DueSearch { tenant, search: read_search(row)? })
        });
        due.collect()
    }
}

impl TenantStore {
    /// Assets whose last change lies after one revision and not after another, oldest change first, deleted ones included.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn changed_assets(
        &self,
        after: Revision,
        up_to: Revision,
        limit_rows: u32,
    ) -> Result<Vec<ChangedAsset>, StoreError> {
        use assets::Column::{CreatedAtUs, DeletedAtUs, Id, Revision as Changed, TenantId as Tenant};
        let rows: Vec<(sea_orm::prelude::Uuid, i64, i64, Option<i64>)> = assets::Entity::find()
            .select_only()
            .columns([Id, Changed, CreatedAtUs, DeletedAtUs])
            .filter(Tenant.eq(self.tenant_uuid()))
            .filter(Expr::col(Changed).gt(after.0))
            .filter(Expr::col(Changed).lte(up_to.0))
            .order_by_asc(Changed)
            .limit(u64::from(limit_rows.clamp(1, MAX_PAGE_ROWS)))
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("read what changed for a standing search")?;
        let line = |(id, revision, created_at_us, deleted): (_, _, _, Option<i64>)| {
            Ok(ChangedAsset {
                asset: AssetId::from_uuid(id),
                revision: Revision(revision),
                created_at: Reader { table: "assets", id }.instant(created_at_us)?,
                is_deleted: deleted.is_some(),
            })
        };
        rows.into_iter().map(line).collect()
    }
}
