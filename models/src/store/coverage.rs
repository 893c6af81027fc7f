//! Coverage: one row per asset × modality × model × version.

use std::collections::HashMap;

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::page::MAX_PAGE_ROWS;
use super::row::{Reader, json, stored};
use super::write;
use crate::coverage::{Coverage, CoverageStatus};
use crate::entity::coverage;
use crate::id::{AssetId, TenantId};
use crate::observation::Modality;

impl TenantStore {
    /// Sets cells, each made or changed; they may be of several assets.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Deleted`], [`StoreError::Query`]; then no cell was set.
    pub async fn put_coverage(&self, cells: &[Coverage]) -> Result<(), StoreError> {
        // Sorted, so that two calls lock the assets that they share in the same order.
        let mut assets: Vec<AssetId> = cells.iter().map(|cell| cell.asset).collect();
        assets.sort_unstable();
        assets.dedup();
        let tx = self.store.database.begin().await?;
        for asset in assets {
            write::lock_asset(&tx, self.tenant, asset).await?;
        }
        write_coverage(&tx, self.tenant, cells, self.store.now_us()).await?;
        tx.commit().await.doing("store coverage")
    }

    /// The cells of those assets, by modality, model and version; one statement per [`MAX_PAGE_ROWS`] assets.
    ///
    /// # Errors
    /// [`StoreError::Query`], [`StoreError::Damaged`].
    pub async fn coverage(&self, assets: &[AssetId]) -> Result<HashMap<AssetId, Vec<Coverage>>, StoreError> {
        let mut found: HashMap<AssetId, Vec<Coverage>> = HashMap::with_capacity(assets.len());
        for assets in assets.chunks(MAX_PAGE_ROWS as usize) {
            let rows = coverage::Entity::find()
                .filter(coverage::Column::TenantId.eq(self.tenant_uuid()))
                .filter(coverage::Column::AssetId.is_in(assets.iter().map(|id| id.as_uuid())))
                .order_by_asc(coverage::Column::AssetId)
                .order_by_asc(coverage::Column::Modality)
                .order_by_asc(coverage::Column::Model)
                .order_by_asc(coverage::Column::Version)
                .all(self.store.database.read())
                .await
                .doing("list coverage")?;
            for row in rows {
                let cell = read(row)?;
                found.entry(cell.asset).or_default().push(cell);
            }
        }
        Ok(found)
    }
}

/// Sets cells whose assets are locked.
pub(super) async fn write_coverage(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    cells: &[Coverage],
    now_us: i64,
) -> Result<(), StoreError> {
    use coverage::Column;
    for cell in cells {
        let row = coverage::Model {
            tenant_id: tenant.as_uuid(),
            asset_id: cell.asset.as_uuid(),
            modality: cell.modality.as_str().to_owned(),
            model: cell.model.clone(),
            version: cell.version.clone(),
            status: cell.status.as_str().to_owned(),
            reason: cell.status.reason().map(|reason| json("reason", reason)).transpose()?,
            observations: stored(cell.observations),
            embeddings: stored(cell.embeddings),
            spent_ms: stored(cell.spent_ms),
            updated_at_us: now_us,
        };
        let change = OnConflict::columns([Column::AssetId, Column::Modality, Column::Model, Column::Version])
            .update_columns([
                Column::Status,
                Column::Reason,
                Column::Observations,
                Column::Embeddings,
                Column::SpentMs,
                Column::UpdatedAtUs,
            ])
            .to_owned();
        let insert = coverage::Entity::insert(row.into_active_model()).on_conflict(change);
        insert.exec_without_returning(tx).await.doing("store coverage")?;
    }
    Ok(())
}

fn read(row: coverage::Model) -> Result<Coverage, StoreError> {
    let read = Reader { table: "coverage", id: row.asset_id };
    let reason = read.optional_json(row.reason.as_deref(), "a reason")?;
    let status = match (row.status.as_str(), reason) {
        ("pending", None) => CoverageStatus::Pending,
        ("done", None) => CoverageStatus::Done,
        ("failed", Some(reason)) => CoverageStatus::Failed { reason },
        ("skipped", Some(reason)) => CoverageStatus::Skipped { reason },
        _ => return Err(read.damaged("a status with its reason")),
    };
    Ok(Coverage {
        asset: AssetId::from_uuid(row.asset_id),
        modality: read.known(Modality::from_name(&row.modality), "a modality")?,
        model: row.model,
        version: row.version,
        status,
        observations: read.unsigned(row.observations)?,
        embeddings: read.unsigned(row.embeddings)?,
        spent_ms: read.unsigned(row.spent_ms)?,
    })
}
