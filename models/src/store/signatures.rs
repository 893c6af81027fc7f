//! Signatures: one row an asset, replaced as a whole.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::row::Reader;
use super::{feed, write};
use crate::entity::signatures;
use crate::id::{AssetId, TenantId};
use crate::signature::{Signature, SignatureTrack};
use crate::time::MediaTime;

/// Tracks read by one statement; an hour of film is 144 kB.
const STATEMENT_TRACKS: usize = 100;

impl TenantStore {
    /// Stores the signatures of an asset in place of those it had, and tells the indexes.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] where the interval is not greater than zero; [`StoreError::NotFound`],
    /// [`StoreError::Deleted`], [`StoreError::Query`].
    pub async fn replace_signatures(&self, track: &SignatureTrack) -> Result<(), StoreError> {
        let tx = self.store.database.begin().await?;
        write::lock_asset(&tx, self.tenant, track.asset).await?;
        write_signatures(&tx, self.tenant, track.asset, track).await?;
        feed::bump(&tx, track.asset).await?;
        tx.commit().await.doing("store signatures")
    }

    /// The signatures of those of the assets that have any; one statement per hundred assets.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn signatures(&self, assets: &[AssetId]) -> Result<HashMap<AssetId, SignatureTrack>, StoreError> {
        let mut found = HashMap::with_capacity(assets.len());
        for assets in assets.chunks(STATEMENT_TRACKS) {
            let rows = signatures::Entity::find()
                .filter(signatures::Column::TenantId.eq(self.tenant_uuid()))
                .filter(signatures::Column::AssetId.is_in(assets.iter().map(|id| id.as_uuid())))
                .all(self.store.database.read())
                .await
                .doing("read signatures")?;
            for row in rows {
                let track = read(row)?;
                found.insert(track.asset, track);
            }
        }
        Ok(found)
    }
}

/// Replaces the signatures of an asset that is locked.
pub(super) async fn write_signatures(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    track: &SignatureTrack,
) -> Result<(), StoreError> {
    if track.asset != asset {
        return Err(StoreError::invalid("signatures", "they are of another asset"));
    }
    if track.interval <= MediaTime::ZERO {
        return Err(StoreError::invalid("signatures", "their interval is not greater than zero"));
    }
    use signatures::Column::{AssetId as Key, IntervalUs, Model, Samples, Version};
    let row = signatures::Model {
        asset_id: asset.as_uuid(),
        tenant_id: tenant.as_uuid(),
        model: track.model.clone(),
        version: track.version.clone(),
        interval_us: track.interval.as_micros(),
        samples: track.samples.iter().flat_map(|sample| sample.bits().to_le_bytes()).collect(),
    };
    let again = OnConflict::column(Key).update_columns([Model, Version, IntervalUs, Samples]).to_owned();
    let insert = signatures::Entity::insert(row.into_active_model()).on_conflict(again);
    insert.exec_without_returning(tx).await.doing("store signatures")?;
    Ok(())
}

fn read(row: signatures::Model) -> Result<SignatureTrack, StoreError> {
    let read = Reader { table: "signatures", id: row.asset_id };
    let (words, rest) = row.samples.as_chunks::<8>();
    if !rest.is_empty() {
        return Err(read.damaged("a whole number of samples"));
    }
    Ok(SignatureTrack {
        asset: AssetId::from_uuid(row.asset_id),
        model: row.model,
        version: row.version,
        interval: MediaTime::from_micros(row.interval_us),
        samples: words.iter().map(|bytes| Signature::from_bits(u64::from_le_bytes(*bytes))).collect(),
    })
}
