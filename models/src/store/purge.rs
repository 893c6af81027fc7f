//! Taking out the rows of deleted assets.

use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect};

use super::assets::locked;
use super::error::{Doing, StoreError};
use super::handle::{Store, TenantStore};
use super::page::MAX_PAGE_ROWS;
use super::people;
use super::row::json;
use crate::asset::{AssetSource, DeletedAsset};
use crate::blob::BlobKey;
use crate::entity::{assets, coverage, embeddings, jobs, moments, runs, signatures, standing_moments, streams};
use crate::id::{AssetId, TenantId};
use crate::job::JobState;
use crate::metadata::Metadata;
use crate::review::Review;
use crate::rights::Rights;

impl Store {
    /// Deleted assets of all tenants that were not purged yet and that no job works on any more.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn deleted_assets(&self, limit_rows: u32) -> Result<Vec<DeletedAsset>, StoreError> {
        let unfinished = JobState::ALL.into_iter().filter(|state| !state.is_final()).map(JobState::as_str);
        let worked_on = Query::select()
            .column(jobs::Column::AssetId)
            .from(jobs::Entity)
            .and_where(jobs::Column::State.is_in(unfinished))
            .to_owned();
        let rows: Vec<(Uuid, Uuid, String)> = assets::Entity::find()
            .select_only()
            .columns([assets::Column::TenantId, assets::Column::Id, assets::Column::OriginalKey])
            .filter(assets::Column::DeletedAtUs.is_not_null())
            .filter(assets::Column::OriginalKey.ne(""))
            .filter(assets::Column::Id.not_in_subquery(worked_on))
            .limit(u64::from(limit_rows.clamp(1, MAX_PAGE_ROWS)))
            .into_tuple()
            .all(self.database.read())
            .await
            .doing("list deleted assets")?;
        let read = |(tenant, id, key): (Uuid, Uuid, String)| {
            let damaged = StoreError::Damaged { table: "assets", id, expected: "a blob key" };
            let original = BlobKey::new(&key).map_err(|_| damaged)?;
            Ok(DeletedAsset { tenant: TenantId::from_uuid(tenant), id: AssetId::from_uuid(id), original })
        };
        rows.into_iter().map(read).collect()
    }
}

impl TenantStore {
    /// Those of `keys` that are no asset's original, deleted assets that were not purged yet included.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn unused_originals(&self, keys: Vec<BlobKey>) -> Result<Vec<BlobKey>, StoreError> {
        let used: Vec<String> = assets::Entity::find()
            .select_only()
            .column(assets::Column::OriginalKey)
            .filter(assets::Column::TenantId.eq(self.tenant_uuid()))
            .filter(assets::Column::OriginalKey.is_in(keys.iter().map(BlobKey::as_str)))
            .into_tuple()
            .all(self.store.database.read())
            .await
            .doing("find originals that are in use")?;
        Ok(keys.into_iter().filter(|key| !used.iter().any(|used| used == key.as_str())).collect())
    }

    /// Takes names, source and finished jobs of a deleted asset out of the database; what stays is the tombstone that the
    /// search feed needs. Delete its blobs first: their keys go too. Returns whether there was such a deleted asset.
    ///
    /// # Errors
    /// [`StoreError::Query`].
    pub async fn purge_asset(&self, id: AssetId) -> Result<bool, StoreError> {
        let tx = self.store.database.begin().await?;
        let ended = JobState::ALL.into_iter().filter(|state| state.is_final()).map(JobState::as_str);
        let row = locked(self.tenant, id).one(&tx).await.doing("find a deleted asset")?;
        if row.is_none_or(|row| row.deleted_at_us.is_none()) {
            return Ok(false);
        }
        jobs::Entity::delete_many()
            .filter(jobs::Column::TenantId.eq(self.tenant_uuid()))
            .filter(jobs::Column::AssetId.eq(id.as_uuid()))
            .filter(jobs::Column::State.is_in(ended))
            .exec(&tx)
            .await
            .doing("purge jobs")?;
        let blank = assets::ActiveModel {
            title: Set(String::new()),
            file_name: Set(String::new()),
            source: Set(json("asset source", &AssetSource::Upload)?),
            state_reason: Set(None),
            probe: Set(None),
            warnings: Set("[]".to_owned()),
            metadata: Set(json("an asset's own fields", &Metadata::default())?),
            rights: Set(json("an asset's licences", &Rights::default())?),
            review: Set(json("an asset's review", &Review::default())?),
            original_key: Set(String::new()),
            thumbnail_key: Set(None),
            ..Default::default()
        };
        assets::Entity::update_many()
            .set(blank)
            .filter(assets::Column::TenantId.eq(self.tenant_uuid()))
            .filter(assets::Column::Id.eq(id.as_uuid()))
            .exec(&tx)
            .await
            .doing("purge an asset")?;
        tx.commit().await.doing("purge an asset")?;
        Ok(true)
    }
}

/// Deletes all that was seen in an asset.
pub(super) async fn delete_derived(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    now_us: i64,
) -> Result<(), StoreError> {
    macro_rules! delete {
        ($($table:ident),*) => {$(
            $table::Entity::delete_many()
                .filter($table::Column::TenantId.eq(tenant.as_uuid()))
                .filter($table::Column::AssetId.eq(asset.as_uuid()))
                .exec(tx)
                .await
                .doing("delete what was seen in an asset")?;
        )*};
    }
    people::forget_asset(tx, tenant, asset, now_us).await?;
    // Observations go with their runs.
    delete!(runs, moments, embeddings, signatures, coverage, streams, standing_moments);
    Ok(())
}
