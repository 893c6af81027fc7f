//! Vectors: the truth that both vector backends are built from.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, DeleteMany, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::page::{MAX_PAGE_ROWS, Page, PageRequest};
use super::row::{Reader, insert_rows};
use super::{feed, write};
use crate::embedding::{Embedding, EmbeddingSpace};
use crate::entity::embeddings;
use crate::id::{AssetId, EmbeddingId, MomentId, TenantId};
use crate::observation::Modality;
use crate::run::EmbeddingSet;
use crate::time::Span;

impl TenantStore {
    /// Stores all vectors of one channel of an asset in one space, in place of those of any version of that space, and
    /// tells the indexes.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where a vector is of another asset, channel, space or length, or has a component that is
    /// not finite; [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Query`].
    pub async fn replace_embeddings(&self, asset: AssetId, set: &EmbeddingSet) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, asset).await?;
        write_embeddings(&tx, self.tenant, asset, set).await?;
        let other_versions = of_channel(self.tenant, asset, set.modality)
            .filter(embeddings::Column::SpaceName.eq(set.space.name.as_str()))
            .filter(embeddings::Column::SpaceVersion.ne(set.space.version.as_str()));
        other_versions.exec(&tx).await.doing("replace vectors")?;
        feed::bump(&tx, asset).await?;
        tx.commit().await.doing("store vectors")
    }

    /// All vectors of an asset by one channel, by id.
    pub(super) async fn embeddings_by(&self, asset: AssetId, modality: Modality) -> Result<Vec<Embedding>, StoreError> {
        let rows = embeddings::Entity::find()
            .filter(embeddings::Column::TenantId.eq(self.tenant_uuid()))
            .filter(embeddings::Column::AssetId.eq(asset.as_uuid()))
            .filter(embeddings::Column::Modality.eq(modality.as_str()))
            .order_by_asc(embeddings::Column::Id)
            .all(self.store.database.read())
            .await
            .doing("read the vectors of a channel")?;
        rows.into_iter().map(read).collect()
    }

    /// A page of an asset's vectors of all spaces, by id.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn list_embeddings(
        &self,
        asset: AssetId,
        page: PageRequest<EmbeddingId>,
    ) -> Result<Page<Embedding>, StoreError> {
        let mut query = embeddings::Entity::find()
            .filter(embeddings::Column::TenantId.eq(self.tenant_uuid()))
            .filter(embeddings::Column::AssetId.eq(asset.as_uuid()));
        if let Some(id) = page.after {
            query = query.filter(embeddings::Column::Id.gt(id.as_uuid()));
        }
        let rows = query
            .order_by_asc(embeddings::Column::Id)
            .limit(page.fetch_limit())
            .all(self.store.database.read())
            .await
            .doing("list vectors")?;
        Page::cut(rows, page.limit()).map(read)
    }

    /// Vectors of an asset by these channels that share an instant with a stretch of it, by start, at most `limit_rows`.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn overlapping_embeddings(
        &self,
        asset: AssetId,
        span: Span,
        modalities: &[Modality],
        limit_rows: u32,
    ) -> Result<Vec<Embedding>, StoreError> {
        let rows = embeddings::Entity::find()
            .filter(embeddings::Column::TenantId.eq(self.tenant_uuid()))
            .filter(embeddings::Column::AssetId.eq(asset.as_uuid()))
            .filter(embeddings::Column::Modality.is_in(modalities.iter().map(|modality| modality.as_str())))
            .filter(embeddings::Column::StartUs.lt(span.end().as_micros()))
            .filter(embeddings::Column::EndUs.gt(span.start().as_micros()))
            .order_by_asc(embeddings::Column::StartUs)
            .order_by_asc(embeddings::Column::Id)
            .limit(u64::from(limit_rows.clamp(1, MAX_PAGE_ROWS)))
            .all(self.store.database.read())
            .await
            .doing("find vectors of a stretch")?;
        rows.into_iter().map(read).collect()
    }
}

