//! Coverage by asset.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::coverage::Coverage;
use reelgraph_models::id::AssetId;

use super::Batch;
use crate::graphql::error::PublicError;

/// Asks for the coverage of an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct CoverageOf(pub(super) AssetId);

impl Loader<CoverageOf> for Batch {
    type Value = Vec<Coverage>;
    type Error = PublicError;

    async fn load(&self, keys: &[CoverageOf]) -> Result<HashMap<CoverageOf, Vec<Coverage>>, PublicError> {
        let assets: Vec<AssetId> = keys.iter().map(|key| key.0).collect();
        let cells = self.store.coverage(&assets).await?;
        Ok(cells.into_iter().map(|(asset, cells)| (CoverageOf(asset), cells)).collect())
    }
}
