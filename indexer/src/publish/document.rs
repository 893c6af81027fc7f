//! One asset's rows as the document that the indexes take.

use reelgraph_models::id::AssetId;
use reelgraph_models::observation::standing;
use reelgraph_models::store::{StoreError, TenantStore};
use reelgraph_search::assemble::AssetRows;
use reelgraph_search::document::AssetDocument;

/// Reads an asset whole; `None` when it has been deleted meanwhile.
pub(super) async fn read(tenant: &TenantStore, asset: AssetId) -> Result<Option<AssetDocument>, StoreError> {
    let Some(asset) = tenant.find_asset(asset).await? else { return Ok(None) };
    let moments = tenant.all_moments(asset.id).await?;
    let embeddings = tenant.all_embeddings(asset.id).await?;
    let observations = tenant.all_observations(asset.id, &AssetRows::MODALITIES).await?;
    let caption_languages = tenant.caption_languages(asset.id).await?;
    let people = tenant.people_in(asset.id).await?;
    Ok(Some(AssetDocument::assemble(AssetRows {
        asset: &asset,
        moments: &moments,
        embeddings: &embeddings,
        observations: &standing(observations, None),
        people: &people,
        caption_languages: &caption_languages,
    })))
}
