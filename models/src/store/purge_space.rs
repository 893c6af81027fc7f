//! The end of an embedding space: its vectors and what tells of them, page by page.

use std::collections::BTreeSet;

use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::embeddings::is_in;
use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::{feed, write};
use crate::embedding::EmbeddingSpace;
use crate::entity::{coverage, embeddings};
use crate::id::AssetId;
use crate::space::SpaceRole;

/// Assets that one transaction takes the vectors of: few enough that a worker never waits long for the database.
const ASSETS_AT_ONCE: u64 = 50;

impl TenantStore {
    /// Removes all that a space that is not kept has left, and tells the indexes; returns on how many assets.
    pub(super) async fn purge_space(&self, role: SpaceRole, space: &EmbeddingSpace) -> Result<u64, StoreError> {
        let doing = "remove an embedding space";
        let (tenant, modality) = (self.tenant_uuid(), role.modality().as_str());
        let cells = coverage::Entity::delete_many()
            .filter(coverage::Column::TenantId.eq(tenant))
            .filter(coverage::Column::Modality.eq(modality))
            .filter(coverage::Column::Model.eq(space.name.as_str()))
            .filter(coverage::Column::Version.eq(space.version.as_str()));
        let tx = self.store.database.begin().await?;
        cells.exec(&tx).await.doing(doing)?;
        tx.commit().await.doing(doing)?;
        let (mut cleared, mut after) = (0, None::<Uuid>);
        loop {
            let mut page = embeddings::Entity::find()
                .select_only()
                .column(embeddings::Column::AssetId)
                .distinct()
                .filter(embeddings::Column::TenantId.eq(tenant))
                .filter(embeddings::Column::Modality.eq(modality))
                .filter(is_in([space]));
            if let Some(after) = after {
                page = page.filter(embeddings::Column::AssetId.gt(after));
            }
            let page = page.order_by_asc(embeddings::Column::AssetId).limit(ASSETS_AT_ONCE).into_tuple();
            let assets: Vec<Uuid> = page.all(self.store.database.read()).await.doing(doing)?;
            let Some(last) = assets.last() else { return Ok(cleared) };
            after = Some(*last);
            let found: BTreeSet<AssetId> = assets.into_iter().map(AssetId::from_uuid).collect();
            let tx = self.store.database.begin().await?;
            // Those of deleted assets go with them.
            let alive = write::lock_assets(&tx, self.tenant, &found).await?;
            embeddings::Entity::delete_many()
                .filter(embeddings::Column::TenantId.eq(tenant))
                .filter(embeddings::Column::AssetId.is_in(alive.iter().map(|id| id.as_uuid())))
                .filter(embeddings::Column::Modality.eq(modality))
                .filter(is_in([space]))
                .exec(&tx)
                .await
                .doing(doing)?;
            feed::bump_all(&tx, &alive).await?;
            tx.commit().await.doing(doing)?;
            cleared += alive.len() as u64;
        }
    }
}
