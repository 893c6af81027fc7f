//! One asset's rows as the document that the indexes take.

use reelgraph_models::id::AssetId;
use reelgraph_models::store::{StoreError, TenantStore};
use reelgraph_search::document::AssetDocument;

/// Reads an asset whole; `None` when it has been deleted meanwhile.
pub(super) async fn read(tenant: &TenantStore, asset: AssetId) -> Result<Option<AssetDocument>, StoreError> {
    let Some(asset) = tenant.find_asset(asset).await? else { return Ok(None) };
    let moments = tenant.all_moments(asset.id).await?;
    let embeddings = tenant.all_embeddings(asset.id).await?;
    Ok(Some(AssetDocument::assemble(&asset, &moments, &embeddings)))
}