/// Replaces the asset's vectors of the set's channel and space.
pub(super) async fn write_embeddings(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    set: &EmbeddingSet,
) -> Result<(), StoreError> {
    let dims = i32::try_from(set.space.dims).ok().filter(|dims| *dims > 0);
    let dims =
        dims.ok_or_else(|| StoreError::invalid("embedding space", "its number of dimensions is out of range"))?;
    for embedding in &set.embeddings {
        if embedding.asset != asset || embedding.modality != set.modality || embedding.space != set.space {
            return Err(StoreError::invalid("embedding", "it is of another asset, channel or space than its set"));
        }
        if embedding.values.len() != set.space.dims as usize {
            return Err(StoreError::invalid("embedding", "it has another length than its space"));
        }
        if !embedding.values.iter().all(|value| value.is_finite()) {
            return Err(StoreError::invalid("embedding", "a component is not finite"));
        }
    }
    of_channel(tenant, asset, set.modality).filter(is_in([&set.space])).exec(tx).await.doing("replace vectors")?;
    let rows = set.embeddings.iter().map(|embedding| embeddings::Model {
        id: embedding.id.as_uuid(),
        tenant_id: tenant.as_uuid(),
        asset_id: asset.as_uuid(),
        moment_id: embedding.moment.map(MomentId::as_uuid),
        modality: embedding.modality.as_str().to_owned(),
        space_name: set.space.name.clone(),
        space_version: set.space.version.clone(),
        dims,
        start_us: embedding.span.start().as_micros(),
        end_us: embedding.span.end().as_micros(),
        vector: embedding.values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    });
    insert_rows::<embeddings::Entity, _, _>(tx, rows, "store vectors").await
}

/// Removes vectors of the sets' channels in other spaces than theirs and those in `kept`: those of a model that the sets'
/// models have taken over from.
pub(super) async fn drop_other_spaces(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    sets: &[EmbeddingSet],
    kept: &[EmbeddingSpace],
) -> Result<(), StoreError> {
    let mut channels: BTreeMap<Modality, Vec<&EmbeddingSpace>> = BTreeMap::new();
    for set in sets {
        channels.entry(set.modality).or_default().push(&set.space);
    }
    for (modality, spaces) in channels {
        of_channel(tenant, asset, modality)
            .filter(is_in(spaces.into_iter().chain(kept)).not())
            .exec(tx)
            .await
            .doing("drop the vectors of another space")?;
    }
    Ok(())
}

fn of_channel(tenant: TenantId, asset: AssetId, modality: Modality) -> DeleteMany<embeddings::Entity> {
    embeddings::Entity::delete_many()
        .filter(embeddings::Column::TenantId.eq(tenant.as_uuid()))
        .filter(embeddings::Column::AssetId.eq(asset.as_uuid()))
        .filter(embeddings::Column::Modality.eq(modality.as_str()))
}

/// Vectors in any of these spaces.
pub(super) fn is_in<'s>(spaces: impl IntoIterator<Item = &'s EmbeddingSpace>) -> Condition {
    spaces.into_iter().fold(Condition::any(), |any, space| {
        let is_named = embeddings::Column::SpaceName.eq(space.name.as_str());
        any.add(is_named.and(embeddings::Column::SpaceVersion.eq(space.version.as_str())))
    })
}

fn read(row: embeddings::Model) -> Result<Embedding, StoreError> {
    let read = Reader { table: "embeddings", id: row.id };
    let (quads, rest) = row.vector.as_chunks::<4>();
    let values: Vec<f32> = quads.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let dims = u32::try_from(row.dims).map_err(|_| read.damaged("a number of dimensions"))?;
    if !rest.is_empty() || values.len() != dims as usize {
        return Err(read.damaged("a vector of its space"));
    }
    Ok(Embedding {
        id: EmbeddingId::from_uuid(row.id),
        asset: AssetId::from_uuid(row.asset_id),
        moment: row.moment_id.map(MomentId::from_uuid),
        span: read.span(row.start_us, row.end_us)?,
        space: EmbeddingSpace { name: row.space_name, version: row.space_version, dims },
        modality: read.known(Modality::from_name(&row.modality), "a modality")?,
        values,
    })
}
