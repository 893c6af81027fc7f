//! The streams of assets' files: a projection of the probe that can be asked for many assets at once.

use std::collections::HashMap;

use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::{Reader, clean, insert_rows, json};
use super::write;
use crate::entity::{assets, streams};
use crate::id::{AssetId, TenantId};
use crate::probe::{Probe, StreamDetails, StreamInfo};

/// Longest codec name or language tag that is kept in a column of its own.
const MAX_TAG_CHARS: usize = 64;

impl TenantStore {
    /// Streams of those assets, in file order; one statement per [`super::MAX_PAGE_ROWS`] assets.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn streams(&self, assets: &[AssetId]) -> Result<HashMap<AssetId, Vec<StreamInfo>>, StoreError> {
        let mut found: HashMap<AssetId, Vec<StreamInfo>> = HashMap::with_capacity(assets.len());
        for assets in assets.chunks(super::MAX_PAGE_ROWS as usize) {
            let rows = streams::Entity::find()
                .filter(streams::Column::TenantId.eq(self.tenant_uuid()))
                .filter(streams::Column::AssetId.is_in(assets.iter().map(|id| id.as_uuid())))
                .order_by_asc(streams::Column::AssetId)
                .order_by_asc(streams::Column::StreamIndex)
                .all(self.store.database.read())
                .await
                .doing("list streams")?;
            for row in rows {
                let info = Reader { table: "streams", id: row.asset_id }.json(&row.info, "a stream")?;
                found.entry(AssetId::from_uuid(row.asset_id)).or_default().push(info);
            }
        }
        Ok(found)
    }
}

/// Keeps the probe with the asset, and its streams as rows.
pub(super) async fn write_probe(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    probe: &Probe,
    now_us: i64,
) -> Result<(), StoreError> {
    let change = assets::ActiveModel {
        probe: Set(Some(json("probe", probe)?)),
        duration_us: Set(Some(probe.duration.as_micros())),
        ..Default::default()
    };
    write::update_asset(tx, tenant, asset, change, now_us).await?;
    streams::Entity::delete_many()
        .filter(streams::Column::TenantId.eq(tenant.as_uuid()))
        .filter(streams::Column::AssetId.eq(asset.as_uuid()))
        .exec(tx)
        .await
        .doing("replace streams")?;
    let rows = probe.streams.iter().map(|stream| row(tenant, asset, stream)).collect::<Result<Vec<_>, _>>()?;
    insert_rows::<streams::Entity, _, _>(tx, rows, "keep streams").await
}

fn row(tenant: TenantId, asset: AssetId, stream: &StreamInfo) -> Result<streams::Model, StoreError> {
    let kind = match stream.details {
        StreamDetails::Video(_) => "video",
        StreamDetails::Audio(_) => "audio",
        StreamDetails::Subtitle { .. } => "subtitle",
        StreamDetails::Data => "data",
    };
    Ok(streams::Model {
        tenant_id: tenant.as_uuid(),
        asset_id: asset.as_uuid(),
        stream_index: i32::try_from(stream.index)
            .map_err(|_| StoreError::invalid("stream", "its index is too large"))?,
        kind: kind.to_owned(),
        codec: clean(&stream.codec, MAX_TAG_CHARS),
        language: stream.language.as_deref().map(|language| clean(language, MAX_TAG_CHARS)),
        info: json("stream", stream)?,
    })
}
