//! Taking out the rows of deleted assets.

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

use super::assets::locked;
use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::json;
use crate::asset::AssetSource;
use crate::entity::{assets, coverage, embeddings, jobs, moments, runs, streams};
use crate::id::{AssetId, TenantId};
use crate::job::JobState;

impl TenantStore {
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
    // Observations go with their runs.
    delete!(runs, moments, embeddings, coverage, streams);
    Ok(())
}
