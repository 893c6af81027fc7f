//! One asset's rows as the document that the indexes take.

use reelgraph_models::embedding::Embedding;
use reelgraph_models::id::AssetId;
use reelgraph_models::moment::Moment;
use reelgraph_models::store::{MomentFilter, PageRequest, SpanCursor, StoreError, TenantStore};
use reelgraph_search::document::AssetDocument;

/// Rows read at a time.
const PAGE_ROWS: u32 = 1_000;

/// Reads an asset whole; `None` when it has been deleted meanwhile.
pub(super) async fn read(tenant: &TenantStore, asset: AssetId) -> Result<Option<AssetDocument>, StoreError> {
    let Some(asset) = tenant.find_asset(asset).await? else { return Ok(None) };
    let moments = moments(tenant, asset.id).await?;
    let embeddings = embeddings(tenant, asset.id).await?;
    Ok(Some(AssetDocument::assemble(&asset, &moments, &embeddings)))
}

async fn moments(tenant: &TenantStore, asset: AssetId) -> Result<Vec<Moment>, StoreError> {
    let mut all = Vec::new();
    let mut request = PageRequest::first(PAGE_ROWS);
    loop {
        let page = tenant.list_moments(asset, &MomentFilter::default(), request).await?;
        let next = page.rows.last().map(SpanCursor::of_moment);
        all.extend(page.rows);
        match next {
            Some(cursor) if page.has_next => request = PageRequest::after(cursor, PAGE_ROWS),
            _ => return Ok(all),
        }
    }
}

async fn embeddings(tenant: &TenantStore, asset: AssetId) -> Result<Vec<Embedding>, StoreError> {
    let mut all = Vec::new();
    let mut request = PageRequest::first(PAGE_ROWS);
    loop {
        let page = tenant.list_embeddings(asset, request).await?;
        let next = page.rows.last().map(|row| row.id);
        all.extend(page.rows);
        match next {
            Some(cursor) if page.has_next => request = PageRequest::after(cursor, PAGE_ROWS),
            _ => return Ok(all),
        }
    }
}
