//! Assets by id.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use reelgraph_models::asset::Asset;
use reelgraph_models::id::AssetId;

use super::Batch;
use crate::graphql::error::PublicError;

impl Loader<AssetId> for Batch {
    type Value = Asset;
    type Error = PublicError;

    async fn load(&self, keys: &[AssetId]) -> Result<HashMap<AssetId, Asset>, PublicError> {
        Ok(self.store.assets_by_ids(keys).await?)
    }
}
