//! Coverage: one row per asset × modality × model × version.

use std::collections::HashMap;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, DatabaseTransaction, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter, QueryOrder,
};

use super::error::{Doing, StoreError};
use super::handle::TenantStore;
use super::page::MAX_PAGE_ROWS;
use super::row::{Reader, json, stored};
use super::write;
use crate::coverage::{Coverage, CoverageStatus};
use crate::embedding::EmbeddingSpace;
use crate::entity::coverage;
use crate::id::{AssetId, TenantId};
use crate::observation::{Modality, Origin};

impl TenantStore {
    /// Sets cells, each made or changed; they may be of several assets. A failure keeps the counts of what is still there
    /// from before, and what was done is not undone by having been skipped later.
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
        let mut change = OnConflict::columns([Column::AssetId, Column::Modality, Column::Model, Column::Version]);
        change.update_columns([Column::Status, Column::Reason, Column::UpdatedAtUs]);
        match cell.status {
            CoverageStatus::Done | CoverageStatus::Pending => {
                change.update_columns([Column::Observations, Column::Embeddings, Column::SpentMs]);
            }
            // What an earlier run left is still there, and so are its counts.
            CoverageStatus::Failed { .. } => {}
            // Not to have tried again undoes nothing.
            CoverageStatus::Skipped { .. } => {
                change.action_and_where(Expr::col((coverage::Entity, Column::Status)).ne("done"));
            }
        }
        let insert = coverage::Entity::insert(row.into_active_model()).on_conflict(change);
        insert.exec_without_returning(tx).await.doing("store coverage")?;
    }
    Ok(())
}

/// Removes the cells of models that these have taken over from: of each channel that one of `cells` has done, all but those
/// in `cells`, those of the spaces in `kept`, and those of analysis made elsewhere, which has rows of its own.
pub(super) async fn retire_replaced(
    tx: &DatabaseTransaction,
    tenant: TenantId,
    asset: AssetId,
    cells: &[Coverage],
    kept: &[EmbeddingSpace],
) -> Result<(), StoreError> {
    use coverage::Column;
    let mut done: Vec<Modality> =
        cells.iter().filter(|cell| cell.status == CoverageStatus::Done).map(|cell| cell.modality).collect();
    done.sort_unstable();
    done.dedup();
    for modality in done {
        let of_channel = cells.iter().filter(|cell| cell.modality == modality);
        let models = of_channel.map(|cell| (cell.model.as_str(), cell.version.as_str()));
        let spaces = kept.iter().map(|space| (space.name.as_str(), space.version.as_str()));
        let kept = models.chain(spaces).fold(Condition::any(), |any, (model, version)| {
            any.add(Column::Model.eq(model).and(Column::Version.eq(version)))
        });
        let mut old = coverage::Entity::delete_many()
            .filter(Column::TenantId.eq(tenant.as_uuid()))
            .filter(Column::AssetId.eq(asset.as_uuid()))
            .filter(Column::Modality.eq(modality.as_str()))
            .filter(kept.not());
        for elsewhere in [Origin::Imported, Origin::Supplied] {
            old = old.filter(Column::Model.starts_with(elsewhere.prefix()).not());
        }
        old.exec(tx).await.doing("retire coverage")?;
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
